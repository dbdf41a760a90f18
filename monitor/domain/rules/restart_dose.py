"""A daily drug taken up again: after how many days without it, and with how much."""

from dataclasses import dataclass
from decimal import Decimal

from monitor.domain.facts import Dosing
from monitor.domain.faults import nothing_wrong
from monitor.domain.finding import Finding
from monitor.domain.intake import was_taken
from monitor.domain.outcome import Outcome
from monitor.domain.resting import Rest, find_rest
from monitor.domain.rule import DAILY
from monitor.domain.rules.question import Question
from monitor.domain.rules.requirement import RequirementRule, never_turns


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartDose(RequirementRule):
    """It begins, and after so many days without it begins again, with no more than so much.

    After a rest a dose that nobody named is a caution that says so, as the question may come
    before it; of what was taken it is unknown. A larger dose on record of that day counts. After
    the resumption of its course it is asked until a dose is named.
    """

    kind = "restart_dose"
    acts_where = DAILY

    after_missed_days: int
    most_mg: Decimal

    faults = nothing_wrong

    turns = never_turns

    def judge(self, question: Question) -> Finding | None:
        """Count the days without the drug before the day it is taken up again."""
        steps, taken_up = question.view.dosing, question.taken_up
        too_much = [step for step in taken_up if step.mg is not None and step.mg > self.most_mg]
        amounts = (question.proposal.mg, *(step.mg for step in too_much))
        mg = max((mg for mg in amounts if mg is not None), default=None)
        if not was_taken(steps):
            return self._first(mg, tuple(too_much))
        rest = self._rest(question)
        if rest is None:
            return None
        # A stop during an interruption ends no days without it.
        facts, against = (*rest.steps, *too_much), (*rest.recorded, *too_much)
        missed = rest.days(question.on)
        told = f"{missed} days without it since {rest.since}"
        unnamed = f"{told}: begin again with at most {self.most_mg} mg, no dose is named"
        if rest.until is not None:
            told = f"{missed} days without it from {rest.since} to {rest.until}"
            unnamed = f"{told}; no dose is named since: begin again with at most {self.most_mg} mg"
        if missed < self.after_missed_days:
            outcome, message = Outcome.MET, told
        elif mg is None:
            outcome = Outcome.UNKNOWN if question.is_past else Outcome.CAUTION
            message = unnamed
        else:
            message = f"{mg} mg after {told}: begin again with at most {self.most_mg} mg"
            outcome = Outcome.MET if mg <= self.most_mg else Outcome.HOLD
        return Finding(outcome=outcome, message=message, facts=facts, against=against)

    def limits_dose(self, question: Question) -> bool:
        """Say whether it limits the dose that is asked about; one that goes on it does not."""
        rest = self._rest(question)
        is_late = rest is not None and rest.days(question.on) >= self.after_missed_days
        return is_late or not was_taken(question.view.dosing)

    def _rest(self, question: Question) -> Rest | None:
        return find_rest(question.view.dosing, question.on, self.after_missed_days)

    def _first(self, mg: Decimal | None, facts: tuple[Dosing, ...]) -> Finding:
        told = f"the first dose: begin with at most {self.most_mg} mg"
        if mg is None or mg <= self.most_mg:
            return Finding(outcome=Outcome.MET, message=told)
        return Finding(outcome=Outcome.HOLD, message=f"{mg} mg as {told}", facts=facts)
