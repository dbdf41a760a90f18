"""Rounds: infusions that belong together, and how far rounds lie apart.

Labels call them courses or treatment courses; here a course is the whole treatment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor.domain.clause import Finding, Rule
from monitor.domain.dates import Span, days
from monitor.domain.events import Infusion
from monitor.domain.outcome import Outcome
from monitor.domain.question import Question


class Before(StrEnum):
    """Before which rounds something is asked for, as of the round's first day."""

    EVERY_ROUND = "every_round"
    FIRST_ROUND = "first_round"
    LATER_ROUNDS = "later_rounds"

    def asks(self, number: int) -> bool:
        """Say whether the round of a number is meant."""
        if self is Before.FIRST_ROUND:
            return number == 1
        return self is not Before.LATER_ROUNDS or number > 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Cycle:
    """A part of a round: infusions close together, and the days between two such parts."""

    within_days: int  # an infusion so soon after the one before goes on with its cycle
    from_days: int  # the next cycle, not sooner after the last infusion than this
    until_days: int  # later than this is a caution


@dataclass(frozen=True, kw_only=True, slots=True)
class Rounds(Rule):
    """Which infusions belong together, and whether this one comes at its time."""

    within_days: int  # an infusion so soon after the one before belongs to the same round
    apart: Span  # a new round, not sooner after the last infusion than this
    delay: Span | None = None  # after the first day that `apart` allows
    late: Outcome = Outcome.HOLD  # what a later one means
    most: int | None = None  # rounds
    beyond: Outcome = Outcome.HOLD  # what one more means
    cycle: Cycle | None = None

    def judge(self, question: Question) -> Finding | None:
        """Find the round that the infusion would belong to, and count the days before it."""
        begun, previous = question.continued, question.previous
        if previous is None:
            return Finding(outcome=Outcome.MET, message="the first infusion of round 1")
        told = f"{(question.on - previous.on).days} days after the infusion of {previous.on}"
        outcome, message = (
            self._inside(question, previous) if begun else self._anew(question, previous)
        )
        return Finding(
            outcome=outcome,
            message=f"round {question.round}, {told}{message}",
            facts=tuple(begun) or (previous,),
        )

    def turns(self, last: date) -> Iterator[date]:
        """Go through the days after the last infusion on which its answer may turn."""
        yield last + days(self.within_days + 1)
        yield self.apart.after(last)
        if self.delay is not None:
            yield self.delay.after(self.apart.after(last)) + days(1)

    def _inside(self, question: Question, previous: Infusion) -> tuple[Outcome, str]:
        gap = (question.on - previous.on).days
        if self.cycle is None or gap <= self.cycle.within_days:
            return Outcome.MET, ""
        earliest = previous.on + days(self.cycle.from_days)
        if question.on < earliest:
            return Outcome.HOLD, f"; the next part of it not before {earliest}"
        latest = previous.on + days(self.cycle.until_days)
        if question.on > latest:
            return Outcome.CAUTION, f"; the next part of it was to begin until {latest}"
        return Outcome.MET, ""

    def _anew(self, question: Question, previous: Infusion) -> tuple[Outcome, str]:
        if self.most is not None and question.round > self.most:
            return self.beyond, f"; {self.most} rounds are the most"
        earliest = self.apart.after(previous.on)
        if question.on < earliest:
            return Outcome.HOLD, f"; not before {earliest}"
        latest = self.delay.after(earliest) if self.delay else date.max
        if question.on > latest:
            return self.late, f"; not after {latest}"
        return Outcome.MET, ""


def stretches(infusions: Sequence[Infusion], lasts: Span | None) -> list[list[Infusion]]:
    """Part infusions where a span had passed since the one before, so that a tail had ended."""
    found: list[list[Infusion]] = []
    for infusion in infusions:
        if found and (lasts is None or infusion.on <= lasts.after(found[-1][-1].on)):
            found[-1].append(infusion)
        else:
            found.append([infusion])
    return found
