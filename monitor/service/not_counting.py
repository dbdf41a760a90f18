"""What to say of a result that does not count: so much, and what it would mean if it did."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from monitor import protocols
from monitor.domain.events import Result, Status, describe
from monitor.domain.outcome import Severity
from monitor.domain.record import Recorded
from monitor.service.queries import Asked, case_of, warnings
from monitor.store import codec, events

_WAITING = {
    Status.PRELIMINARY: "does not count until it is final; log it again then",
    Status.UNSUITABLE: "does not count: the sample was not fit; another is needed",
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
    early = set()
    for row in stored:
        if row.body.get("status") not in _WAITING:
            continue
        result = codec.alone(row, protocols.catalogue())
        if isinstance(result, Result):
            yield f"{describe(result)} on {result.on} {_WAITING[result.status]}"
            early |= {row.event} if result.status is Status.PRELIMINARY else set()
    if not early:
        return
    who = stored[0].patient
    as_final = (
        replace(row, body={**row.body, "status": Status.FINAL}) if row.event in early else row
        for row in rows or events.read(connection, who)
    )
    case = case_of(connection, who, as_final, asked)
    for warning in warnings(case, least=Severity.CAUTION):
        if any(fact.event in early for fact in (warning.anchor, *warning.facts)):
            yield f"if it is true: {warning.severity.upper()} {warning.rule}: {warning.message}"
