"""A daily drug taken up again: after how many days without it, and with how much."""

from dataclasses import dataclass
from decimal import Decimal

from monitor.domain.clause import Finding, Rule
from monitor.domain.events import DoseAction
from monitor.domain.outcome import Outcome
from monitor.domain.question import Question


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartDose(Rule):
    """After so many days without the drug it begins again with no more than so much.

    A dose that nobody named is a caution that says so, as the question may come before it.
    """

    after_missed_days: int
    most_mg: Decimal

    def judge(self, question: Question) -> Finding | None:
        """Count the days without the drug before the day it is taken up again."""
        steps = question.view.dosing
        if not steps or steps[-1].action not in (DoseAction.INTERRUPT, DoseAction.STOP):
            return None
        missed, mg = (question.on - steps[-1].on).days, question.proposal.mg
        told, facts = f"{missed} days without it since {steps[-1].on}", (steps[-1],)
        if missed < self.after_missed_days:
            return Finding(outcome=Outcome.MET, message=told, facts=facts)
        if mg is None:
            message = f"{told}: begin again with at most {self.most_mg} mg, no dose is named"
            return Finding(outcome=Outcome.CAUTION, message=message, facts=facts)
        message = f"{mg} mg after {told}: begin again with at most {self.most_mg} mg"
        outcome = Outcome.MET if mg <= self.most_mg else Outcome.HOLD
        return Finding(outcome=outcome, message=message, facts=facts)
