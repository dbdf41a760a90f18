"""Correct or take back a recorded fact: another fact says so, and nothing is edited."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from monitor.domain.corrections import InForce, Recorded, in_force
from monitor.domain.facts import Kind
from monitor.errors import NotFound, Refused
from monitor.service.asking.said import fact_words
from monitor.service.recording import record
from monitor.service.recording.duplicates import says_the_same
from monitor.service.recording.input_lines import COMMANDED, parse_line
from monitor.store import facts
from monitor.store.facts import Draft

_CONTACTS = {
    "contact": "type: monitor contact remove NUMBER, and add it anew",
    "contact_removed": "type: monitor contact add {who} …",
}
# What a correction may not touch: who the patient is has a command of its own, and decisions
# are taken back, not rewritten.
_NOT_CORRECTED = {
    "patient": "type: monitor patient change {who} --on DATE …",
    "patient_change": "retract it and type: monitor patient change {who} --on DATE …",
    "waiver": "retract it and waive again",
    "course_move": "retract it and move again",
    "cancel": "retract it, or book again",
    "acknowledgement": "retract it and acknowledge again",
    **_CONTACTS,
}
# What belongs to a course with the same drug.
_GIVEN = ("infusion", "plan", "cancel", "dose")
# Giving one of these leaves the others of the old fact out.
_INSTEAD = {
    "bsa_m2": ("height_cm", "weight_kg", "bsa_formula"),
    "height_cm": ("bsa_m2",),
    "weight_kg": ("bsa_m2",),
}


def correct(
    connection: Connection,
    event: int,
    new: dict[str, Any],
    *,
    reason: str,
    by: str,
    now: datetime,
) -> record.Entry:
    """Replace a fact by one with new values; raises Refused where nothing changes."""
    fact = _in_force(connection, event)
    row = fact.row
    if row.kind in _NOT_CORRECTED:
        hint = _NOT_CORRECTED[row.kind].format(who=row.patient)
        kind = row.kind.replace("_", " ")
        raise Refused(f"event {event} ({kind}) cannot be corrected; {hint}")
    old = _as_line(row)
    unknown = set(new) - set(COMMANDED[row.kind].model_fields)
    if unknown:
        names = ", ".join(sorted(name.replace("_", "-") for name in unknown))
        raise Refused(f"--{names}: a {row.kind} has no such value")
    left_out = {name for key in new for name in _INSTEAD.get(key, ())}
    content = {key: value for key, value in old.items() if key not in left_out} | new
    if not {"on", "at"} & set(new) and COMMANDED[row.kind].may_be_two:
        # It takes the place of one of two that stand side by side already.
        content = {**content, "second": True}
    line = parse_line({**content, "by": by}, COMMANDED)
    admission = record.open_admission(connection, row.patient, now=now, without=event)
    drafts = admission.admit(line, skip_equal=False)
    if row.kind == Kind.COURSE and drafts[0].body["drug"] != row.body["drug"]:
        _refuse_if_needed(connection, row)  # what was given would have no course, and no watch
    body = {**drafts[0].body, "correction": reason}
    if "second" not in row.body:
        body.pop("second", None)  # it was only to be let past the other one
    if says_the_same(drafts[0], row):
        said = fact_words(row)
        raise Refused(
            f"event {event} of {row.patient} says just that already, {said}; give the new values"
        )
    draft = Draft(kind=row.kind, on=drafts[0].on, body=body, by=by, corrects=event)
    return record.append(connection, admission, [draft])


def retract(
    connection: Connection, event: int, *, reason: str, by: str, now: datetime
) -> record.Entry:
    """Take a fact back; raises Refused where other facts lean on it."""
    row = _in_force(connection, event).row
    if row.kind == Kind.PATIENT:
        raise Refused(f"event {event} registers the patient; type: monitor patient close …")
    if row.kind in _CONTACTS:
        hint = _CONTACTS[row.kind].format(who=row.patient)
        raise Refused(f"event {event} is about who is told; {hint}")
    if row.kind == Kind.COURSE:
        _refuse_if_needed(connection, row)
    admission = record.open_admission(connection, row.patient, now=now, without=event)
    on = min(row.on, admission.today)  # a booked day may lie ahead
    draft = Draft(kind=Kind.RETRACTION, on=on, body={"reason": reason}, by=by, corrects=event)
    return record.append(connection, admission, [draft])


def _in_force(connection: Connection, event: int) -> InForce:
    """Find a fact that counts; raises with the number that counts instead of it."""
    who = facts.patient_of(connection, event)
    if who is None:
        raise NotFound(f"no event {event}; see: monitor history PATIENT")
    rows = facts.read(connection, who)
    counting = {fact.row.event: fact for fact in in_force(rows)}
    if event in counting:
        return counting[event]
    meant = next(row for row in rows if row.event == event)
    if meant.kind == Kind.RETRACTION:
        raise Refused(
            f"event {event} takes event {meant.corrects} of {who} back, and a taking back cannot "
            "be taken back; record again what was taken back"
        )
    later = next((row for row in rows if row.corrects == event), None)
    if later is None or later.kind == Kind.RETRACTION:
        raise Refused(
            f"event {event} of {who} was taken back, by event "
            f"{later.event if later else 'unknown'}; see: monitor history {who}"
        )
    raise Refused(f"event {event} of {who} was corrected by event {later.event}; name that one")


def _refuse_if_needed(connection: Connection, row: Recorded) -> None:
    """Refuse to take away the only course with a drug that was given."""
    counting = [fact.row for fact in in_force(facts.read(connection, row.patient))]
    drug = row.body["drug"]
    others = [r for r in counting if r.kind == Kind.COURSE and r.body["drug"] == drug and r != row]
    leaning = [r for r in counting if r.kind in _GIVEN and r.body["drug"] == drug]
    if leaning and not others:
        raise Refused(
            f"event {row.event} starts the only course that event {leaning[0].event} belongs to; "
            f"end it: monitor course end {row.patient} --on DATE --reason WHY"
        )


def _as_line(row: Recorded) -> dict[str, Any]:
    """Write a stored fact as the line that it came from."""
    left_out = {"correction", "confirm", "drug", "version", "digest", "course"}
    body = {key: value for key, value in row.body.items() if key not in left_out}
    line: dict[str, Any] = {"kind": row.kind, "patient": row.patient, **body}
    if row.kind != Kind.SYMPTOM:
        line["on"] = row.on.isoformat()
    if row.kind in _GIVEN:
        line["protocol"] = row.body["drug"]
    return line
