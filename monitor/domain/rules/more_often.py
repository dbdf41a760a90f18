"""Values out of range that take a schedule over: how often they ask for another one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span
from monitor.domain.facts import Result
from monitor.domain.faults import Fault, no_answer_of, not_numbers, not_positive, opens_too_early
from monitor.domain.recorded import RecordedAnswer
from monitor.domain.rules import bands
from monitor.domain.rules.beyond import Figures
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Often(Figures):
    """How often while the newest value is in the row; counted from that value."""

    every_days: int
    overdue_days: int  # after the due day
    recovery: bool = False  # once it is in range again, the checks of `recovery` follow


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnRows(RecordedAnswer):
    """Other rows, where somebody recorded by name that the patient has another range."""

    rows: tuple[Often, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovery:
    """So many more checks once a value that was gravely out of range is in range again."""

    every_days: int
    times: int
    opens_days: int  # before the due day
    overdue_days: int  # after the due day


@dataclass(frozen=True, kw_only=True, slots=True)
class MoreOften:
    """The values that take a schedule over, and how often they ask for another one."""

    code: str
    rows: tuple[Often, ...]  # the first that fits; in none: in range
    own: OwnRows | None = None
    repeat_days: int | None = None  # after a first one
    recovery: Recovery | None = None

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find rows that no value is in, and a recovery that nothing or too much asks for."""
        yield from not_numbers(("code",), [self.code], catalogue)
        own, recovery = self.own, self.recovery
        for path, rows in (("rows",), self.rows), (("own", "rows"), own.rows if own else ()):
            for inside, words in bands.faults(rows):
                yield (*path, *inside), words
            for number, row in enumerate(rows):
                yield from not_positive((*path, number, "every"), row.every_days > 0, "7 days")
        if own is not None:
            yield from no_answer_of(("own", "value"), own.fact, own.value, catalogue)
        if recovery is not None:
            every = Span(days=recovery.every_days)
            opens = ("recovery", "opens")
            yield from opens_too_early(recovery.opens_days, every, ("recovery", "every"), opens)
            yield from not_positive(("recovery", "times"), recovery.times > 0, "4")
        asks = any(row.recovery for row in (*self.rows, *(own.rows if own else ())))
        if asks != (recovery is not None):
            yield (), "a row with `recovery: true` and the key `recovery` need each other"

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find a repeat that is later than any row."""
        if self.repeat_days is not None:
            yield from repeat_wrong(self.repeat_days, self.rows)

    def is_out(self, view: View, result: Result) -> bool:
        """Say whether a value is out of the patient's range, as it was known then."""
        own = self.own
        rows = own.rows if own is not None and own.covers(view, result) else self.rows
        return any(row.holds(result) is not False for row in rows)

    def often(self, view: View, result: Result, until: date) -> Often:
        """Find the row of a value, else the last; one that cannot be compared is in it.

        Whether the drug goes on with it is asked until the next value, and no longer.
        """
        own = self.own
        is_own = own is not None and own.excuses(view, result, until)
        rows = own.rows if own is not None and is_own else self.rows
        return next((row for row in rows if row.holds(result) is not False), rows[-1])


def repeat_wrong(repeat_days: int, rows: Sequence[Often]) -> Iterator[Fault]:
    """Find a first value that is repeated at once, or later than any row asks for it."""
    yield from not_positive(("repeat",), repeat_days > 0, "1 day")
    latest = max((row.every_days for row in rows), default=repeat_days)
    if repeat_days > latest > 0:
        words = f"'{repeat_days} days' never acts, every row is sooner: write at most {latest} days"
        yield ("repeat",), words
