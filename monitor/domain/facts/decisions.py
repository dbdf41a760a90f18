"""Facts about what a person decided: a waiver, an acknowledgement."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.domain.facts.event import Event
from monitor.domain.facts.given import Dosing, Infusion
from monitor.domain.outcome import Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiver(Event):
    """A documented decision not to ask for one occurrence, by whom and why."""

    rank = 7

    rule: str
    drug: str
    occurrence: int
    anchor: int  # identity of the fact the occurrence counts from
    reason: str

    def covers(self, facts: Sequence[Event]) -> bool:
        """Say whether it covers facts: none happened, or became known, after it.

        Of an infusion given in parts every part is a fact.
        """
        parts = [part for fact in facts if isinstance(fact, Infusion) for part in fact.parts]
        return all(f.on <= self.on and f.event < self.event for f in (*facts, *parts))

    def __str__(self) -> str:
        return f"{self.rule} {self.occurrence} waived by {self.by}: {self.reason}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledgement(Event):
    """Somebody has seen a reminder or warning: it is told no more for a while; nothing is done."""

    rank = 7

    rule: str
    drug: str
    occurrence: int
    anchor: int  # number of the fact the occurrence counts from
    note: str | None = None
    role: Role | None = None  # to whom the message was that it answers
    severity: str | None = None  # of what was seen; graver, it is told anew

    @property
    def is_patients(self) -> bool:
        """Say whether it answers a message to the patient, and quiets nobody else."""
        return self.role is Role.PATIENT

    def __str__(self) -> str:
        note = f": {self.note}" if self.note else ""
        return f"{self.rule} {self.occurrence} acknowledged by {self.by}{note}"


def is_for_the_next(waiver: Waiver, last: Event) -> bool:
    """Say whether a waiver of a requirement is for what comes after the last dose.

    One of the day of a dose, or of a day before, was for that dose, whenever it was recorded.
    """
    return not isinstance(last, Infusion | Dosing) or waiver.on > last.on
