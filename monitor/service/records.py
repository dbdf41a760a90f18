"""Record what happened: one fact, or a file of facts. All of it is stored, or nothing."""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from monitor import protocols
from monitor.domain.record import Recorded
from monitor.errors import NotFound, Refused
from monitor.service.chart import Chart, Pin
from monitor.service.lines import COMMANDED, IMPORTED, Line, PatientLine, parse_json, parse_line
from monitor.store import events
from monitor.store.events import Appender
from monitor.store.staging import (
    close_staging,
    open_staging,
    stage,
    staged_lines,
    staged_patients,
)

MOST_FAULTS = 50  # of one file that are listed
_BATCH = 2000

# In this order one patient's lines are taken, whatever order they stand in: what later ones
# lean on comes first; a line that says it is a second one comes after the one it repeats.
_RANK = {
    "patient": 0,
    "course": 2,
    "course_end": 4,
    "fact": 6,
    "result": 8,
    "symptom": 10,
    "infusion": 12,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What became of a file."""

    lines: int
    stored: int
    skipped: int


def record(connection: Connection, content: dict[str, Any], *, now: datetime) -> list[Recorded]:
    """Record one fact that a command brings; an equal one on record is refused."""
    kind, line = parse_line(content, COMMANDED)
    who = _patient_of(line)
    chart = open_chart(connection, who, now=now)
    if kind != "patient" and not chart.registered:
        raise unknown_patient(connection, who)
    appender = Appender(connection, now=now)
    stored = _take(chart, appender, kind, line, skip_equal=False)
    chart.check_courses()
    _keep_protocols(connection, stored)
    appender.flush()
    return stored


def import_lines(
    connection: Connection,
    name: str,
    lines: Iterable[str],
    *,
    now: datetime,
    progress: Callable[[int], None] = lambda count: None,
) -> Imported:
    """Record a file of facts, lines in any order; raises Refused with every fault by line."""
    open_staging(connection)
    faults: list[str] = []
    counted = _stage_all(connection, name, lines, faults)
    appender = Appender(connection, now=now)
    stored = skipped = 0
    for who in staged_patients(connection):
        chart = open_chart(connection, who, now=now)
        for number, text in staged_lines(connection, who):
            try:
                kind, line = parse_line(parse_json(text), IMPORTED)
                if kind != "patient" and not chart.registered:
                    raise unknown_patient(connection, who, where="this file and the record")
                appended = _take(chart, appender, kind, line, skip_equal=True)
            except Refused as fault:
                faults.append(f"{name}:{number}: {fault}")
                continue
            _keep_protocols(connection, appended)
            stored += bool(appended)
            skipped += not appended
            progress(1)
        try:
            chart.check_courses()
        except Refused as fault:
            faults.append(f"{name}: {who}: {fault}")
        if len(faults) > MOST_FAULTS:
            break
        appender.flush()
    if faults:
        more = len(faults) - MOST_FAULTS
        told = faults[:MOST_FAULTS] + ([f"… and {more} more"] if more > 0 else [])
        raise Refused("\n".join(told))
    close_staging(connection)
    return Imported(lines=counted, stored=stored, skipped=skipped)


def open_chart(connection: Connection, who: str, *, now: datetime) -> Chart:
    """Open a patient's chart with everything on record."""
    return Chart(
        who,
        events.read(connection, who),
        catalogue=protocols.catalogue(),
        pin=pin,
        now=now,
    )


def pin(word: str) -> Pin:
    """Find the one protocol that a name, drug or brand means; raises Refused otherwise."""
    found = protocols.find(word)
    if len(found) != 1:
        what = "names no protocol" if not found else "names several protocols"
        raise Refused(f"protocol: '{word}' {what}; choose {', '.join(found or protocols.names())}")
    protocol = protocols.load(found[0])
    return Pin(
        protocol=protocol.name,
        version=protocol.version,
        digest=protocol.digest,
        drug=protocol.drug,
    )


def unknown_patient(
    connection: Connection, who: str, *, where: str = "the record"
) -> NotFound:
    """Make the error that names the nearest patients."""
    close = difflib.get_close_matches(who, events.patients(connection), n=3)
    hint = f"; did you mean {', '.join(close)}?" if close else (
        f"; type: monitor patient add {who} to register"
    )
    return NotFound(f"no patient '{who}' in {where}{hint}")


def _stage_all(
    connection: Connection, name: str, lines: Iterable[str], faults: list[str]
) -> int:
    counted, batch = 0, []
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        counted += 1
        try:
            content = parse_json(text)
            kind, line = parse_line(content, IMPORTED)
        except Refused as fault:
            faults.append(f"{name}:{number}: {fault}")
            if len(faults) > MOST_FAULTS:
                break
            continue
        on = str(getattr(line, "on", "") or getattr(line, "at", ""))[:10]
        rank = _RANK[kind] + (line.second == "true" or getattr(line, "status", "") == "corrected")
        batch.append((number, _patient_of(line), rank, on, text))
        if len(batch) >= _BATCH:
            stage(connection, batch)
            batch.clear()
    stage(connection, batch)
    return counted


def _take(
    chart: Chart, appender: Appender, kind: str, line: Line, *, skip_equal: bool
) -> list[Recorded]:
    stored = []
    for draft in chart.admit(kind, line, skip_equal=skip_equal):
        row = appender.add(chart.who, draft)
        chart.added(row)
        stored.append(row)
    return stored


def _patient_of(line: Line) -> str:
    return line.id if isinstance(line, PatientLine) else str(getattr(line, "patient", ""))


def _keep_protocols(connection: Connection, stored: Iterable[Recorded]) -> None:
    for row in stored:
        if row.kind == "course":
            body = row.body
            events.keep_protocol(
                connection,
                digest=body["digest"],
                name=body["protocol"],
                version=body["version"],
                text=protocols.text(body["protocol"]),
            )


