"""A protocol: what one drug, in one indication and jurisdiction, demands, with its sources.

Words and numbers come from YAML (`protocols/reader.py`); the meaning of each kind of rule is
in the module of its family: `answers`, `results`, `dosing` (requirements of the gate), `checks`
(the calendar), `windows` and `findings` (warnings).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from monitor.domain.events import Event, describe
from monitor.domain.outcome import Outcome, Role

if TYPE_CHECKING:
    from monitor.domain.advice import DoseTable
    from monitor.domain.against import GivenAgainstGate
    from monitor.domain.checks import CheckRule
    from monitor.domain.findings import FoundInFacts
    from monitor.domain.gate import RequirementRule
    from monitor.domain.warning import Window

    WarningRule = Window | FoundInFacts | GivenAgainstGate


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


class AppliesTo(StrEnum):
    """Whom a rule is for. Unknown attributes count toward watching."""

    EVERYONE = "everyone"
    NOT_MEN = "not_men"
    ABLE_TO_CONCEIVE = "able_to_conceive"  # unless recorded otherwise, or unrecorded in a man
    FERTILE = "fertile"  # everyone but women recorded as unable to conceive


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One clause of a protocol: what all kinds have in common."""

    name: str
    title: str
    cites: tuple[Cite, ...]
    applies_to: AppliesTo = AppliesTo.EVERYONE


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What a requirement found: the outcome, why, and the facts that led there."""

    outcome: Outcome
    message: str
    facts: tuple[Event, ...] = ()
    waivable: bool = True
    against: tuple[Event, ...] | None = None  # those a waiver must have seen; None: all facts
    arithmetic: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SymptomAdvice:
    """What to tell who reports a symptom of a group."""

    group: str
    message: str
    patient_message: str
    cites: tuple[Cite, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Protocol:
    """The monitoring plan for one drug in one indication; never edited once released."""

    name: str
    version: str
    digest: str  # SHA-256 of the file's text
    status: str  # draft or reviewed
    drug: str
    title: str
    jurisdiction: str
    indication: str
    brands: tuple[str, ...]
    summary: str
    prior_exposure: str  # the fact that holds what was given before this record, in mg/m2
    sources: Mapping[str, Source]
    requirements: tuple[RequirementRule, ...]
    dose_table: DoseTable | None
    checks: tuple[CheckRule, ...]
    warnings: tuple[WarningRule, ...]
    symptom_advice: tuple[SymptomAdvice, ...]
    notes: tuple[str, ...] = ()

    @property
    def reviewed(self) -> bool:
        """Say whether a clinician has signed it."""
        return self.status == "reviewed"

    def rules(self) -> Iterator[Rule]:
        """Go through all rules, requirement by requirement, then checks, then warnings."""
        yield from self.requirements
        yield from self.checks
        yield from self.warnings


def facts_used(events: tuple[Event, ...]) -> list[dict[str, object]]:
    """Write facts as answers show them: number, words, day."""
    return [{"event": e.event, "what": describe(e), "on": e.on.isoformat()} for e in events]
