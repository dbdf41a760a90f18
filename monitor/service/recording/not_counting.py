"""What to say of a result that does not count, or not as it was meant, and what it would mean."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from monitor import protocols
from monitor.domain.corrections import Recorded
from monitor.domain.facts import Result, Status
from monitor.domain.outcome import Severity
from monitor.service.asking.cases import Asked, Case, case_of, warnings
from monitor.store import codec

_WAITING = {
    Status.PRELIMINARY: "does not count until it is final; log it again then",
    Status.UNSUITABLE: "does not count: the sample was unsuitable",
}

_TOLD_ALREADY = "is not final but raises a warning; log it again when it is final"


def not_counting(
    connection: Connection,
    case: Case,
    stored: Sequence[Recorded],
    rows: Sequence[Recorded],
    asked: Asked,
) -> Iterator[str]:
    """Name what of a patient's stored facts does not count, and what it warns of if it proves true.

    `rows` is the patient's whole record.
    """
    reports = {row.event: row for row in stored if row.body.get("status") in _WAITING}
    if not reports and not any(row.body.get("status") == Status.CORRECTED for row in stored):
        return
    early: set[int] = set()
    in_force = {fact.event: fact for fact in case.events if isinstance(fact, Result)}
    yield from _of_several(in_force.values(), {row.event for row in stored})
    standing = warnings(case, least=Severity.CAUTION) if reports else []
    for event, row in reports.items():
        result = in_force.get(event) or codec.alone(row, protocols.catalogue())
        if isinstance(result, Result):
            needed = _needed(case, result) if event in in_force else ""
            is_preliminary = result.status is Status.PRELIMINARY
            is_told = is_preliminary and any(event in warning.events for warning in standing)
            words = _TOLD_ALREADY if is_told else _WAITING[result.status]
            yield f"{result} on {result.on} {words}{needed}"
            early |= {event} if is_preliminary else set()
    if not early:
        return
    as_final = (
        replace(row, body={**row.body, "status": Status.FINAL}) if row.event in early else row
        for row in rows
    )
    said = {(w.rule, w.severity) for w in standing if w.events & early}
    for warning in warnings(
        case_of(connection, case.patient, as_final, asked), least=Severity.CAUTION
    ):
        if warning.events & early and (warning.rule, warning.severity) not in said:
            yield f"if it is true: {warning.severity.upper()} {warning.rule}: {warning.message}"


def _of_several(results: Collection[Result], stored: Collection[int]) -> Iterator[str]:
    """Say of a corrected second sample that nobody said which of several it corrects."""
    for one in results:
        if one.of_several and one.event in stored:
            beside = [
                str(r.event)
                for r in results
                if r.is_second and not r.of_several and (r.code, r.on) == (one.code, one.on)
            ]
            yield (
                f"{one} on {one.on}: it does not say which second "
                "sample of that day it corrects, so the worst one counts; to correct one: "
                f"monitor correct {' or '.join(beside)} --reason WHY …"
            )


def _needed(case: Case, report: Result) -> str:
    """Ask for another sample where nothing has answered it, else name what counts in its place."""
    if report.status is not Status.UNSUITABLE:
        return ""
    protocol, view = case.watched.watch.protocol, case.watched.watch.view(case.today)
    checks, warned = protocol.checks, protocol.warnings
    answers = [found for rule in checks for found in rule.answers_to(warned, view, report)]
    if answers:
        told = ", ".join(f"{fact} on {fact.on}" for fact in answers[0].facts)
        return f"; what counts is {told}"
    is_measured = any(rule.is_measured(report.code) for rule in checks)
    return "; measure again" if is_measured else "; another is needed"
