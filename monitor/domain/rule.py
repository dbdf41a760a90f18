"""What all rules of a protocol have in common: words, sources, and whom they are for."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.faults import Fault, Needs
from monitor.domain.keys import parameters
from monitor.domain.timeline import Patient
from monitor.domain.view import View
from monitor.domain.when import Condition, begins


class Evidence(StrEnum):
    """What kind of support a citation gives."""

    STATED = "stated"  # the source says so
    INTERPRETATION = "interpretation"  # our reading of what the source says
    LOCAL = "local"  # the sources are silent; a decision of this project
    RECALLED = "recalled"  # from memory; no document was seen


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A document that rules cite."""

    key: str
    title: str
    address: str
    seen: str  # how it was seen: itself, a mirror, an abstract, not at all


@dataclass(frozen=True, kw_only=True, slots=True)
class Cite:
    """One place in a source, and which parameters of the rule it supports."""

    source: str
    where: str
    kind: Evidence
    supports: tuple[str, ...] = ()  # names of parameters; empty: the rule as a whole

    def __str__(self) -> str:
        about = f" ({', '.join(self.supports)})" if self.supports else ""
        return f"[{self.kind}] {self.source}: {self.where}{about}"


class Regimen(StrEnum):
    """How the drug of a protocol is given."""

    INFUSIONS = "infusions"
    DAILY = "daily"  # started, changed, interrupted and stopped instead


ALWAYS = tuple(Regimen)
INFUSED = (Regimen.INFUSIONS,)
DAILY = (Regimen.DAILY,)


class AppliesTo(StrEnum):
    """Whom a rule is for. Unknown attributes count toward watching."""

    EVERYONE = "everyone"
    NOT_MEN = "not_men"
    ABLE_TO_CONCEIVE = "able_to_conceive"  # unless recorded otherwise, or unrecorded in a man
    FERTILE = "fertile"  # everyone but women recorded as unable to conceive

    def is_for(self, patient: Patient) -> bool:
        """Say whether a rule is for a patient; what is not recorded counts toward watching."""
        if self is AppliesTo.FERTILE:
            return not (patient.sex == "female" and patient.can_conceive is False)
        if self is AppliesTo.ABLE_TO_CONCEIVE and patient.can_conceive is not None:
            return patient.can_conceive
        if self is AppliesTo.ABLE_TO_CONCEIVE and patient.was_not_male:
            return True  # also once sex was changed: it is the ability that must be recorded
        return self is AppliesTo.EVERYONE or patient.sex != "male"


# Of every kind that has the key.
_MEANS = {
    "lead": "so long before the due day people hear of it",
    "every_version": "acts on courses pinned to an older version too",
}
_SCOPES = {
    AppliesTo.NOT_MEN: "not_men: all but patients recorded as male",
    AppliesTo.ABLE_TO_CONCEIVE: "able_to_conceive: unless recorded as not, or unrecorded in a man",
    AppliesTo.FERTILE: "fertile: all but women recorded as unable to conceive",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class UsualDose:
    """How large a dose usually is: one far from it is asked about when it is recorded."""

    size_mg_per_m2: Decimal
    at_most_mg: Decimal | None = None  # whatever the body surface
    cites: tuple[Cite, ...]

    def __str__(self) -> str:
        most = f", at most {self.at_most_mg} mg" if self.at_most_mg is not None else ""
        return f"{self.size_mg_per_m2} mg/m2{most}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule(ABC):
    """One clause of a protocol. A kind is one class; it says everything about itself.

    `rules/kinds.py` registers it, and refuses one that leaves something out.
    """

    section: ClassVar[str]  # of a protocol, in which such rules stand
    kind: ClassVar[str]  # the word that protocols use for it
    acts_where: ClassVar[tuple[Regimen, ...]]  # elsewhere it would be silent, and is refused
    is_by_code: ClassVar[bool] = False  # it asks for several codes, each for itself
    is_single: ClassVar[bool] = False  # of a second one of the kind nothing would be seen
    means: ClassVar[Mapping[str, str]] = {}  # what its keys mean that do not explain themselves
    of_infusions: ClassVar[tuple[str, ...]] = ()  # its keys that act only where a drug is infused
    of_daily: ClassVar[tuple[str, ...]] = ()  # its keys that act only where a drug is taken daily
    needs: ClassVar[Needs] = {}

    name: str
    title: str
    cites: tuple[Cite, ...]
    applies_to: AppliesTo = AppliesTo.EVERYONE
    every_version: bool = False  # acts on courses pinned to an older version as well
    when: tuple[Condition, ...] = ()  # all must hold

    def begins(self, view: View) -> date | None:
        """Find since when it is for the patient, perhaps from a day to come; None: it is not."""
        if not self.applies_to.is_for(view.patient):
            return None
        return begins(self.when, view) if self.when else date.min

    def holds(self, view: View) -> bool:
        """Say whether its conditions hold on the day of the view, whomever it is for."""
        begun = begins(self.when, view) if self.when else date.min
        return begun is not None and begun <= view.day

    def is_for(self, view: View) -> bool:
        """Say whether it is for the patient on the day of the view."""
        return self.applies_to.is_for(view.patient) and self.holds(view)

    @abstractmethod
    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find what is wrong with it by itself: numbers and names that do not agree."""

    def faults_beside(self, _rules: Sequence["Rule"]) -> Iterator[Fault]:
        """Find what is wrong with it beside the other rules of its protocol."""
        yield from ()

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find what in it can never act, in a new file; what a course is pinned to is read."""
        yield from ()

    def never_acts_beside(self, _rules: Sequence["Rule"]) -> str:
        """Say why it can never act beside the other rules of its protocol; empty: it can."""
        return ""

    @property
    def codes(self) -> frozenset[str]:
        """Name the results that do what it asks for; none: it is no test."""
        return frozenset()

    @classmethod
    def meaning(cls, key: str) -> str | None:
        """Say what a key means, where it does not explain itself."""
        return cls.means.get(key) or _MEANS.get(key)

    def words(self, catalogue: Catalogue) -> dict[str, str]:
        """Write what it says, by the key of YAML."""
        scope = {"applies_to": _SCOPES[self.applies_to]} if self.applies_to in _SCOPES else {}
        return {**parameters(self, catalogue), **scope}

    def acts(self, regimen: Regimen) -> bool:
        """Say whether it can ever act where the drug is given so."""
        return regimen in self.acts_where


@dataclass(frozen=True, kw_only=True, slots=True)
class SymptomAdvice:
    """What to tell who reports a symptom of a group."""

    group: str
    message: str
    patient_message: str
    cites: tuple[Cite, ...]
