"""Requirements about one dose: interval, size, route, body surface."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span, days
from monitor.domain.exposure import shown, shown_down
from monitor.domain.facts import Event
from monitor.domain.faults import Fault, not_numbers, not_positive, nothing_wrong
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome
from monitor.domain.rule import INFUSED
from monitor.domain.rules.question import Question
from monitor.domain.rules.requirement import RequirementRule, never_turns
from monitor.domain.surface import Surface, measured_surface, newest_surface, per_m2
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval(RequirementRule):
    """Time since the previous infusion."""

    kind = "interval"
    acts_where = INFUSED
    means: ClassVar = {
        "early": "so much before the usual day is still on time",
    }

    usual: Span
    early_days: int  # so many days before the usual day are still on time
    never_before_days: int  # sooner than this holds

    def faults(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find a shortest time that is longer than the usual one."""
        earliest = self.usual.least_days - self.early_days
        if self.never_before_days > earliest:
            words = f"'{self.never_before_days} days' is after the usual day less `early`"
            yield ("never_before",), f"{words}: write at most {max(earliest, 0)} days"

    turns = never_turns

    @property
    def shortest_days(self) -> int:
        """Give the days in which the next one is never given."""
        return self.never_before_days

    def judge(self, question: Question) -> Finding | None:
        """Count the days since the previous infusion."""
        previous = question.previous
        if previous is None:
            return Finding(outcome=Outcome.MET, message="no infusion on record before this one")
        elapsed = (question.on - previous.on).days
        usual = self.usual.after(previous.on)
        told = f"{elapsed} days after the infusion of {previous.on}"
        if elapsed < self.never_before_days:
            message = f"{told}; not before {previous.on + days(self.never_before_days)}"
            return Finding(outcome=Outcome.HOLD, message=message, facts=(previous,))
        if question.on < usual - days(self.early_days):
            message = f"{told}; usual is {self.usual}, on {usual}"
            return Finding(outcome=Outcome.CAUTION, message=message, facts=(previous,))
        return Finding(outcome=Outcome.MET, message=told, facts=(previous,))


