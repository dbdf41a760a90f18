"""Everything on record for a patient, in the order of recording: nothing is ever left out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection

from monitor import protocols
from monitor.domain.assessment import Treatment, evaluate
from monitor.domain.corrections import Recorded
from monitor.domain.facts import AHEAD, Infusion, Kind
from monitor.domain.outcome import CheckState
from monitor.domain.reminders.message import TryOutcome
from monitor.service.asking.cases import Asked, Case, get_case
from monitor.service.asking.identity import Person
from monitor.service.asking.redaction import redacted
from monitor.store import codec, facts, heartbeats, outbox, owing, setting_aside
from monitor.store.facts import moment_text
from monitor.store.soundness import attempt_fault

RE_ANCHORED = "re-anchored"  # a kind of entry: the check of an older infusion


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryEntry:
    """One line of the history: a fact, a reminder, or a check that a newer infusion re-anchored."""

    event: int | None
    kind: str
    on: str
    recorded_at: str
    by: str | None
    login: str | None = None
    what: str
    corrects: int | None = None

    @property
    def is_fact(self) -> bool:
        """Say whether it stands in the record itself."""
        return self.event is not None and self.kind != RE_ANCHORED


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryAnswer:
    """Everything on record for a patient, in the order of recording."""

    person: Person
    entries: tuple[HistoryEntry, ...]


def history(connection: Connection, who: str, asked: Asked) -> list[HistoryEntry]:
    """List facts, corrections, retractions, waivers, and the checks that were re-anchored."""
    case = get_case(connection, who, asked)
    rows = facts.read(connection, who, known_at=asked.known_at, now=asked.now)
    # Whoever names no day sees what is of a day to come, too: a clock that was ahead made it so.
    said = rows if asked.as_of is None else _said_by(rows, case.today)
    entries = [_entry(row) for row in said]
    for treatment in case.treatments:
        entries += _re_anchored(case, treatment, {row.event: row for row in rows})
    entries += _reminders(connection, case, asked)
    return sorted(entries, key=lambda e: (e.recorded_at, e.event or 0, e.kind == RE_ANCHORED))


def own_words(row: Recorded) -> str:
    """Say what a recorded fact says, whether it is in force or not."""
    event = codec.alone(row, protocols.catalogue())
    said = str(event) if event is not None else row.kind.replace("_", " ")
    if isinstance(event, Infusion) and event.route not in (None, "iv"):
        said += f", {event.route}"
    return said


def fact_words(row: Recorded) -> str:
    """Say what a recorded fact says, with its day."""
    said = own_words(row)
    return said if row.kind in AHEAD else f"{said} on {row.on}"


def _said_by(rows: Iterable[Recorded], day: date) -> list[Recorded]:
    """Choose what had been said by a day: a retraction wherever what it takes back is shown."""
    found: dict[int | None, Recorded] = {}
    for row in rows:
        if (
            row.on <= day
            or row.kind in (*AHEAD, Kind.PATIENT)
            or (row.kind == Kind.RETRACTION and row.corrects in found)
        ):
            found[row.event] = row
    return list(found.values())


def _entry(row: Recorded) -> HistoryEntry:
    return HistoryEntry(
        event=row.event,
        kind=row.kind,
        on=row.on.isoformat(),
        recorded_at=row.recorded_at.isoformat(),
        by=row.by,
        login=row.login,
        what=_said(row),
        corrects=row.corrects,
    )


def _said(row: Recorded) -> str:
    if row.kind == Kind.RETRACTION:
        return f"event {row.corrects} is taken back: {row.body['reason']}"
    if row.kind == Kind.CONTACT:
        number, who, role = row.body["number"], row.body["name"], row.body["role"]
        channel = redacted(row.body["channel"])
        detail = "with" if row.body["private"] == "true" else "without"
        return f"contact {number}: {who} ({role}) over {channel}, {detail} clinical detail"
    if row.kind == Kind.CONTACT_REMOVED:
        return f"contact {row.body['number']} is told no more"
    event = codec.alone(row, protocols.catalogue())
    said = str(event) if event is not None else row.kind
    if row.kind == Kind.INFUSION and "despite" in row.body:
        said += f", despite the gate: {row.body['despite']}"
    if "correction" in row.body:
        said += f" (corrects event {row.corrects}: {row.body['correction']})"
    return said + (" (confirmed)" if row.body.get("confirm") == "true" else "")


def _reminders(connection: Connection, case: Case, asked: Asked) -> list[HistoryEntry]:
    """List the reminders about a patient, and when each was sent."""
    latest = moment_text(asked.known_at or asked.now)
    damaged = setting_aside.damaged_of(
        connection, case.patient, heartbeats.latest(connection, asked.now)
    )
    stored = [
        one
        for one in owing.reminders_of(connection, case.patient, besides=damaged)
        if one.queued_at <= (asked.known_at or asked.now) and one.planned_on <= case.today
    ]
    tries = outbox.attempts_of(connection, [one.message for one in stored])
    return [
        _reminder(
            one.planned_on.isoformat(),
            moment_text(one.queued_at),
            f"{one.stage}: {one.subject.rule} {one.subject.occurrence}, "
            f"to {one.recipient} ({one.role}), Ref {one.ref}, {_sent(tries[one.message], latest)}"
            + (", takes an earlier one back" if one.retracts else ""),
        )
        for one in stored
    ] + [
        _reminder(
            case.today.isoformat(),
            latest,
            "a message is damaged and not shown; type: monitor doctor",
        )
        for _ in damaged
    ]


def _reminder(on: str, at: str, what: str) -> HistoryEntry:
    return HistoryEntry(event=None, kind="reminder", on=on, recorded_at=at, by=None, what=what)


def _sent(tries: Iterable[Any], latest: str) -> str:
    sound = [one for one in tries if attempt_fault(one) is None]
    sent = [one.at for one in sound if one.outcome == TryOutcome.SENT and one.at <= latest]
    return f"sent {sent[0]}" if sent else "not sent"


def _re_anchored(case: Case, treatment: Treatment, rows: dict[int, Recorded]) -> list[HistoryEntry]:
    """List the occurrences that were open or done when a newer infusion started them anew."""
    found = []
    infusions = [i for i in treatment.timeline.infusions if i.on <= case.today]
    for before, newer in pairwise(infusions):
        eve = max(before.on, newer.on - timedelta(days=1))
        stood = evaluate(treatment, eve).checks
        kept = {(check.rule, check.anchor.event) for check in evaluate(treatment, newer.on).checks}
        row = rows[newer.event]
        found += [
            HistoryEntry(
                event=newer.event,
                kind=RE_ANCHORED,
                on=newer.on.isoformat(),
                recorded_at=row.recorded_at.isoformat(),
                by=row.by,
                what=f"{check.rule} {check.occurrence}, due {check.due}, was {check.state}"
                + (f" on {check.done_on}" if check.done_on else ""),
            )
            for check in stood
            if check.state is not CheckState.AHEAD and (check.rule, check.anchor.event) not in kept
        ]
    return found
