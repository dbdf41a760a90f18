"""Lines about courses: started, paused, resumed, ended, moved."""

from collections.abc import Iterable
from datetime import date

from pydantic import Field

from monitor.domain.corrections import Recorded
from monitor.domain.facts import CourseStarted, Kind
from monitor.domain.protocol import Protocol
from monitor.errors import Refused
from monitor.protocols.older import is_older
from monitor.service.recording.known import Known
from monitor.service.recording.lines.answers import FactLine
from monitor.service.recording.lines.base import Dated, Line, Text
from monitor.service.recording.lines.which_course import (
    course_of_line,
    course_to_change,
    courses_named,
    pinned_to,
)
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
    version: Text | None = None
    digest: Text | None = None  # of an older text of the protocol; left out: the current one
    facts: dict[Text, Text] = Field(default_factory=dict)

    def body(self, known: Known) -> dict[str, str]:
        """Pin the protocol."""
        kept = self._kept(known) if self.digest is None else None
        found = kept or pinned_to(self.protocol, self.digest, known)
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
    word = "move"
    rank = 3
    instead = "retract it and move again"
    once = None
    adds = ("course", *_PINNED)

    protocol: Text
    version: Text | None = None
    digest: Text | None = None
    course: Text | None = None

    def body(self, known: Known) -> dict[str, str]:
        """Find the course; only to another version of its own protocol it can be moved."""
        found, day = pinned_to(self.protocol, self.digest, known), self.day(known)
        course = course_of_line(self.course, known) or course_to_change(known, day, found.drug)
        follows = known.timeline(found.drug).as_of(course, day).pinned_by
        if follows.protocol != found.name:
            raise Refused(
                f"the course runs under {follows.protocol}; a move changes the version only: "
                f"monitor course end {known.who}, then monitor course start {known.who}"
            )
        if follows.digest == found.digest:
            raise Refused(f"the course follows the current version of {found.name} already")
        # A file put back from a copy must not take away what a newer one holds.
        if self.digest is None and is_older(found.version, follows.version):
            raise Refused(
                f"the course follows {found.name} {follows.version}, and {found.version} is an "
                "older one; to go back to its text, give it a higher `version`"
            )
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
    course: Text | None = None  # the id of the line that starts it

    @classmethod
    def otherwise(cls, other: Recorded, differing: str) -> str:
        """Say that the course has ended."""
        return f"the course has ended already, on {other.on}"

    def body(self, known: Known) -> dict[str, str]:
        """Find the course, which may have ended already: the same end may be entered twice."""
        if (meant := course_of_line(self.course, known)) is not None:
            return {**super().body(known), "course": str(meant.start.identity)}
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
    rank = 3
    adds = ("course",)

    protocol: Text | None = None
    course: Text | None = None  # the id of the line that starts it

    def body(self, known: Known) -> dict[str, str]:
        """Find the course."""
        named = course_of_line(self.course, known)
        course = named or course_to_change(known, self.day(known), self.protocol)
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
    word = "pause"


class CourseResumeLine(_CourseChangeLine):
    """A paused course goes on."""

    kind = Kind.COURSE_RESUME
    word = "resume"


def _pinned(found: Protocol | CourseStarted) -> dict[str, str]:
    name = found.name if isinstance(found, Protocol) else found.protocol
    return {"protocol": name, "version": found.version, "digest": found.digest}
