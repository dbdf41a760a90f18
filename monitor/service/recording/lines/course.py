"""Lines about courses: started, paused, resumed, ended, moved; and which course is meant."""

from collections.abc import Iterable, Sequence
from datetime import date

from pydantic import Field

from monitor import protocols
from monitor.domain.corrections import Recorded
from monitor.domain.course import Course
from monitor.domain.facts import CourseStarted, Kind
from monitor.domain.protocol import Protocol
from monitor.domain.rule import Regimen
from monitor.errors import BadOption, Refused
from monitor.service.input import text_fields
from monitor.service.recording.known import Known
from monitor.service.recording.lines.answers import FactLine
from monitor.service.recording.lines.base import Dated, Line, Text
from monitor.store.appender import Draft

_PINNED = ("protocol", "version", "digest")


class CourseLine(Dated):
    """A course starts, pinned to today's version of a protocol."""

    kind = Kind.COURSE
    rank = 2
    once = ("on", "drug")
    another = ""
    adds = (*_PINNED, "drug")

    protocol: Text
    facts: dict[Text, Text] = Field(default_factory=dict)

    def body(self, known: Known) -> dict[str, str]:
        """Pin the protocol."""
        found: Protocol | CourseStarted = self._kept(known) or one_protocol(self.protocol)
        return {**super().body(known), **_pinned(found), "drug": found.drug}

    def _kept(self, known: Known) -> CourseStarted | None:
        """Find the start that this one corrects: of another day, it is of the same version."""
        starts = (fact for fact in known.replaced if isinstance(fact, CourseStarted))
        return next((start for start in starts if start.protocol == self.protocol), None)

    def besides(self) -> list[Line]:
        """List the answers that came with the course."""
        return [
            FactLine(
                patient=self.patient,
                on=self.on,
                fact=name,
                value=value,
                by=self.by,
                confirm=self.confirm,
            )
            for name, value in self.facts.items()
        ]


class CourseMoveLine(Dated):
    """A running course is taken to the current version of its protocol."""

    kind = Kind.COURSE_MOVE
    instead = "retract it and move again"
    once = None
    adds = ("course", *_PINNED)

    protocol: Text

    def body(self, known: Known) -> dict[str, str]:
        """Find the course; only to another version of its own protocol it can be moved."""
        found, day = one_protocol(self.protocol), self.day(known)
        course = course_to_change(known, day, found.drug)
        follows = known.timeline(found.drug).as_of(course, day).pinned_by
        if follows.protocol != found.name:
            raise Refused(
                f"the course runs under {follows.protocol}; a move changes the version only: "
                f"monitor course end {known.who}, then monitor course start {known.who}"
            )
        if follows.digest == found.digest:
            raise Refused(f"the course follows the current version of {found.name} already")
        return {"course": str(course.start.identity), **_pinned(found)}


class CourseEndLine(Dated):
    """A course ends."""

    kind = Kind.COURSE_END
    rank = 4
    is_single = True
    once = ("course",)
    another = ""
    adds = ("course",)

    reason: Text
    protocol: Text | None = None  # where courses with two drugs run

    @classmethod
    def otherwise(cls, other: Recorded, differing: str) -> str:
        """Say that the course has ended."""
        return f"the course has ended already, on {other.on}"

    def body(self, known: Known) -> dict[str, str]:
        """Find the course, which may have ended already: the same end may be entered twice."""
        day, named = self.day(known), courses_named(known.courses, self.protocol)
        ends = [(course, course.ended(date.max)) for course in named]
        ended = [(course, end) for course, end in ends if end is not None and end.on == day]
        # Asked first: where another course starts on that day, the same end entered twice would
        # end that one too.
        equal = [course for course, end in ended if end.reason == self.reason]
        if not equal and not any(course.running(day) for course in named):
            equal = [course for course, _ in ended]
        found = equal[-1] if equal else course_to_change(known, day, self.protocol)
        return {**super().body(known), "course": str(found.start.identity)}


