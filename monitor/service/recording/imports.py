"""Record a file of facts, lines in any order: all of it is stored, or nothing."""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from monitor.errors import Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked, Case, case_of, get_case, unknown_patient
from monitor.service.asking.projection import HORIZON, project
from monitor.service.input import text_fields
from monitor.service.recording.admission import Chart
from monitor.service.recording.ended import ended, ended_in_words
from monitor.service.recording.input_lines import IMPORTED, parse_json, parse_line
from monitor.service.recording.lasting_answers import calmed
from monitor.service.recording.namesakes import Namesakes
from monitor.service.recording.not_counting import not_counting
from monitor.service.recording.raised import Read, as_meant, raised_by, raised_if_watched, suppose
from monitor.service.recording.record import append_all, keep_protocols, open_chart, patient_of
from monitor.service.recording.refused_lines import MOST_FAULTS, Faults
from monitor.service.recording.symptom_advice import advised_by
from monitor.store import staging
from monitor.store.facts import Appender

_BATCH = 2000  # lines that are staged at once
# In this order one patient's lines are taken, whatever order they stand in: what later ones
# lean on comes first; a line that says it is a second one comes after the one it repeats.
_RANK = {
    "patient": 0,
    "course": 2,
    "course_end": 4,
    "fact": 6,
    "result": 8,
    "symptom": 10,
    "infusion": 12,
    "dose": 12,
}
# Without these a patient's other lines cannot be judged.
_LEANED_ON = ("patient", "course")


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
        chart = open_chart(connection, who, now=now, namesakes=namesakes)
        left: list[Read] = faults.meant.get(who, [])
        before = stored
        stored += _take_staged(connection, chart, appender, faults, progress, remarks, left)
        appender.flush()
        case, said = None, []
        if stored > before:
            case = case_of(connection, who, chart.rows, Asked(now=now))
            cases.assess(case, until=case.today + HORIZON)  # once for all that follows
            said = raised_by(chart, case)
            advice += advised_by(chart, case)
            remarks += _remarks(connection, chart, case, now)
        if who in faults.contradicted:  # which of these lines is wrong nobody knows
            faults.unsaid += said
        else:
            raised += said
        known = chart.described
        namesakes.note(who, known.get("name"), known.get("born"))
        if left:
            known_so_far = raised_if_watched(connection, chart, now)
            faults.unjudged += suppose(connection, chart, appender, left)
            appender.flush()
            supposed = raised_if_watched(connection, chart, now)
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


def _remarks(connection: Connection, chart: Chart, case: Case, now: datetime) -> list[str]:
    """Name what of this file does not count, which urgent warnings it ends, and what it calms."""
    added = [row for row in chart.rows if chart.was_added(row)]
    before = [row for row in chart.rows if not chart.was_added(row)]
    found = [*not_counting(connection, case, added, chart.rows, Asked(now=now))]
    if before:
        was = case_of(connection, chart.who, before, Asked(now=now))
        found += [ended_in_words(one) for one in ended(was, case)]
    found += calmed(case, added)
    return [f"{chart.who}: {words}" for words in found]


def _stage_all(connection: Connection, lines: Iterable[str], faults: Faults, now: datetime) -> int:
    """Put the lines that can be read into the staging table; count all of them."""
    counted = 0
    batch: list[staging.StagedLine] = []
    for number, text in enumerate(lines, start=1):
        if not text.strip() or text.startswith("#"):  # a reason why the next line was left out
            continue
        counted += 1
        content: dict[str, Any] = {}
        try:
            if not text_fields.is_utf8(text):
                with suppress(Refused):  # what it means can be said all the same
                    content = parse_json(text)
                raise Refused("not UTF-8; save the file as UTF-8")
            content = parse_json(text)
            kind, line = parse_line(content, IMPORTED)
        except Refused as fault:
            faults.add(number, str(fault))
            if content.get("kind") in _LEANED_ON:
                key = "id" if content["kind"] == "patient" else "patient"
                faults.unfounded.add(str(content.get(key)))
            meant = as_meant(content, now)
            if meant is not None:
                faults.meant.setdefault(patient_of(meant[1]), []).append((number, *meant))
            else:
                faults.unjudged.append(number)
            if faults.too_many:
                break
            continue
        on = str(getattr(line, "on", "") or getattr(line, "at", ""))[:10]
        repeats = line.second == "true" or getattr(line, "status", "") == "corrected"
        checked = line.model_dump_json(exclude_defaults=True)
        batch.append((number, patient_of(line), kind, _RANK[kind] + repeats, on, checked))
        if len(batch) >= _BATCH:
            staging.stage(connection, batch)
            batch.clear()
    staging.stage(connection, batch)
    return counted


def _take_staged(
    connection: Connection,
    chart: Chart,
    appender: Appender,
    faults: Faults,
    progress: Callable[[int], None],
    remarks: list[str],
    left: list[Read],
) -> int:
    """Take one patient's lines, count those that were stored, and list those that were not."""
    # What was staged has been checked already.
    lines = [
        (number, kind, IMPORTED[kind].model_construct(**json.loads(text)))
        for number, kind, text in staging.staged_lines(connection, chart.who)
    ]
    if not lines or chart.who in faults.unfounded:
        left += lines
        return 0
    if not chart.registered and lines[0][1] != "patient":
        left += lines
        where = "this file and the record"
        besides = staging.staged_patients(connection, rank=_RANK["patient"])
        unknown = str(unknown_patient(connection, chart.who, where=where, besides=besides))
        for number, _, _ in lines:
            faults.add(number, unknown)
        return 0
    numbers: dict[int, int] = {}  # of lines, by the event they became
    stored, is_sound = 0, True
    for place, (number, kind, line) in enumerate(lines):
        try:
            appended = append_all(chart, appender, chart.admit(kind, line, skip_equal=True))
        except Refused as fault:
            faults.add(number, str(fault))
            is_sound = False
            if kind in _LEANED_ON or faults.too_many:
                left += lines[place:]
                break
            left.append((number, kind, line))
            continue
        keep_protocols(connection, appended)
        numbers |= {row.event: number for row in appended}
        stored += bool(appended)
        event = None if appended else chart.taken_back(kind, line)
        if event is not None:
            remarks.append(
                f"line {number} is skipped: event {event} of {chart.who} says the same and was "
                'taken back; if it is right after all, add "second":true to the line'
            )
        progress(1)
    closed = chart.closed_since if stored else None
    if closed is not None:
        remarks.append(f"{chart.who} is closed since {closed}: nothing is watched")
    for event, words in chart.contradictions() if is_sound else []:
        faults.add(numbers[event], words)
        faults.contradicted.add(chart.who)
    return stored
