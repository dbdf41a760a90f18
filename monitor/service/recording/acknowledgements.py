"""Acknowledge a reminder or a warning: somebody has seen it. It quiets, and nothing is done."""

from datetime import date, datetime

from sqlalchemy import Connection

from monitor.domain.corrections import Recorded
from monitor.domain.facts import Kind
from monitor.domain.outcome import Role, Urgency
from monitor.domain.reminders.history import first_planned_on
from monitor.domain.reminders.subject import Subject, subject_of
from monitor.errors import BadOption, NotFound, Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked, Case
from monitor.service.input import text_fields
from monitor.service.recording import record
from monitor.service.recording.input_lines import line_of
from monitor.service.recording.lines.base import Line
from monitor.store import facts, outbox, owing


def acknowledge(
    connection: Connection,
    word: str,
    *,
    by: str,
    note: str | None,
    on: date | None,
    about: str | None,
    now: datetime,
) -> list[Recorded]:
    """Record that what a message (its key or ref) or a warning (its key) says was seen.

    Who answers the message that went to a patient quiets the patient's alone: the staff is told
    on, whoever typed it. One fact is stored for each subject; `about` leaves out what is about
    other patients. Raises NotFound where nothing is known by that word.
    """
    key = owing.find_message(connection, word)
    found = _of_warning(connection, word, now) if key is None else _of_message(connection, key)
    meant = [pair for pair in found if about in (None, pair[0])]
    shown = text_fields.printable(word)
    if not found:
        raise Refused(f"{shown} has nothing to acknowledge")
    if not meant:
        raise NotFound(f"{shown} is not about {text_fields.printable(str(about))}")
    is_patients = key is not None and outbox.role_of(connection, key) == Role.PATIENT
    stored: list[Recorded] = []
    for who, subject in meant:
        today = cases.get_case(connection, who, Asked(now=now)).today
        if on is not None:
            _refuse_earlier(connection, who, subject, on, today)
        line = acknowledgement(
            who, subject, on=on or today, by=by, note=note, is_patients=is_patients
        )
        stored += record.record(connection, line, now=now).stored
    return stored


def acknowledgement(
    who: str,
    subject: Subject,
    *,
    on: date,
    by: str | None,
    note: str | None,
    is_patients: bool,
    sender_id: str | None = None,
) -> Line:
    """Make the line that says that somebody has seen something."""
    return line_of(
        Kind.ACKNOWLEDGEMENT,
        id=sender_id,
        patient=who,
        on=on,
        rule=subject.rule,
        occurrence=subject.occurrence,
        anchor=subject.anchor,
        by=by,
        note=note,
        role=Role.PATIENT.value if is_patients else None,
        drug=subject.drug or None,
        severity=None if subject.urgency is Urgency.ROUTINE else subject.urgency.value,
    )


def resting_on(
    case: Case, event: int, *, rule: str | None, occurrence: int | None
) -> list[Subject]:
    """List what is told because of a fact: warnings; checks that count from it by their rule.

    Raises Refused where there is nothing that anybody could have seen.
    """
    found = []
    for followed, assessment in cases.assess(case):
        drug = followed.timeline.drug
        for warning in assessment.warnings:
            events = {warning.anchor.identity, *(fact.event for fact in warning.facts)}
            if event in events and rule in (None, warning.rule):
                found.append(subject_of(drug, warning))
        for check in assessment.checks:
            if check.rule == rule and check.anchor.identity == event:
                found.append(subject_of(drug, check))
    found = [one for one in found if occurrence in (None, one.occurrence)]
    if not found:
        what = f"no {rule}" if rule else "no warning"
        raise BadOption("of", f"{what} rests on it today; see: monitor warnings {case.patient}")
    return found


def _refuse_earlier(
    connection: Connection, who: str, subject: Subject, on: date, today: date
) -> None:
    """Refuse a day before anybody was told: it would say that nobody need be asked again."""
    planned = first_planned_on(owing.reminders_of(connection, who), today)
    first = planned.get(subject.routine, on)
    if on < first:
        raise BadOption("--on", f"the reminder is of {first}; write that day or a later one")


def _of_message(connection: Connection, key: str) -> list[tuple[str, Subject]]:
    """List what a message says, of whom."""
    found = {
        (who, one.subject)
        for who in outbox.patients_of(connection, key)
        for one in owing.reminders_of(connection, who)
        if one.message == key and one.retracts is None and one.stands
    }
    return sorted(found, key=lambda p: (p[0], p[1].rule, p[1].occurrence, p[1].anchor))


def _of_warning(connection: Connection, word: str, now: datetime) -> list[tuple[str, Subject]]:
    """List what a warning's key means.

    Protocols of two drugs may give one fact the same warning: who has seen it has seen both.
    """
    who = word.rsplit(":", 2)[0]
    if who == word or not facts.is_known(connection, who):
        raise NotFound(f"no message {text_fields.printable(word)}; see: monitor outbox")
    case = cases.get_case(connection, who, Asked(now=now))
    meant = [
        (who, subject_of(followed.timeline.drug, warning))
        for followed, assessment in cases.assess(case)
        for warning in assessment.warnings
        if warning.key == word
    ]
    if not meant:
        shown = text_fields.printable(word)
        raise NotFound(f"no warning {shown} stands; see: monitor warnings {who} --json")
    return meant
