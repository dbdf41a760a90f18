"""Facts about courses: started, paused, resumed, ended, moved."""

from dataclasses import dataclass

from monitor.domain.facts.event import Framing


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseStarted(Framing):
    """A course begins, pinned to one version of one protocol."""

    rank = 1

    protocol: str
    version: str
    digest: str
    drug: str

    def __str__(self) -> str:
        return f"course under {self.protocol} {self.version}"


@dataclass(frozen=True, kw_only=True, slots=True)
class CoursePaused(Framing):
    """A person interrupts a course."""

    rank = 1

    course: int  # identity of its start

    def __str__(self) -> str:
        return "course paused"


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseResumed(Framing):
    """A person takes a course up again."""

    rank = 1

    course: int  # identity of its start

    def __str__(self) -> str:
        return "course resumed"


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseEnded(Framing):
    """No further infusion is meant to follow."""

    rank = 1

    course: int  # identity of its start
    reason: str

    def __str__(self) -> str:
        return f"course ended: {self.reason}"


@dataclass(frozen=True, kw_only=True, slots=True)
class CourseMoved(Framing):
    """A running course is taken to another version of its protocol."""

    rank = 1

    course: int  # identity of its start
    protocol: str
    version: str
    digest: str

    def __str__(self) -> str:
        return f"course taken to {self.protocol} {self.version}"
