"""What keeps a requirement open beside its value: symptoms, answers, a fall."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from monitor.domain.dates import days
from monitor.domain.facts import Answer, Event, Result
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome
from monitor.domain.rules.limits import said
from monitor.domain.rules.panels import Complete
from monitor.domain.rules.question import Question
from monitor.domain.rules.symptom_findings import signs
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Fall:
    """A fall from the first value on record that asks for care although the value is good."""

    by_points: Decimal
    outcome: Outcome
    beyond: Outcome | None = None  # what a fall of more than this means; None: the same

    def judge(self, view: View, complete: Complete | None) -> Finding | None:
        """Compare a good value with the first on record."""
        if complete is None:
            return None
        for result in complete.results:
            first = _highest_first(view.series(result.code))
            if not isinstance(first.compared, Decimal) or not isinstance(result.value, Decimal):
                continue
            fall = first.compared - result.value
            if fall >= self.by_points:
                outcome = self.outcome
                if fall > self.by_points and self.beyond is not None:
                    outcome = self.beyond
                message = f"fell from {said(first)} on {first.on} to {said(result)} on {result.on}"
                return Finding(outcome=outcome, message=message, facts=(first, result))
        return None


def _highest_first(series: Sequence[Result]) -> Result:
    """Give the first value; where only its one side is known, the first exact one if higher."""
    first, exact = series[0], [result for result in series if result.written is None]
    if first.written is None or not exact:
        return first
    known = exact[0].value
    assert isinstance(known, Decimal)
    return exact[0] if known > first.written else first


@dataclass(frozen=True, kw_only=True, slots=True)
class AfterSymptom:
    """After a symptom the requirement is open again, until a result of that day or later."""

    group: str
    outcome: Outcome

    def judge(self, view: View, complete: Complete | None) -> Finding | None:
        """Find a symptom that no good result came after."""
        found = view.symptoms(self.group)
        if not found or (complete is not None and complete.on >= found[-1].on):
            return None
        message = f"none since the {self.group} symptom of {found[-1].on}"
        facts: tuple[Event, ...] = (found[-1], *(complete.results if complete else ()))
        against = tuple(s for s in found if complete is None or s.on > complete.on)
        outcome = self.outcome
        return Finding(outcome=outcome, message=message, facts=facts, against=against)


@dataclass(frozen=True, kw_only=True, slots=True)
class NoAnswer:
    """The newest answer to a question must not be this one."""

    fact: str
    value: str
    outcome: Outcome

    def judge(self, view: View) -> Finding | None:
        """Find the answer that speaks against."""
        answer = view.known_answer(self.fact)  # "unknown" is the same as no answer
        if answer is None or answer.value != self.value:
            return None
        title = view.timeline.catalogue.facts[answer.fact].title
        message = f"{title}: {answer.value} on {answer.on}, and no newer answer"
        return Finding(outcome=self.outcome, message=message, facts=(answer,))

    def since(self, view: View, symptoms: Sequence[Event]) -> Answer | None:
        """Find a person's no, given on the day of the symptoms or later, and knowing them."""
        answer = view.answer(self.fact)
        if answer is None or answer.value in ("unknown", self.value):
            return None
        is_newer = all(s.on <= answer.on and s.event < answer.event for s in symptoms)
        return answer if is_newer else None


@dataclass(frozen=True, kw_only=True, slots=True)
class NoSymptom:
    """No symptom of a group may have been recorded in the days before."""

    group: str
    within_days: int
    outcome: Outcome

    def judge(self, question: Question, no_answer: NoAnswer | None) -> Finding | None:
        """Find recent symptoms, and whether a person has looked at them since."""
        first = question.on - days(self.within_days)
        found = tuple(signs(question.view, self.group, first, question.on))
        if not found:
            return None
        message = f"{self.group} symptom on {found[-1].on}"
        answer = no_answer.since(question.view, found) if no_answer else None
        if answer is not None:
            message += f"; {answer.fact} answered {answer.value} since, on {answer.on}"
            return Finding(outcome=Outcome.CAUTION, message=message, facts=(*found, answer))
        newest = question.view.answer(no_answer.fact) if no_answer else None
        is_open = newest is not None and newest.value == "unknown"  # it took back what was said
        facts = (*found, newest) if newest is not None and is_open else found
        return Finding(outcome=self.outcome, message=message, facts=facts, against=found)
