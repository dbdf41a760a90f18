"""The courses on a patient's chart: which of them a thing of a day belongs to."""

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import combinations

from monitor import protocols
from monitor.domain.corrections import InForce
from monitor.domain.rule import Regimen
from monitor.errors import Refused


@dataclass(kw_only=True, slots=True)
class CourseOnChart:
    """One course as far as recording needs it."""

    event: int  # identity of its start
    on: date
    drug: str
    protocol: str
    digest: str
    ends_on: date | None = None
    end_reason: str | None = None
    pauses: list[tuple[date, bool]] = field(default_factory=list)  # by day; True: paused

    def runs(self, day: date) -> bool:
        """Say whether the course runs on a day."""
        return self.on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rest:
    """Days on which a daily drug rests with its course."""

    since: date
    until: date | None = None  # a course is there again; None: it goes on


class CourseList:
    """One patient's courses, in the order of their starts."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._courses: list[CourseOnChart] = []

    def start(self, fact: InForce) -> None:
        """Take note of a course."""
        body = fact.row.body
        self._courses.append(
            CourseOnChart(
                event=fact.origin,
                on=fact.row.on,
                drug=body["drug"],
                protocol=body["protocol"],
                digest=body["digest"],
            )
        )
        self._courses.sort(key=lambda course: (course.on, course.event))

    def change(self, fact: InForce) -> None:
        """Take note of a pause, a resumption or an end."""
        course = self._get(int(fact.row.body["course"]))
        if course is None:
            return
        if fact.row.kind == "course_move":
            course.digest = fact.row.body["digest"]
            return
        if fact.row.kind == "course_end":
            course.ends_on, course.end_reason = fact.row.on, fact.row.body.get("reason")
            return
        course.pauses.append((fact.row.on, fact.row.kind == "course_pause"))
        course.pauses.sort(key=lambda pause: pause[0])

    def for_day(self, day: date, named: str | None = None, *, daily: bool) -> CourseOnChart:
        """Find the course that a dose of a day belongs to: the running one, else the last.

        An infusion belongs to a drug that is infused, a step of a daily drug to one that is not.
        """
        named_ones = self._named(named)
        wanted = [course for course in named_ones if _is_daily(course.protocol) is daily]
        if named_ones and not wanted:
            raise Refused(_otherwise(self._who, named_ones[-1].protocol, daily=daily))
        if not wanted:
            missing = f" under {named}" if named else ""
            raise Refused(
                f"{self._who} has no course{missing}; type: "
                f"monitor course start {self._who} --protocol NAME --on DATE"
            )
        running = [course for course in wanted if course.runs(day)]
        _refuse_two_drugs(running or wanted)
        if running:
            return running[-1]
        past = [course for course in wanted if course.on <= day]
        return past[-1] if past else wanted[0]

    def to_end(self, day: date, reason: str, named: str | None = None) -> CourseOnChart:
        """Find the course that an end means; the end may be on record already."""
        ended = [course for course in self._named(named) if course.ends_on == day]
        # Asked first: where another course starts on that day, the same end entered twice would
        # end that one too.
        equal = [course for course in ended if course.end_reason == reason]
        if equal:
            return equal[-1]
        if ended and not any(course.runs(day) for course in self._named(named)):
            return ended[-1]
        return self.to_change(day, named)

    def to_change(self, day: date, named: str | None = None) -> CourseOnChart:
        """Find the course that a pause, a resumption or a new end means."""
        running = [course for course in self._named(named) if course.runs(day)]
        # An end on the day on which another course starts belongs to the earlier one.
        before = [course for course in running if course.on < day] or running
        _refuse_two_drugs(before)
        if not before:
            raise Refused(f"{self._who} has no course that runs on {day}")
        return before[-1]

    def to_move(self, day: date, drug: str, protocol: str, digest: str) -> CourseOnChart:
        """Find the running course that a move means; only to another version of its protocol."""
        course = self.to_change(day, drug)
        if course.protocol != protocol:
            raise Refused(
                f"the course runs under {course.protocol}; a move changes the version only: "
                f"monitor course end {self._who}, then monitor course start {self._who}"
            )
        if course.digest == digest:
            raise Refused(f"the course follows the current version of {protocol} already")
        return course

    def check_pause(self, kind: str, on: date, course: int) -> None:
        """Raise Refused where a course is paused twice, or resumed without a pause."""
        found = self._get(course)
        is_paused = found is not None and self._is_paused(found, on)
        if kind == "course_pause" and is_paused:
            raise Refused("the course is paused already")
        if kind == "course_resume" and not is_paused:
            raise Refused("the course is not paused")

    def rests(self, drug: str) -> list[Rest]:
        """List the pauses of a drug's courses, and what lies between one and a later one.

        Of a pause and a resumption of one day the one recorded last counts. Where another course
        begins on the day on which one ends, it goes straight on.
        """
        own = [course for course in self._courses if course.drug == drug]
        starts = [course.on for course in own]
        changes = dict.fromkeys(starts, False)
        changes |= {day: paused for course in own for day, paused in course.pauses}
        found: list[Rest] = []
        since = None
        for day, paused in sorted(changes.items()):
            if since is not None and not paused:
                found.append(Rest(since=since, until=day))
            since = (since or day) if paused else None
        if since is not None:
            found.append(Rest(since=since))
        for end in (course.ends_on for course in own):
            if end is not None and end not in starts:
                later = (start for start in starts if start > end)
                found.append(Rest(since=end, until=min(later, default=None)))
        return found

    def overlaps(self) -> list[tuple[CourseOnChart, CourseOnChart]]:
        """List the courses with one drug of which the later starts before the earlier ends."""
        return [
            (earlier, later)
            for earlier, later in combinations(self._courses, 2)
            if earlier.drug == later.drug
            and (earlier.ends_on is None or earlier.ends_on > later.on)
        ]

    def _is_paused(self, course: CourseOnChart, day: date) -> bool:
        past = [
            (since, paused)
            for owner in self._courses
            for since, paused in owner.pauses
            if since <= day and self._holder(owner, since) is course
        ]
        return bool(past) and sorted(past, key=lambda pause: pause[0])[-1][1]

    def _holder(self, owner: CourseOnChart, day: date) -> CourseOnChart:
        """Find the course that a pause holds: its own, or the one begun since that one ended."""
        if owner.ends_on is None or day <= owner.ends_on:
            return owner
        return [c for c in self._courses if c.drug == owner.drug and c.on <= day][-1]

    def _named(self, named: str | None) -> list[CourseOnChart]:
        if named is None:
            return self._courses
        meant = {named, *protocols.find(named)}  # drug and brand names find protocols too
        return [c for c in self._courses if meant & {c.protocol, c.drug}]

    def _get(self, event: int) -> CourseOnChart | None:
        return next((course for course in self._courses if course.event == event), None)


@cache
def _is_daily(protocol: str) -> bool:
    return protocol in protocols.names() and protocols.load(protocol).given is Regimen.DAILY


def _otherwise(who: str, protocol: str, *, daily: bool) -> str:
    if daily:
        return f"{protocol} is given as infusions; type: monitor infusion log {who} --on DATE …"
    return f"{protocol} is taken daily; type: monitor dose start {who} --on DATE"


def _refuse_two_drugs(courses: list[CourseOnChart]) -> None:
    if len({course.drug for course in courses}) > 1:
        names = ", ".join(sorted({course.protocol for course in courses}))
        raise Refused(f"courses with two drugs run; add --protocol NAME, one of {names}")
