"""Back up and restore a SQLite database while it is in use, through SQLite's own backup.

A copy of the file is no backup: under load most copies are damaged. A server's database is
backed up with the server's tools.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL

from monitor.errors import OutsideError, Refused
from monitor.store.engine import BUSY_SECONDS, database_file

Verify = Callable[[Path], list[str]]  # what is wrong with a database file


def back_up(url: URL, target: Path, verify: Verify) -> None:
    """Write a backup under a new name; it gets that name only once it is verified.

    Raises Refused where the name is taken or there is no file to back up, OutsideError where the
    backup is not sound.
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
        if faults:
            raise OutsideError(f"the backup is not sound and was thrown away: {faults[0]}")
        _flush(unfinished)
        # A link fails where the name was taken meanwhile; a renaming would write over it.
        os.link(unfinished, target)
        _flush(target.parent)
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
    _copy(source, target)


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
    """Remove the oldest of the scheduled backups, so that some are kept; returns those removed."""
    found = sorted(folder.glob("monitor-*.db"))
    old = found[: max(0, len(found) - keep)]
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


def _copy(source: Path, target: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"file:{_quoted(source)}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target, timeout=BUSY_SECONDS)) as new,
        ):
            old.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
            new.execute("PRAGMA synchronous=FULL")
            old.backup(new)  # all pages in one step: one state, and one transaction
    except sqlite3.Error as fault:
        raise OutsideError(f"the database {source} could not be copied: {fault}") from fault


def _quoted(path: Path) -> str:
    return str(path.resolve()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
