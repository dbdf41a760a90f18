"""A value against the one before the first infusion: how far it fell or rose since."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.describing import describe
from monitor.domain.facts import Result
from monitor.domain.faults import Fault, not_numbers
from monitor.domain.outcome import Severity
from monitor.domain.rule import INFUSED
from monitor.domain.rules.warning import Alert, WarningRule
from monitor.domain.view import View


def before_first(view: View, code: str) -> Result | None:
    """Find the newest value of a code of a day up to the first infusion's: the baseline."""
    if not view.infusions:
        return None
    first = view.infusions[0].on
    known = [result for result in view.series(code) if result.on <= first]
    return known[-1] if known else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Beyond:
    """When a value warns; every part that is given must hold.

    Beside a fixed value a baseline that nobody knows counts as passed; alone it does not, else
    everybody without one would be warned of.
    """

    below: Decimal | None = None  # in the first unit of the code
    fallen_below_percent: Decimal | None = None  # of the baseline
    risen_above_percent: Decimal | None = None  # of the baseline
    severity: Severity

    def holds(self, result: Result, baseline: Result | None) -> bool:
        """Compare one value with the fixed one and with the baseline."""
        value = result.value
        assert isinstance(value, Decimal)
        if self.below is not None and value >= self.below:
            return False
        if self.fallen_below_percent is None and self.risen_above_percent is None:
            return True
        if baseline is None:
            return self.below is not None
        if baseline is result:
            return False
        assert isinstance(baseline.value, Decimal)
        share = Fraction(value) * 100
        fallen, risen = self.fallen_below_percent, self.risen_above_percent
        is_fallen = fallen is None or share < Fraction(baseline.value) * Fraction(fallen)
        is_risen = risen is None or share > Fraction(baseline.value) * Fraction(risen)
        return is_fallen and is_risen


@dataclass(frozen=True, kw_only=True, slots=True)
class AgainstBaseline(WarningRule):
    """The newest value of a code is beyond a fixed value, or far from the baseline."""

    kind = "against_baseline"
    acts_where = INFUSED
    means: ClassVar = {
        "beyond": "the gravest counts; % of the value before the first infusion",
    }

    code: str
    beyond: tuple[Beyond, ...]  # the gravest that holds counts

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find a code that is no number, and rows that compare nothing."""
        yield from not_numbers(("code",), [self.code], catalogue)
        for number, row in enumerate(self.beyond):
            if row.below is row.fallen_below_percent is row.risen_above_percent is None:
                words = "nothing is compared: add for instance `fallen_below: 70 %`"
                yield ("beyond", number), words

    @property
    def may_be_grave(self) -> bool:
        """Say whether it may speak at the gate: each row is as grave as it says."""
        return True

    def find(self, view: View) -> Iterator[Alert]:
        """Find the unbroken run of values as grave as the newest: a graver one is told anew."""
        baseline = before_first(view, self.code)
        newest = view.newest(self.code)
        severity = None if newest is None else self._gravest(newest, baseline)
        if newest is None or severity is None:
            return
        run: list[Result] = []
        for result in reversed(view.series(self.code)):
            reached = self._gravest(result, baseline)
            if reached is None or reached.rank < severity.rank:
                break
            run.append(result)
        first = run[-1]
        compared = "no value from before the first infusion to compare with"
        if baseline is not None:
            compared = f"before the first infusion {describe(baseline)} on {baseline.on}"
        if not view.infusions:
            compared = "before any infusion"
        facts = [*reversed(run)]
        if baseline is not None and baseline not in facts:
            facts.insert(0, baseline)
        yield Alert(
            since=first.on,
            until=None,
            message=f"{self.message} {describe(newest)} on {newest.on}; {compared}.",
            facts=tuple(facts),
            anchor=first,
            severity=severity,
        )

    def _gravest(self, result: Result, baseline: Result | None) -> Severity | None:
        found = [row.severity for row in self.beyond if row.holds(result, baseline)]
        return max(found, key=lambda severity: severity.rank, default=None)
