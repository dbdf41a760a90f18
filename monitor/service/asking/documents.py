"""Answers as the JSON documents that others script against; numbers that matter are strings."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from monitor.domain.assessment import Treatment
from monitor.domain.checks import Check
from monitor.domain.describing import describe
from monitor.domain.exposure import Exposure, per_m2, shown, shown_down
from monitor.domain.facts import Event
from monitor.domain.gate import Gate, Requirement
from monitor.domain.outcome import CheckState
from monitor.domain.protocol import Protocol
from monitor.domain.rule import Cite
from monitor.domain.rules.ceiling import Measure
from monitor.domain.rules.warning import SafetyWarning

Answer = dict[str, Any]

NOT_JUDGED = "not judged: "  # a note that begins so holds nothing


def gate_answer(treatment: Treatment, gate: Gate, protocol: Protocol) -> Answer:
    """Write the answer of the gate."""
    dose = None
    if gate.proposal.mg is not None:
        surface = gate.surface.m2 if gate.surface else None
        dose = {
            "mg": str(gate.proposal.mg),
            "bsa_m2": None if surface is None else shown(surface, 4),
            "mg_per_m2": None if surface is None else shown(per_m2(gate.proposal.mg, surface)),
        }
    advice = None
    if gate.advice is not None:
        advised = gate.advice.mg_per_m2
        advice = {
            "decision": gate.advice.decision.value,
            "mg_per_m2": None if advised is None else shown(advised),
            "message": gate.advice.message,
            "facts": facts_used(gate.advice.facts),
            "cites": cites(gate.advice.cites),
        }
    return {
        "patient": treatment.timeline.patient,
        "protocol": protocol.name,
        "version": protocol.version,
        "reviewed": protocol.reviewed,
        "on": gate.on.isoformat(),
        "verdict": gate.verdict.value,
        "notes": [*gate.notes, *_not_judged(gate, protocol)],
        "left_out": facts_used(gate.left_out),
        "requirements": [requirement_answer(requirement) for requirement in gate.requirements],
        "dose": dose,
        "dose_advice": advice,
        "exposure": None
        if gate.ceiling is None
        else {
            "unit": Measure.MG_PER_M2.value,
            "given": _amount(gate.exposure.total),
            "at_least": shown(gate.exposure.at_least),
            "after": _amount(gate.after),
            "ceiling": str(gate.ceiling),
            "remaining": None if gate.remaining is None else shown_down(gate.remaining),
            "remaining_mg": None if gate.remaining_mg is None else shown_down(gate.remaining_mg, 1),
            "over_by": _amount(gate.over_by),
        },
    }


def _not_judged(gate: Gate, protocol: Protocol) -> list[str]:
    """Say that a dose was not judged: `clear` would read as if it had been."""
    if gate.not_judged is None:
        return []
    return [f"{NOT_JUDGED}{gate.not_judged} mg: no rule of {protocol.name} limits this dose"]


def requirement_answer(requirement: Requirement) -> Answer:
    """Write one requirement of the gate."""
    return {
        "rule": requirement.rule,
        "title": requirement.title,
        "state": requirement.state.value,
        "verdict": requirement.verdict.value,
        "message": requirement.message,
        "facts": facts_used(requirement.facts),
        "cites": cites(requirement.cites),
    }


def check_answer(patient: str, check: Check) -> Answer:
    """Write one check of the calendar."""
    answer: Answer = {
        "patient": patient,
        "rule": check.rule,
        "occurrence": check.occurrence,
        "title": check.title,
        "opens": check.opens.isoformat(),
        "due": check.due.isoformat(),
        "overdue_after": check.overdue_after.isoformat(),
        "state": check.state.value,
        "anchor": {"event": check.anchor.event, "on": check.anchor.on.isoformat()},
        "audience": [role.value for role in check.audience],
        "cites": cites(check.cites),
    }
    if check.state is CheckState.DONE:
        answer["done_on"] = None if check.done_on is None else check.done_on.isoformat()
        answer["late"] = check.late
        answer["facts"] = facts_used(check.facts)
    return answer


def warning_answer(patient: str, warning: SafetyWarning) -> Answer:
    """Write one warning."""
    answer: Answer = {
        "key": warning.key,
        "patient": patient,
        "rule": warning.rule,
        "occurrence": warning.occurrence,
        "severity": warning.severity.value,
        "since": warning.since.isoformat(),
        "until": None if warning.until is None else warning.until.isoformat(),
        "message": warning.message,
        "patient_message": warning.patient_message,
        "facts": facts_used(warning.facts),
        "cites": cites(warning.cites),
    }
    if warning.peak is not None:
        first, last = warning.peak
        answer["peak"] = {"from": first.isoformat(), "until": last.isoformat()}
    return answer


def exposure_answer(patient: str, protocol: Protocol, given: Exposure, ceiling: Decimal) -> Answer:
    """Write the lifetime exposure, dose by dose; related drugs stand there, added or not."""
    remaining = over = None
    if given.total is not None:
        remaining = max(Fraction(ceiling) - given.total, Fraction(0))
        over = max(given.total - Fraction(ceiling), Fraction(0))
    return {
        "patient": patient,
        "protocol": protocol.name,
        "unit": Measure.MG_PER_M2.value,
        "total": _amount(given.total),
        "at_least": shown(given.at_least),
        "ceiling": str(ceiling),
        "remaining": None if remaining is None else shown_down(remaining),
        "over_by": _amount(over),
        "infusions": [
            {
                "event": dose.infusion.event,
                "on": dose.infusion.on.isoformat(),
                "mg": str(dose.infusion.mg),
                "bsa_m2": None if dose.infusion.bsa is None else shown(dose.infusion.bsa, 4),
                "mg_per_m2": _amount(dose.mg_per_m2),
                "running_total": _amount(dose.running_total),
            }
            for dose in given.doses()
        ],
        "prior": [
            *({**_used(a), "mg_per_m2": shown(Fraction(a.value))} for a in given.before),
            *({**_used(event), "mg_per_m2": None} for event in given.not_added),
        ],
        "cites": cites(protocol.lifetime.cites) if protocol.lifetime else [],
    }


def cites(found: tuple[Cite, ...]) -> list[Answer]:
    """Write citations."""
    return [{"source": c.source, "where": c.where, "kind": c.kind.value} for c in found]


def _amount(value: Fraction | None) -> str | None:
    return None if value is None else shown(value)


def facts_used(events: tuple[Event, ...]) -> list[dict[str, object]]:
    """Write facts as answers show them: number, words, day."""
    return [_used(event) for event in events]


def _used(event: Event) -> dict[str, object]:
    return {"event": event.event, "what": describe(event), "on": event.on.isoformat()}
