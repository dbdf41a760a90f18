"""Rounds: infusions that belong together, and how far rounds lie apart.

Labels call them courses or treatment courses; here a course is the whole treatment.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span, days
from monitor.domain.facts import Event, Infusion, Waiver
from monitor.domain.faults import Fault, not_ordered, not_positive
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome
from monitor.domain.parting import Parting
from monitor.domain.rule import INFUSED
from monitor.domain.rules.question import Question
from monitor.domain.rules.requirement import RequirementRule
from monitor.domain.view import View


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
    times: int | None = None  # such parts in a round; one more begins another round

    def faults(self, round_within_days: int) -> Iterator[Fault]:
        """Find parts that do not fit into a round."""
        if self.times is not None:
            yield from not_positive(("times",), self.times > 0, "2")
        yield from not_ordered("within", self.within_days, "from", self.from_days)
        yield from not_ordered("from", self.from_days, "until", self.until_days)
        yield from not_ordered("until", self.until_days, "within", round_within_days)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rounds(RequirementRule):
    """Which infusions belong together, and whether this one comes at its time."""

    kind = "rounds"
    acts_where = INFUSED
    is_single = True
    means: ClassVar = {
        "within": "after the infusion before: the same round",
        "apart": "after the last infusion, not sooner",
        "delay": "after the first day possible",
        "beyond": "one round more",
        "days_of_round": "the most days with the drug, round by round",
    }

    needs: ClassVar = {"late": ("delay",), "beyond": ("most",)}

    within_days: int  # an infusion so soon after the one before belongs to the same round
    apart: Span  # a new round, not sooner after the last infusion than this
    delay: Span | None = None  # after the first day that `apart` allows
    late: Outcome = Outcome.HOLD  # what a later one means
    most: int | None = None  # rounds
    beyond: Outcome = Outcome.HOLD  # what one more means
    cycle: Cycle | None = None
    days_of_round: tuple[int, ...] = ()  # with the drug: of the first round, …, of all later ones

    def faults(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find rounds that run into each other, and cycles that do not fit into a round."""
        if self.within_days >= self.apart.least_days:
            words = f"'{self.within_days} days' is not shorter than `apart`"
            yield ("within",), f"{words}: write less than {self.apart.least_days} days"
        if self.most is not None:
            yield from not_positive(("most",), self.most > 0, "2")
        if self.cycle is not None:
            for inside, words in self.cycle.faults(self.within_days):
                yield ("cycle", *inside), words

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find that it is not for everybody: infusions belong together all the same."""
        for key, is_given in ("when", self.when), ("applies_to", self.applies_to != "everyone"):
            if is_given:
                yield (key,), "infusions are parted into rounds all the same: leave it out"

    @property
    def parting(self) -> Parting:
        """Say how infusions are parted into rounds."""
        cycle = self.cycle
        return Parting(
            within_days=self.within_days,
            part_within_days=cycle.within_days if cycle else 0,
            most_parts=cycle.times if cycle else None,
        )

    def judge(self, question: Question) -> Finding | None:
        """Find the round that the infusion would belong to, and count the days before it.

        Within a round what spoke against its first day goes on: giving it made it no better.
        """
        begun, previous = question.continued, question.previous
        if previous is None:
            return Finding(outcome=Outcome.MET, message="the first infusion of round 1")
        told = f"{(question.on - previous.on).days} days after the infusion of {previous.on}"
        said = [self._inside(question, previous)] if begun else []
        said.append(self._beginning(question))
        facts: list[Event] = [*begun] or [previous]
        if begun and said[-1][1]:
            last = question.view.rounds[-2][-1]  # what its first day is counted from
            waiver = self._waived(question.view, last, begun[0])
            facts = [last, *facts, *([waiver] if waiver else ())]
        is_well_by_itself = begun and said[0][0] in (Outcome.MET, Outcome.CAUTION)
        return Finding(
            outcome=max((outcome for outcome, _ in said), key=lambda outcome: outcome.rank),
            message=f"round {question.round}, {told}" + "".join(words for _, words in said),
            facts=tuple(facts),
            begun_by=begun[0] if is_well_by_itself else None,
        )

    def turns(self, view: View) -> Iterator[date]:
        """Go through the days after each infusion on which its answer may turn."""
        for infusion in view.infusions:
            last, again = infusion.on, self.apart.after(infusion.on)
            yield last + days(self.within_days + 1)
            if self.cycle is not None and self.cycle.times is not None:
                yield last + days(self.cycle.within_days + 1)
            yield again
            if self.delay is not None:
                yield self.delay.after(again) + days(1)

    def _inside(self, question: Question, previous: Infusion) -> tuple[Outcome, str]:
        gap = (question.on - previous.on).days
        most = self._most(question.round)
        number = _days_with({*(i.on for i in question.continued), question.on}, question.on, None)
        if most is not None and number > most:
            told = f"; it would be day {number} of the round, {most} are the most"
            return (
                Outcome.HOLD,
                f"{told}; the next round not before {self.apart.after(previous.on)}",
            )
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

    def _beginning(self, question: Question) -> tuple[Outcome, str]:
        """Judge the first day of the round: this one, or the one on which it was begun."""
        begun, rounds = question.continued, question.view.rounds
        earlier = rounds[:-1] if begun else rounds
        if not earlier:
            return Outcome.MET, ""
        last, first = earlier[-1][-1], begun[0] if begun else None
        on = first.on if first is not None else question.on
        earliest = self.apart.after(last.on)
        latest = self.delay.after(earliest) if self.delay else date.max
        if self.most is not None and question.round > self.most:
            outcome, message = self.beyond, f"{self.most} rounds are the most"
        elif question.on < earliest:
            outcome, message = Outcome.HOLD, f"not before {earliest}"
        elif on > latest:
            outcome, message = self.late, f"not after {latest}"
        else:
            return Outcome.MET, ""
        if first is not None:
            waiver = self._waived(question.view, last, first)
            if waiver is not None:
                told = f"; begun on {on}: {message}, waived by {waiver.by} on {waiver.on}"
                return Outcome.CAUTION, told
            return outcome, f"; begun on {on}: {message}"
        if self.cycle is not None and (on - last.on).days <= self.within_days:
            message = f"round {len(earlier)} has had its {self.cycle.times} parts; {message}"
        return outcome, f"; {message}"

    def _waived(self, view: View, last: Infusion, first: Infusion) -> Waiver | None:
        """Find a person's decision to begin the round all the same: it is for the whole round."""
        number = next(n for n, i in enumerate(view.infusions, start=1) if i.event == first.event)
        return next(iter(view.waivers(self.name, (number, last))), None)


def _days_with(given: Collection[date], last: date, within: int | None) -> int:
    """Count the days with the drug up to one, back to a gap of more than so many days."""
    found = sorted((day for day in given if day <= last), reverse=True)
    number = 1
    for later, earlier in pairwise(found):
        if within is not None and (later - earlier).days > within:
            break
        number += 1
    return number
