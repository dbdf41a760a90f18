"""What a value is held against: figures, limits of its own, the value before the first dose.

What cannot be compared, for want of a limit or a baseline, is unknown.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import days
from monitor.domain.facts import Event, Result
from monitor.domain.faults import Fault, Path, not_numbers, not_positive
from monitor.domain.keys import parameters
from monitor.domain.outcome import Outcome, Severity
from monitor.domain.view import View


def before_first(view: View, code: str) -> Result | None:
    """Find the newest value of a code of a day up to the first dose's: the baseline."""
    given = doses(view)
    if not given:
        return None
    known = [result for result in view.series(code) if result.on <= given[0].on]
    return known[-1] if known else None


def doses(view: View) -> Sequence[Event]:
    """List the infusions, else the beginnings of a daily drug."""
    return view.infusions or view.begun


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What one value is held against; every part that is given must hold."""

    below: Decimal | None = None  # in the first unit of the code, as `above`
    above: Decimal | None = None
    below_lln: Decimal | None = None  # so many times the laboratory's own lower limit
    above_uln: Decimal | None = None  # so many times its upper limit

    @property
    def is_fixed(self) -> bool:
        """Say whether a figure is given that every value can be held against."""
        return self.below is not None or self.above is not None

    @property
    def are_given(self) -> bool:
        """Say whether there is one."""
        return self.is_fixed or self.below_lln is not None or self.above_uln is not None

    def edges(self, result: Result) -> Iterator[tuple[str, Decimal | None]]:
        """Go through the figures, with the side of each; None where its limit is not known."""
        lln, uln = (None, None) if result.is_limit_odd else (result.lln, result.uln)
        if self.below is not None:
            yield "below", self.below
        if self.above is not None:
            yield "above", self.above
        if self.below_lln is not None:
            yield "below", None if lln is None else self.below_lln * lln
        if self.above_uln is not None:
            yield "above", None if uln is None else self.above_uln * uln

    def holds(self, result: Result) -> bool | None:
        """Compare a value by itself; None where it cannot be told."""
        value = result.value
        assert isinstance(value, Decimal)
        return _all(
            None if edge is None else (value < edge if side == "below" else value > edge)
            for side, edge in self.edges(result)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Also(Figures):
    """Another code, with a value of these days that must be so as well."""

    code: str
    within_days: int  # of the value, before it or after

    def find(self, view: View, result: Result) -> Result | None:
        """Find its newest value of these days."""
        first, last = result.on - days(self.within_days), result.on + days(self.within_days)
        return next(iter(reversed(view.between(self.code, first, last))), None)


_OF_THE_BASELINE = ("fallen_below", "risen_above")
_FOLLOWS = ("outcome", "severity", "until")


class Until(StrEnum):
    """What ends the outcome of a value in a row."""

    NEWER = "newer"  # a newer value that is not in it
    NORMAL = "normal"  # one in range
    WAIVED = "waived"  # a person


@dataclass(frozen=True, kw_only=True, slots=True)
class Beyond(Figures):
    """One row: when a value is in it, and what that means."""

    fallen_below_percent: Decimal | None = None  # of the baseline
    risen_above_percent: Decimal | None = None  # of the baseline
    fallen_by_points: Decimal | None = None  # since the baseline, of a code in %
    times: int | None = None  # so many values in a row
    also: Also | None = None
    outcome: Outcome | None = None  # of a requirement
    severity: Severity | None = None  # of a warning
    until: Until | None = None  # of a requirement; None: a newer value ends it

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find a rise beside a fall, a run of one value, and what is met and yet stands."""
        fallen = (self.fallen_below_percent, self.fallen_by_points)
        if self.risen_above_percent is not None and fallen != (None, None):
            yield ("risen_above",), "no value has fallen and risen: write a row for each"
        if self.times == 1:
            yield ("times",), "one value is always in a row: leave it out, or write 2"
        yield from met_until(self.outcome, self.until)

    @property
    def compares(self) -> bool:
        """Say whether a value is held against the baseline."""
        keys = (self.fallen_below_percent, self.risen_above_percent, self.fallen_by_points)
        return any(key is not None for key in keys)

    def fits(self, view: View, series: Sequence[Result], baseline: Result | None) -> bool | None:
        """Say whether the newest value of a series is in it; None where it cannot be told."""
        times = self.times or 1
        newest = series[-times:]
        parts = [part for r in newest for part in (self.holds(r), self._against(r, baseline))]
        if self.also is not None:
            beside = self.also.find(view, series[-1])
            parts.append(None if beside is None else self.also.holds(beside))
        return len(newest) == times and _all(parts)

    def _against(self, result: Result, baseline: Result | None) -> bool | None:
        if not self.compares or baseline is None:
            return None if self.compares else True
        if baseline is result:
            return False
        assert isinstance(result.value, Decimal)
        assert isinstance(baseline.compared, Decimal)
        value, before = Fraction(result.value), Fraction(baseline.compared)
        share, by = value * 100, self.fallen_by_points
        fallen, risen = self.fallen_below_percent, self.risen_above_percent
        is_fallen = fallen is None or share < before * Fraction(fallen)
        is_risen = risen is None or share > before * Fraction(risen)
        return is_fallen and is_risen and (by is None or before - value >= Fraction(by))

    def says(self, code: str, catalogue: Catalogue) -> str:
        """Write when a value is in it."""
        return " and ".join(
            f"{key.replace('_', ' ')} {value}" + " of the baseline" * (key in _OF_THE_BASELINE)
            for key, value in parameters(self, catalogue, code).items()
            if key not in _FOLLOWS
        )

    def in_words(self, _name: str, code: str | None, catalogue: Catalogue) -> str:
        """Write it as a sentence of the page."""
        said = parameters(self, catalogue, code)
        until = f"until {said.pop('until')}" if self.until else ""
        follows = [*(said[key] for key in said if key in _FOLLOWS), *([until] if until else [])]
        return f"{self.says(code or '', catalogue)}: {', '.join(follows)}"

    def faults(self, says: str, example: str) -> Iterator[Fault]:
        """Find that it compares nothing, or does not say what follows."""
        if not (self.compares or self.are_given):
            yield (), "nothing is compared: add for instance `fallen_below: 70 %`"
        yield from not_positive(("times",), self.times != 0, "2")
        if getattr(self, says) is None:
            yield (), f"the key '{says}' is missing: add `{says}: {example}`"

    @property
    def is_by_figures(self) -> bool:
        """Say whether nothing but figures says when a value is in it."""
        besides = (self.times, self.also)
        return not self.compares and all(part is None for part in besides)


