"""The clinic's own audit: what came due between two days, and what became of it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median

from sqlalchemy import Connection

from monitor.domain.came_due import Fate, came_due, doses_given
from monitor.domain.reminders.answered import Raised, raised
from monitor.domain.reminders.subject import PastReminder
from monitor.errors import MonitorError, OutsideError
from monitor.service.asking import cases
from monitor.service.asking.answers import Unknown
from monitor.service.asking.cases import Asked, Case
from monitor.service.asking.documents import Document, by_field, document, pick
from monitor.service.asking.identity import Person, person_of
from monitor.store import heartbeats, owing, setting_aside

# What each column counts, for people: a figure without its denominator is no figure.
DEFINITIONS: Mapping[str, str] = {
    "due": "checks whose day lies in the period and has come, while the patient was not closed",
    "in time": "done by the last day of the check; the percentage is of what was due",
    "late": "done after it",
    "missed": "not done: a later one was done instead, or the infusion was given without it",
    "waived": "a named person decided that it need not be done",
    "open": "not done yet",
    "overdue": "of those that are open: their last day has passed",
    "unknown": "patients whose record cannot be read; each may have had such a check",
    "against the gate": "of the infusions, and starts and resumptions of daily drugs, those given "
    "while the gate said hold or stop; waived since or not",
    "urgent": "urgent and emergency warnings of the period, each once, however many were told; "
    "'told to nobody' stand, and no message was ever queued; one that ended before anybody was "
    "told is in no figure",
    "acknowledged": "by one of the staff; the time runs from the first message, of what was told "
    "to nobody from its recording",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Fates:
    """How many checks came due, and what became of them."""

    due: int
    in_time: int
    late: int
    missed: int
    waived: int
    open: int  # those that are overdue too
    overdue: int

    @property
    def share(self) -> str:
        """Give how much of it was done in time."""
        return f"{100 * self.in_time / self.due:.1f} %" if self.due else "none due"


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleTally:
    """The checks of one rule."""

    rule: str
    tally: Fates
    unknown: int  # patients


@dataclass(frozen=True, kw_only=True, slots=True)
class PatientTally:
    """The checks of one patient."""

    person: Person
    tally: Fates


@dataclass(frozen=True, kw_only=True, slots=True)
class UrgentTally:
    """Urgent and emergency warnings, and how soon somebody answered."""

    raised: int
    acknowledged: int
    median_minutes: int | None  # of those that were acknowledged
    untold: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportAnswer:
    """The whole report."""

    since: date
    until: date
    as_of: date
    rules: tuple[RuleTally, ...]
    whole: Fates
    by_patient: tuple[PatientTally, ...]  # of whom something came due
    patients: int  # who could be read
    doses: int
    against_gate: int
    urgent: UrgentTally
    unknown: tuple[Unknown, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CountedPatient:
    """What was counted of one patient."""

    person: Person
    fates: Counter[tuple[str, Fate]]
    doses: int
    against_gate: int
    raised: tuple[Raised, ...]


def make_report(
    connection: Connection,
    everybody: Iterable[Case],
    asked: Asked,
    *,
    leave_out: Callable[[str, str], None],
    left_out: Callable[[], tuple[Unknown, ...]],
    period: tuple[date, date, date],
) -> ReportAnswer:
    """Add up everybody, from a day to a day as of a day; who cannot be read is left out, named."""
    since, until, as_of = period
    counted: list[CountedPatient] = []
    for case in everybody:
        try:
            counted.append(_counted(connection, case, asked, since=since, until=until))
        except MonitorError as fault:
            leave_out(case.patient, str(fault))
    unknown = left_out()
    fates = sum((one.fates for one in counted), Counter[tuple[str, Fate]]())
    rules = sorted({rule for rule, _ in fates})
    urgent = [one for each in counted for one in each.raised]
    return ReportAnswer(
        since=since,
        until=until,
        as_of=as_of,
        rules=tuple(
            RuleTally(rule=rule, tally=_tally(fates, rule), unknown=len(unknown)) for rule in rules
        ),
        whole=_tally(fates),
        by_patient=tuple(
            PatientTally(person=one.person, tally=_tally(one.fates)) for one in counted if one.fates
        ),
        patients=len(counted),
        doses=sum(one.doses for one in counted),
        against_gate=sum(one.against_gate for one in counted),
        urgent=_urgent(urgent),
        unknown=unknown,
    )


def _counted(
    connection: Connection, case: Case, asked: Asked, *, since: date, until: date
) -> CountedPatient:
    """Count one patient; raises OutsideError where a message cannot be read."""
    fates: Counter[tuple[str, Fate]] = Counter()
    for followed in case.followed:
        for one in came_due(followed, case.today, since=since):
            if one.on <= until:
                fates[one.rule, one.fate] += 1
    doses = [
        doses_given(treatment, case.today, since=since, until=until)
        for treatment in case.treatments
    ]
    past = _messages(connection, case, asked)
    known = [e for e in case.events if e.on <= case.today]
    found = raised(past, known, cases.assess(case))
    return CountedPatient(
        person=person_of(case),
        fates=fates,
        doses=sum(given for given, _ in doses),
        against_gate=sum(against for _, against in doses),
        raised=tuple(one for one in found if since <= one.on <= until),
    )


def words_of(answer: ReportAnswer) -> list[str]:
    """Say the report in four sentences."""
    whole, urgent = answer.whole, answer.urgent
    unread = f", {len(answer.unknown)} more unknown" if answer.unknown else ""
    after = "" if urgent.median_minutes is None else f", median {urgent.median_minutes} minutes"
    untold = f"; {urgent.untold} told to nobody" if urgent.untold else ""
    none = "" if urgent.raised else "; one that ended before anybody was told is not counted"
    later = " (what is due later has not come)" if answer.until > answer.as_of else ""
    return [
        f"{answer.since} to {answer.until}, as of {answer.as_of}{later}: "
        f"{answer.patients} patients{unread}",
        f"checks: {whole.in_time} of {whole.due} that came due were done in time ({whole.share})",
        f"doses: {answer.against_gate} of {answer.doses} given against the gate",
        f"urgent: {urgent.acknowledged} of {urgent.raised} acknowledged{after}{untold}{none}",
    ]


def _messages(connection: Connection, case: Case, asked: Asked) -> list[PastReminder]:
    """List the reminders about a patient that were known at the moment asked about."""
    who = case.patient
    if setting_aside.damaged_of(connection, who, heartbeats.latest(connection, asked.now)):
        raise OutsideError(f"a message about {who} is damaged; type: monitor doctor")
    latest = asked.known_at or asked.now
    return [
        one
        for one in owing.reminders_of(connection, who)
        if one.queued_at <= latest and one.planned_on <= case.today
    ]


def _tally(fates: Counter[tuple[str, Fate]], rule: str | None = None) -> Fates:
    found: Counter[Fate] = Counter()
    for (of, fate), number in fates.items():
        if rule in (None, of):
            found[fate] += number
    return Fates(
        due=found.total(),
        in_time=found[Fate.IN_TIME],
        late=found[Fate.LATE],
        missed=found[Fate.MISSED],
        waived=found[Fate.WAIVED],
        open=found[Fate.OPEN] + found[Fate.OVERDUE],
        overdue=found[Fate.OVERDUE],
    )


def _urgent(found: list[Raised]) -> UrgentTally:
    waited = [one.waited.total_seconds() / 60 for one in found if one.waited is not None]
    return UrgentTally(
        raised=len(found),
        acknowledged=len(waited),
        median_minutes=round(median(waited)) if waited else None,
        untold=sum(not one.is_told for one in found),
    )


@document.register
def _of_rule(row: RuleTally) -> Document:
    return {"rule": row.rule, **by_field(row.tally), "unknown": row.unknown}


@document.register
def _of_patient(row: PatientTally) -> Document:
    return {"patient": row.person.id, **row.person.known(), **by_field(row.tally)}


@document.register
def _report(answer: ReportAnswer) -> Document:
    names = "since until as_of rules against_gate urgent doses patients by_patient"
    unknown = {"unknown": document(answer.unknown)} if answer.unknown else {}
    return {**pick(answer, names), **unknown}
