"""A bar on standard error while a person watches; else nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str, *, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show how far something is, and how long it will take; gives what counts it on."""
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import Progress

    # Progress comes in batches: what the last minutes took says more than the last half minute.
    with Progress(console=Console(stderr=True), transient=True, speed_estimate_period=300) as bar:
        task = bar.add_task(what, total=total)
        yield lambda count: bar.advance(task, count)
