"""The newest count is as new as the calendar demands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.domain.catalogue import Catalogue
from monitor.domain.faults import Fault, nothing_wrong, unknown
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome
from monitor.domain.rule import DAILY, Rule
from monitor.domain.rules.question import Question
from monitor.domain.rules.requirement import RequirementRule, never_turns
from monitor.domain.rules.runs import From
from monitor.domain.rules.scheduled import Scheduled
from monitor.domain.rules.short_forms import ShortForm


@dataclass(frozen=True, kw_only=True, slots=True)
class OnSchedule(RequirementRule):
    """The newest count is as new as a rule of the calendar demands."""

    kind = "on_schedule"
    acts_where = DAILY
    is_weighed = False  # whether the calendar asks for it still is for the calendar to say

    check: str  # the rule's name
    late: Outcome

    faults = nothing_wrong

    def faults_beside(self, rules: Sequence[Rule]) -> Iterator[Fault]:
        """Find another check named that is none."""
        known = [rule.name for rule in rules if _from_start(rule)]
        yield from unknown(("check",), self.check, known, "check")

    turns = never_turns

    def answered_by(
        self, _catalogue: Catalogue, checks: Sequence[Rule]
    ) -> tuple[dict[str, str], ...]:
        """Give the panels that do the check it names."""
        schedule = _from_start(next(rule for rule in checks if rule.name == self.check))
        assert schedule is not None
        return tuple(dict.fromkeys(panel, "") for panel in schedule.count.choices)

    def judge(self, question: Question) -> Finding | None:
        """Compare the day with the one by which a count was needed; None where none is."""
        view, checks = question.view, question.protocol.checks
        counted = next(rule for rule in checks if rule.name == self.check)
        schedule, begun = _from_start(counted), counted.begins(view)
        assert schedule is not None
        found = schedule.count.evidence(view, date.min)
        newest = found[-1] if found else None
        needed_by = schedule.taking(view).needed_by(newest.on if newest else None)
        if needed_by is None or begun is None or begun > question.on:
            return None
        facts = () if newest is None else newest.facts
        told = "none on record" if newest is None else f"the newest is of {newest.on}"
        if question.on <= needed_by:
            message = f"{told}, the next one is needed by {needed_by}"
            return Finding(outcome=Outcome.MET, message=message, facts=facts)
        waived = question.waived_check(self.check)
        return Finding(
            outcome=self.late if waived is None else Outcome.CAUTION,
            message=f"{told}, the next one was needed by {needed_by}"
            + (f"; {counted.name} {waived} is waived" if waived is not None else ""),
            facts=facts,
            waivable=False,  # it is the check that can be waived, by its occurrence
        )


def _from_start(rule: Rule) -> Scheduled | None:
    """Give the schedule of a rule that is counted from the start of a daily drug."""
    schedule = rule.schedule() if isinstance(rule, ShortForm) else rule
    is_one = isinstance(schedule, Scheduled) and schedule.from_ is From.START
    return schedule if isinstance(schedule, Scheduled) and is_one else None
