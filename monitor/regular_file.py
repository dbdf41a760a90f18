"""Reading files that end: whoever opens a pipe waits, and a device has no end."""

import os
import stat
from pathlib import Path

from monitor.errors import Refused


def read_regular(path: Path | str, most: int = 1_000_000) -> bytes:
    """Read a regular file of so many bytes at most; raises Refused, or OSError."""
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Refused(f"{path} is no regular file; write it to one first")
        content = file.read(most + 1)
    if len(content) > most:
        raise Refused(f"{path} is larger than {most} bytes; name another file")
    return content


def _without_waiting(path: str, flags: int) -> int:
    """Open a file as open() is told to, without waiting for the other end of a pipe."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
