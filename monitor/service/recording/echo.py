"""What is answered to a recording: whose fact it is, and what follows from it."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from monitor.domain.checks import Check
from monitor.domain.facts import Kind, PatientClosed
from monitor.domain.outcome import URGENCIES, Severity
from monitor.domain.rules.warning import SafetyWarning
from monitor.service.asking import cases
from monitor.service.asking.answers import ListedCheck, ListedWarning
from monitor.service.asking.documents import Document, document
from monitor.service.asking.identity import Person, person_of
from monitor.service.asking.projection import HORIZON
from monitor.service.recording.ended import Ended, ended, matter_of, ranks_of, takes_a_place
from monitor.service.recording.record import Entry
from monitor.service.recording.symptom_advice import advice_on, checks_at_symptom


@dataclass(frozen=True, kw_only=True, slots=True)
class Echo:
    """What a recording is answered with."""

    event: int
    person: Person
    today: date
    closed: PatientClosed | None
    warnings: list[SafetyWarning]
    checks: list[Check]
    ended: list[Ended] | None  # None: nothing is said of it
    advice: list[str] | None  # None: it was no symptom
    besides: dict[str, str] = field(default_factory=dict)  # what a correction replaced


def echo_of(entry: Entry, **besides: str) -> Echo:
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
        if (warning.events & numbers and _is_said(warning, on))
        or (
            warning.severity is not Severity.INFO
            and stood.get(matter_of(warning), -1) < warning.severity.rank
        )
    ]
    asked: set[str] = set()
    advice = None
    if row.kind == Kind.SYMPTOM:
        if not any(warning.events & numbers for warning in urgent):
            # Long past: what was to be done on its day, with that day.
            of_day = cases.warnings(cases.on_day(case, on), least=Severity.CAUTION)
            urgent += [warning for warning in of_day if warning.events & numbers]
        asked = checks_at_symptom(case, row.body["code"])
        grave = [w for w in urgent if w.severity in URGENCIES and w.events & numbers]
        advice = advice_on(case, row.body["code"], is_warned=bool(grave))
    calmed = ended(entry.before, case) if row.kind != Kind.WAIVER else []
    return Echo(
        event=row.event,
        person=person_of(case),
        today=case.today,
        closed=case.closed,
        warnings=urgent,
        checks=[
            check
            for _, assessment in cases.assess(case, until=case.today + HORIZON)
            for check in assessment.checks
            if check.state in cases.LISTED and check.opens <= ahead
            if check.anchor.event in numbers or (check.rule in asked and check.due == on)
        ],
        # One that is there to end a warning needs no such word.
        ended=calmed if calmed or takes_a_place(row) else None,
        advice=advice,
        besides=besides,
    )


def _is_said(warning: SafetyWarning, on: date) -> bool:
    return warning.severity is not Severity.INFO or warning.anchor.on == on


@document.register
def _echo(echo: Echo) -> Document:
    who, closed = Person(id=echo.person.id), echo.closed
    since = {"closed_on": document(closed.on), "closed_reason": closed.reason} if closed else {}
    checks = [ListedCheck(person=who, check=check, today=echo.today) for check in echo.checks]
    return {
        "event": echo.event,
        "patient": who.id,
        **echo.person.known(),
        **since,
        "warnings": document([ListedWarning(person=who, warning=one) for one in echo.warnings]),
        "checks": document(checks),
        **({} if echo.ended is None else {"ended": document(echo.ended)}),
        **({} if echo.advice is None else {"advice": echo.advice}),
        **echo.besides,
    }
