"""What speaks against nearly every drug, where the protocol itself does not ask for it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from monitor.domain.facts import Event, Result
from monitor.domain.faults import nothing_wrong
from monitor.domain.finding import Finding, gravest
from monitor.domain.outcome import Outcome
from monitor.domain.rule import ALWAYS, Rule
from monitor.domain.rules.asked import QuestionsAsked
from monitor.domain.rules.ceiling import Ceiling
from monitor.domain.rules.limits import Limit
from monitor.domain.rules.question import Question
from monitor.domain.rules.requirement import RequirementRule, never_turns
from monitor.domain.rules.result import ResultRequired
from monitor.domain.waiting import unfit


@dataclass(frozen=True, kw_only=True, slots=True)
class Against:
    """A newest answer, or a newest result, and what it means."""

    fact: str | None = None
    code: str | None = None
    value: str | None = None  # the word that speaks against
    limit: Limit | None = None  # of a result that is a number
    outcome: Outcome
    lowering: Outcome  # of a drug that lowers blood counts: those are poisons of the cell
    waivable: bool = True

    def speaks(self, result: Result) -> bool:
        """Say whether a result speaks against giving the drug."""
        if self.limit is None:
            return result.value == self.value
        return self.limit.judge(result) is not Outcome.MET


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedAgainst(RequirementRule):
    """Listed only while something of it is on record."""

    kind = "recorded_against"
    acts_where = ALWAYS
    is_unasked = True

    rows: tuple[Against, ...]

    faults = nothing_wrong

    def beside(self, rules: Iterable[Rule]) -> RequirementRule:
        """Leave out what the rules of a protocol ask for themselves."""
        asked = set(_read(rules))
        return replace(self, rows=tuple(r for r in self.rows if {r.fact, r.code} - {None} - asked))

    turns = never_turns

    def judge(self, question: Question) -> Finding | None:
        """Look up the newest answers and results; the gravest counts."""
        found: list[tuple[Against, str, Event]] = []
        view = question.view
        for row in self.rows:
            answer = view.known_answer(row.fact) if row.fact is not None else None
            if answer is not None and answer.value == row.value:
                title = view.timeline.catalogue.facts[answer.fact].title
                found.append((row, f"{title}: {answer.value} on {answer.on}", answer))
            result = view.newest(row.code) if row.code is not None else None
            if result is not None and row.speaks(result):
                held = row.limit and row.limit.words_for(result, view.unit(result.code))
                told = f"{result} on {result.on}" + (f", {held}" if held else "")
                found.append((row, told, result))
        lowering = question.protocol.lowers_counts
        asked = [row.code for row in self.rows if row.code is not None]
        # Nobody has asked for it: an unfit one is no reason to wait.
        missing = unfit(view.reports(dict.fromkeys(asked)), outcome=Outcome.CAUTION)
        if not found:
            return missing
        outcomes = [row.lowering if lowering else row.outcome for row, _, _ in found]
        against = Finding(
            outcome=max(outcomes, key=lambda outcome: outcome.rank),
            message="; ".join(told for _, told, _ in found),
            facts=tuple(fact for _, _, fact in found),
            waivable=all(row.waivable for row, _, _ in found),
        )
        return gravest([against, missing]) if missing else against


def _read(rules: Iterable[Rule]) -> Iterator[str]:
    for rule in rules:
        if isinstance(rule, QuestionsAsked):
            yield from rule.asks
        if isinstance(rule, ResultRequired):
            yield from rule.limits
            if rule.no_answer is not None:
                yield rule.no_answer.fact
        if isinstance(rule, Ceiling) and rule.reduced is not None:
            yield from rule.reduced.facts
