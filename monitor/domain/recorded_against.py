"""What speaks against nearly every drug, where the protocol itself does not ask for it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from monitor.domain.answers import Asked
from monitor.domain.clause import Finding, Rule
from monitor.domain.dosing import Ceiling
from monitor.domain.events import Event, describe
from monitor.domain.outcome import Outcome
from monitor.domain.question import Question
from monitor.domain.results import ResultRequired


@dataclass(frozen=True, kw_only=True, slots=True)
class Against:
    """A newest answer, or a newest result that is a word, and what it means."""

    fact: str | None = None
    code: str | None = None
    value: str
    outcome: Outcome
    lowering: Outcome  # of a drug that lowers blood counts: those are poisons of the cell


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedAgainst(Rule):
    """Listed only while something of it is on record."""

    rows: tuple[Against, ...]

    def beside(self, rules: Iterable[Rule]) -> "RecordedAgainst":
        """Leave out what the rules of a protocol ask for themselves."""
        asked = set(_read(rules))
        return replace(self, rows=tuple(r for r in self.rows if {r.fact, r.code} - {None} - asked))

    def judge(self, question: Question) -> Finding | None:
        """Look up the newest answers and results; the gravest counts."""
        found: list[tuple[Outcome, str, Event]] = []
        view = question.view
        for row in self.rows:
            outcome = row.lowering if question.protocol.lowers_counts else row.outcome
            answer = view.known_answer(row.fact) if row.fact is not None else None
            if answer is not None and answer.value == row.value:
                title = view.timeline.catalogue.facts[answer.fact].title
                found.append((outcome, f"{title}: {answer.value} on {answer.on}", answer))
            result = view.newest(row.code) if row.code is not None else None
            if result is not None and result.value == row.value:
                found.append((outcome, f"{describe(result)} on {result.on}", result))
        if not found:
            return None
        return Finding(
            outcome=max((outcome for outcome, _, _ in found), key=lambda o: o.rank),
            message="; ".join(told for _, told, _ in found),
            facts=tuple(fact for _, _, fact in found),
        )


def _read(rules: Iterable[Rule]) -> Iterator[str]:
    for rule in rules:
        if isinstance(rule, Asked):
            yield from rule.asks
        if isinstance(rule, ResultRequired):
            yield from rule.limits
            if rule.no_answer is not None:
                yield rule.no_answer.fact
        if isinstance(rule, Ceiling) and rule.reduced is not None:
            yield from rule.reduced.facts
