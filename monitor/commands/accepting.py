"""Import what of a file is without fault; the rest goes, with reasons, to another file."""

import os
from dataclasses import dataclass
from pathlib import Path

from monitor.commands.importing import import_lines_of, read_lines
from monitor.errors import BadFile, OutsideError, Refused
from monitor.service.asking.documents import Document, by_field, document, pick
from monitor.service.recording.imports import Imported
from monitor.service.recording.refused_lines import RefusedLines, unjudged_in_words
from monitor.store.judging import Overtaken


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """What became of a file, and what is left of it."""

    done: Imported
    lines: int
    unsaid: list[str]  # urgent warnings that the lines left would raise, if they are right
    unjudged: list[int]  # those of which nobody can say
    file: Path

    def words(self) -> list[str]:
        """Say what is left; nothing where all was stored."""
        if not self.lines:
            return []
        told = [f"{self.lines} lines were NOT stored; they are, with reasons, in {self.file}"]
        told += ["if they are right they raise:", *self.unsaid] if self.unsaid else []
        return told + unjudged_in_words(self.unjudged)


@document.register
def _left(left: Left) -> Document:
    return {
        **by_field(left.done),
        "left_out": left.lines,
        **pick(left, "file unsaid unjudged"),
    }


def import_good(file: Path, rest: Path, *, db: str | None) -> Left:
    """Store what is without fault; returns what became of it, and what is left.

    The rest is written before anything is stored: a line is in the record or in that file. Each
    reason stands above its line, after `#`, so that the mended file can be imported as it is.
    """
    if rest.exists():
        raise BadFile(f"{rest} already exists; give a new name")
    name, lines = read_lines(file)
    good, bad = lines, dict[int, str]()
    unsaid: list[str] = []
    unjudged = set[int]()
    while True:  # what leans on a line that is left out is left out in the next turn
        try:
            import_lines_of(name, good, db=db, dry_run=True, most=len(lines))
        except RefusedLines as fault:
            bad |= dict(fault.faults)
            unsaid += [words for words in fault.unsaid if words not in unsaid]
            unjudged |= set(fault.unjudged)
            good = ["" if number in bad else text for number, text in enumerate(lines, start=1)]
        else:
            break
    if bad:
        _write(rest, lines, bad)
    try:
        done = import_lines_of(name, good, db=db, dry_run=False)
    except (Refused, Overtaken):  # for certain nothing was stored
        if bad:
            rest.unlink(missing_ok=True)
        raise
    unsaid = [words for words in unsaid if words not in done.warnings]
    return Left(done=done, lines=len(bad), unsaid=unsaid, unjudged=sorted(unjudged), file=rest)


def _write(rest: Path, lines: list[str], bad: dict[int, str]) -> None:
    try:
        with open(os.open(rest, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            for number, words in sorted(bad.items()):
                text = lines[number - 1].rstrip("\r\n")
                stream.write(f"# line {number}: {' '.join(words.split())}\n".encode())
                stream.write(text.encode(errors="surrogateescape") + b"\n")  # as it was
    except OSError as fault:
        raise OutsideError(f"cannot write {rest}: {fault.strerror}") from fault
