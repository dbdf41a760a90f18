"""Record what happened: one fact that a command brings, with all that follows from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from monitor import protocols
from monitor.domain.corrections import Recorded, is_closed
from monitor.errors import Refused
from monitor.service.asking.cases import Asked, Case, assess, case_of, unknown_patient
from monitor.service.asking.projection import HORIZON, project
from monitor.service.input import text_fields
from monitor.service.recording.admission import Chart, Pin
from monitor.service.recording.input_lines import COMMANDED, Line, PatientLine, parse_line
from monitor.service.recording.namesakes import Namesakes
from monitor.store import facts, outbox, owing, wakeups
from monitor.store.facts import Appender, Draft


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What one command recorded, and the patient with it and without it."""

    stored: list[Recorded]  # the first is what was meant; answers may come with a course
    case: Case  # with it; evaluated as far ahead as is stored
    before: Case | None  # without it; None where the patient is new
    rows: list[Recorded]  # the whole record

    @property
    def first(self) -> Recorded:
        """Give the fact that the command was about."""
        return self.stored[0]

    @property
    def replaced(self) -> Recorded:
        """Give the fact that it replaces, or takes back."""
        return next(row for row in self.rows if row.event == self.first.corrects)


def record(connection: Connection, content: dict[str, Any], *, now: datetime) -> Entry:
    """Record one fact that a command brings; an equal one on record is refused."""
    kind, line = parse_line(content, COMMANDED)
    who = patient_of(line)
    describes = kind in ("patient", "patient_change")
    namesakes = Namesakes(connection) if describes else None
    chart = open_chart(connection, who, now=now, namesakes=namesakes)
    if kind != "patient" and not chart.registered:
        raise unknown_patient(connection, who)
    return append(connection, chart, chart.admit(kind, line, skip_equal=False), now=now)


def append(
    connection: Connection, chart: Chart, drafts: Iterable[Draft], *, now: datetime
) -> Entry:
    """Append admitted drafts, and store what follows from them."""
    asked = Asked(now=now)
    before = case_of(connection, chart.who, chart.rows, asked) if chart.rows else None
    appender = Appender(connection, now=now)
    stored = append_all(chart, appender, drafts)
    contradictions = chart.contradictions()
    if contradictions:
        raise Refused("; ".join(words for _, words in contradictions))
    keep_protocols(connection, stored)
    appender.flush()
    case = case_of(connection, chart.who, chart.rows, asked)
    assess(case, until=case.today + HORIZON)  # once: what is stored is what is said
    project(connection, case)
    if is_closed(chart.rows):
        outbox.withdraw(connection, owing.open_keys(connection, chart.who))
        wakeups.await_nothing(connection, chart.who)
    return Entry(stored=stored, case=case, before=before, rows=chart.rows)


def append_all(chart: Chart, appender: Appender, drafts: Iterable[Draft]) -> list[Recorded]:
    """Append drafts and note them on the chart; the appender's flush writes them."""
    stored = []
    for draft in drafts:
        row = appender.add(chart.who, draft)
        chart.added(row)
        stored.append(row)
    return stored


def open_chart(
    connection: Connection,
    who: str,
    *,
    now: datetime,
    without: int | None = None,
    namesakes: Namesakes | None = None,
) -> Chart:
    """Open a patient's chart with everything on record, but for a fact that is being replaced."""
    return Chart(
        who,
        facts.read(connection, who),
        catalogue=protocols.catalogue(),
        pin=pin,
        now=now,
        without=without,
        namesakes=namesakes,
    )


def pin(word: str) -> Pin:
    """Find the one protocol that a name, drug or brand means; raises Refused otherwise."""
    found = protocols.find(word)
    if len(found) != 1:
        what = "names no protocol" if not found else "names several protocols"
        named, choice = text_fields.printable(word), ", ".join(found or protocols.names())
        raise Refused(f"protocol: '{named}' {what}; choose {choice}")
    protocol = protocols.load(found[0])
    return Pin(
        protocol=protocol.name,
        version=protocol.version,
        digest=protocol.digest,
        drug=protocol.drug,
    )


def patient_of(line: Line) -> str:
    """Say whom a line is about."""
    return line.id if isinstance(line, PatientLine) else str(getattr(line, "patient", ""))


def keep_protocols(connection: Connection, stored: Iterable[Recorded]) -> None:
    """Keep the text of the protocols that stored courses are pinned to."""
    for row in stored:
        if row.kind in ("course", "course_move"):
            body = row.body
            facts.keep_protocol(
                connection,
                digest=body["digest"],
                name=body["protocol"],
                version=body["version"],
                text=protocols.text(body["protocol"]),
            )
