"""Run an import with a progress bar for people."""

from collections.abc import Iterator
from pathlib import Path

from monitor.commands.opening import recording
from monitor.commands.options import need_file, now
from monitor.commands.progress import progress
from monitor.errors import Refused
from monitor.service.imports import Imported, import_lines

_LONGEST_LINE = 1_000_000


class _DryRun(Exception):
    """Everything was checked; take it back."""


def import_from(file: Path, *, db: str | None, dry_run: bool) -> Imported:
    """Import a file; raises Refused with file, line and key of every fault."""
    need_file(file)
    done: Imported | None = None
    try:
        # A dry run must not create a database: without one it checks against an empty one.
        with recording(db, creates=not dry_run) as connection, progress("importing") as show:
            done = import_lines(connection, file.name, _lines(file), now=now(), progress=show(None))
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    assert done is not None
    return done


def _lines(file: Path) -> Iterator[str]:
    with file.open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            if len(raw) > _LONGEST_LINE:
                raise Refused(f"{file.name}:{number}: longer than {_LONGEST_LINE} bytes")
            try:
                yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as fault:
                raise Refused(f"{file.name}:{number}: not UTF-8") from fault
