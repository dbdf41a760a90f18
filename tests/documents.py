"""Answers about parts of a case as JSON has them, for tests that compare these."""

from typing import Any

from monitor.domain.assessment import Treatment
from monitor.domain.checks import Check
from monitor.domain.protocol import Protocol
from monitor.domain.rules.answer import Gate
from monitor.domain.rules.warning import SafetyWarning
from monitor.service.asking.answers import GateAnswer, ListedCheck, ListedWarning
from monitor.service.asking.answers import exposure_answer as sum_of
from monitor.service.asking.cases import Case
from monitor.service.asking.documents import document
from monitor.service.asking.identity import Person


def gate_answer(treatment: Treatment, gate: Gate, protocol: Protocol) -> dict[str, Any]:
    """Write the answer of the gate."""
    who = Person(id=treatment.timeline.patient)
    return document(GateAnswer(person=who, protocol=protocol, gate=gate))


def check_answer(patient: str, check: Check) -> dict[str, Any]:
    """Write one check."""
    return document(ListedCheck(person=Person(id=patient), check=check, today=check.due))


def warning_answer(patient: str, warning: SafetyWarning) -> dict[str, Any]:
    """Write one warning."""
    return document(ListedWarning(person=Person(id=patient), warning=warning))


def exposure_answer(case: Case, named: str | None = None) -> dict[str, Any]:
    """Write the lifetime exposure."""
    return document(sum_of(case, named))
