"""Record what was exported from another database, under the moments at which it was recorded.

What was accepted there is accepted here: nothing is asked about again, and nothing is compared
with what else is on record. What cannot be is refused all the same.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import Connection

from monitor.domain.facts import Kind
from monitor.errors import BadOption, MonitorError, Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked, case_of
from monitor.service.asking.projection import HORIZON, project
from monitor.service.input import text_fields
from monitor.service.recording.imports import Imported
from monitor.service.recording.input_lines import (
    IMPORTED,
    parse_json,
    parse_line,
)
from monitor.service.recording.lines.base import Line
from monitor.service.recording.pinned_texts import PROTOCOL, Texts
from monitor.service.recording.raised import raised_by
from monitor.service.recording.refused_lines import MOST_FAULTS, Faults
from monitor.service.recording.replay import Replay, said_at
from monitor.store import contact_rows, facts
from monitor.store.appender import Appender
from monitor.store.clinic import CLINIC

_Numbered = tuple[int, Line]  # the number of a line in the file, and what it says


def import_as_recorded(
    connection: Connection,
    name: str,
    lines: Iterable[str],
    *,
    now: datetime,
    progress: Callable[[int], None] = lambda count: None,
    most: int = MOST_FAULTS,
) -> Imported:
    """Record exported lines in an empty database; raises Refused with every fault by line."""
    faults = Faults(name, most)
    texts = Texts(connection)
    read = list(_read(lines, texts, faults))
    counted = len({number for number, _ in read})
    places: dict[str, list[int]] = defaultdict(list)
    for place, (_, line) in enumerate(read):
        places[line.who].append(place)
    appender = Appender(connection, now=now)
    raised: list[str] = []
    for who, own in places.items():
        # In the order of recording; the numbers of events follow the order of the file.
        turn = sorted((read[place] for place in own), key=_turn)
        replay = Replay(who, appender, texts, now)
        try:
            for place, (number, line) in zip(own, turn, strict=True):
                blamed = number
                replay.take(line, event=place + 1)
                progress(1)
            appender.flush()
            if who == CLINIC:
                continue
            case = case_of(connection, who, replay.known.rows, Asked(now=now))
            cases.assess(case, until=case.today + HORIZON)
        except MonitorError as fault:
            faults.add(blamed, str(fault))
            appender.forget()
            if faults.too_many:
                break
            continue
        raised += raised_by(replay.known, case)
        project(connection, case)
    faults.refuse()
    ahead = [number for number, line in read if said_at(line) > now]
    remark = f"{len(ahead)} lines, line {ahead[0]} first, are of a moment to come" if ahead else ""
    return Imported(
        lines=counted + texts.lines,
        stored=len(read),
        skipped=0,
        warnings=tuple(raised),
        remarks=(remark,) if remark else (),
    )


def list_contacts(connection: Connection) -> None:
    """Put everybody whom the facts name into the list of those who are told."""
    for who in (CLINIC, *facts.patients(connection)):
        rows = facts.read(connection, who)
        if any(row.kind == Kind.CONTACT for row in rows):
            contact_rows.mend(connection, who, rows)


def _read(lines: Iterable[str], texts: Texts, faults: Faults) -> Iterable[_Numbered]:
    for number, text in enumerate(lines, start=1):
        if faults.too_many:
            return
        if not text.strip() or text.startswith("#"):
            continue
        try:
            if not text_fields.is_utf8(text):
                raise Refused("not UTF-8; save the file as UTF-8")
            content = parse_json(text)
            if content.get("kind") == PROTOCOL:
                texts.keep(content)
                continue
            line = parse_line(content, IMPORTED)
            if line.recorded_at is None:
                raise BadOption(
                    "recorded_at", "missing; leave --as-recorded out to record it as of now"
                )
            if not line.who:
                raise BadOption("patient", "missing")
        except Refused as fault:
            faults.add(number, str(fault))
            continue
        yield number, line
        for other in line.besides():
            yield number, other.model_copy(update={"recorded_at": line.recorded_at})


def _turn(one: _Numbered) -> tuple[datetime, bool]:
    """Order lines by their moments; of one moment a patient is registered first."""
    return said_at(one[1]), one[1].kind != Kind.PATIENT
