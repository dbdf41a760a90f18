"""Back up and restore a SQLite database while it is in use, through SQLite's own backup.

A copy of the file is no backup: under load most copies are damaged. A server's database is
backed up with the server's tools.
"""

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL

from monitor.errors import OutsideError, Refused
from monitor.store.engine import BUSY_SECONDS
from monitor.store.urls import database_file

_MARK = ".damaged"
_STEP = 2000  # pages that are copied at once: between them others may write
_RESTARTS = 3  # then all are copied at once, or a busy database would never be backed up
_DAMAGED_KEPT = 3
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES)

Verify = Callable[[Path], list[str]]  # what is wrong with a database file


class Damaged(OutsideError):
    """What was backed up is damaged; the backup is kept under a name that says so."""


def marked(target: Path) -> Path:
    """Name a backup that is not sound."""
    return target.with_name(f"{target.stem}{_MARK}{target.suffix}")


def is_marked(path: Path) -> bool:
    """Say whether a backup was not sound when it was made."""
    return _MARK in path.name


def scheduled(folder: Path) -> tuple[list[Path], list[Path]]:
    """List the scheduled backups, oldest first: the sound ones, and those that are not."""
    found = sorted(folder.glob("monitor-*.db"))
    damaged = [path for path in found if is_marked(path) or not _is_whole(path)]
    return [path for path in found if path not in damaged], damaged


def _is_whole(path: Path) -> bool:
    """Say whether a file is a database, as long as it says; its pages are not gone through."""
    if not path.is_file():  # whoever opens a pipe waits
        return False
    try:
        with path.open("rb") as file:
            head = file.read(100)
        size = path.stat().st_size
    except OSError:
        return False
    page, pages = int.from_bytes(head[16:18], "big"), int.from_bytes(head[28:32], "big")
    page = 65536 if page == 1 else page  # which two bytes cannot hold
    return head.startswith(b"SQLite format 3\0") and 0 < pages * page <= size


def back_up(url: URL, target: Path, verify: Verify) -> None:
    """Write a backup under a new name; it gets that name only once it is verified.

    Raises Refused where the name is taken or there is no file to back up, Damaged where it is not
    sound: then it is kept under another name, for there may be no better one.
    """
    source = file_of(url)
    if target.exists():
        raise Refused(f"{target} exists; choose a new name, nothing is written over")
    if not target.parent.is_dir():
        raise Refused(f"there is no folder {target.parent}")
    if not source.exists() or source.stat().st_size == 0:
        raise Refused(f"there is no database {source} to back up")
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    try:
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _copy(source, unfinished)
        faults = verify(unfinished)
        name = marked(target) if faults else target
        _flush(unfinished)
        _give_name(unfinished, name)
        _flush(name.parent)
        if faults:
            raise Damaged(f"the backup is not sound, and is kept as {name}: {faults[0]}")
    except FileExistsError as fault:
        raise Refused(f"{target} exists; choose a new name, nothing is written over") from fault
    except OSError as fault:
        raise OutsideError(f"cannot write {target}: {fault.strerror}") from fault
    finally:
        unfinished.unlink(missing_ok=True)


def restore(url: URL, source: Path, verify: Verify) -> None:
    """Put a backup in the place of the database, all of it or nothing.

    It goes through SQLite's journal: whoever has the database open sees the old one or the new.
    Raises Refused where the backup is not sound.
    """
    target = file_of(url)
    require_sound(source, verify)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not target.exists():
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
    _copy(source, target, into_use=True)


def require_sound(source: Path, verify: Verify) -> None:
    """Make sure that a backup may be restored; raises Refused."""
    if not source.is_file():
        raise Refused(f"there is no file {source}")
    faults = verify(source)
    if faults:
        raise Refused(f"{source} is not sound and was not restored: {faults[0]}")


def sweep(target: Path) -> None:
    """Remove what earlier scheduled backups left behind when they were killed."""
    for left in target.parent.glob(".monitor-*.unfinished*"):
        if left.name[1:] < target.name:
            left.unlink(missing_ok=True)


def rotate(folder: Path, *, keep: int) -> list[Path]:
    """Remove the oldest of the scheduled backups, so that some are kept; returns those removed.

    What is not sound never pushes out what is.
    """
    sound, damaged = scheduled(folder)
    old = [*sound[: max(0, len(sound) - keep)], *damaged[: max(0, len(damaged) - _DAMAGED_KEPT)]]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def file_of(url: URL) -> Path:
    """Find the file of a database; raises Refused where a server keeps it."""
    path = database_file(url)
    if path is None:
        raise Refused(
            "this is no SQLite file; back a server's database up with its own tools: "
            "pg_dump --format=custom, and pg_restore into a new database"
        )
    return path


def _give_name(unfinished: Path, name: Path) -> None:
    """Give a finished backup its name; raises FileExistsError where that was taken meanwhile."""
    try:
        os.link(unfinished, name)  # a renaming would write over what is there
    except OSError as fault:
        if fault.errno not in _NO_LINKS:
            raise
        # Some disks know no links: the name is taken first, and then given over.
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        unfinished.replace(name)


class _Restarted(Exception):
    """Others wrote so often meanwhile that the copy began anew several times."""


def _copy(source: Path, target: Path, *, into_use: bool = False) -> None:
    """Copy a database: into a new file in steps, into one that is in use all at once."""
    try:
        with (
            closing(sqlite3.connect(f"file:{_quoted(source)}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target, timeout=BUSY_SECONDS)) as new,
        ):
            old.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
            # A new file is flushed as a whole before it gets its name.
            new.execute(f"PRAGMA synchronous={'FULL' if into_use else 'OFF'}")
            if not into_use:
                try:
                    old.backup(new, pages=_STEP, progress=_Patience(), sleep=0.001)
                except _Restarted:
                    pass
                else:
                    return
            old.backup(new)  # all pages in one step: one state, and one transaction
    except sqlite3.Error as fault:
        raise OutsideError(f"the database {source} could not be copied: {fault}") from fault


class _Patience:
    """Watches a copy in steps: whenever others write, it begins anew."""

    def __init__(self) -> None:
        self._left: int | None = None
        self._restarts = 0

    def __call__(self, _status: int, left: int, _total: int) -> None:
        """Raise _Restarted when there is no more use in going on so."""
        if self._left is not None and left >= self._left:
            self._restarts += 1
            if self._restarts >= _RESTARTS:
                raise _Restarted
        self._left = left


def _quoted(path: Path) -> str:
    return str(path.resolve()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
