"""A bar on standard error while a person watches something long; else nothing."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from monitor.service.asking.cases import Show, unseen

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_SOON_SECONDS = 1.0  # what is done by then needs no bar, and loads none


@contextmanager
def progress(what: str) -> Iterator[Show]:
    """Show how far something is, in percent, and how long the rest will take."""
    if not sys.stderr.isatty() or os.environ.get("TERM") in ("dumb", "unknown"):
        yield unseen
        return
    bar = _Bar(what)
    try:
        yield bar.show
    finally:
        bar.end()


class _Bar:
    """Drawn once something takes long; each part of the work takes the place of the one before."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._begun = monotonic()
        self._drawn: tuple[Progress, TaskID] | None = None

    def show(self, total: int | None) -> Callable[[int], None]:
        """Begin a part of the work, of so many where that is known; gives what counts on."""
        self.end()
        done = 0

        def count(more: int) -> None:
            nonlocal done
            done += more
            if self._drawn is None and monotonic() - self._begun > _SOON_SECONDS:
                self._drawn = _drawn(self._what, total)
            if self._drawn is not None:
                bar, task = self._drawn
                bar.update(task, completed=done)

        return count

    def end(self) -> None:
        """Take it from the screen."""
        if self._drawn is not None:
            self._drawn[0].stop()
            self._drawn = None


def _drawn(what: str, total: int | None) -> "tuple[Progress, TaskID]":
    from rich.console import Console
    from rich.progress import Progress

    # Progress comes in batches: what the last minutes took says more than the last half minute.
    bar = Progress(
        console=Console(stderr=True),
        transient=True,
        speed_estimate_period=300,
        redirect_stdout=False,  # it would send the answer to the bar's own stream
    )
    task = bar.add_task(what, total=total)
    bar.start()
    return bar, task
