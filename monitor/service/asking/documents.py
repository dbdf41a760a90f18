"""The one serialiser: answers as the JSON documents that others script against.

Numbers that matter are strings, days and moments as ISO 8601 has them. A dataclass is written
field by field, under the names of its fields, unless its own form stands here, or, with
`document.register`, beside it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import singledispatch
from pathlib import Path
from typing import Any

from monitor.domain.describing import describe
from monitor.domain.exposure import shown
from monitor.domain.facts import Event
from monitor.domain.outcome import CheckState
from monitor.domain.rule import Cite
from monitor.domain.rules.answer import Requirement
from monitor.domain.rules.ceiling import Measure
from monitor.domain.rules.dose_adjustment import Advice
from monitor.service.asking.answers import (
    ChecksAnswer,
    Explanation,
    ExposureAnswer,
    GateAnswer,
    GatesAnswer,
    HistoryAnswer,
    HistoryEntry,
    ListedCheck,
    ListedWarning,
    PatientsAnswer,
    Unknown,
    WarningsAnswer,
)
from monitor.service.asking.identity import Person

Document = dict[str, Any]


@singledispatch
def document(answer: Any) -> Any:
    """Write an answer, or a part of one, as JSON has it."""
    return by_field(answer) if is_dataclass(answer) else answer


def by_field(answer: Any) -> Document:
    """Write a dataclass field by field."""
    return {field.name: document(getattr(answer, field.name)) for field in fields(answer)}


@document.register(tuple)
@document.register(list)
def _list(values: Iterable[Any]) -> list[Any]:
    return [document(value) for value in values]


@document.register(Mapping)
def _mapping(values: Mapping[Any, Any]) -> Document:
    return {str(key): document(value) for key, value in values.items()}


@document.register
def _day(value: date) -> str:  # or a moment
    return value.isoformat()


@document.register(Decimal)
@document.register(Path)
def _text(value: Any) -> str:
    return str(value)


@document.register
def _fact_used(event: Event) -> Document:
    return {"event": event.event, "what": describe(event), "on": event.on.isoformat()}


@document.register
def _cite(cite: Cite) -> Document:
    return {"source": cite.source, "where": cite.where, "kind": cite.kind.value}


@document.register
def _gate(answer: GateAnswer) -> Document:
    gate, protocol, lifetime = answer.gate, answer.protocol, answer.lifetime
    amounts = None if lifetime is None else {"unit": Measure.MG_PER_M2, **by_field(lifetime)}
    return {
        **_whose(answer.person),
        "protocol": protocol.name,
        "version": protocol.version,
        "reviewed": protocol.reviewed,
        "on": gate.on.isoformat(),
        "verdict": gate.verdict.value,
        "notes": [*gate.notes, *filter(None, [answer.not_judged])],
        "left_out": document(gate.left_out),
        "requirements": document(gate.requirements),
        "dose": document(answer.dose),
        "dose_advice": document(gate.advice),
        "exposure": amounts,
    }


@document.register
def _requirement(requirement: Requirement) -> Document:
    return {
        "rule": requirement.rule,
        "title": requirement.title,
        "state": requirement.state.value,
        "verdict": requirement.verdict.value,
        "message": requirement.message,
        "facts": document(requirement.facts),
        "cites": document(requirement.cites),
    }


@document.register
def _advice(advice: Advice) -> Document:
    return {
        "decision": advice.decision.value,
        "mg_per_m2": None if advice.mg_per_m2 is None else shown(advice.mg_per_m2),
        "message": advice.message,
        "facts": document(advice.facts),
        "cites": document(advice.cites),
    }


@document.register
def _gates(answer: GatesAnswer) -> Document:
    return {"on": document(answer.on), "gates": document(answer.gates), **_left_out(answer.unknown)}


@document.register
def _check(listed: ListedCheck) -> Document:
    check = listed.check
    written: Document = {
        "patient": listed.person.id,
        "rule": check.rule,
        "occurrence": check.occurrence,
        "title": check.title,
        "opens": check.opens.isoformat(),
        "due": check.due.isoformat(),
        "overdue_after": check.overdue_after.isoformat(),
        "state": check.state.value,
        "anchor": {"event": check.anchor.event, "on": check.anchor.on.isoformat()},
        "audience": [role.value for role in check.audience],
        "cites": document(check.cites),
    }
    if check.state is CheckState.DONE:
        written["done_on"] = document(check.done_on)
        written["late"] = check.late
        written["facts"] = document(check.facts)
    return written | listed.person.known()


@document.register
def _checks(answer: ChecksAnswer) -> Document:
    return {
        **_whose(answer.person),
        "as_of": answer.as_of.isoformat(),
        "until": answer.until.isoformat(),
        "checks": document(answer.checks),
        **_left_out(answer.unknown),
    }


@document.register
def _warning(listed: ListedWarning) -> Document:
    warning = listed.warning
    written: Document = {
        "key": warning.key,
        "patient": listed.person.id,
        "rule": warning.rule,
        "occurrence": warning.occurrence,
        "severity": warning.severity.value,
        "since": warning.since.isoformat(),
        "until": document(warning.until),
        "message": warning.message,
        "patient_message": warning.patient_message,
        "facts": document(warning.facts),
        "cites": document(warning.cites),
    }
    if warning.peak is not None:
        written["peak"] = dict(zip(("from", "until"), document(warning.peak), strict=True))
    return written | listed.person.known()


@document.register
def _warnings(answer: WarningsAnswer) -> Document:
    return {
        **_whose(answer.person),
        "as_of": answer.as_of.isoformat(),
        "warnings": document(answer.warnings),
        **_left_out(answer.unknown),
    }


@document.register
def _exposure(answer: ExposureAnswer) -> Document:
    lifetime, rule = answer.lifetime, answer.protocol.lifetime
    return {
        **_whose(answer.person),
        "protocol": answer.protocol.name,
        "unit": Measure.MG_PER_M2,
        "total": lifetime.given,
        "at_least": lifetime.at_least,
        "ceiling": lifetime.ceiling,
        "remaining": lifetime.remaining,
        "over_by": lifetime.over_by,
        "infusions": [
            {
                "event": infusion.event,
                "on": infusion.on.isoformat(),
                **by_field(size),
                "running_total": sum_after,
            }
            for infusion, size, sum_after in answer.doses()
        ],
        "prior": [{**document(fact), "mg_per_m2": mg_per_m2} for fact, mg_per_m2 in answer.prior()],
        "cites": document(rule.cites) if rule else [],
    }


@document.register
def _explanation(answer: Explanation) -> Document:
    return {
        **_whose(answer.person),
        "rule": answer.rule,
        "title": answer.title,
        "protocol": answer.protocol.name,
        "version": answer.protocol.version,
        "reviewed": answer.protocol.reviewed,
        "as_of": answer.as_of.isoformat(),
        "occurrence": answer.occurrence,
        "answer": answer.answer,
        "because": list(answer.because),
        "facts": document(answer.facts),
        "arithmetic": list(answer.arithmetic),
        "cites": [by_field(source) for source in answer.sources()],
    }


@document.register
def _history(answer: HistoryAnswer) -> Document:
    return {**_whose(answer.person), "entries": document(answer.entries)}


@document.register
def _entry(entry: HistoryEntry) -> Document:
    written = by_field(entry)
    if not entry.is_fact:
        del written["login"]
    return written


@document.register
def _patients(answer: PatientsAnswer) -> Document:
    return {"patients": document(answer.patients), **_left_out(answer.unknown)}


def _whose(person: Person | None) -> Document:
    """Say who the one patient is that an answer is about; nothing of a whole clinic."""
    if person is None:
        return {}
    hidden = {"not_come": document(person.hidden)} if person.hidden else {}
    return {"patient": person.id, **person.known(), **hidden}


def _left_out(unknown: tuple[Unknown, ...]) -> Document:
    """Name those who could not be looked at; nothing where everybody could."""
    return {"unknown": document(unknown)} if unknown else {}
