"""A protocol: what one drug, in one indication and jurisdiction, demands, with its sources.

Words and numbers come from YAML (`protocols/reader.py`); the meaning of each kind of rule is
in the module of its family: `answers`, `results`, `dosing` (requirements of the gate),
`expectations` (the calendar), `warning` and `findings` (warnings).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from monitor.domain.advice import DoseTable
from monitor.domain.clause import Rule, Source, SymptomAdvice
from monitor.domain.rules import CheckRule, RequirementRule, WarningRule


class Given(StrEnum):
    """How the drug of a protocol is given."""

    INFUSIONS = "infusions"
    DAILY = "daily"  # started, changed, interrupted and stopped instead


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
    prior_exposure: str | None  # the fact that holds what was given before, in mg/m2
    sources: Mapping[str, Source]
    requirements: tuple[RequirementRule, ...]
    dose_table: DoseTable | None
    checks: tuple[CheckRule, ...]
    warnings: tuple[WarningRule, ...]
    symptom_advice: tuple[SymptomAdvice, ...]
    notes: tuple[str, ...] = ()
    given: Given = Given.INFUSIONS

    @property
    def reviewed(self) -> bool:
        """Say whether a clinician has signed it."""
        return self.status == "reviewed"

    def rules(self) -> Iterator[Rule]:
        """Go through all rules, requirement by requirement, then checks, then warnings."""
        yield from self.requirements
        yield from self.checks
        yield from self.warnings
