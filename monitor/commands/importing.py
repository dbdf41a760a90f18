"""Run an import with a progress bar for people.

The file is read and judged before the database is asked to keep anything: neither a slow pipe nor
a long file keeps others from recording.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from monitor import bootstrap
from monitor.commands.opening import asking, recording
from monitor.commands.options import need_file, now
from monitor.commands.progress import progress
from monitor.errors import BadFile, BadOption, Refused
from monitor.service.asking.redaction import without_secrets
from monitor.service.recording.as_recorded import import_as_recorded, list_contacts
from monitor.service.recording.contact_lines import apply
from monitor.service.recording.imports import Imported, import_lines
from monitor.service.recording.lines.in_files import OfContacts
from monitor.service.recording.record import stop_closed
from monitor.service.recording.refused_lines import MOST_FAULTS
from monitor.store.clinic import CLINIC
from monitor.store.everybody import whose
from monitor.store.judging import Overtaken, borrow, take_over

_LONGEST_READ = 10_000_000  # bytes of a line that is no line any more: nobody reads on
_MOST_LINES, _MOST_BYTES = 250_000, 250_000_000
_OTHER_FORMS = (b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff")  # a workbook; UTF-16
_TRIES = 3


def import_from(
    file: Path,
    *,
    db: str | None,
    dry_run: bool,
    as_recorded: bool = False,
    is_csv: bool = False,
    what: str | None = None,
) -> Imported:
    """Import a file; raises Refused with file, line and key of every fault."""
    name, lines = read_lines(file)
    if as_recorded:
        return _import_as_recorded(name, lines, db=db, dry_run=dry_run)
    if is_csv:
        from monitor.interop import csv_files

        sheet = csv_files.read(name, lines, what)
        return import_lines_of(name, sheet.lines, db=db, dry_run=dry_run, rows=sheet.faults)
    heading = next(line for line in lines if line.strip())
    if "patient" in re.split(r"[,;\t]", heading.strip().casefold()):
        raise BadOption("--format", f"{name} has the columns of a sheet; add --format csv")
    return import_lines_of(name, lines, db=db, dry_run=dry_run)


def import_lines_of(
    name: str,
    lines: list[str],
    *,
    db: str | None,
    dry_run: bool,
    most: int = MOST_FAULTS,
    rows: Mapping[int, str] | None = None,
) -> Imported:
    """Import what a file says; raises RefusedLines with faults, not many more than the most."""
    tries = _TRIES
    while True:
        tries -= 1
        with progress("importing") as show, bootstrap.nothing() as copy:
            # A dry run says so where there is no database; else it is being made.
            with (asking if dry_run else bootstrap.asking)(db) as connection:
                borrowed = borrow(connection, copy, _patients_in(lines, connection))
            count = show(sum(1 for line in lines if line.strip()))
            told = list[OfContacts]()
            done = import_lines(
                copy,
                name,
                lines,
                now=now(),
                progress=count,
                most=most,
                check_channel=_check_channel,
                told=told,
                rows=rows,
            )
            if dry_run:
                return done
            try:
                with recording(db, creates=True) as connection:
                    take_over(connection, copy, borrowed)
                    apply(connection, told, now=now())
                    closing = _patients_in(_closing(lines), connection) - {CLINIC}
                    stop_closed(connection, closing)
            except Overtaken:
                if not tries:
                    raise
            else:
                return done


def _import_as_recorded(name: str, lines: list[str], *, db: str | None, dry_run: bool) -> Imported:
    """Import another database's facts under its moments; raises Refused where some are here."""
    with progress("importing") as show, bootstrap.nothing() as copy:
        with (asking if dry_run else bootstrap.asking)(db) as connection:
            borrowed = borrow(connection, copy, ())
        if borrowed.patients:
            raise Refused(
                f"--as-recorded needs an empty database, and {bootstrap.database_name(db)} is not; "
                "name a new one with --db, or leave the option out"
            )
        done = import_as_recorded(copy, name, lines, now=now(), progress=show(len(lines)))
        if not dry_run:
            with recording(db, creates=True) as connection:
                take_over(connection, copy, borrowed)
                list_contacts(connection)
        return done


def _closing(lines: list[str]) -> list[str]:
    return [text for text in lines if '"close"' in text]


def _check_channel(line: OfContacts) -> None:
    """Refuse a channel that cannot be used, or that others may read; raises Refused."""
    from monitor.bootstrap.health import relays_for
    from monitor.delivery.channels import open_channel, why_readable
    from monitor.delivery.channels.indirect import from_root

    channel = getattr(line, "channel", None)
    if channel is None:
        return
    try:
        relays = relays_for(channel)
        opened = open_channel(channel, relays)
    except Refused as fault:
        raise BadOption("channel", without_secrets(str(fault), channel)) from fault
    if from_root(channel) != channel:
        raise BadOption("channel", "write the whole path of the file, as in file:/etc/monitor/ward")
    readable = why_readable(channel, opened, relays)
    if readable is not None and getattr(line, "private", "") == "true" and line.confirm != "true":
        raise BadOption("private", f'{readable}; choose an encrypted one, or add "confirm":true')


def _patients_in(lines: list[str], connection: Connection) -> set[str]:
    """Find whom lines are about; what cannot be read is about nobody, and refused later."""
    found, named = {CLINIC}, set[str]()
    for text in (one for line in lines for one in line.split("\n")):
        with suppress(ValueError, RecursionError):
            content = json.loads(text)
            if isinstance(content, dict):
                found |= {
                    who for who in map(content.get, ("id", "patient")) if isinstance(who, str)
                }
                if isinstance(content.get("of"), str) and "patient" not in content:
                    named.add(content["of"])
    return found.union(*whose(connection, named).values())


def read_lines(file: Path) -> tuple[str, list[str]]:
    """Read a file, or a pipe until it ends; `-` is standard input. Gives its name, and the lines.

    Raises Refused where it is nothing, or too much. Bytes that are not UTF-8 come as lone
    surrogates: one such line must not hide what others say.
    """
    is_piped = str(file) == "-"
    name = "standard input" if is_piped else file.name
    if is_piped:
        lines = list(_lines(name, sys.stdin.buffer))
    else:
        need_file(file)
        with file.open("rb") as stream:
            lines = list(_lines(name, stream))
    if not any(
        line.strip() for line in lines
    ):  # a file that a full disk cut, or a writer that died
        raise BadFile(f"{name}: is empty; nothing was stored")
    return name, lines


def _lines(name: str, stream: BinaryIO) -> Iterator[str]:
    number = total = 0
    while raw := stream.readline(_LONGEST_READ + 1):
        number, total = number + 1, total + len(raw)
        if number == 1 and raw.startswith(_OTHER_FORMS):
            raise BadFile(f"{name}: is no text that can be read; save the sheet as CSV UTF-8")
        if number == 1 and raw.startswith(b"SQLite format 3"):
            raise BadFile(f"{name}: is a database; import what monitor export jsonl --db writes")
        if len(raw) > _LONGEST_READ:
            raise BadFile(f"{name}:{number}: longer than {_LONGEST_READ} bytes")
        if number > _MOST_LINES or total > _MOST_BYTES:
            raise BadFile(
                f"{name}: more than {_MOST_LINES} lines, or {_MOST_BYTES} bytes; import "
                "it in parts, all lines of a patient in one of them"
            )
        encoding = "utf-8-sig" if number == 1 else "utf-8"
        yield raw.decode(encoding, errors="surrogateescape")
