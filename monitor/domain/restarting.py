"""A daily drug taken up again: after how many days without it, and with how much."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile

from monitor.domain.clause import Finding, Rule
from monitor.domain.events import DoseAction
from monitor.domain.outcome import Outcome
from monitor.domain.question import Question


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartDose(Rule):
    """It begins, and after so many days without it begins again, with no more than so much.

    After a rest a dose that nobody named is a caution that says so, as the question may come
    before it.
    """

    after_missed_days: int
    most_mg: Decimal

    def judge(self, question: Question) -> Finding | None:
        """Count the days without the drug before the day it is taken up again."""
        rests = (DoseAction.INTERRUPT, DoseAction.STOP)
        steps = takewhile(lambda step: step.action in rests, reversed(question.view.dosing))
        facts = tuple(steps)[::-1]  # a stop during an interruption ends no days without it
        if not facts:
            return None if question.view.dosing else self._first(question.proposal.mg)
        missed, mg = (question.on - facts[0].on).days, question.proposal.mg
        told = f"{missed} days without it since {facts[0].on}"
        if missed < self.after_missed_days:
            return Finding(outcome=Outcome.MET, message=told, facts=facts)
        if mg is None:
            message = f"{told}: begin again with at most {self.most_mg} mg, no dose is named"
            return Finding(outcome=Outcome.CAUTION, message=message, facts=facts)
        message = f"{mg} mg after {told}: begin again with at most {self.most_mg} mg"
        outcome = Outcome.MET if mg <= self.most_mg else Outcome.HOLD
        return Finding(outcome=outcome, message=message, facts=facts)

    def _first(self, mg: Decimal | None) -> Finding:
        told = f"the first dose: begin with at most {self.most_mg} mg"
        if mg is None or mg <= self.most_mg:
            return Finding(outcome=Outcome.MET, message=told)
        return Finding(outcome=Outcome.HOLD, message=f"{mg} mg as {told}")
