"""The question before an infusion: what is looked at, and what is proposed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from monitor.domain.clause import AppliesTo
from monitor.domain.exposure import Exposure, Surface

if TYPE_CHECKING:
    from monitor.domain.events import Infusion
    from monitor.domain.timeline import Patient, View


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """The infusion that is meant to be given; without a dose the question is a general one."""

    mg: Decimal | None = None
    surface: Surface | None = None  # as given with the question
    route: str = "iv"


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """May an infusion go ahead on a day? Everything a requirement may look at."""

    view: View
    on: date  # the day of the infusion
    proposal: Proposal
    exposure: Exposure
    advised_mg_per_m2: Decimal | None  # what the dose table says the next dose should be
    surface: Surface | None  # the BSA that the dose is taken by

    @property
    def previous(self) -> Infusion | None:
        """Give the newest infusion before this one."""
        return self.view.last_infusion

    @property
    def first(self) -> bool:
        """Say whether this would be the first infusion on record."""
        return not self.view.infusions

    @property
    def occurrence(self) -> int:
        """Give the number of the infusion that is asked about."""
        return self.view.coming


def applies(scope: AppliesTo, patient: Patient) -> bool:
    """Say whether a rule is for a patient; what is not recorded counts toward watching."""
    if scope is AppliesTo.FERTILE:
        return not (patient.sex == "female" and patient.can_conceive is False)
    if scope is AppliesTo.ABLE_TO_CONCEIVE and patient.can_conceive is not None:
        return patient.can_conceive
    return scope is AppliesTo.EVERYONE or patient.sex != "male"