def met_until(outcome: Outcome | None, until: Until | None) -> Iterator[Fault]:
    """Find a value that is met, and yet something is to end it."""
    if outcome is Outcome.MET and until not in (None, Until.NEWER):
        yield ("until",), "a value that is met leaves nothing behind: leave `until` out"


def normal_from(rows: Sequence[Beyond]) -> Decimal | None:
    """Give the value from which on no row holds, where each says only below what it does."""
    edges = [
        row.below
        for row in rows
        if row == Beyond(below=row.below, outcome=row.outcome, until=row.until)
    ]
    return max(edge for edge in edges if edge) if len(edges) == len(rows) else None


def rows_wrong(
    path: Path, rows: Sequence[Beyond], catalogue: Catalogue, says: str, example: str
) -> Iterator[Fault]:
    """Find rows that compare nothing, or do not say what follows."""
    for number, row in enumerate(rows):
        for inside, words in row.faults(says, example):
            yield (*path, number, *inside), words
        if row.also is not None:
            yield from not_numbers((*path, number, "also", "code"), [row.also.code], catalogue)


def _all(parts: Iterable[bool | None]) -> bool | None:
    """Say whether all hold: False where one does not, None where one cannot be told."""
    known = list(parts)
    if False in known:
        return False
    return None if None in known else True