class _CourseChangeLine(Dated):
    """A course is paused or resumed."""

    is_repeatable = True
    adds = ("course",)

    protocol: Text | None = None

    def body(self, known: Known) -> dict[str, str]:
        """Find the course."""
        course = course_to_change(known, self.day(known), self.protocol)
        return {**super().body(known), "course": str(course.start.identity)}

    def doubts(self, draft: Draft, known: Known) -> Iterable[str]:
        """Refuse to pause a course twice, and to resume what is not paused."""
        course = next(c for c in known.courses if str(c.start.identity) == draft.body["course"])
        is_paused = course.paused(draft.on) is not None
        if is_paused and self.kind is Kind.COURSE_PAUSE:
            raise Refused("the course is paused already")
        if not is_paused and self.kind is Kind.COURSE_RESUME:
            raise Refused("the course is not paused")
        return ()


class CoursePauseLine(_CourseChangeLine):
    """A course is paused."""

    kind = Kind.COURSE_PAUSE


class CourseResumeLine(_CourseChangeLine):
    """A paused course goes on."""

    kind = Kind.COURSE_RESUME


def one_protocol(word: str) -> Protocol:
    """Find the one protocol that a name, drug or brand means; raises Refused otherwise."""
    found = protocols.find(word)
    if len(found) != 1:
        what = "names no protocol" if not found else "names several protocols"
        named, choice = text_fields.printable(word), protocols.choice(found)
        raise BadOption("protocol", f"'{named}' {what}; choose {choice}")
    return protocols.load(found[0])


def drug_given(known: Known, day: date, named: str | None, *, daily: bool) -> str:
    """Find the drug of a dose: of the course that runs on its day, else of any.

    An infusion belongs to a drug that is infused, a step of a daily drug to one that is not.
    """
    named_ones = courses_named(known.courses, named)
    wanted = [course for course in named_ones if _is_daily(course, known) is daily]
    if named_ones and not wanted:
        raise Refused(_otherwise(known.who, named_ones[-1].start.protocol, daily=daily))
    if not wanted:
        missing = f" under {named}" if named else ""
        raise Refused(
            f"{known.who} has no course{missing}; type: "
            f"monitor course start {known.who} --protocol NAME --on DATE"
        )
    meant = [course for course in wanted if course.running(day)] or wanted
    _refuse_two_drugs(meant)
    return meant[0].start.drug


def course_to_change(known: Known, day: date, named: str | None = None) -> Course:
    """Find the course that a pause, a resumption, a move or a new end means."""
    running = [c for c in courses_named(known.courses, named) if c.running(day)]
    # An end on the day on which another course starts belongs to the earlier one.
    before = [course for course in running if course.start.on < day] or running
    _refuse_two_drugs(before)
    if not before:
        raise Refused(f"{known.who} has no course that runs on {day}")
    return before[-1]


def courses_named(courses: Sequence[Course], named: str | None) -> Sequence[Course]:
    """Choose courses by drug, brand or protocol."""
    if named is None:
        return courses
    meant = {named, *protocols.find(named)}
    return [c for c in courses if meant & {c.start.protocol, c.start.drug}]


def _pinned(found: Protocol | CourseStarted) -> dict[str, str]:
    name = found.name if isinstance(found, Protocol) else found.protocol
    return {"protocol": name, "version": found.version, "digest": found.digest}


def _is_daily(course: Course, known: Known) -> bool:
    protocol = known.protocol_of(course.start)
    return protocol is not None and protocol.given is Regimen.DAILY


def _otherwise(who: str, protocol: str, *, daily: bool) -> str:
    if daily:
        return f"{protocol} is given as infusions; type: monitor infusion log {who} --on DATE …"
    return f"{protocol} is taken daily; type: monitor dose start {who} --on DATE"


def _refuse_two_drugs(courses: Sequence[Course]) -> None:
    if len({course.start.drug for course in courses}) > 1:
        names = ", ".join(sorted({course.start.protocol for course in courses}))
        raise Refused(f"courses with two drugs run; add --protocol NAME, one of {names}")
