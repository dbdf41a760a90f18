"""Import what of a file is without fault; the rest goes, with reasons, to another file."""

import os
import tempfile
from pathlib import Path

from monitor.commands.importing import import_from
from monitor.commands.options import need_file
from monitor.errors import OutsideError, Refused
from monitor.service.imports import Imported, RefusedLines


def import_good(file: Path, rest: Path, *, db: str | None) -> tuple[Imported, int]:
    """Store what is without fault; returns what became of it, and how many lines are left.

    The rest is written before anything is stored: a line is in the record or in that file. Each
    reason stands above its line, after `#`, so that the mended file can be imported as it is.
    """
    need_file(file)
    if rest.exists():
        raise Refused(f"{rest} is there already; give a name that is not taken")
    lines = file.read_bytes().splitlines(keepends=True)
    bad: dict[int, str] = {}
    with tempfile.TemporaryDirectory(prefix="monitor-import-") as folder:
        good = Path(folder) / file.name
        while True:
            good.write_bytes(b"".join(b"\n" if n in bad else t for n, t in enumerate(lines, 1)))
            try:
                import_from(good, db=db, dry_run=True)
            except RefusedLines as fault:
                bad |= dict(fault.faults)
            else:
                break
        if bad:
            _write(rest, lines, bad)
        try:
            return import_from(good, db=db, dry_run=False), len(bad)
        except BaseException:
            rest.unlink(missing_ok=True)  # nothing was stored
            raise


def _write(rest: Path, lines: list[bytes], bad: dict[int, str]) -> None:
    try:
        with open(os.open(rest, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            for number, words in sorted(bad.items()):
                stream.write(f"# line {number}: {' '.join(words.split())}\n".encode())
                stream.write(lines[number - 1].rstrip(b"\r\n") + b"\n")
    except OSError as fault:
        raise OutsideError(f"cannot write {rest}: {fault.strerror}") from fault
