"""Questions put to the database: open it, ask, answer as the documents that JSON shows."""

from datetime import UTC, date, timedelta
from typing import Any

from monitor.commands.cases import Unknown, every_case, get_case
from monitor.commands.opening import asking
from monitor.commands.render import note
from monitor.commands.when import asked
from monitor.domain.assessment import Treatment
from monitor.domain.gate import Gate
from monitor.domain.outcome import CheckState, Severity
from monitor.domain.reminders.bundle import Wanted, wanted_by
from monitor.domain.rules.question import Proposal
from monitor.errors import Refused
from monitor.service.asking import cases as queries
from monitor.service.asking import documents
from monitor.service.asking.cases import Asked, Case
from monitor.service.asking.identity import person_of, persons
from monitor.service.asking.out_of_sight import out_of_sight
from monitor.service.asking.proposed_dose import refuse_other_body, refuse_other_dose
from monitor.service.asking.said import closed_words
from monitor.service.asking.worklist import can_be_read, worklist
from monitor.service.input.sizes import Body

Answer = dict[str, Any]

__all__ = [
    "asked",
    "explanation",
    "exposure_of",
    "gate_of",
    "gates_on",
    "history_of",
    "upcoming_of",
    "upcoming_with_tests",
    "warnings_of",
]


def gate_of(
    db: str | None,
    patient: str,
    day: date,
    when: Asked,
    proposed: Proposal,
    *,
    named: str | None,
    body: Body | None = None,
    confirmed: bool = False,
) -> Answer:
    """Ask the gate of one patient; what differs much from what is on record is asked about."""
    with asking(db) as connection:
        case = get_case(connection, patient, when)
        if body is not None and not confirmed:
            refuse_other_body(case, body)
        if not confirmed:
            refuse_other_dose(case, day, proposed, named)
        return _gate(case, day, proposed, named)


def gates_on(db: str | None, day: date, when: Asked, proposed: Proposal) -> Answer:
    """Ask the gate of everybody whose next infusion is booked for a day."""
    unknown = Unknown()
    with asking(db) as connection:
        gates = [
            _gate_answer(
                case,
                treatment,
                queries.ask_for(case, treatment, on=day, proposal=proposed),
                day,
            )
            for case in every_case(connection, when, unknown)
            for treatment in queries.planned_on(case, day)
        ]
    return {"on": day.isoformat(), "gates": gates, **unknown.answer()}


def upcoming_of(
    db: str | None,
    patient: str | None,
    when: Asked,
    *,
    until: date | None,
    states: tuple[str, ...],
    limit: int | None,
) -> Answer:
    """List the checks of one patient, or of the clinic, by due day."""
    return upcoming_with_tests(db, patient, when, until=until, states=states, limit=limit)[0]


def upcoming_with_tests(
    db: str | None,
    patient: str | None,
    when: Asked,
    *,
    until: date | None,
    states: tuple[str, ...],
    limit: int | None,
) -> tuple[Answer, list[Wanted]]:
    """List the checks, and the test that each of them asks for."""
    wanted, unknown = tuple(_state(state) for state in states), Unknown()
    with asking(db) as connection:
        if patient is None and not wanted:
            day = when.as_of or when.now.astimezone(UTC).date()
            end = until or day + timedelta(days=queries.HORIZON_DAYS)
            if can_be_read(when, end):
                listed = worklist(connection, when, until=end, limit=limit)
                for who, why in sorted(listed.damaged.items()):
                    unknown.add(who, why)
                for words in out_of_sight(connection, when.now).values():
                    note(f"monitor: {words}")
                _name(connection, listed.checks, when)
                answer = _checks(day, end, listed.checks)
                return {**answer, **unknown.answer()}, listed.wanted
        cases, day = _cases(connection, patient, when, unknown)
        end = until or day + timedelta(days=queries.HORIZON_DAYS)
        found = [
            (documents.check_answer(who, check), wanted_by(who, check, case.today))
            for case in cases
            for who in (case.patient,)
            for check in queries.upcoming(case, until=end, states=wanted)
        ]
        _name(connection, [answer for answer, _ in found], when)
        person = _person(patient, cases)
    found.sort(key=lambda f: (f[0]["due"], f[0]["patient"], f[0]["rule"], f[0]["occurrence"]))
    found = found[:limit]
    answer = _checks(day, end, [answer for answer, _ in found])
    return {**person, **answer, **unknown.answer()}, [test for _, test in found]