@dataclass(frozen=True, kw_only=True, slots=True)
class DoseSize(RequirementRule):
    """The size of one dose by body surface, in mg, or both, as the protocol limits it."""

    kind = "dose_size"
    acts_where = INFUSED
    means: ClassVar = {
        "rounding": "above the most is met, pharmacies round",
        "tolerance": "above the most is a caution, beyond it a hold",
    }

    needs: ClassVar = {
        "rounding_percent": ("most_mg_per_m2",),
        "tolerance_percent": ("most_mg_per_m2",),
    }

    most_mg_per_m2: Decimal | None = None
    rounding_percent: Decimal = Decimal(0)  # above `most`, of pharmacies: met
    tolerance_percent: Decimal = Decimal(0)  # above `most`: a caution, not a hold
    per_infusion_mg: Decimal | None = None  # no tolerance

    def faults(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find that no size is limited, or that rounding goes beyond the tolerance."""
        if self.most_mg_per_m2 is not None:
            yield from not_positive(("most",), self.most_mg_per_m2 > 0, "12 mg/m2")
            if self.rounding_percent > self.tolerance_percent:
                words = f"'{self.rounding_percent} %' is more than `tolerance`"
                yield ("rounding",), f"{words}: write at most {self.tolerance_percent} %"
        elif self.per_infusion_mg is None:
            yield (), "no size is limited: add `most: 12 mg/m2` or `per_infusion: 20 mg`"

    turns = never_turns

    def judge(self, question: Question) -> Finding | None:
        """Compare the proposed dose, unrounded, with every limit that applies.

        What was given before on the same day is a part of it, whether it was recorded so or not.
        """
        found = self._judge(question)
        return None if found is None else replace(found, is_argument=True)

    def limits_dose(self, _question: Question) -> bool:
        """Say that it does."""
        return True

    @property
    def largest_mg_per_m2(self) -> Decimal | None:
        """Give the largest dose by body surface."""
        return self.most_mg_per_m2

    def largest_mg(self, surface: Fraction | None) -> Fraction | None:
        """Give the largest dose; None where it goes by a body surface that is not known."""
        limits = [] if self.per_infusion_mg is None else [Fraction(self.per_infusion_mg)]
        if self.most_mg_per_m2 is not None and surface is not None:
            limits.append(Fraction(self.most_mg_per_m2) * surface)
        return min(limits, default=None)

    def _judge(self, question: Question) -> Finding | None:
        asked = question.proposal.mg
        if asked is None:
            return None
        before = question.of_that_day
        mg = asked + sum((given.mg for given in before), Decimal(0))
        also = f" with the {mg - asked} mg given before on that day" if before else ""
        if self.per_infusion_mg is not None and mg > self.per_infusion_mg:
            message = f"{mg} mg{also} is above {self.per_infusion_mg} mg; {self._largest(question)}"
            return Finding(outcome=Outcome.HOLD, message=message, facts=before)
        if self.most_mg_per_m2 is None:
            return Finding(outcome=Outcome.MET, message=f"{mg} mg, at most {self.per_infusion_mg}")
        if question.surface is None:
            return Finding(outcome=Outcome.UNKNOWN, message="no body surface to divide the dose by")
        dose = per_m2(mg, question.surface.m2)
        told = f"{shown(dose)} mg/m2"
        surface, most = question.surface.m2, Fraction(self.most_mg_per_m2)
        above = f"{told}{also} is above {self.most_mg_per_m2} mg/m2"
        advised, reasons = question.advised_mg_per_m2, tuple[Event, ...]()
        if question.advice is not None and advised is not None and dose > advised:
            outcome, reasons = Outcome.HOLD, question.advice.facts
            message = f"{told}{also} is above the advised {advised} mg/m2"
            message += f"; {self._largest(question)}"
        elif dose <= most:
            outcome, message = Outcome.MET, f"{told}{also}, at most {self.most_mg_per_m2} mg/m2"
        elif dose <= most * (100 + Fraction(self.rounding_percent)) / 100:
            outcome = Outcome.MET
            message = f"{above}, within pharmacy rounding of {self.rounding_percent} %"
        elif dose <= most * (100 + Fraction(self.tolerance_percent)) / 100:
            outcome, message = Outcome.CAUTION, f"{above}, by at most {self.tolerance_percent} %"
        else:
            outcome, message = Outcome.HOLD, f"{above}; {self._largest(question)}"
        return Finding(
            outcome=outcome,
            message=message,
            facts=(*question.surface.facts, *before, *reasons),
            arithmetic=lambda: [f"{mg} mg / {shown(surface, 4)} m2 = {told}"],
        )

    def _largest(self, question: Question) -> str:
        """Say the largest dose that every limit of size allows."""
        surface, advised = question.surface, question.advised_mg_per_m2
        largest = self.largest_mg(None if surface is None else surface.m2)
        if surface is not None and advised is not None and self.most_mg_per_m2 is not None:
            limits = [largest, Fraction(advised) * surface.m2]
            largest = min(limit for limit in limits if limit is not None)
        assert largest is not None  # a limit was passed
        return f"the largest dose is {shown_down(largest, 1)} mg"


@dataclass(frozen=True, kw_only=True, slots=True)
class Route(RequirementRule):
    """The way the drug is given; any other stops, and no waiver helps."""

    kind = "route"
    acts_where = INFUSED
    means: ClassVar = {
        "otherwise": "any other",
    }

    allowed: tuple[str, ...]
    otherwise: Outcome = Outcome.STOP  # older texts say hold

    faults = nothing_wrong

    turns = never_turns

    def judge(self, question: Question) -> Finding | None:
        """Compare the route with those allowed."""
        route = question.proposal.route or self.allowed[0]
        if route in self.allowed:
            return Finding(outcome=Outcome.MET, message=route)
        message = f"{route}: only {', '.join(self.allowed)}"
        return Finding(outcome=Outcome.STOP, message=message, waivable=False, is_argument=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class BodySurface(RequirementRule):
    """The body surface that a dose is divided by."""

    kind = "body_surface"
    acts_where = INFUSED
    is_single = True

    height: str  # result code, cm
    weight: str  # result code, kg
    not_older_than_days: int

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find a height or weight that is no number."""
        yield from not_numbers(("height",), [self.height], catalogue)
        yield from not_numbers(("weight",), [self.weight], catalogue)

    def measured(self, view: View, on: date) -> Surface | None:
        """Work it out from height and weight, if both are new enough on a day."""
        found = measured_surface(view, height=self.height, weight=self.weight)
        if found is None or any((on - f.on).days > self.not_older_than_days for f in found.facts):
            return None
        return found

    def newest(self, view: View) -> Surface | None:
        """Find the newest on record, however old."""
        return newest_surface(view, height=self.height, weight=self.weight)

    turns = never_turns

    def judge(self, question: Question) -> Finding | None:
        """Show the BSA in use; without one no dose can be judged."""
        if question.proposal.mg is None:
            return None
        if question.surface is None:
            message = (
                "not given, and no height and weight results of the last "
                f"{self.not_older_than_days} days"
            )
            return Finding(outcome=Outcome.UNKNOWN, message=message)
        message = f"{shown(question.surface.m2, 4)} m2"
        return Finding(outcome=Outcome.MET, message=message, facts=question.surface.facts)
