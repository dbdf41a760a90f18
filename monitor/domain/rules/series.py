"""Short forms of a schedule at regular spans, from the first infusion or from the last."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span
from monitor.domain.faults import (
    Fault,
    ends_too_early,
    no_number_fact,
    not_positive,
    opens_too_early,
)
from monitor.domain.rules.expectations import Counted
from monitor.domain.rules.phases import Phase
from monitor.domain.rules.runs import From, IfAbove
from monitor.domain.rules.scheduled import Scheduled
from monitor.domain.rules.short_forms import WINDOW, ShortForm


@dataclass(frozen=True, kw_only=True, slots=True)
class EverySo(ShortForm, Counted):
    """A check at regular spans."""

    led_as = "series"

    every: Span
    lasts: Span | None = None  # after the last infusion; None: without end
    opens_days: int  # before the due day
    overdue_days: int  # after the due day

    def schedule_faults(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find checks that open before the one before, or that end before the first."""
        yield from opens_too_early(self.opens_days, self.every, ("every",))
        yield from ends_too_early("lasts", self.lasts, self.every)

    def schedule(self) -> Scheduled:
        """Count from the first infusion."""
        return self.counted(From.FIRST_INFUSION, Phase(every=self.every), lasts=self.lasts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Series(EverySo):
    """A check at regular spans from the last infusion on; each infusion starts it anew."""

    kind = "series"
    means: ClassVar = WINDOW

    def schedule(self) -> Scheduled:
        """Count from the last infusion."""
        return self.counted(From.LAST_INFUSION, Phase(every=self.every), lasts=self.lasts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recurring(EverySo):
    """A check at regular spans from the first infusion on, until a span after the last one.

    A later infusion moves only the end. One that comes after the end begins anew.
    """

    kind = "recurring"
    means: ClassVar = {
        **WINDOW,
        "times": "checks in all, from the first infusion on",
        "every": "from the first infusion",
        "lasts": "after the last infusion",
    }

    times: int | None = None  # so many in all, from the first infusion on; None: as `lasts` says

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find no check at all."""
        yield from not_positive(("times",), self.times != 0, "5")

    def schedule(self) -> Scheduled:
        """Count from the first infusion, so many times."""
        return replace(EverySo.schedule(self), times=self.times)


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesAbove(EverySo):
    """A check at regular spans once the lifetime total is above an amount.

    It counts from the infusion with which the total got there. A total that cannot be told is
    not known to be below: it counts as above.
    """

    kind = "series_above"
    means: ClassVar = {**WINDOW, "lasts": "after the last infusion"}

    prior: str
    mg_per_m2: Decimal

    def schedule_faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find the same, and no total."""
        yield from EverySo.schedule_faults(self, catalogue)
        yield from no_number_fact(("prior",), self.prior, catalogue)
        yield from not_positive(("mg_per_m2",), self.mg_per_m2 > 0, "300 mg/m2")

    def schedule(self) -> Scheduled:
        """Count from the first infusion above the amount."""
        above = IfAbove(prior=self.prior, mg_per_m2=self.mg_per_m2)
        return replace(EverySo.schedule(self), if_above=above)