def warnings_of(db: str | None, patient: str | None, when: Asked, *, everything: bool) -> Answer:
    """List the warnings of one patient, or those of the clinic that need a person."""
    least = Severity.INFO if patient is not None or everything else Severity.CAUTION
    unknown = Unknown()
    with asking(db) as connection:
        cases, day = _cases(connection, patient, when, unknown)
        found = [
            (warning, documents.warning_answer(case.patient, warning))
            for case in cases
            for warning in queries.warnings(case, least=least)
        ]
        _name(connection, [answer for _, answer in found], when)
        person = _person(patient, cases)
    found.sort(key=lambda pair: (-pair[0].severity.rank, pair[0].since, pair[1]["patient"]))
    listed = [answer for _, answer in found]
    return {**person, "as_of": day.isoformat(), "warnings": listed, **unknown.answer()}


def exposure_of(db: str | None, patient: str, when: Asked, *, named: str | None) -> Answer:
    """Sum what one patient was given."""
    with asking(db) as connection:
        case = get_case(connection, patient, when)
        answer = documents.exposure_answer(patient, *queries.exposures(case, named))
        return {**_person(patient, [case]), **answer}


def explanation(
    db: str | None,
    patient: str,
    rule: str,
    when: Asked,
    *,
    occurrence: int | None,
    named: str | None,
) -> Answer:
    """Explain one rule for one patient."""
    from monitor.service.asking.explain import explain

    with asking(db) as connection:
        case = get_case(connection, patient, when)
        answer = explain(case, rule, occurrence=occurrence, named=named)
        return {**_person(patient, [case]), **answer}


def history_of(db: str | None, patient: str, when: Asked) -> Answer:
    """List everything on record for one patient."""
    from monitor.service.asking.history import history

    with asking(db) as connection:
        person = _person(patient, [get_case(connection, patient, when)])
        return {**person, "entries": history(connection, patient, when)}


def _checks(day: date, until: date, checks: list[Answer]) -> Answer:
    return {"as_of": day.isoformat(), "until": until.isoformat(), "checks": checks}


def _gate(case: Case, day: date, proposed: Proposal, named: str | None) -> Answer:
    gate = queries.ask_gate(case, on=day, proposal=proposed, named=named)
    return _gate_answer(case, case.treatment(named), gate, day)


def _gate_answer(case: Case, treatment: Treatment, gate: Gate, day: date) -> Answer:
    day = min(queries.day_meant(case, day), case.today)
    course = treatment.timeline.course_on(day) or treatment.timeline.courses[0]
    answer = documents.gate_answer(treatment, gate, treatment.protocol_of(course))
    return {**_person(case.patient, [case]), **answer}


def _person(patient: str | None, cases: list[Case]) -> Answer:
    """Say who the one patient is that an answer is about; nothing of a whole clinic."""
    if patient is None:
        return {}
    hidden = documents.facts_used(cases[0].not_come)
    found = {"patient": patient, **person_of(cases[0]).known()}
    return {**found, "not_come": hidden} if hidden else found


def _name(connection: Any, listed: list[Answer], when: Asked) -> None:
    """Say of each entry of a list who the patient is."""
    whos = [answer["patient"] for answer in listed]
    known = persons(connection, whos, known_at=when.known_at)
    for answer in listed:
        answer |= known[answer["patient"]].known()


def _cases(
    connection: Any, patient: str | None, when: Asked, unknown: Unknown
) -> tuple[list[Case], date]:
    if patient is not None:
        case = get_case(connection, patient, when)
        closed = closed_words(case)
        if closed is not None:
            note(f"monitor: {closed}")
        return [case], case.today
    # For a whole clinic the day that is named is today in UTC; each patient is judged by the
    # day in their own zone.
    day = when.as_of or when.now.astimezone(UTC).date()
    return list(every_case(connection, when, unknown)), day


def _state(word: str) -> CheckState:
    try:
        return CheckState(word)
    except ValueError as fault:
        known = ", ".join(CheckState)
        raise Refused(f"--state: '{word}' is not one of {known}") from fault
