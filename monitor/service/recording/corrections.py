"""Correct or take back a recorded fact: another fact says so, and nothing is edited."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from monitor.domain.corrections import Recorded, in_force
from monitor.domain.facts import Kind
from monitor.errors import NotFound, Refused
from monitor.service.asking.history import fact_words
from monitor.service.recording.admission import Admission
from monitor.service.recording.duplicates import says_the_same
from monitor.service.recording.input_lines import COMMANDED, parse_line
from monitor.service.recording.record import Entry, append, open_admission
from monitor.store import facts
from monitor.store.appender import Draft
from monitor.store.clinic import CLINIC

_CONTACTS: dict[str, str] = {
    Kind.CONTACT: "type: monitor contact change NUMBER, or remove NUMBER",
    Kind.CONTACT_REMOVED: "type: monitor contact add {who} …",
}
# Giving one of these leaves the others of the old fact out.
_INSTEAD = {
    "value": ("comparator",),
    "bsa_m2": ("height_cm", "weight_kg", "bsa_formula"),
    "height_cm": ("bsa_m2",),
    "weight_kg": ("bsa_m2",),
}


def correct(
    connection: Connection,
    event: int,
    new: dict[str, object],
    *,
    reason: str,
    by: str,
    now: datetime,
) -> Entry:
    """Replace a fact by one with new values; raises Refused where nothing changes."""
    row, rows = _in_force(connection, event)
    admission = open_admission(connection, row.patient, now=now, without=event)
    return append(connection, admission, [correction(admission, row, rows, new, reason, by)])


def correction(
    admission: Admission,  # without the fact
    row: Recorded,
    rows: Sequence[Recorded],
    new: Mapping[str, object],
    reason: str,
    by: str | None,
    sender_id: str | None = None,
) -> Draft:
    """Make the fact that takes the place of another; raises Refused where nothing changes."""
    event = row.event
    # Who the patient is has a command of its own, and decisions are taken back, not rewritten.
    instead = _CONTACTS[row.kind] if row.kind in _CONTACTS else COMMANDED[row.kind].instead
    if instead is not None:
        kind, hint = row.kind.replace("_", " "), instead.format(who=_typed(row.patient))
        raise Refused(f"event {event} ({kind}) cannot be corrected; {hint}")
    unknown = set(new) - set(COMMANDED[row.kind].model_fields)
    if unknown:
        names = ", ".join(sorted(name.replace("_", "-") for name in unknown))
        raise Refused(f"--{names}: a {row.kind} has no such value")
    content = corrected(row, new)
    if not {"on", "at"} & set(new) and COMMANDED[row.kind].may_be_two:
        # It takes the place of one of two that stand side by side already.
        content = {**content, "second": True}
    line = parse_line(content, COMMANDED)
    right = admission.admit(line, skip_equal=False)[0]
    if row.kind == Kind.COURSE and right.body["drug"] != row.body["drug"]:
        _refuse_if_needed(row, rows)  # what was given would have no course, and no watch
    if says_the_same(right, row):
        raise Refused(
            f"event {event} of {row.patient} already says this, {fact_words(row)}; "
            "give the new values"
        )
    body = {**right.body, "correction": reason}
    if "second" not in row.body:
        body.pop("second", None)  # it was only to be let past the other one
    return Draft(kind=row.kind, on=right.on, body=body, by=by, corrects=event, sender_id=sender_id)


def corrected(row: Recorded, new: Mapping[str, object]) -> dict[str, object]:
    """Write the line of a fact with new values in the place of old ones; None takes one away."""
    left_out = {name for key in new for name in _INSTEAD.get(key, ())}
    kept = {key: value for key, value in as_line(row).items() if key not in left_out}
    return {key: value for key, value in {**kept, **new}.items() if value is not None}


def retract(connection: Connection, event: int, *, reason: str, by: str, now: datetime) -> Entry:
    """Take a fact back; raises Refused where other facts lean on it."""
    row, rows = _in_force(connection, event)
    admission = open_admission(connection, row.patient, now=now, without=event)
    return append(connection, admission, [retraction(admission, row, rows, reason, by)])


def retraction(
    admission: Admission,  # without the fact
    row: Recorded,
    rows: Sequence[Recorded],
    reason: str,
    by: str | None,
    sender_id: str | None = None,
) -> Draft:
    """Make the fact that takes another back; raises Refused where others lean on that."""
    event = row.event
    if row.kind == Kind.PATIENT:
        raise Refused(f"event {event} registers the patient; type: monitor patient close …")
    if row.kind in _CONTACTS:
        hint = _CONTACTS[row.kind].format(who=_typed(row.patient))
        raise Refused(f"event {event} is about who is told; {hint}")
    if row.kind == Kind.COURSE:
        _refuse_if_needed(row, rows)
    return Draft(
        kind=Kind.RETRACTION,
        on=min(row.on, admission.today),  # a booked day may lie ahead
        body={"reason": reason},
        by=by,
        corrects=event,
        sender_id=sender_id,
    )


def _in_force(connection: Connection, event: int) -> tuple[Recorded, list[Recorded]]:
    """Find a fact that counts, and the record that it is in.

    Raises with the number that counts instead of it.
    """
    who = facts.patient_of(connection, event)
    if who is None:
        raise NotFound(f"no event {event}; see: monitor history PATIENT")
    rows = facts.read(connection, who)
    meant = next(row for row in rows if row.event == event)
    if any(fact.row.event == event for fact in in_force(rows)):
        return meant, rows
    if meant.kind == Kind.RETRACTION:
        raise Refused(
            f"event {event} retracts event {meant.corrects} of {who}, and a retraction cannot be "
            "retracted; record the fact again"
        )
    later = next((row for row in rows if row.corrects == event), None)
    if later is None or later.kind == Kind.RETRACTION:
        raise Refused(
            f"event {event} of {who} was retracted by event "
            f"{later.event if later else 'unknown'}; see: monitor history {who}"
        )
    raise Refused(f"event {event} of {who} was corrected by event {later.event}; name that one")


def _typed(who: str) -> str:
    return "--clinic" if who == CLINIC else who


def _refuse_if_needed(row: Recorded, rows: Sequence[Recorded]) -> None:
    """Refuse to take away the only course with a drug that was given."""
    counting = [fact.row for fact in in_force(rows)]
    drug = row.body["drug"]
    others = [r for r in counting if r.kind == Kind.COURSE and r.body["drug"] == drug and r != row]
    leaning = [r for r in counting if _is_of_drug(r.kind) and r.body["drug"] == drug]
    if leaning and not others:
        raise Refused(
            f"event {row.event} starts the only course that event {leaning[0].event} belongs to; "
            f"end it: monitor course end {row.patient} --on DATE --reason WHY"
        )


def as_line(row: Recorded) -> dict[str, object]:
    """Write a stored fact as the line that it came from."""
    left_out = {"correction", "confirm", "drug", "version", "digest", "course"}
    body = {key: value for key, value in row.body.items() if key not in left_out}
    line: dict[str, object] = {"kind": row.kind, "patient": row.patient, **body}
    if COMMANDED[row.kind].day_key == "on":
        line["on"] = row.on.isoformat()
    if _is_of_drug(row.kind):
        line["protocol"] = row.body["drug"]
    return line


def _is_of_drug(kind: str) -> bool:
    return kind in COMMANDED and COMMANDED[kind].of_a_drug
