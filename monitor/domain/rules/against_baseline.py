"""A warning of a value that is beyond figures, or far from the one before the first dose."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.facts import Result
from monitor.domain.faults import Fault, not_numbers
from monitor.domain.outcome import Severity
from monitor.domain.rule import ALWAYS
from monitor.domain.rules.beyond import Beyond, before_first, doses, rows_wrong
from monitor.domain.rules.warning import Alert, WarningRule
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class AgainstBaseline(WarningRule):
    """The newest value of a code is beyond a fixed value, or far from the baseline."""

    kind = "against_baseline"
    acts_where = ALWAYS
    means: ClassVar = {
        "beyond": "the gravest counts; the baseline is the value before the first dose",
    }

    code: str
    beyond: tuple[Beyond, ...]  # the gravest that holds counts

    @property
    def judged_codes(self) -> frozenset[str]:
        """Name the codes whose value alone it judges."""
        return frozenset((self.code,))

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find a code that is no number, and rows that compare nothing."""
        yield from not_numbers(("code",), [self.code], catalogue)
        yield from rows_wrong(("beyond",), self.beyond, catalogue, "severity", "caution")
        for number, row in enumerate(self.beyond):
            if row.until is not None:
                yield ("beyond", number, "until"), "a warning has no such end: leave `until` out"

    @property
    def may_be_grave(self) -> bool:
        """Say whether it may speak at the gate: each row is as grave as it says."""
        return True

    def find(self, view: View) -> Iterator[Alert]:
        """Find the unbroken run of values as grave as the newest: a graver one is told anew."""
        series = view.series(self.code)
        baseline = before_first(view, self.code)
        severity = self._gravest(view, series, baseline) if series else None
        if severity is None:
            return
        first, newest = len(series) - 1, series[-1]
        while first > 0:
            reached = self._gravest(view, series[:first], baseline)
            if reached is None or reached.rank < severity.rank:
                break
            first -= 1
        compares = any(row.compares for row in self.beyond)
        compared = _compared(view, baseline) if compares else ""
        facts = [*series[first:]]
        if baseline is not None and baseline not in facts:
            facts.insert(0, baseline)
        yield Alert(
            since=series[first].on,
            until=None,
            message=f"{self.message} {newest} on {newest.on}{compared}.",
            facts=tuple(facts),
            anchor=series[first],
            severity=severity,
        )

    def _gravest(
        self, view: View, series: Sequence[Result], baseline: Result | None
    ) -> Severity | None:
        """Find the gravest row; beside a fixed value what cannot be told counts as passed.

        Alone it does not, else everybody without a baseline would be warned of.
        """
        found = []
        for row in self.beyond:
            fits = row.fits(view, series, baseline)
            if (row.is_fixed if fits is None else fits) and row.severity is not None:
                found.append(row.severity)
        return max(found, key=lambda severity: severity.rank, default=None)


def _compared(view: View, baseline: Result | None) -> str:
    dose = "infusion" if view.infusions or not view.begun else "dose"
    if not doses(view):
        return f"; before any {dose}"
    if baseline is None:
        return f"; no value from before the first {dose} to compare with"
    return f"; before the first {dose} {baseline} on {baseline.on}"
