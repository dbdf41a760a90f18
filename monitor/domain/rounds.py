"""Rounds: infusions that belong together, and how far rounds lie apart.

Labels call them courses or treatment courses; here a course is the whole treatment.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

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
    most_days: int | None = None  # days with the drug in one such part; one more holds


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
    days_of_round: tuple[int, ...] = ()  # with the drug: of the first round, …, of all later ones

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
        most = self._most(question.round)
        number = _days_with({*(i.on for i in question.continued), question.on}, question.on, None)
        if most is not None and number > most:
            return Outcome.HOLD, f"; it would be day {number} of the round, {most} are the most"
        if self.cycle is None:
            return Outcome.MET, ""
        if gap <= self.cycle.within_days:
            return self._of_cycle(question, self.cycle)
        earliest = previous.on + days(self.cycle.from_days)
        if question.on < earliest:
            return Outcome.HOLD, f"; the next part of it not before {earliest}"
        latest = previous.on + days(self.cycle.until_days)
        if question.on > latest:
            return Outcome.CAUTION, f"; the next part of it was to begin until {latest}"
        return Outcome.MET, ""

    def _most(self, number: int) -> int | None:
        return self.days_of_round[:number][-1] if self.days_of_round else None

    def _of_cycle(self, question: Question, cycle: Cycle) -> tuple[Outcome, str]:
        given = {*(i.on for i in question.continued), question.on}
        number = _days_with(given, question.on, cycle.within_days)
        if cycle.most_days is None or number <= cycle.most_days:
            return Outcome.MET, ""
        told = f"; it would be day {number} of this part, {cycle.most_days} are the most"
        return Outcome.HOLD, told

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


def _days_with(given: Collection[date], last: date, within: int | None) -> int:
    """Count the days with the drug up to one, back to a gap of more than so many days."""
    found = sorted((day for day in given if day <= last), reverse=True)
    number = 1
    for later, earlier in pairwise(found):
        if within is not None and (later - earlier).days > within:
            break
        number += 1
    return number


def stretches(infusions: Sequence[Infusion], lasts: Span | None) -> list[list[Infusion]]:
    """Part infusions where a span had passed since the one before, so that a tail had ended."""
    found: list[list[Infusion]] = []
    for infusion in infusions:
        if found and (lasts is None or infusion.on <= lasts.after(found[-1][-1].on)):
            found[-1].append(infusion)
        else:
            found.append([infusion])
    return found
