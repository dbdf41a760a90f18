"""Acknowledge a reminder or a warning: somebody has seen it. It quiets, and nothing is done."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from monitor.domain.corrections import Recorded
from monitor.domain.outcome import Role, Urgency
from monitor.domain.reminders.subject import Matter
from monitor.domain.reminders.subject import matter_of as warning_matter
from monitor.errors import NotFound, Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.input import text_fields
from monitor.service.recording import record
from monitor.service.reminding.earlier import first_planned_on, matter_of
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
    on, whoever typed it. One fact is stored for each matter; `about` leaves out what is about
    other patients. Raises NotFound where nothing is known by that word.
    """
    stored: list[Recorded] = []
    meant = [pair for pair in _meant(connection, word, now) if about in (None, pair[0])]
    if not meant:
        raise NotFound(
            f"{text_fields.printable(word)} is not about {text_fields.printable(str(about))}"
        )
    key = owing.find_message(connection, word)
    is_patients = key is not None and outbox.role_of(connection, key) == Role.PATIENT
    for who, matter in meant:
        if on is not None:
            _refuse_earlier(connection, who, matter, on, now)
        case = cases.get_case(connection, who, Asked(now=now))
        line = {
            "kind": "acknowledgement",
            "patient": who,
            "on": (on or case.today).isoformat(),
            "rule": matter.rule,
            "occurrence": str(matter.occurrence),
            "anchor": str(matter.anchor),
            "by": by,
        }
        if is_patients:
            line["role"] = Role.PATIENT.value
        if matter.drug:
            line["drug"] = matter.drug
        if matter.urgency is not Urgency.ROUTINE:
            line["severity"] = matter.urgency.value
        if note is not None:
            line["note"] = note
        stored += record.record(connection, line, now=now).stored
    return stored


def _refuse_earlier(
    connection: Connection, who: str, matter: Matter, on: date, now: datetime
) -> None:
    """Refuse a day before anybody was told: it would say that nobody need be asked again."""
    case = cases.get_case(connection, who, Asked(now=now))
    told = first_planned_on(owing.reminders_of(connection, who), case.today)
    first = told.get(replace(matter, urgency=Urgency.ROUTINE), on)
    if on < first:
        raise Refused(f"it was told on {first}; an acknowledgement is of that day or later: --on")


def _meant(connection: Connection, word: str, now: datetime) -> list[tuple[str, Matter]]:
    key = owing.find_message(connection, word)
    if key is not None:
        found = {
            (who, matter_of(one))
            for who in outbox.patients_of(connection, key)
            for one in owing.reminders_of(connection, who)
            if one.message == key and one.retracts is None
            if not one.is_withdrawn or one.tries > 0  # it may have arrived all the same
        }
        if not found:
            raise Refused(
                f"{text_fields.printable(word)} asks for nothing that could be acknowledged"
            )
        return sorted(found, key=lambda pair: (pair[0], pair[1].rule, pair[1].anchor))
    who = word.rsplit(":", 2)[0]
    if who != word and facts.is_known(connection, who):
        case = cases.get_case(connection, who, Asked(now=now))
        # Protocols of two drugs may give one fact the same warning: who has seen it has seen both.
        meant = [
            (who, warning_matter(treatment.timeline.drug, warning))
            for treatment, assessment in cases.assess(case)
            for warning in assessment.warnings
            if warning.key == word
        ]
        if meant:
            return meant
        raise NotFound(
            f"no warning {text_fields.printable(word)} stands; see: monitor warnings {who}"
        )
    raise NotFound(f"no message {text_fields.printable(word)}; see: monitor outbox")
