"""The one serialiser: answers as the JSON documents that others script against.

Numbers that matter are strings, days and moments as ISO 8601 has them. A dataclass is written
field by field, under the names of its fields, unless its own form stands here, or, with
`document.register`, in the module that defines it: never elsewhere, for it must have been loaded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import singledispatch
from pathlib import Path
from typing import Any

from monitor.domain.exposure import shown
from monitor.domain.facts import Event
from monitor.domain.outcome import CheckState
from monitor.domain.rule import Cite
from monitor.domain.rules.answer import Requirement
from monitor.domain.rules.dose_adjustment import Advice
from monitor.domain.rules.measure import Measure
from monitor.domain.rules.warning import SafetyWarning
from monitor.service.asking.answers import (
    ChecksAnswer,
    ExposureAnswer,
    GateAnswer,
    GatesAnswer,
    ListedCheck,
    ListedWarning,
    Unknown,
    WarningsAnswer,
)
from monitor.service.asking.explain import Explanation
from monitor.service.asking.history import HistoryAnswer, HistoryEntry
from monitor.service.asking.identity import Person
from monitor.service.asking.patients import PatientsAnswer
from monitor.service.asking.redaction import redacted
from monitor.store.contacts import Contact

Document = dict[str, Any]


@singledispatch
def document(answer: Any) -> Any:
    """Write an answer, or a part of one, as JSON has it."""
    return by_field(answer) if is_dataclass(answer) else answer


def by_field(answer: Any) -> Document:
    """Write a dataclass field by field."""
    return {field.name: document(getattr(answer, field.name)) for field in fields(answer)}


def pick(answer: Any, names: str) -> Document:
    """Write some attributes of an answer, named in one line."""
    return {name: document(getattr(answer, name)) for name in names.split()}


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
    return {"event": event.event, "what": str(event), "on": event.on.isoformat()}


@document.register
def _cite(cite: Cite) -> Document:
    return pick(cite, "source where kind")


@document.register
def _gate(answer: GateAnswer) -> Document:
    gate, protocol, lifetime = answer.gate, answer.protocol, answer.lifetime
    amounts = None if lifetime is None else {"unit": Measure.MG_PER_M2, **by_field(lifetime)}
    return {
        **_whose(answer.person),
        "protocol": protocol.name,
        **pick(protocol, "version reviewed"),
        **pick(gate, "on verdict"),
        "notes": [*gate.notes, *filter(None, [answer.not_judged])],
        **pick(gate, "left_out requirements"),
        "dose": document(answer.dose),
        "dose_advice": document(gate.advice),
        "exposure": amounts,
    }


@document.register
def _requirement(requirement: Requirement) -> Document:
    return pick(requirement, "rule title state verdict message facts cites")


@document.register
def _advice(advice: Advice) -> Document:
    return {
        "decision": advice.decision,
        "mg_per_m2": None if advice.mg_per_m2 is None else shown(advice.mg_per_m2),
        **pick(advice, "message facts cites"),
    }


@document.register
def _gates(answer: GatesAnswer) -> Document:
    return {**pick(answer, "on gates"), **_left_out(answer.unknown)}


@document.register
def _check(listed: ListedCheck) -> Document:
    check = listed.check
    return {
        "patient": listed.person.id,
        **pick(check, "rule occurrence title opens due overdue_after state"),
        "anchor": pick(check.anchor, "event on"),
        **pick(check, "audience cites"),
        **(pick(check, "done_on late facts") if check.state is CheckState.DONE else {}),
        **listed.person.known(),
    }


@document.register
def _checks(answer: ChecksAnswer) -> Document:
    about = _whose(answer.person)
    return {**about, **pick(answer, "as_of until checks"), **_left_out(answer.unknown)}


@document.register
def _warning(listed: ListedWarning) -> Document:
    warning = listed.warning
    peak = peak_of(warning)
    return {
        "key": warning.key,
        "patient": listed.person.id,
        **pick(warning, "rule occurrence severity since until message patient_message"),
        **pick(warning, "facts cites"),
        **({"peak": peak} if peak else {}),
        **listed.person.known(),
    }


def peak_of(warning: SafetyWarning) -> Document | None:
    """Write the worst days of a warning's window."""
    if warning.peak is None:
        return None
    first, last = warning.peak
    return {"from": document(first), "until": document(last)}


@document.register
def _warnings(answer: WarningsAnswer) -> Document:
    about = _whose(answer.person)
    return {**about, **pick(answer, "as_of warnings"), **_left_out(answer.unknown)}


@document.register
def _exposure(answer: ExposureAnswer) -> Document:
    lifetime, rule = answer.lifetime, answer.protocol.lifetime
    return {
        **_whose(answer.person),
        "protocol": answer.protocol.name,
        "unit": Measure.MG_PER_M2,
        "total": lifetime.given,
        **pick(lifetime, "at_least ceiling remaining over_by"),
        "infusions": [
            {**pick(infusion, "event on"), **by_field(size), "running_total": sum_after}
            for infusion, size, sum_after in answer.doses()
        ],
        "prior": [{**document(fact), "mg_per_m2": mg_per_m2} for fact, mg_per_m2 in answer.prior()],
        "cites": document(rule.cites) if rule else [],
    }


@document.register
def _explanation(answer: Explanation) -> Document:
    return {
        **_whose(answer.person),
        **pick(answer, "rule title"),
        "protocol": answer.protocol.name,
        **pick(answer.protocol, "version reviewed"),
        **pick(answer, "as_of occurrence answer because facts arithmetic"),
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
    return {**pick(answer, "patients"), **_left_out(answer.unknown)}


@document.register
def _contact(contact: Contact) -> Document:
    return {
        "contact": contact.number,
        "patient": None if contact.is_clinics else contact.patient,
        **pick(contact, "role name"),
        "channel": redacted(contact.channel),  # the address is a secret
        "private": contact.is_private,
        "timezone": contact.timezone,
    }


def _whose(person: Person | None) -> Document:
    """Say who the one patient is that an answer is about; nothing of a whole clinic."""
    if person is None:
        return {}
    hidden = {"not_come": document(person.hidden)} if person.hidden else {}
    return {"patient": person.id, **person.known(), **hidden}


def _left_out(unknown: tuple[Unknown, ...]) -> Document:
    """Name those who could not be looked at; nothing where everybody could."""
    return {"unknown": document(unknown)} if unknown else {}
