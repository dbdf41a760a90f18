"""How old a patient must be."""

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import add_months
from monitor.domain.faults import Fault, not_positive, nothing_wrong
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome
from monitor.domain.rule import ALWAYS
from monitor.domain.rules.asked import never_recorded
from monitor.domain.rules.question import Question
from monitor.domain.rules.requirement import RequirementRule, never_turns


@dataclass(frozen=True, kw_only=True, slots=True)
class Age(RequirementRule):
    """The patient is old enough."""

    kind = "age"
    acts_where = ALWAYS

    minimum_years: int
    below: Outcome

    faults = nothing_wrong

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find that nobody is too young, or nobody that its conditions leave."""
        yield from not_positive(("minimum",), self.minimum_years > 0, "18 years")
        for number, condition in enumerate(self.when):
            if condition.age_years is not None and condition.age_years >= self.minimum_years:
                words = f"nobody so old is under {self.minimum_years} years: leave this out"
                yield ("when", number), words

    turns = never_turns

    def judge(self, question: Question) -> Finding | None:
        """Compare the birthday with the day of the infusion."""
        born = question.view.patient.born
        if born is None:
            unknown = Finding(outcome=Outcome.UNKNOWN, message="date of birth: not recorded")
            return never_recorded(question, unknown)
        of_age = add_months(born, 12 * self.minimum_years)
        if question.on < of_age:
            return Finding(
                outcome=self.below, message=f"born {born}: {self.minimum_years} only on {of_age}"
            )
        return Finding(outcome=Outcome.MET, message=f"born {born}, at least {self.minimum_years}")
