"""A pager for lists that are longer than the terminal, as PAGER says."""

import io
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress

_PAGER = "less"
_LESS = "FRX"  # leave on one screen, obey colours, keep what was shown


class _Held(io.StringIO):
    """What is written for a terminal, held back until its length is known."""

    def isatty(self) -> bool:
        return True


@contextmanager
def paged() -> Iterator[None]:
    """Show what is written inside with a pager, where people read and it is too long to be seen."""
    rows = _rows()
    if rows is None:
        yield
        return
    held = _Held()
    try:
        with redirect_stdout(held):
            yield
    finally:
        text = held.getvalue()
        if text.count("\n") < rows or not _was_paged(text):
            sys.stdout.write(text)


def _rows() -> int | None:
    """Say how many lines the terminal has; None where nobody can turn pages."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    if os.environ.get("TERM", "dumb") == "dumb":
        return None
    with suppress(OSError, ValueError):
        return os.get_terminal_size(sys.stdout.fileno()).lines or None
    return None


def _was_paged(text: str) -> bool:
    """Hand a text to the pager; False where there is none, so that nothing is lost."""
    import subprocess

    sys.stdout.flush()
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the pager's, while it shows
    try:
        done = subprocess.run(
            shlex.split(os.environ.get("PAGER", _PAGER)),
            input=text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"),
            env={"LESS": _LESS, **os.environ},
        )
    except (IndexError, OSError, ValueError):  # an empty one, one that is not there, or no words
        return False
    finally:
        signal.signal(signal.SIGINT, former)
    return done.returncode == 0
