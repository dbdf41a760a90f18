"""Import what of a file is without fault; the rest goes, with reasons, to another file."""

import os
from pathlib import Path

from monitor.commands.importing import import_lines_of, read_lines
from monitor.errors import OutsideError, Refused
from monitor.service.imports import Imported, RefusedLines
from monitor.store.judging import Overtaken


def import_good(file: Path, rest: Path, *, db: str | None) -> tuple[Imported, int, list[str]]:
    """Store what is without fault; returns what became of it, and how many lines are left.

    Last come the urgent warnings that these would raise, if they are right.

    The rest is written before anything is stored: a line is in the record or in that file. Each
    reason stands above its line, after `#`, so that the mended file can be imported as it is.
    """
    if rest.exists():
        raise Refused(f"{rest} is there already; give a name that is not taken")
    lines = read_lines(file)
    good, bad = lines, dict[int, str]()
    unsaid: list[str] = []
    while True:  # what leans on a line that is left out is left out in the next turn
        try:
            import_lines_of(file.name, good, db=db, dry_run=True, most=len(lines))
        except RefusedLines as fault:
            bad |= dict(fault.faults)
            unsaid += [words for words in fault.unsaid if words not in unsaid]
            good = ["" if number in bad else text for number, text in enumerate(lines, start=1)]
        else:
            break
    if bad:
        _write(rest, lines, bad)
    try:
        done = import_lines_of(file.name, good, db=db, dry_run=False)
    except (Refused, Overtaken):  # for certain nothing was stored
        if bad:
            rest.unlink(missing_ok=True)
        raise
    return done, len(bad), [words for words in unsaid if words not in done.warnings]


def _write(rest: Path, lines: list[str], bad: dict[int, str]) -> None:
    try:
        with open(os.open(rest, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            for number, words in sorted(bad.items()):
                text = lines[number - 1].rstrip("\r\n")
                stream.write(f"# line {number}: {' '.join(words.split())}\n{text}\n".encode())
    except OSError as fault:
        raise OutsideError(f"cannot write {rest}: {fault.strerror}") from fault
