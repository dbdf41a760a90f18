"""Ask the record: where patients stand, and why. Nothing here writes."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection

from monitor import protocols
from monitor.domain.assessment import Assessment, Followed, Treatment, evaluate, warn
from monitor.domain.checks import Check, find_booking
from monitor.domain.corrections import Recorded
from monitor.domain.facts import (
    Event,
    Waiver,
)
from monitor.domain.outcome import CheckState, Severity
from monitor.domain.protocol import Protocol
from monitor.domain.rules.answer import Gate
from monitor.domain.rules.question import Proposal
from monitor.domain.rules.warning import SafetyWarning
from monitor.domain.view import View
from monitor.errors import DamagedRecord, MonitorError, NotFound, OutsideError, Refused
from monitor.service.asking.case import Asked as Asked
from monitor.service.asking.case import Case as Case
from monitor.service.asking.case import make_case as make_case
from monitor.service.asking.case import there_on as there_on
from monitor.service.asking.identity import persons
from monitor.service.asking.search import near_misses
from monitor.store import chain, codec, pinned
from monitor.store import facts as events
from monitor.store.engine import let_others_write

STRAY = "facts are of a patient who is not on record; type: monitor db verify"
_NAMED = 3  # patients who may be meant
Show = Callable[[int | None], Callable[[int], None]]  # takes how many, if known; gives what counts
HORIZON_DAYS = 90  # how far `upcoming` looks by default
LISTED = (CheckState.AHEAD, CheckState.OPEN, CheckState.OVERDUE)


def unseen(_total: int | None) -> Callable[[int], None]:
    """Show nobody how far something is."""
    return lambda count: None


def get_case(connection: Connection, who: str, asked: Asked) -> Case:
    """Read one patient; raises NotFound with the nearest identifiers."""
    rows = events.read(connection, who, known_at=asked.known_at, now=asked.now)
    if not rows and asked.known_at is not None and events.is_known(connection, who):
        raise NotFound(f"{who} was not on record by {asked.known_at.isoformat()}")
    if not rows:
        raise unknown_patient(connection, who)
    return case_of(connection, who, rows, asked)


def case_of(connection: Connection, who: str, rows: Iterable[Recorded], asked: Asked) -> Case:
    """Make a case of some of a patient's rows, as if there were no others."""
    return case_with(
        connection, who, codec.facts(rows, protocols.catalogue(), now=asked.now), asked
    )


def on_day(case: Case, day: date) -> Case:
    """Look at the same facts as of another day."""
    return replace(case, today=day, there=day)


def seen_on(connection: Connection, case: Case, day: date, asked: Asked) -> Case:
    """Look at a case on another day, by the facts that count on the day that is asked about."""
    if day_meant(case, day) == case.today:
        return case
    if day < case.today:
        return on_day(case, day)
    known = [fact for fact in case.events if fact.on <= case.today or fact.lies_ahead]
    return case_with(connection, case.patient, known, replace(asked, as_of=day))


def all_cases(
    connection: Connection,
    asked: Asked,
    *,
    report: Callable[[str, str], None],
    only: Collection[str] | None = None,
    show: Show = unseen,
) -> Iterator[Case]:
    """Read every patient, in order; damage is reported with whose it is, and hides nobody else.

    Where some `only` are wanted, the others' damage is reported too: they may be meant.
    """
    if chain.has_unnamed(connection):
        report("a patient", "a patient's identifier cannot be read; type: monitor db verify")
    if chain.count_strays(connection):
        report("a patient", STRAY)
    everybody = events.patients(connection)
    if only is not None:
        for who, why in chain.broken(connection, {*everybody} - {*only}):
            report(chain.named(connection, who), why)
        everybody = list(only)
    count = show(len(everybody))
    for who in everybody:
        count(1)
        let_others_write(connection)
        try:
            rows = events.read(connection, who, known_at=asked.known_at, now=asked.now)
            case = case_of(connection, who, rows, asked) if rows else None
        except MonitorError as fault:
            report(chain.named(connection, who), str(fault))
        else:
            if case is not None:
                yield case


def closed_words(case: Case) -> str | None:
    """Say that a patient is closed, if so: what is not watched looks as calm as what is well."""
    closed = case.closed
    if closed is None:
        return None
    return f"{case.patient} is closed since {closed.on} ({closed.reason}): nothing is watched"


def ask_gate(case: Case, *, on: date, proposal: Proposal, named: str | None = None) -> Gate:
    """Ask whether the next infusion may go ahead; raises Refused where no course runs."""
    treatment = case.treatment(named)
    day = min(day_meant(case, on), case.today)
    course = treatment.timeline.course_on(day)
    if course is None or not course.running(day):
        raise Refused(f"{case.patient} has no course that runs on {day}")
    return ask_for(case, treatment, on=on, proposal=proposal)


