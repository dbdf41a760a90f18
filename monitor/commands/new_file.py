"""Write what leaves the program: to a new file that only its owner may read, or to the screen."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.commands import render
from monitor.errors import BadFile, OutsideError


@contextmanager
def writing(out: Path | None) -> Iterator[Callable[[str], object]]:
    """Give what writes text; a file that could not be written whole is taken away again."""
    if out is None:
        yield render.write
        return
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadFile(f"{out} already exists; give a new name") from None
    except OSError as fault:
        raise OutsideError(f"cannot write {out}: {fault.strerror}") from fault
    try:
        with open(handle, "w", encoding="utf-8", newline="") as stream:
            yield stream.write
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as fault:
        out.unlink(missing_ok=True)
        raise OutsideError(f"cannot write {out}: {fault.strerror}") from fault
    except BaseException:  # somebody stopped it
        out.unlink(missing_ok=True)
        raise
