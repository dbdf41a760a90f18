"""A bar on standard error while a person watches; else nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Show = Callable[[int | None], Callable[[int], None]]  # takes how many, if known; gives what counts


@contextmanager
def progress(what: str) -> Iterator[Show]:
    """Show how far something is and, where it is known how much there is, how long it takes."""
    if not sys.stderr.isatty():
        yield lambda total: lambda count: None
        return
    from rich.console import Console
    from rich.progress import Progress

    # Progress comes in batches: what the last minutes took says more than the last half minute.
    with Progress(console=Console(stderr=True), transient=True, speed_estimate_period=300) as bar:

        def show(total: int | None) -> Callable[[int], None]:
            task = bar.add_task(what, total=total)
            return lambda count: bar.advance(task, count)

        yield show
