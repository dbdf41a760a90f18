"""Several lines of blood cells that are low where the drug does not explain it, or blasts."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.facts import Event, Result
from monitor.domain.faults import Fault, no_word_of, not_numbers
from monitor.domain.finding import Finding
from monitor.domain.keys import amount
from monitor.domain.outcome import Outcome
from monitor.domain.rule import ALWAYS, Rule
from monitor.domain.rules.critical_runs import explains
from monitor.domain.rules.warning import Alert, WarningRule, waived
from monitor.domain.view import View

Picture = tuple[Result, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CellLine:
    """One line of blood cells and the value below which it is low."""

    code: str
    below: Decimal

    def in_words(self, _name: str, _code: str | None, catalogue: Catalogue) -> str:
        """Write the code and its limit."""
        return f"{self.code} below {amount(self.below, 'below', self.code, catalogue)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class LowLines(WarningRule):
    """Several low cell lines away from any infusion, blasts, or a high count: until waived."""

    kind = "low_lines"
    acts_where = ALWAYS
    ends_by_waiver = True
    leads_gate = True
    awaits_final = True
    if_never_final = Outcome.UNKNOWN
    means: ClassVar = {
        "together": "results so far apart are one picture",
        "not_within": "after an infusion, where low counts are expected",
        "outcome": "at the gate, while it stands",
    }

    needs: ClassVar = {"high": ("high_above",), "high_above": ("high",)}

    lines: tuple[CellLine, ...]
    together_days: int  # results so many days apart count as one picture
    not_within_days: int  # of an infusion, where low counts are the drug's ordinary effect
    blasts: str
    blasts_word: str
    outcome: Outcome
    high: str | None = None  # a code that shows it by being high
    high_above: Decimal | None = None
    before_any: str = ""  # the message where two lines were low before any drug was given

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find one line alone, and a word that the blasts cannot be."""
        yield from one_line_alone(self.lines, catalogue)
        blasts = catalogue.results.get(self.blasts)
        yield from no_word_of(("blasts_word",), blasts, self.blasts_word)

    def reads(self, _view: View) -> list[str]:
        """Name the code of which every value counts; the lines are those of other rules too."""
        return [self.blasts]

    def find(self, view: View) -> Iterator[Alert]:
        """Find the first picture that nobody has waived, and with it the newest."""
        standing = [p for p in self._pictures(view) if not waived(self.name, view, p)]
        if not standing:
            return
        first = standing[0]
        days = (first[-1].on, standing[-1][-1].on)
        # Of three lines low on one day every pair is told, and the first of each code that stands
        # by itself always is: whoever waives the warning waives that as well.
        alone = {p[0].code: p for p in reversed(standing) if len(p) == 1}
        told_pictures = (p for p in standing if p[-1].on in days or p in alone.values())
        codes = [*(line.code for line in self.lines), self.blasts, self.high]
        facts = tuple(
            sorted(
                {result for picture in told_pictures for result in picture},
                key=lambda result: (result.on, codes.index(result.code), result.event),
            )
        )
        told = said([fact for fact in facts if fact.on <= days[0]])
        if later := [fact for fact in facts if fact.on > days[0]]:
            told += f"; newest: {said(later)}"
        given = (*view.infusions, *view.dosing)
        is_before = len(first) > 1 and not any(dose.on <= first[-1].on for dose in given)
        message = self.before_any if is_before and self.before_any else self.message
        yield Alert(
            since=first[-1].on,
            until=None,
            message=f"{message} {told}.",
            facts=facts,
            anchor=first[0],
        )

    def requirement(self, view: View, _said: Collection[Event]) -> tuple[Rule, Finding] | None:
        """List the warning at the gate while it stands."""
        for alert in self.find(view):
            finding = Finding(
                outcome=self.outcome, message=alert.message, facts=alert.facts, waivable=True
            )
            return self, finding
        return None

    def stands_by_itself(self, view: View, result: Result) -> bool:
        """Say whether one value alone would stand, and nobody has waived it."""
        is_high = (
            self.high_above is not None
            and result.code == self.high
            and isinstance(result.value, Decimal)
            and result.value > self.high_above
            and is_outside(view, result, self.not_within_days)
        )
        is_blast = result.code == self.blasts and result.value == self.blasts_word
        return (is_high or is_blast) and not waived(self.name, view, (result,))

    def _pictures(self, view: View) -> list[Picture]:
        low = {line.code: self._low(view, line) for line in self.lines}
        found: list[Picture] = [
            tuple(sorted((one, other), key=order))
            for a, b in combinations(low, 2)
            for one in low[a]
            for other in low[b]
            if abs((one.on - other.on).days) <= self.together_days
        ]
        found += [
            (result,) for result in view.series(self.blasts) if result.value == self.blasts_word
        ]
        if self.high is not None and self.high_above is not None:
            found += [
                (end,)
                for result in _outside(view, self.high, self.not_within_days)
                for end in result.ends
                if isinstance(end.value, Decimal) and end.value > self.high_above
            ]
        return sorted(found, key=lambda picture: (picture[-1].on, [r.event for r in picture]))

    def _low(self, view: View, line: CellLine) -> list[Result]:
        return [r for r in _outside(view, line.code, self.not_within_days) if is_low(r, line)]


def one_line_alone(lines: Sequence[CellLine], catalogue: Catalogue) -> Iterator[Fault]:
    """Find words that no number can be low of, and one line alone."""
    codes = [line.code for line in lines]
    yield from not_numbers(("lines",), codes, catalogue)
    if len(set(codes)) == 1:
        words = f"only '{codes[0]}': one line is never a picture, name two codes or more"
        yield ("lines",), words


def _outside(view: View, code: str, within: int) -> list[Result]:
    return [result for result in view.series(code) if is_outside(view, result, within)]


def is_outside(view: View, result: Result, within: int) -> bool:
    """Say whether no infusion so shortly before explains a value."""
    return not any(explains(infusion, result, within) for infusion in view.infusions)


def is_low(result: Result, line: CellLine) -> bool:
    """Say whether a value is below the limit of its line."""
    return isinstance(result.value, Decimal) and result.value < line.below


def order(result: Result) -> tuple[date, int]:
    """Order values by day, then as they were recorded."""
    return result.on, result.event


def said(results: Sequence[Result]) -> str:
    """Write values with their days."""
    return ", ".join(f"{result} on {result.on}" for result in results)
