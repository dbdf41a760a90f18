"""What all recording commands do: one line in, stored or refused, and what follows from it."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from monitor.commands import options, render
from monitor.commands.opening import recording
from monitor.domain.corrections import Recorded
from monitor.domain.facts import Kind
from monitor.domain.outcome import URGENCIES, Severity
from monitor.domain.rules.warning import SafetyWarning
from monitor.service.asking import cases
from monitor.service.asking.answers import ListedCheck, ListedWarning
from monitor.service.asking.cases import Asked, Case
from monitor.service.asking.documents import document
from monitor.service.asking.identity import Person, person_of, whom
from monitor.service.asking.projection import HORIZON
from monitor.service.recording import record
from monitor.service.recording.ended import (
    ended,
    ended_in_words,
    matter_of,
    ranks_of,
    takes_a_place,
)
from monitor.service.recording.input_lines import COMMANDED, parse_line
from monitor.service.recording.lasting_answers import calmed
from monitor.service.recording.not_counting import not_counting
from monitor.service.recording.record import Entry
from monitor.service.recording.remarks import checks_at_symptom, remarks, silenced
from monitor.service.recording.symptom_advice import advice_on

Follow = dict[str, Any]  # whose fact it is; warnings, checks; of a symptom the advice


def record_line(line: dict[str, Any], *, db: str | None, json: bool, said: str) -> None:
    """Record one line and say what was stored, and what a person should know about it.

    `said` ends where the patient is named: "recorded 21 mg on 2025-01-10 for".
    """
    content = given(line)
    parse_line(content, COMMANDED)  # refused here, it leaves no new database behind
    with recording(db, creates=line["kind"] == Kind.PATIENT) as connection:
        entry = record.record(connection, content, now=options.now())
        follow = followed(connection, entry)
    show_recorded(entry, follow, json=json, said=said)


def followed(connection: Connection, entry: Entry) -> Follow:
    """Find what follows from what was recorded, before it is committed; say what is odd."""
    case, stored, asked = entry.case, entry.stored, Asked(now=options.now())
    odd = (
        *remarks(case, entry.first),
        *calmed(case, stored),
        *silenced(entry.before, case),
        *not_counting(connection, case, stored, entry.rows, asked),
    )
    for words in odd:
        render.note(f"monitor: {words}")
    return follows(entry)


def show_recorded(entry: Entry, follow: Follow, *, json: bool, said: str, **besides: Any) -> None:
    """Say what was stored, once it is committed, whose it is, and what follows from it."""
    if json:
        render.document({"event": entry.first.event, **follow, **besides})
        return
    render.say(f"{said} {whom(follow)}, as event {entry.first.event}")
    tell(follow)


def given(line: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a line what the command did not say."""
    return {key: value for key, value in line.items() if value is not None}


def follows(entry: Entry) -> Follow:
    """Find the warnings and checks that a stored fact gives rise to, as they stand today.

    Said is what rests on the fact, and what is new or graver than it was before the fact.
    """
    case, row = entry.case, entry.first
    ahead = case.today + timedelta(days=cases.HORIZON_DAYS)
    numbers = {row.event for row in entry.stored}
    on = min(row.on, case.today)
    stood = ranks_of(entry.before, least=Severity.CAUTION)
    urgent = [
        warning
        for warning in cases.warnings(case, least=Severity.INFO)
        if (_rests_on(warning, numbers) and _is_said(warning, on))
        or (
            warning.severity is not Severity.INFO
            and stood.get(matter_of(warning), -1) < warning.severity.rank
        )
    ]
    asked: set[str] = set()
    advice: Follow = {}
    if row.kind == Kind.SYMPTOM:
        if not any(_rests_on(warning, numbers) for warning in urgent):
            # Long past: what was to be done on its day, with that day.
            of_day = cases.warnings(cases.on_day(case, on), least=Severity.CAUTION)
            urgent += [warning for warning in of_day if _rests_on(warning, numbers)]
        asked = checks_at_symptom(case, row.body["code"])
        grave = [w for w in urgent if w.severity in URGENCIES and _rests_on(w, numbers)]
        advice = {"advice": advice_on(case, row.body["code"], is_warned=bool(grave))}
    checks = [
        check
        for _, assessment in cases.assess(case, until=case.today + HORIZON)
        for check in assessment.checks
        if check.state in cases.LISTED and check.opens <= ahead
        if check.anchor.event in numbers or (check.rule in asked and check.due == on)
    ]
    closed = cases.find_closing(case)
    since = {"closed_on": closed.on.isoformat(), "closed_reason": closed.reason} if closed else {}
    who = Person(id=case.patient)
    return {
        "patient": case.patient,
        **person_of(case).known(),
        **since,
        "warnings": document([ListedWarning(person=who, warning=warning) for warning in urgent]),
        "checks": document(
            [ListedCheck(person=who, check=check, today=case.today) for check in checks]
        ),
        **_ended_by(row, entry.before, case),
        **advice,
    }


def _ended_by(row: Recorded, before: Case | None, case: Case) -> Follow:
    """Name what urgent warnings end by a fact; one that is there to end them needs no such word."""
    found = ended(before, case) if row.kind != Kind.WAIVER else []
    return {"ended": found} if found or takes_a_place(row) else {}


def _rests_on(warning: SafetyWarning, numbers: set[int]) -> bool:
    return any(fact.event in numbers for fact in (warning.anchor, *warning.facts))


def _is_said(warning: SafetyWarning, on: date) -> bool:
    return warning.severity is not Severity.INFO or warning.anchor.on == on


def tell(follow: Follow) -> None:
    """Say what follows from a fact, the gravest first."""
    for warning in follow["warnings"]:
        if warning["severity"] == "info":
            continue
        render.say(f"{warning['severity'].upper()}  {warning['rule']}: {warning['message']}")
        if warning["patient_message"]:
            render.say(f"  tell the patient: {warning['patient_message']}")
    for one in follow.get("ended", ()):
        render.say(ended_in_words(one))
    for check in sorted(follow["checks"], key=lambda c: (c["due"], c["rule"])):
        render.say(f"due {check['due']}  {check['rule']}: {check['title']}")
    for words in follow.get("advice", ()):
        render.say(words)
