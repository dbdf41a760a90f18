"""Record a file of facts, lines in any order: all of it is stored, or nothing."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor.domain.facts import Kind
from monitor.errors import Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked, Case, case_of, get_case, unknown_patient
from monitor.service.asking.projection import HORIZON, project
from monitor.service.recording import contact_lines
from monitor.service.recording.about_others import AboutOthers
from monitor.service.recording.admission import Admission
from monitor.service.recording.contact_lines import Wanted
from monitor.service.recording.echo import ended
from monitor.service.recording.input_lines import FACTS, IMPORTED
from monitor.service.recording.lines.base import Line
from monitor.service.recording.namesakes import Namesakes
from monitor.service.recording.not_counting import not_counting
from monitor.service.recording.raised import Read, raised_by, raised_if_watched, suppose
from monitor.service.recording.reading import LEANED_ON, CheckChannel, read_all
from monitor.service.recording.record import append_all, open_admission
from monitor.service.recording.refused_lines import MOST_FAULTS, Faults
from monitor.service.recording.remarks import calmed
from monitor.service.recording.symptom_advice import advised_by
from monitor.store import facts, staging
from monitor.store.appender import Appender
from monitor.store.clinic import CLINIC


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
    check_channel: CheckChannel = lambda line: None,
    told: Wanted | None = None,
    rows: Mapping[int, str] | None = None,
) -> Imported:
    """Record a file of facts, lines in any order; raises Refused with every fault by line.

    Where there are more faults than the most, what comes after is not judged. Who is to be told is
    only judged: `told` gets the lines that the caller adds where the database numbers contacts.
    `rows` says what is wrong with the rows that lines were made of, where a file has rows.
    """
    staging.open_staging(connection)
    faults = Faults(name, most, mark=":" if rows is None else "")
    contents = read_all(
        connection, lines, faults, now=now, check_channel=check_channel, wrong=rows or {}
    )
    contacts: Wanted = []
    if CLINIC in contents.contacts:
        of_clinic = contents.contacts.pop(CLINIC)
        contacts += contact_lines.judge(facts.read(connection, CLINIC), of_clinic, faults)
    appender = Appender(connection, now=now)
    stored = 0
    raised: list[str] = []
    advice: list[str] = []
    remarks: list[str] = []
    namesakes = Namesakes(connection)
    for who in sorted({*staging.staged_patients(connection), *faults.meant, *contents.contacts}):
        if faults.too_many:
            break
        admission = open_admission(connection, who, now=now)
        admission.namesakes = namesakes
        left: list[Read] = faults.meant.get(who, [])
        before = stored
        taken = _take_staged(connection, admission, appender, faults, progress, remarks, left)
        admission, stored = taken[0], stored + taken[1]
        appender.flush()
        people = contents.contacts.get(who, [])
        if people and not admission.described:
            _refuse_unknown(connection, who, [number for number, _ in people], faults)
            people = []
        contacts += contact_lines.judge(admission.rows, people, faults)
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
    if told is not None:
        told += contacts
    stored += len(contacts)
    return Imported(
        lines=contents.lines,
        stored=stored,
        skipped=contents.lines - stored,
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


def _take_staged(
    connection: Connection,
    admission: Admission,
    appender: Appender,
    faults: Faults,
    progress: Callable[[int], None],
    remarks: list[str],
    left: list[Read],
) -> tuple[Admission, int]:
    """Take one patient's lines, count those that were stored, and list those that were not.

    Gives the record with them.
    """
    # What was staged has been checked already.
    lines = [
        (number, IMPORTED[kind].model_construct(**json.loads(text)))
        for number, kind, text in staging.staged_lines(connection, admission.who)
    ]
    if not lines or admission.who in faults.unfounded:
        left += lines
        return admission, 0
    if not admission.described and lines[0][1].kind != Kind.PATIENT:
        left += lines
        _refuse_unknown(connection, admission.who, [number for number, _ in lines], faults)
        return admission, 0
    if admission.described:
        _learn_names(admission, [line for _, line in lines])
    others = AboutOthers(connection, admission, lines)
    numbers: dict[int, int] = {}  # of lines, by the event they became
    repeated: list[Read] = []
    stored, is_sound = 0, True
    for place, (number, line) in enumerate(lines):
        if others.is_said_before(number, line, admission):
            continue
        try:
            opened, drafts = others.admit(line, admission)
            appended = append_all(connection, opened, appender, drafts)
        except Refused as fault:
            faults.add(number, str(fault))
            is_sound = False
            if line.kind in LEANED_ON or faults.too_many:
                left += lines[place:]
                break
            left.append((number, line))
            continue
        if opened is not admission and appended:  # a fact counts no more
            admission = opened.again()
        numbers |= {row.event: number for row in appended}
        stored += bool(appended)
        if not appended and line.called() in FACTS:
            repeated.append((number, line))
        progress(1)
    for number, line in repeated:
        event = admission.retracted(line)
        back = None if event is None else others.taken_back(event, admission)
        if event is not None and back is None:
            remarks.append(
                f"line {number} is skipped: event {event} of {admission.who} said the same and was "
                'retracted; if it is right after all, add "second":true to the line'
            )
        elif back in numbers.values() and back is not None and number > back:  # said once more
            try:
                drafts = admission.admit(line, skip_equal=False)
            except Refused as fault:
                faults.add(number, str(fault))
                continue
            appended = append_all(connection, admission, appender, drafts)
            numbers |= {row.event: number for row in appended}
            stored += 1
    closed = admission.closings.closed(admission.today) if stored else None
    if closed is not None:
        remarks.append(f"{admission.who} is closed since {closed.on}: nothing is watched")
    for event, words in admission.contradictions() if is_sound else ():
        faults.add(numbers[event], words)
        faults.contradicted.add(admission.who)
    return admission, stored


def _learn_names(admission: Admission, lines: list[Line]) -> None:
    """Know what is on record by the ids with which other lines of the file name it."""
    named = {getattr(line, key, None) for line in lines for key in ("of", "course")} - {None}
    for line in lines:
        if line.id in named and line.called() in FACTS and not admission.event_named(line.id or ""):
            admission.learn_name(line)


def _refuse_unknown(
    connection: Connection, who: str, numbers: Iterable[int], faults: Faults
) -> None:
    besides = staging.staged_patients(connection, rank=0)
    where = "this file and the record"
    unknown = str(unknown_patient(connection, who, where=where, besides=besides))
    for number in numbers:
        faults.add(number, unknown)
