"""One patient's case: the facts in force, and the treatment with each drug."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from monitor import protocols
from monitor.domain.assessment import Assessment, Followed, Treatment, Watched
from monitor.domain.facts import CourseMoved, CourseStarted, Event, PatientClosed, PatientDescribed
from monitor.domain.protocol import Protocol
from monitor.domain.timeline import Patient, Timeline
from monitor.domain.watch import Watch
from monitor.errors import Refused
from monitor.service.asking import begun


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What every question carries: when it is asked, and as of which day and knowledge."""

    now: datetime
    as_of: date | None = None  # None: today in the patient's zone
    known_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One patient: the facts in force and the treatment with each drug."""

    patient: str
    events: tuple[Event, ...]
    treatments: tuple[Treatment, ...]  # one a drug, in the order of their first courses
    watched: Watched  # what every patient is watched for
    today: date
    there: date  # the day in the patient's zone: today, but after a move to the west
    zone: ZoneInfo  # of the patient, on that day
    not_come: tuple[Event, ...] = ()  # of a clock that was ahead: out of sight until their days
    # What was worked out of it, by how far ahead was looked: asked again it costs nothing.
    assessed: dict[date | None, list[tuple[Followed, Assessment]]] = field(
        init=False, compare=False, repr=False, default_factory=dict
    )

    @property
    def followed(self) -> tuple[Followed, ...]:
        """List everything that is followed: each drug, and the patient whatever the drug."""
        return (*self.treatments, self.watched)

    @property
    def described(self) -> Patient:
        """Give what is known of the patient on the day that is asked about."""
        return self.watched.timeline.patient_on(self.today)

    @property
    def closed(self) -> PatientClosed | None:
        """Give the closing in force on the day that is asked about, with a course or without."""
        return self.watched.timeline.closed(self.today)

    def follower(self, rule: str, named: str | None = None) -> Followed:
        """Choose what a rule belongs to: the watch where it has it, else the treatment meant."""
        return self.watched if rule in self.watched.watch.rules else self.treatment(named)

    def treatment(self, named: str | None = None) -> Treatment:
        """Choose the treatment that is meant; raises Refused where that is unclear."""
        wanted = [t for t in self.treatments if named is None or named.casefold() in _names(t)]
        if not wanted:
            raise Refused(
                f"{self.patient} has no course"
                + (f" under {named}" if named else "")
                + f"; type: monitor course start {self.patient} --protocol NAME --on DATE"
            )
        if len(wanted) > 1:
            running = [t for t in wanted if _runs(t, self.today)]
            wanted = running if len(running) == 1 else wanted
        if len(wanted) > 1:
            names = ", ".join(sorted(next(iter(t.protocols.values())).name for t in wanted))
            raise Refused(f"courses with several drugs; add --protocol NAME, one of {names}")
        return wanted[0]


def make_case(
    who: str,
    facts: list[Event],
    asked: Asked,
    *,
    pinned: Callable[[CourseStarted | CourseMoved], Protocol],
) -> Case:
    """Make a case of facts in force; `pinned` reads the protocol that a course is pinned to."""
    starts = [fact for fact in facts if isinstance(fact, CourseStarted)]
    moves = [fact for fact in facts if isinstance(fact, CourseMoved)]
    courses: list[CourseStarted | CourseMoved] = [*starts, *moves]
    of_course = {fact.identity: pinned(fact) for fact in courses}
    lowering = frozenset(s.drug for s in starts if of_course[s.identity].lowers_counts)
    drugs: list[tuple[Timeline, dict[int, Protocol]]] = []
    for drug in dict.fromkeys(start.drug for start in starts):
        own = {start.identity for start in starts if start.drug == drug}
        own |= {move.identity for move in moves if move.course in own}
        timeline = Timeline(
            who, facts, drug=drug, catalogue=protocols.catalogue(), lowering=lowering
        )
        drugs.append((timeline, {identity: of_course[identity] for identity in own}))
    watch = Watch(
        timeline=Timeline(who, facts, drug="", catalogue=protocols.catalogue()),
        protocol=protocols.every_patient(),
        drugs=tuple(drugs),
    )
    treatments = [Treatment(timeline=t, protocols=of, watch=watch) for t, of in drugs]
    there, zone = there_on(facts, asked)
    today = there
    if asked.as_of is None:
        today = begun.latest_begun(there, begun.of_events(facts), asked.now)
    return Case(
        patient=who,
        events=tuple(facts),
        treatments=tuple(treatments),
        watched=Watched(watch=watch, treatments=tuple(treatments)),
        today=today,
        there=there,
        zone=zone,
        not_come=begun.not_come(facts, today, asked.now) if asked.as_of is None else (),
    )


def there_on(facts: Iterable[Event], asked: Asked) -> tuple[date, ZoneInfo]:
    """Find the day that is asked about, and the zone in which the patient lives on it.

    A move counts once its day has begun where the patient moves to.
    """
    zones = [
        (fact.on, ZoneInfo(fact.timezone))
        for fact in facts
        if isinstance(fact, PatientDescribed) and fact.timezone
    ]
    first = zones[0][1] if zones else ZoneInfo("UTC")
    for since, zone in reversed(zones):
        today = asked.as_of or asked.now.astimezone(zone).date()
        if since <= today:
            return today, zone
    return asked.as_of or asked.now.astimezone(first).date(), first


def _runs(treatment: Treatment, day: date) -> bool:
    course = treatment.timeline.course_on(day)
    return course is not None and course.running(day)


def _names(treatment: Treatment) -> set[str]:
    names = {treatment.timeline.drug}
    for protocol in treatment.protocols.values():
        names.update((protocol.name, *protocol.brands))
    return {name.casefold() for name in names}
