"""A daily drug taken up again: after how many days without it, and with how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile

from monitor.domain.clause import Finding, Rule
from monitor.domain.events import DoseAction, Dosing
from monitor.domain.intake import was_taken
from monitor.domain.outcome import Outcome
from monitor.domain.question import Question


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartDose(Rule):
    """It begins, and after so many days without it begins again, with no more than so much.

    After a rest a dose that nobody named is a caution that says so, as the question may come
    before it; of what was taken it is unknown. A larger dose on record of that day counts.
    """

    after_missed_days: int
    most_mg: Decimal

    def judge(self, question: Question) -> Finding | None:
        """Count the days without the drug before the day it is taken up again."""
        steps, taken_up = question.view.dosing, question.taken_up
        too_much = [step for step in taken_up if step.mg is not None and step.mg > self.most_mg]
        amounts = (question.proposal.mg, *(step.mg for step in too_much))
        mg = max((mg for mg in amounts if mg is not None), default=None)
        if not was_taken(steps):
            return self._first(mg, tuple(too_much))
        rested = _rested(steps)
        if not rested:
            return None
        # A stop during an interruption ends no days without it.
        missed, facts = (question.on - rested[0].on).days, (*rested, *too_much)
        told = f"{missed} days without it since {rested[0].on}"
        if missed < self.after_missed_days:
            return Finding(outcome=Outcome.MET, message=told, facts=facts)
        if mg is None:
            message = f"{told}: begin again with at most {self.most_mg} mg, no dose is named"
            outcome = Outcome.UNKNOWN if question.is_past else Outcome.CAUTION
            return Finding(outcome=outcome, message=message, facts=facts)
        message = f"{mg} mg after {told}: begin again with at most {self.most_mg} mg"
        outcome = Outcome.MET if mg <= self.most_mg else Outcome.HOLD
        return Finding(outcome=outcome, message=message, facts=facts)

    def limits_dose(self, question: Question) -> bool:
        """Say whether it limits the dose that is asked about; one that goes on it does not."""
        steps = question.view.dosing
        rested = _rested(steps)
        is_late = rested and (question.on - rested[0].on).days >= self.after_missed_days
        return bool(is_late) or not was_taken(steps)

    def _first(self, mg: Decimal | None, facts: tuple[Dosing, ...]) -> Finding:
        told = f"the first dose: begin with at most {self.most_mg} mg"
        if mg is None or mg <= self.most_mg:
            return Finding(outcome=Outcome.MET, message=told)
        return Finding(outcome=Outcome.HOLD, message=f"{mg} mg as {told}", facts=facts)


def _rested(steps: Sequence[Dosing]) -> tuple[Dosing, ...]:
    """List the interruption or stop that goes on, with what was recorded of it since."""
    rests = (DoseAction.INTERRUPT, DoseAction.STOP)
    return tuple(takewhile(lambda step: step.action in rests, reversed(steps)))[::-1]
