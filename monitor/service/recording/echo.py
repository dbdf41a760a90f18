"""What is answered to a recording: whose fact it is, what follows from it, and what it ends."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from monitor.domain.checks import Check
from monitor.domain.facts import Kind, PatientClosed, Result, Status
from monitor.domain.outcome import URGENCIES, Severity
from monitor.domain.rules.warning import SafetyWarning
from monitor.service.asking import cases
from monitor.service.asking.answers import ListedCheck, ListedWarning
from monitor.service.asking.cases import Case
from monitor.service.asking.documents import Document, document
from monitor.service.asking.identity import Person, person_of
from monitor.service.asking.projection import HORIZON
from monitor.service.recording.record import Entry
from monitor.service.recording.symptom_advice import advice_on, checks_at_symptom, symptoms_in


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """An urgent warning that ended, or became milder."""

    rule: str
    severity: Severity
    since: date
    message: str
    now: Severity | None  # None: it stands no more

    def __str__(self) -> str:
        left = f" (now {self.now})" if self.now else ""
        return f"ended: {self.severity.upper()}  {self.rule}{left}: {self.message}"


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
    # What a correction replaced; which events a slip became.
    besides: dict[str, Any] = field(default_factory=dict)


def echo_of(entry: Entry, **besides: Any) -> Echo:
    """Find the warnings and checks that a stored fact gives rise to, as they stand today.

    Said is what rests on the fact, and what is new or graver than it was before the fact.
    """
    case, row = entry.case, entry.first
    ahead = case.today + timedelta(days=cases.HORIZON_DAYS)
    numbers = {row.event for row in entry.stored}
    on = min(row.on, case.today)
    stood = _ranks(entry.before)
    urgent = []
    for warning in cases.warnings(case, least=Severity.INFO):
        if warning.severity is Severity.INFO:
            is_said = warning.events & numbers and warning.anchor.on == on
        else:
            is_new = stood.get(_matter(warning), -1) < warning.severity.rank
            is_said = is_new or warning.events & numbers
        urgent += [warning] if is_said else []
    felt = {one.event: symptoms_in(one) for one in entry.stored}
    symptoms = {event for event, codes in felt.items() if codes}
    asked = {rule for codes in felt.values() for c in codes for rule in checks_at_symptom(case, c)}
    if symptoms and not any(warning.events & symptoms for warning in urgent):
        # Long past: what was to be done on its day, with that day.
        of_day = cases.warnings(cases.on_day(case, on), least=Severity.CAUTION)
        urgent += [warning for warning in of_day if warning.events & symptoms]
    advice = None
    if row.kind == Kind.SYMPTOM:
        grave = [w for w in urgent if w.severity in URGENCIES and w.events & numbers]
        advice = advice_on(case, row.body["code"], is_warned=bool(grave))
    calmed = ended(entry.before, case)
    takes_a_place = row.corrects is not None or row.body.get("status") == Status.CORRECTED
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
        # A waiver is there to end a warning: who waives sees what.
        ended=calmed if calmed or takes_a_place else None,
        advice=advice,
        besides=besides,
    )


def _matter(warning: SafetyWarning) -> tuple[str, int]:
    """Give what a warning is about; a correction leaves it the same."""
    return warning.rule, warning.anchor.identity


def _ranks(case: Case | None) -> dict[tuple[str, int], int]:
    """Give how grave each warning is; of a patient who was not registered there is none."""
    found: dict[tuple[str, int], int] = {}
    for warning in cases.warnings(case, least=Severity.CAUTION) if case is not None else ():
        matter = _matter(warning)
        found[matter] = max(found.get(matter, -1), warning.severity.rank)
    return found


def ended(before: Case | None, case: Case) -> list[Ended]:
    """List the urgent warnings that ended, or became milder, with what they are now."""
    if before is None or case.closed is not None:
        return []  # of a closed patient nothing is watched, which is said elsewhere
    stood = cases.warnings(before, least=Severity.URGENT)
    stands = cases.warnings(case, least=Severity.INFO) if stood else []
    found = []
    for warning in stood:
        left = [one.severity for one in stands if _goes_on(warning, one)]
        now = max(left, key=lambda severity: severity.rank, default=None)
        if now is None or now.rank < warning.severity.rank:
            found.append(
                Ended(
                    rule=warning.rule,
                    severity=warning.severity,
                    since=warning.since,
                    message=warning.message,
                    now=now,
                )
            )
    return found


def _goes_on(was: SafetyWarning, one: SafetyWarning) -> bool:
    """Say whether a warning goes on as another: of a newer value, or as one at least as grave."""
    if was.rule == one.rule:
        of_one_value = _code(was) == _code(one) != "" or bool(was.events & one.events)
        return _matter(was) == _matter(one) or of_one_value
    is_graver = one.severity.rank >= was.severity.rank
    return is_graver and was.anchor.identity in {fact.identity for fact in one.facts}


def _code(warning: SafetyWarning) -> str:
    return warning.anchor.code if isinstance(warning.anchor, Result) else ""


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
