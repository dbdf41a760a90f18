"""Record what happened: one fact that a command brings, with all that follows from it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor import protocols
from monitor.domain.corrections import Recorded, is_closed
from monitor.domain.facts import DESCRIBING, Kind
from monitor.errors import Refused
from monitor.service.asking import site_protocols
from monitor.service.asking.cases import (
    Asked,
    Case,
    assess,
    case_of,
    case_with,
    get_protocol,
    unknown_patient,
)
from monitor.service.asking.projection import HORIZON, project
from monitor.service.recording.admission import Admission
from monitor.service.recording.lines.base import Line
from monitor.service.recording.namesakes import Namesakes
from monitor.store import facts, outbox, owing, pinned, wakeup_rows
from monitor.store.appender import Appender, Draft


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


def record(connection: Connection, line: Line, *, now: datetime) -> Entry:
    """Record one fact that a command brings; an equal one on record is refused."""
    return record_all(connection, [line], now=now)


def record_all(connection: Connection, lines: Sequence[Line], *, now: datetime) -> Entry:
    """Record facts of one patient that a command brings together: all of them, or nothing."""
    line = lines[0]
    admission = open_admission(connection, line.who, now=now)
    if line.kind in DESCRIBING:
        admission.namesakes = Namesakes(connection)
    if line.kind != Kind.PATIENT and not admission.described:
        raise unknown_patient(connection, line.who)
    return append(connection, admission, _admitted(admission, lines))


def _admitted(admission: Admission, lines: Sequence[Line]) -> Iterator[Draft]:
    """Accept lines, each beside those before; raises Refused with every fault."""
    if len(lines) == 1:
        yield from admission.admit(lines[0], skip_equal=False)
        return
    faults = []
    for line in lines:
        try:
            yield from admission.admit(line, skip_equal=False)
        except Refused as fault:
            about = str(getattr(line, "code", line.kind))
            faults.append(str(fault) if str(fault).startswith(about) else f"{about}: {fault}")
    if faults:
        raise Refused("\n".join(faults))


def append(connection: Connection, admission: Admission, drafts: Iterable[Draft]) -> Entry:
    """Append admitted drafts, and store what follows from them."""
    who, asked = admission.who, Asked(now=admission.now)
    before = None
    if admission.before:
        before = case_with(connection, who, admission.before, asked)
    appender = Appender(connection, now=admission.now)
    stored = append_all(connection, admission, appender, drafts)
    contradictions = [words for _, words in admission.contradictions()]
    if contradictions:
        raise Refused("; ".join(contradictions))
    appender.flush()
    case = case_of(connection, who, admission.rows, asked)
    assess(case, until=case.today + HORIZON)  # once: what is stored is what is said
    project(connection, case)
    _stop_if_closed(connection, who, admission.rows)
    return Entry(stored=stored, case=case, before=before, rows=admission.rows)


def stop_closed(connection: Connection, names: Iterable[str]) -> None:
    """Have nothing leave any more for those who are closed on record."""
    for who in names:
        _stop_if_closed(connection, who, facts.read(connection, who))


def _stop_if_closed(connection: Connection, who: str, rows: Iterable[Recorded]) -> None:
    if is_closed(rows):
        outbox.withdraw(connection, owing.open_keys(connection, who))
        wakeup_rows.await_nothing(connection, who)


def append_all(
    connection: Connection, admission: Admission, appender: Appender, drafts: Iterable[Draft]
) -> list[Recorded]:
    """Append drafts and note them, with the protocols of courses; the appender's flush writes.

    Each is noted before the next one is asked for, which may be judged beside it.
    """
    stored = []
    for draft in drafts:
        keep_protocols(connection, [draft])
        stored.append(appender.add(admission.who, draft))
        admission.added(stored[-1])
    return stored


def open_admission(
    connection: Connection, who: str, *, now: datetime, without: int | None = None
) -> Admission:
    """Read a patient's record in order to add to it, perhaps without a fact that is replaced."""
    rows = facts.read(connection, who)
    return Admission(
        who, rows, now=now, without=without, pinned=lambda digest: get_protocol(connection, digest)
    )


def keep_protocols(connection: Connection, stored: Iterable[Recorded | Draft]) -> None:
    """Keep the text of the protocols that stored courses are pinned to.

    Raises Refused where the site has changed a text that is kept, and not its version.
    """
    for row in stored:
        body = row.body
        digest = body.get("digest")
        if digest is None or pinned.kept(connection, digest) is not None:
            continue
        name, version = body["protocol"], body["version"]
        changed = site_protocols.why_changed(connection, name, version, digest)
        if changed is not None:
            raise Refused(changed)
        pinned.keep(
            connection, digest=digest, name=name, version=version, text=protocols.text_of(digest)
        )