def ask_for(case: Case, treatment: Treatment, *, on: date, proposal: Proposal) -> Gate:
    """Ask the gate of one treatment for a day, whether a course runs or not."""
    gate = treatment.ask(on=day_meant(case, on), today=case.today, proposal=proposal)
    return replace(gate, on=on)


def day_meant(case: Case, on: date) -> date:
    """Say up to which day facts count where a day is asked about.

    Who asks about the day that the patient has once more asks about now, and counts what is known.
    """
    return case.today if case.there <= on < case.today else on


def planned_on(case: Case, day: date) -> list[Treatment]:
    """List the treatments whose next infusion is booked for a day, also where the course ended."""
    found = []
    for treatment in case.treatments:
        view = View(treatment.timeline, min(day, case.today))
        course = view.course
        if course is None:
            continue
        given = [i for i in view.infusions if i.on < day]
        protocol = treatment.protocol_of(course)
        before = protocol.view(treatment.timeline, view.day, infusions=given)
        plan = find_booking(protocol, before)
        if plan is not None and plan.on == day:
            found.append(treatment)
    return found


def assess(case: Case, *, until: date | None = None) -> list[tuple[Followed, Assessment]]:
    """Work out what is followed of a patient: warnings, and checks where they are asked for."""
    if until not in case.assessed:
        case.assessed[until] = [
            (f, evaluate(f, case.today, until=until) if until else warn(f, case.today))
            for f in case.followed
        ]
    return case.assessed[until]


def upcoming(case: Case, *, until: date, states: tuple[CheckState, ...]) -> list[Check]:
    """List a patient's checks: due by a day, or in the states that are asked for."""
    in_sight = until
    if CheckState.WAIVED in states:  # these are listed however far ahead they are
        waived = (e.occurrence for e in case.events if isinstance(e, Waiver))
        in_sight = max(until, far_ahead(case.today, max(waived, default=1)))
    return [
        check
        for _, assessment in assess(case, until=in_sight)
        for check in assessment.checks
        if check.state in (states or LISTED)
        and (check.due <= until or check.state not in LISTED or check.state is CheckState.OVERDUE)
    ]


def far_ahead(day: date, occurrence: int | None = None) -> date:
    """Give a day far enough ahead that every next occurrence, or that one, is in sight."""
    years = min(occurrence or 1, 100)  # no rule repeats less often than once a year
    return day + timedelta(days=400 * max(years, 1))


def warnings(case: Case, *, least: Severity) -> list[SafetyWarning]:
    """List what a person must look at now, the gravest first."""
    # However far ahead was looked, warnings are those of today.
    known = next(iter(case.assessed.values()), None) or assess(case)
    found = [w for _, assessment in known for w in assessment.warnings]
    wanted = [warning for warning in found if warning.severity.rank >= least.rank]
    return sorted(wanted, key=lambda w: (-w.severity.rank, w.since, w.rule))


def unknown_patient(
    connection: Connection,
    who: str,
    *,
    where: str = "the record",
    besides: Iterable[str] = (),
) -> NotFound:
    """Make the error that names the nearest patients, of the record and besides."""
    known = {*events.patients(connection), *besides}
    close = near_misses(who, known)
    search = "search: monitor patient list --find TEXT; " if known else ""
    hint = f"{search}type: monitor patient add {who or 'ID'} to register"
    if close:
        whose = persons(connection, close[:_NAMED])
        more = f", or {len(close) - _NAMED} more" if len(close) > _NAMED else ""
        hint = f"did you mean {', '.join(whose[one].shown for one in close[:_NAMED])}{more}?"
    return NotFound(f"no patient '{who}' in {where}; {hint}")


def case_with(connection: Connection, who: str, facts: list[Event], asked: Asked) -> Case:
    """Make a case of facts in force."""
    return make_case(who, facts, asked, pinned=lambda s: get_protocol(connection, s.digest))


def get_protocol(connection: Connection, digest: str) -> Protocol:
    """Read a pinned protocol from the kept text; what every patient is watched for ships."""
    if digest == protocols.every_patient().digest:
        return protocols.every_patient()
    if digest not in _READ:
        kept = pinned.kept(connection, digest)
        if kept is None:
            raise OutsideError(f"the text of the protocol with digest {digest} is not on record")
        name, text = kept
        # Where NULL stands, which the column does not admit, that has another digest.
        if hashlib.sha256(str(text).encode(errors="surrogatepass")).hexdigest() != digest:
            known = name if name in protocols.names() else "a protocol"
            raise DamagedRecord(f"the kept text of {known} is damaged; type: monitor db verify")
        protocol = protocols.pinned(name, text)
        _READ[digest] = protocol
    return _READ[digest]


_READ: dict[str, Protocol] = {}  # a text with its digest never changes
