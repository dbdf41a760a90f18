"""Record a file of facts, lines in any order: all of it is stored, or nothing."""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor.domain.facts import Kind
from monitor.errors import Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked, Case, case_of, get_case, unknown_patient
from monitor.service.asking.projection import HORIZON, project
from monitor.service.input import text_fields
from monitor.service.recording.admission import Admission
from monitor.service.recording.echo import ended
from monitor.service.recording.input_lines import IMPORTED, parse_json, parse_line
from monitor.service.recording.namesakes import Namesakes
from monitor.service.recording.not_counting import not_counting
from monitor.service.recording.raised import Read, as_meant, raised_by, raised_if_watched, suppose
from monitor.service.recording.record import append_all, open_admission
from monitor.service.recording.refused_lines import MOST_FAULTS, Faults
from monitor.service.recording.remarks import calmed
from monitor.service.recording.symptom_advice import advised_by
from monitor.store import staging
from monitor.store.appender import Appender

_BATCH = 2000  # lines that are staged at once
# Without these a patient's other lines cannot be judged.
_LEANED_ON = (Kind.PATIENT, Kind.COURSE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What became of a file."""

    lines: int
    stored: int
    skipped: int
    warnings: tuple[str, ...] = ()  # urgent ones and emergencies that the file raised
    advice: tuple[str, ...] = ()  # on its symptoms
    remarks: tuple[str, ...] = ()  # what was taken back, or counts not; who is closed


def import_lines(
    connection: Connection,
    name: str,
    lines: Iterable[str],
    *,
    now: datetime,
    progress: Callable[[int], None] = lambda count: None,
    most: int = MOST_FAULTS,
) -> Imported:
    """Record a file of facts, lines in any order; raises Refused with every fault by line.

    Where there are more faults than the most, what comes after is not judged.
    """
    staging.open_staging(connection)
    faults = Faults(name, most)
    counted = _stage_all(connection, lines, faults, now)
    appender = Appender(connection, now=now)
    stored = 0
    raised: list[str] = []
    advice: list[str] = []
    remarks: list[str] = []
    namesakes = Namesakes(connection)
    for who in sorted({*staging.staged_patients(connection), *faults.meant}):
        if faults.too_many:
            break
        admission = open_admission(connection, who, now=now)
        admission.namesakes = namesakes
        left: list[Read] = faults.meant.get(who, [])
        before = stored
        stored += _take_staged(connection, admission, appender, faults, progress, remarks, left)
        appender.flush()
        case, said = None, []
        if stored > before:
            case = case_of(connection, who, admission.rows, Asked(now=now))
            cases.assess(case, until=case.today + HORIZON)  # once for all that follows
            said = raised_by(admission, case)
            advice += advised_by(admission, case)
            remarks += _remarks(connection, admission, case, now)
        if who in faults.contradicted:  # which of these lines is wrong nobody knows
            faults.unsaid += said
        else:
            raised += said
        namesakes.note(who, admission.name, admission.born.isoformat() if admission.born else None)
        if left:
            known_so_far = raised_if_watched(connection, admission, now)
            faults.unjudged += suppose(connection, admission, appender, left)
            appender.flush()
            supposed = raised_if_watched(connection, admission, now)
            faults.unsaid += [words for words in supposed if words not in known_so_far]
        if not faults.found:
            project(connection, case or get_case(connection, who, Asked(now=now)))
    faults.refuse(raised)
    staging.close_staging(connection)
    return Imported(
        lines=counted,
        stored=stored,
        skipped=counted - stored,
        warnings=tuple(raised),
        advice=tuple(advice),
        remarks=tuple(remarks),
    )


def _remarks(connection: Connection, admission: Admission, case: Case, now: datetime) -> list[str]:
    """Name what of this file does not count, which urgent warnings it ends, and what it calms."""
    added = [row for row in admission.rows if admission.was_added(row)]
    before = [row for row in admission.rows if not admission.was_added(row)]
    found = [*not_counting(connection, case, added, admission.rows, Asked(now=now))]
    if before:
        was = case_of(connection, admission.who, before, Asked(now=now))
        found += map(str, ended(was, case))
    found += calmed(case, added)
    return [f"{admission.who}: {words}" for words in found]


def _stage_all(connection: Connection, lines: Iterable[str], faults: Faults, now: datetime) -> int:
    """Put the lines that can be read into the staging table; count all of them."""
    counted = 0
    batch: list[staging.StagedLine] = []
    for number, text in enumerate(lines, start=1):
        if not text.strip() or text.startswith("#"):  # a reason why the next line was left out
            continue
        counted += 1
        content: dict[str, object] = {}
        try:
            if not text_fields.is_utf8(text):
                with suppress(Refused):  # what it means can be said all the same
                    content = parse_json(text)
                raise Refused("not UTF-8; save the file as UTF-8")
            content = parse_json(text)
            line = parse_line(content, IMPORTED)
        except Refused as fault:
            faults.add(number, str(fault))
            if content.get("kind") in _LEANED_ON:
                key = "id" if content["kind"] == Kind.PATIENT else "patient"
                faults.unfounded.add(str(content.get(key)))
            meant = as_meant(content, now)
            if meant is not None:
                faults.meant.setdefault(meant.who, []).append((number, meant))
            else:
                faults.unjudged.append(number)
            if faults.too_many:
                break
            continue
        on = str(getattr(line, "on", "") or getattr(line, "at", ""))[:10]
        checked = line.model_dump_json(exclude_defaults=True)
        rank = (line.rank or 0) + line.repeats
        batch.append((number, line.who, line.kind.value, rank, on, checked))
        if len(batch) >= _BATCH:
            staging.stage(connection, batch)
            batch.clear()
    staging.stage(connection, batch)
    return counted


def _take_staged(
    connection: Connection,
    admission: Admission,
    appender: Appender,
    faults: Faults,
    progress: Callable[[int], None],
    remarks: list[str],
    left: list[Read],
) -> int:
    """Take one patient's lines, count those that were stored, and list those that were not."""
    # What was staged has been checked already.
    lines = [
        (number, IMPORTED[kind].model_construct(**json.loads(text)))
        for number, kind, text in staging.staged_lines(connection, admission.who)
    ]
    if not lines or admission.who in faults.unfounded:
        left += lines
        return 0
    if not admission.described and lines[0][1].kind != Kind.PATIENT:
        left += lines
        where = "this file and the record"
        besides = staging.staged_patients(connection, rank=0)
        unknown = str(unknown_patient(connection, admission.who, where=where, besides=besides))
        for number, _ in lines:
            faults.add(number, unknown)
        return 0
    numbers: dict[int, int] = {}  # of lines, by the event they became
    stored, is_sound = 0, True
    for place, (number, line) in enumerate(lines):
        try:
            drafts = admission.admit(line, skip_equal=True)
            appended = append_all(connection, admission, appender, drafts)
        except Refused as fault:
            faults.add(number, str(fault))
            is_sound = False
            if line.kind in _LEANED_ON or faults.too_many:
                left += lines[place:]
                break
            left.append((number, line))
            continue
        numbers |= {row.event: number for row in appended}
        stored += bool(appended)
        event = None if appended else admission.retracted(line)
        if event is not None:
            remarks.append(
                f"line {number} is skipped: event {event} of {admission.who} said the same and was "
                'retracted; if it is right after all, add "second":true to the line'
            )
        progress(1)
    closed = admission.closings.closed(admission.today) if stored else None
    if closed is not None:
        remarks.append(f"{admission.who} is closed since {closed.on}: nothing is watched")
    for event, words in admission.contradictions() if is_sound else ():
        faults.add(numbers[event], words)
        faults.contradicted.add(admission.who)
    return stored
