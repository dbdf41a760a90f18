"""One treatment with one drug under one protocol: its start, changes, and version."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.domain.facts import (
    CourseEnded,
    CourseMoved,
    CoursePaused,
    CourseResumed,
    CourseStarted,
    order,
)

Change = CoursePaused | CourseResumed | CourseEnded


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """One treatment with one drug under one protocol."""

    start: CourseStarted
    changes: tuple[Change, ...]
    moved: CourseMoved | None = None  # to the version that it follows on the day that is asked

    @property
    def pinned_by(self) -> CourseStarted | CourseMoved:
        """Give the fact that says which version it follows."""
        return self.moved or self.start

    def ended(self, day: date) -> CourseEnded | None:
        """Find the end, if it has come by a day."""
        ends = (change for change in self.changes if isinstance(change, CourseEnded))
        return next((end for end in ends if end.on <= day), None)

    def paused(self, day: date) -> CoursePaused | None:
        """Find the pause that the course is in on a day."""
        state = None
        for change in self.changes:
            if change.on > day:
                break
            state = change
        return state if isinstance(state, CoursePaused) else None

    def running(self, day: date) -> bool:
        """Say whether the course has started and not ended; a paused one runs."""
        return self.start.on <= day and self.ended(day) is None


def changes_of(
    start: CourseStarted,
    starts: Sequence[CourseStarted],
    changes: Mapping[int, Sequence[Change]],
) -> Iterator[Change]:
    """Go through the changes of a course, in order.

    A pause belongs to the course that it comes after: where the one it was recorded for turns
    out to have ended before it, and another to have begun, it holds that one.
    """
    found = []
    for owner in starts:
        own = changes.get(owner.identity, ())
        end = next((change for change in own if isinstance(change, CourseEnded)), None)
        for change in own:
            holder = owner
            if end is not None and order(end) < order(change):
                holder = next((s for s in reversed(starts) if order(s) < order(change)), owner)
            if holder is start:
                found.append(change)
    return iter(sorted(found, key=order))


def pauses_of(courses: Sequence[Course]) -> Iterator[Change]:
    """Go through the changes of courses by which the drug rests, or no longer does.

    Where another course begins on the day on which one ends, it goes straight on.
    """
    for course in courses:
        others = {other.start.on for other in courses if other is not course}
        for change in course.changes:
            if not (isinstance(change, CourseEnded) and change.on in others):
                yield change
