"""Read a file of lines: those that can be are put into the staging table, in order."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from monitor.domain.facts import Kind
from monitor.errors import BadOption, Refused
from monitor.service.input import text_fields
from monitor.service.recording.input_lines import IMPORTED, parse_json, parse_line
from monitor.service.recording.lines.base import Line
from monitor.service.recording.lines.in_files import OfContacts
from monitor.service.recording.pinned_texts import PROTOCOL, Texts
from monitor.service.recording.raised import Read, as_meant
from monitor.service.recording.refused_lines import Faults
from monitor.store import staging
from monitor.store.everybody import whose as whose_ids

_BATCH = 2000  # lines that are staged at once
# Without these a patient's other lines cannot be judged.
LEANED_ON = (Kind.PATIENT, Kind.COURSE)
CheckChannel = Callable[[OfContacts], None]  # raises Refused for a channel that cannot be used


@dataclass(kw_only=True, slots=True)
class Contents:
    """What a file says, besides what is staged."""

    lines: int = 0
    contacts: dict[str, list[tuple[int, OfContacts]]] = field(default_factory=dict)
    nameless: list[Read] = field(default_factory=list)  # whose line is meant is not known yet
    ids: dict[str, set[str]] = field(default_factory=dict)  # whom the lines with an id are about


def read_all(
    connection: Connection,
    lines: Iterable[str],
    faults: Faults,
    *,
    now: datetime,
    check_channel: CheckChannel,
    wrong: Mapping[int, str],  # what is known to be wrong with some lines
) -> Contents:
    """Put the lines that can be read into the staging table; count all of them."""
    found, texts = Contents(), Texts(connection)
    batch: list[staging.StagedLine] = []
    for number, text in _numbered(lines):
        if not text.strip() or text.startswith("#"):  # a reason why the next line was left out
            continue
        found.lines += 1
        content: dict[str, object] = {}
        try:
            if not text_fields.is_utf8(text):
                with suppress(Refused):  # what it means can be said all the same
                    content = parse_json(text)
                raise Refused("not UTF-8; save the file as UTF-8")
            content = parse_json(text)
            if number in wrong:
                raise Refused(wrong[number])
            if content.get("kind") == PROTOCOL:
                texts.keep(content)
                continue
            line = parse_line(content, IMPORTED)
            if missing := [key for key in line.says if getattr(line, key) is None]:
                raise Refused("; ".join(f"{key}: missing" for key in missing))
            if isinstance(line, OfContacts):
                check_channel(line)
        except Refused as fault:
            _note_fault(faults, number, content, str(fault), now)
            if faults.too_many:
                break
            continue
        if line.id is not None:
            found.ids.setdefault(line.id, set()).add(line.who)
        if isinstance(line, OfContacts):
            found.contacts.setdefault(line.who, []).append((number, line))
        elif not line.who:
            found.nameless.append((number, line))
        else:
            batch.append(_staged(number, line))
        if len(batch) >= _BATCH:
            staging.stage(connection, batch)
            batch.clear()
    staging.stage(connection, [*batch, *_named(connection, found, faults)])
    return found


def _numbered(lines: Iterable[str]) -> Iterable[tuple[int, str]]:
    """Give each line its number; those that were made of one row have its number."""
    for number, text in enumerate(lines, start=1):
        for one in text.split("\n"):
            yield number, one


def _note_fault(
    faults: Faults, number: int, content: dict[str, object], words: str, now: datetime
) -> None:
    """Note what is wrong with a line, and what it seems to mean."""
    faults.add(number, words)
    if content.get("kind") in LEANED_ON:
        key = "id" if content["kind"] == Kind.PATIENT else "patient"
        faults.unfounded.add(str(content.get(key)))
    meant = as_meant(content, now)
    if meant is not None and meant.who:
        faults.meant.setdefault(meant.who, []).append((number, meant))
    else:
        faults.unjudged.append(number)


def _staged(number: int, line: Line) -> staging.StagedLine:
    day = "" if line.in_turn else str(getattr(line, "on", "") or getattr(line, "at", ""))[:10]
    checked = line.model_dump_json(
        exclude_defaults=True, exclude={"recorded_at": True, "recorded_as": True}
    )
    return number, line.who, line.called(), (line.rank or 0) + line.repeats, day, checked


def _named(connection: Connection, found: Contents, faults: Faults) -> Iterable[staging.StagedLine]:
    """Find whose the lines are that name another line, and no patient."""
    of = [str(getattr(line, "of", "")) for _, line in found.nameless]
    known = whose_ids(connection, set(of)) if of else {}
    is_new = True
    while is_new:  # one such line may name another: a correction is seen, or put right itself
        is_new = False
        for (_, line), name in zip(found.nameless, of, strict=True):
            whose = {*found.ids.get(name, ()), *known.get(name, ())}
            if line.id is not None and not whose <= found.ids[line.id]:
                found.ids[line.id] |= whose
                is_new = True
    for (number, line), name in zip(found.nameless, of, strict=True):
        whose = {*found.ids.get(name, ()), *known.get(name, ())} - {""}
        if len(whose) == 1:
            yield _staged(number, line.model_copy(update={"patient": whose.pop()}))
            continue
        shown = text_fields.printable(name)
        fault = f"no line of this file and no fact on record has the id '{shown}'"
        if whose:
            fault = f"'{shown}' is of {' and of '.join(sorted(whose))}; add \"patient\""
        faults.add(number, str(BadOption("of", fault)))
        faults.unjudged.append(number)
