"""Warnings about the lifetime total: it has reached an amount, or cannot be told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.exposure import exposure, reached, shown, unconverted
from monitor.domain.facts import Event
from monitor.domain.faults import Fault, no_number_fact, not_positive
from monitor.domain.rule import INFUSED
from monitor.domain.rules.warning import Alert, WarningRule
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class TotalAbove(WarningRule):
    """The lifetime total has reached, or passed, an amount."""

    kind = "total_above"
    acts_where = INFUSED
    is_by_doses = True
    means: ClassVar = {
        "reaching": "exactly the amount counts",
    }

    prior: str
    mg_per_m2: Decimal
    reaching: bool  # exactly the amount counts

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find a total of nothing, and an earlier one that is no number."""
        yield from no_number_fact(("prior",), self.prior, catalogue)
        yield from not_positive(("mg_per_m2",), self.mg_per_m2 > 0, "100 mg/m2")

    def repeats(self, view: View) -> bool:
        """Say whether more may be given; after the course the follow-up asks what a total asks."""
        return view.course is not None and view.course.running(view.day)

    def find(self, view: View) -> Iterator[Alert]:
        """Find the fact with which the known total got there."""
        amounts = exposure(view, self.prior)
        event = reached(view, amounts, self.mg_per_m2, exactly=self.reaching)
        if event is not None:
            known = "" if amounts.total is not None else "at least "
            yield Alert(
                since=event.on,
                until=None,
                message=f"{self.message} {known}{shown(amounts.at_least)} mg/m2.",
                facts=(*amounts.given, *amounts.before),
                anchor=event,
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class ExposureUnknown(WarningRule):
    """The lifetime total cannot be told, because a part of it was not recorded."""

    kind = "exposure_unknown"
    acts_where = INFUSED

    prior: str

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find an earlier total that is no number."""
        yield from no_number_fact(("prior",), self.prior, catalogue)

    def find(self, view: View) -> Iterator[Alert]:
        """Find the infusions without a body surface, or the unrecorded earlier exposure."""
        amounts = exposure(view, self.prior)
        if not view.infusions or amounts.total is not None:
            return
        lacking: Sequence[Event] = amounts.without_surface
        told = [f"BSA not recorded for {len(lacking)} of {len(amounts.given)} infusions"]
        if not amounts.is_prior_known:
            lacking = view.infusions[:1]
            told = told if amounts.without_surface else []
            if amounts.not_added or amounts.prior is not None:
                told.insert(0, unconverted(amounts))
            if amounts.prior is None:
                told.insert(0, "earlier exposure not recorded")
        yield Alert(
            since=min(event.on for event in lacking),
            until=None,
            message=f"{self.message} {'; '.join(told)}; at least {shown(amounts.at_least)} mg/m2.",
            facts=(*lacking, *amounts.not_added),
            anchor=lacking[0],
        )
