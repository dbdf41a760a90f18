"""The answer to the question before an infusion: requirement by requirement, and what is left."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from monitor.domain.exposure import Exposure
from monitor.domain.facts import Dosing, Event, Infusion
from monitor.domain.outcome import State, Verdict
from monitor.domain.rule import Cite
from monitor.domain.rules.dose_adjustment import Advice
from monitor.domain.rules.question import Proposal
from monitor.domain.surface import Surface, per_m2

NO_COURSE = "no course had been started"


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirement:
    """One thing the gate asks for, and how it stands."""

    rule: str
    title: str
    state: State
    verdict: Verdict
    message: str
    facts: tuple[Event, ...]
    cites: tuple[Cite, ...]
    waivable: bool
    against: tuple[Event, ...]  # the facts that a waiver must have seen
    arithmetic: Callable[[], list[str]] = list
    begun_by: Event | None = None  # the first dose of the round, against which it spoke already
    is_left: bool = False  # a waiver is in force, and not for this


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """The answer before an infusion. `clear` means: nothing recorded argues against it."""

    on: date
    occurrence: int
    verdict: Verdict
    requirements: tuple[Requirement, ...]
    proposal: Proposal
    surface: Surface | None
    advice: Advice | None
    exposure: Exposure
    ceiling: Decimal | None  # mg/m2; None where the protocol limits no lifetime dose
    remaining_mg: Fraction | None
    notes: tuple[str, ...]  # a paused course, a closed patient
    left_out: tuple[Infusion | Dosing, ...] = ()  # of the day itself, on record
    little_left: bool = False  # less than half a usual dose by some ceiling
    not_judged: Decimal | None = None  # the mg asked about, where no rule limits them

    @property
    def after(self) -> Fraction | None:
        """Give the lifetime dose with the proposed one, in mg/m2."""
        total, mg = self.exposure.total, self.proposal.mg
        if total is None or mg is None or self.surface is None:
            return None
        return total + per_m2(mg, self.surface.m2)
