"""The question before an infusion: what is looked at, and what is proposed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from typing import Protocol as Interface

from monitor.domain.exposure import Exposure
from monitor.domain.rule import Cite, Rule, UsualDose
from monitor.domain.surface import Surface

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from fractions import Fraction

    from monitor.domain.facts import Dosing, Infusion
    from monitor.domain.rules.dose_adjustment import Advice
    from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Demands:
    """The figures of the gate that no protocol may set otherwise."""

    counts: tuple[str, ...]  # the codes of counts that a drug may lower
    parts_of: Mapping[str, str]  # code -> the code of which it is a part, and never more
    counts_from_days: int  # after the infusion before; an earlier one was taken before recovery
    nothing_left_mg_per_m2: Decimal  # of a ceiling: less than this is nothing
    nothing_left_amount_mg: Decimal
    little_left_percent: Decimal  # of the usual dose: less than this is no dose to be called for
    stop_answers: Mapping[str, str]  # fact -> the answer that stops, and cannot be waived
    never_waived_below: Mapping[str, Decimal]  # code -> a newest value so low cannot be waived
    never_waived_outside: tuple[str, ...]  # codes whose newest value out of limits is never waived
    overdose_times: int  # so many times the largest dose, when it was given
    largest_surface: Decimal  # m2: a dose is held against it where no body surface is known
    cites: tuple[Cite, ...]


class AskedUnder(Interface):
    """What requirements may look at of the protocol as a whole."""

    @property
    def demands(self) -> Demands:
        """Give the figures of every gate."""

    @property
    def requirements(self) -> Sequence[Rule]:
        """List what every gate asks for."""

    @property
    def checks(self) -> Sequence[Rule]:
        """List the rules of the calendar."""

    @property
    def lowers_counts(self) -> bool:
        """Say whether the drug lowers blood counts."""

    @property
    def usual_dose(self) -> UsualDose | None:
        """Give the usual dose, where there is one."""

    @property
    def largest_mg_per_m2(self) -> Decimal | None:
        """Give the largest dose by body surface, where it is limited."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """The infusion that is meant to be given; without a dose the question is a general one."""

    mg: Decimal | None = None
    surface: Surface | None = None  # as given with the question
    route: str | None = None  # not named: the one by which the protocol gives the drug


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """May an infusion go ahead on a day? Everything a requirement may look at."""

    view: View
    on: date  # the day of the infusion
    proposal: Proposal
    exposure: Exposure
    advice: Advice | None  # what the dose table says of the next dose
    surface: Surface | None  # the BSA that the dose is taken by
    protocol: AskedUnder
    newest_surface: Surface | None = None  # that, else the newest BSA on record
    left_out: Sequence[Infusion] = ()  # of the day itself, on record and not taken as given
    taken_up: Sequence[Dosing] = ()  # of the day itself, as `left_out`
    dose: Infusion | Dosing | None = None  # asked of what is on record, or of a round's first dose
    # By a check's name: the occurrence at which it stands, if a person has waived that one.
    waived_check: Callable[[str], int | None] = lambda _name: None
    is_past: bool = False  # asked of what was given: what was not named is not named any more

    @property
    def advised_mg_per_m2(self) -> Decimal | None:
        """Give what the dose table says the next dose should be."""
        return None if self.advice is None else self.advice.mg_per_m2

    @property
    def of_the_day(self) -> Iterator[Infusion]:
        """Go through what was given on the day itself, each amount once.

        A part that is named besides its first part is in that one's amount; one whose first part
        was given the day before has that one's body surface where it has none of its own.
        """
        inside = {part.event for infusion in self.left_out for part in infusion.parts}
        surfaces = {infusion.identity: infusion.bsa for infusion in self.view.infusions}
        for infusion in self.left_out:
            if infusion.event not in inside:
                of = infusion.part_of
                bsa = infusion.bsa or (None if of is None else surfaces.get(of))
                yield replace(infusion, bsa=bsa)

    @property
    def newest_m2(self) -> Fraction | None:
        """Give the newest body surface: a dose of the day itself is counted, and brings its own."""
        asked_with = self.surface or self.proposal.surface
        of_the_day = [infusion.bsa for infusion in self.of_the_day if infusion.bsa is not None]
        if asked_with is None and of_the_day:
            return of_the_day[-1]
        return None if self.newest_surface is None else self.newest_surface.m2

    @property
    def previous(self) -> Infusion | None:
        """Give the newest infusion before this one."""
        return self.view.last_infusion

    @property
    def of_that_day(self) -> tuple[Infusion, ...]:
        """List what was given on that day before this dose: a day is one dose."""
        return self.view.given_on(self.on)

    @property
    def first(self) -> bool:
        """Say whether this would be the first infusion on record."""
        return not self.view.infusions

    @property
    def occurrence(self) -> int:
        """Give the number of the infusion that is asked about."""
        return self.view.coming

    @property
    def continued(self) -> Sequence[Infusion]:
        """List the infusions of the round that this one would go on with; none: it begins one."""
        return self.view.rounds[-1] if self.view.goes_on(self.on) else ()

    @property
    def lowered_by(self) -> Infusion | None:
        """Find the last dose, of whatever drug, that counts must have recovered from.

        One of the day itself is left out of this drug; of another one it was given.
        """
        if not self.protocol.lowers_counts:
            return None
        rounds = self.view.rounds[: -1 if self.continued else None]
        beside = self.view.lowered_beside(self.on, dose=self.dose)
        given = [rounds[-1][-1] if rounds else None, beside]
        return max((dose for dose in given if dose), key=lambda dose: dose.on, default=None)

    @property
    def round(self) -> int:
        """Give the number of the round that this infusion would belong to."""
        return len(self.view.rounds) + (0 if self.continued else 1)

    def of_round(self) -> Question:
        """Ask as of the first day of the round, seeing nothing since."""
        begun = self.continued
        if not begun:
            return self
        first = begun[0]
        return replace(self, view=self.view.until(first.on), on=first.on, dose=first)
