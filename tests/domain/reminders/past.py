"""Reminders of an invented drug, due and on record, for tests of plans and histories."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor import policy
from monitor.domain.checks import Check
from monitor.domain.outcome import CheckState, Role, Severity, Urgency
from monitor.domain.reminders.audience import Recipient
from monitor.domain.reminders.due import Reminder
from monitor.domain.reminders.message import Delivery, Via
from monitor.domain.reminders.policy import Stage
from monitor.domain.reminders.subject import PastReminder, subject_of, urgency_in
from monitor.domain.reminders.wording import words
from monitor.domain.rules.warning import SafetyWarning
from tests.facts import infusion, symptom

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
POLICY = policy.load(None)
PRIVATE, OPEN_TO_ALL = Via(url="one:", is_private=True), Via(url="two:", is_private=False)
NURSE = Recipient(
    role=Role.NURSE, name="N", zone=ZoneInfo("UTC"), is_private=True, address="a",
    channels=(PRIVATE,),
)  # fmt: skip
PATIENT = replace(NURSE, role=Role.PATIENT, name="P")
GIVEN = replace(infusion(on=TODAY - timedelta(days=10), drug="example"), event=7)


def check(*, due: date = TODAY, **more: Any) -> Check:
    """Give an invented check."""
    given = {
        "rule": "count", "title": "Count", "occurrence": 1, "opens": due - timedelta(days=1),
        "due": due, "overdue_after": due + timedelta(days=4), "state": CheckState.OPEN,
        "anchor": GIVEN, "audience": (Role.NURSE, Role.PATIENT), "cites": (), "drug": "example",
    }  # fmt: skip
    return Check(**{**given, **more})


def warning(severity: Severity = Severity.URGENT, *, event: int = 8, **more: Any) -> SafetyWarning:
    """Give an invented warning of a symptom."""
    fact = replace(symptom("ache", on=TODAY), event=event)
    given = {
        "key": f"P:ache:{event}", "rule": "ache", "occurrence": 1, "severity": severity,
        "since": TODAY, "until": None, "message": "An ache.", "patient_message": "Call.",
        "facts": (fact,), "cites": (), "peak": None, "anchor": fact,
    }  # fmt: skip
    return SafetyWarning(**{**given, **more})


def due(
    cause: Check | SafetyWarning, *, to: Recipient = NURSE, stage: Stage | None = None, **more: Any
) -> Reminder:
    """Give a reminder that is due."""
    at = stage or (Stage.WARNING if isinstance(cause, SafetyWarning) else Stage.DUE)
    given = {"since": TODAY, "repeat": 0, **more}
    return Reminder(
        patient="P",
        subject=subject_of("example", cause),
        cause=cause,
        recipient=to,
        stage=at,
        **given,
    )


def past(reminder: Reminder, state: Delivery = Delivery.SENT, **more: Any) -> PastReminder:
    """Give a reminder as it stands on record: an hour old, and tried once unless it waits."""
    at = NOW - timedelta(hours=1)
    given = {
        "key": reminder.key,
        "identity": reminder.identity,
        "message": "m",
        "ref": "R",
        "stage": reminder.stage,
        "repeat": reminder.repeat,
        "planned_on": TODAY,
        "queued_at": at,
        "known": 8,
        "retracts": None,
        "words": words(reminder),
        "role": reminder.recipient.role,
        "recipient": reminder.recipient.name,
        "address": reminder.recipient.address,
        "channels": reminder.recipient.channels,
        "zone": "UTC",
        "urgency": reminder.urgency,
        "tries": int(state in (Delivery.SENT, Delivery.FAILED)),
        "due_at": at,
        "sent_at": at if state is Delivery.SENT else None,
        "state": state,
    }
    given |= more
    said = urgency_in(given["words"], otherwise=given["urgency"])
    return PastReminder(subject=replace(reminder.subject, urgency=said), **given)


def graver(reminder: Reminder, urgency: Urgency) -> Reminder:
    """Give the same of another urgency, as another version of a protocol may have it."""
    severity = Severity.EMERGENCY if urgency is Urgency.EMERGENCY else Severity.URGENT
    return replace(
        reminder,
        subject=replace(reminder.subject, urgency=urgency),
        cause=replace(reminder.cause, severity=severity),
    )
