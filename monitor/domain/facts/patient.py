"""Facts about who the patient is, and whether the patient is watched."""

from dataclasses import dataclass, field
from datetime import date

from monitor.domain.facts.event import Framing


@dataclass(frozen=True, kw_only=True, slots=True)
class PatientDescribed(Framing):
    """What is known of the patient from a day on; None leaves what was known before."""

    rank = 0

    sex: str | None = None
    born: date | None = None
    timezone: str | None = None
    language: str | None = None
    can_conceive: bool | None = None
    name: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        known = (
            ("sex", self.sex),
            ("born", self.born),
            ("zone", self.timezone),
            ("language", self.language),
            ("can conceive", {None: None, True: "yes", False: "no"}[self.can_conceive]),
        )
        told = ", ".join(f"{key} {value}" for key, value in known if value is not None)
        if not told and self.name is not None:
            return "patient: name recorded"
        return f"patient: {told}" if told else "patient registered"


@dataclass(frozen=True, kw_only=True, slots=True)
class PatientClosed(Framing):
    """The patient died, was transferred or withdrew consent."""

    rank = 8

    reason: str

    def __str__(self) -> str:
        return f"patient closed: {self.reason}"


@dataclass(frozen=True, kw_only=True, slots=True)
class PatientReopened(Framing):
    """A closing was taken back."""

    rank = 8

    def __str__(self) -> str:
        return "patient reopened"
