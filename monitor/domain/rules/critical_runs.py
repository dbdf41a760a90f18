"""Which values of a code are critical, and the runs of such values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span
from monitor.domain.facts import Event, Infusion, Result
from monitor.domain.faults import Fault, Needs
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class CriticalRow:
    """Which values of one code are critical; several conditions, any one is enough.

    Falls and rises are held against the best value of the span before the run began: in small
    steps a value goes as far as in one.
    """

    needs: ClassVar[Needs] = {
        "code": (
            *("below", "always_below", "above", "above_uln"),
            *("without_uln_above", "falls_by", "rises_above"),
        ),
        "expected_days": ("below",),
        "falls_within_days": ("falls_by",),
        "rises_within": ("rises_above",),
        "group": ("emergency_below_with_symptom",),
        "emergency_below_with_symptom": ("group",),
    }

    code: str
    below: Decimal | None = None
    expected_days: int | None = None  # so long after a drug that lowers counts `below` is expected
    always_below: Decimal | None = None  # then too
    above: Decimal | None = None
    above_uln: Decimal | None = None  # so many times the laboratory's own upper limit
    without_uln_above: Decimal | None = None  # where it gave none, or one that none prints
    falls_by: Decimal | None = None
    falls_within_days: int | None = None
    rises_above: Decimal | None = None  # so many times the value before
    rises_within: Span | None = None
    emergency_below: Decimal | None = None
    group: str | None = None  # of symptoms; with one the next limit is an emergency
    emergency_below_with_symptom: Decimal | None = None

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find a fall beside a rise: a run is held against the best value before it, of one way."""
        if self.falls_by is not None and self.rises_above is not None:
            yield ("rises_above",), "never acts beside `falls_by`: write it in a row of its own"
        edges = [edge for edge in (self.below, self.always_below) if edge is not None]
        for key in ("emergency_below", "emergency_below_with_symptom") if edges else ():
            figure = getattr(self, key)
            if figure is not None and figure > max(edges) and not self.compares:
                yield (key,), f"'{figure}' is above `below`: write at most {max(edges)}"

    @property
    def compares(self) -> bool:
        """Say whether a value is held against one of before the run."""
        return self.falls_by is not None or self.rises_above is not None

    def is_critical(self, result: Result, view: View, *, begins: bool = True) -> bool:
        """Say whether a value is critical by itself; a dose given in a run excuses none of it."""
        value = _value(result)
        if self.always_below is not None and value < self.always_below:
            return True
        if self.below is not None and value < self.below:
            return not begins or not self._is_expected(result, view)
        if self.above is not None and value > self.above:
            return True
        if result.uln is not None and self.above_uln is not None:
            if value > self.above_uln * result.uln:
                return True
            highest = view.timeline.catalogue.results[self.code].plausible.uln_to
            if highest is None or result.uln <= highest:
                return False
        return self.without_uln_above is not None and value > self.without_uln_above

    def has_moved(self, result: Result, before: Result | None, *, begins: bool) -> bool:
        """Say whether a value is critical by how far it lies from the one before the run."""
        if before is None or (begins and not self._is_near(before, result)):
            return False
        value, earlier = _value(result), _compared(before)
        if self.falls_by is not None and earlier - value >= self.falls_by:
            return True
        return self.rises_above is not None and value > self.rises_above * earlier

    def reference(self, series: Sequence[Result], place: int) -> Result | None:
        """Find what a run is held against that begins at a place: the best of its span, or last."""
        best = series[place - 1] if place else None
        for at in range(place - 1, -1, -1):
            if best is None or not self._is_near(series[at], series[place]):
                break
            earlier = _compared(series[at])
            higher = earlier > _compared(best)
            if higher if self.falls_by is not None else earlier < _compared(best):
                best = series[at]
        return best

    def _is_near(self, earlier: Result, result: Result) -> bool:
        """Say whether a value lies in the span in which a fall or a rise counts."""
        if self.falls_by is not None:
            within = self.falls_within_days
            return within is None or (result.on - earlier.on).days <= within
        if self.rises_above is not None:
            return self.rises_within is None or result.on <= self.rises_within.after(earlier.on)
        return False

    def _is_expected(self, result: Result, view: View) -> bool:
        if self.expected_days is None:
            return False
        return any(explains(i, result, self.expected_days) for i in view.lowering)


@dataclass(kw_only=True, slots=True)
class CriticalRun:
    """Critical values of one code, one after the other."""

    row: CriticalRow
    values: list[Result]
    before: Result | None  # what falls and rises are held against: of before the run began
    stands: bool = True  # no newer value outside the row


def runs(row: CriticalRow, view: View, series: Sequence[Result]) -> Iterator[CriticalRun]:
    """Go through the runs of a code, oldest first."""
    run: CriticalRun | None = None
    for place, result in enumerate(series):
        begins = run is None
        before = row.reference(series, place) if run is None else run.before
        critical = [
            end
            for end in result.ends
            if row.is_critical(end, view, begins=begins)
            or row.has_moved(end, before, begins=begins)
        ]
        if critical:
            if run is None:
                run = CriticalRun(row=row, values=[], before=before)
            run.values += critical
        elif run is not None:
            run.stands = False
            yield run
            run = None
    if run is not None:
        yield run


def _value(result: Result) -> Decimal:
    assert isinstance(result.value, Decimal)
    return result.value


def _compared(result: Result) -> Decimal:
    assert isinstance(result.compared, Decimal)
    return result.compared


def explains(infusion: Infusion, count: Event, within_days: int) -> bool:
    """Say whether a count may be low by an infusion: one of its own day only where it came later.

    Else to give a drug would calm what was said of the count that spoke against giving it. A count
    is known since the first value of its code and day, an infusion since it is of its day.
    """
    gap = (count.on - infusion.on).days
    return 0 < gap <= within_days or (gap == 0 and not _was_known_before(count, infusion))


def _was_known_before(count: Event, infusion: Event) -> bool:
    """Say whether any value of its day was recorded earlier; lines of one file came together."""
    if count.first_said_at is None or infusion.first_said_at is None:
        return False
    return count.first_said_at < infusion.first_said_at
