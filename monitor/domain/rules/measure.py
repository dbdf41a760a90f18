"""What a lifetime ceiling counts, and how much of it there is."""

from enum import StrEnum
from fractions import Fraction

from monitor.domain.exposure import shown, shown_down
from monitor.domain.rules.question import Question
from monitor.domain.surface import per_m2


class Measure(StrEnum):
    """What a lifetime ceiling counts."""

    MG_PER_M2 = "mg/m2"
    MG = "mg"
    INFUSIONS = "infusions"

    def given(self, question: Question) -> Fraction | None:
        """Give the total before this dose; None where a part of it is unknown."""
        if self is Measure.MG_PER_M2:
            return question.exposure.total
        return self.known(question)

    def known(self, question: Question) -> Fraction:
        """Give the part of the total that is known."""
        if self is Measure.MG_PER_M2:
            return question.exposure.at_least
        if self is Measure.MG:
            return Fraction(question.exposure.mg)
        return Fraction(len(question.exposure.given))

    def of_the_day(self, question: Question) -> Fraction:
        """Add up what was given on the day itself: what is asked about comes on top of it."""
        if self is Measure.INFUSIONS:
            return Fraction(0)  # it is the same infusion
        if self is Measure.MG:
            return sum((Fraction(i.mg) for i in question.of_the_day), Fraction(0))
        return sum((i.mg_per_m2 or Fraction(0) for i in question.of_the_day), Fraction(0))

    def planned(self, question: Question) -> Fraction | None:
        """Give what the proposed dose would add; None where that is not known."""
        mg = question.proposal.mg
        if self is Measure.INFUSIONS:
            return Fraction(1)
        if self is Measure.MG:
            return None if mg is None else Fraction(mg)
        if mg is None or question.surface is None:
            return None
        return per_m2(mg, question.surface.m2)

    def shown(self, amount: Fraction) -> str:
        """Write an amount, rounded."""
        if self is Measure.INFUSIONS:
            return f"{amount} infusions"
        return f"{shown(amount)} {self}"

    def shown_down(self, amount: Fraction) -> str:
        """Write an amount, rounded down: what is left."""
        return f"{shown_down(amount)} {self}"
