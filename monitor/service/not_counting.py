"""What to say of a result that does not count, or not as it was meant, and what it would mean."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from monitor import protocols
from monitor.domain.events import Result, Status, describe
from monitor.domain.outcome import Severity
from monitor.domain.record import Recorded
from monitor.service.queries import Asked, Case, case_of, warnings
from monitor.store import codec, events

_WAITING = {
    Status.PRELIMINARY: "does not count until it is final; log it again then",
    Status.UNSUITABLE: "does not count: the sample was not fit",
}


def not_counting(
    connection: Connection,
    stored: Sequence[Recorded],
    asked: Asked,
    *,
    rows: Sequence[Recorded] = (),
) -> Iterator[str]:
    """Name what of a patient's stored facts does not count, and what it warns of if it proves true.

    `rows` is the patient's whole record, where it has been read already.
    """
    reports = {row.event: row for row in stored if row.body.get("status") in _WAITING}
    if not reports and not any(row.body.get("status") == Status.CORRECTED for row in stored):
        return
    who, early = stored[0].patient, set()
    rows = rows or events.read(connection, who)
    case = case_of(connection, who, rows, asked)
    in_force = {fact.event: fact for fact in case.events if isinstance(fact, Result)}
    yield from _of_several(in_force.values(), {row.event for row in stored})
    for event, row in reports.items():
        result = in_force.get(event) or codec.alone(row, protocols.catalogue())
        if isinstance(result, Result):
            needed = _needed(case, result) if event in in_force else ""
            yield f"{describe(result)} on {result.on} {_WAITING[result.status]}{needed}"
            early |= {event} if result.status is Status.PRELIMINARY else set()
    if not early:
        return
    as_final = (
        replace(row, body={**row.body, "status": Status.FINAL}) if row.event in early else row
        for row in rows
    )
    for warning in warnings(case_of(connection, who, as_final, asked), least=Severity.CAUTION):
        if any(fact.event in early for fact in (warning.anchor, *warning.facts)):
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
                f"{describe(one)} on {one.on}: which second sample of that day it corrects is not "
                "said, so the worst of them counts; to correct one: "
                f"monitor correct {' or '.join(beside)} --reason WHY …"
            )


def _needed(case: Case, report: Result) -> str:
    """Ask for another sample where the calendar does, else name what counts in its place."""
    if report.status is not Status.UNSUITABLE:
        return ""
    answers = case.watched.watch.view(case.today).answers_to(report)
    if not answers:
        return "; another is needed"
    return f"; what counts is {describe(answers[0])} on {answers[0].on}"
