"""What a reminder is about, and a reminder on record."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime

from monitor.domain.checks import Check
from monitor.domain.facts import Acknowledgement
from monitor.domain.outcome import URGENCIES, Role, Severity, Urgency
from monitor.domain.reminders.message import Delivery, Via
from monitor.domain.reminders.policy import Stage
from monitor.domain.rules.warning import SafetyWarning

Person = tuple[Role, str]  # a role, and a name

_GRAVITY = list(Urgency)
_SEVERITY = re.compile(rf".*, ({'|'.join(Severity)}), since \d{{4}}-")
_DUE = re.compile(r".*, due (\d{4}-\d{2}-\d{2})[.,]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """One occurrence of a rule, counted from its anchor."""

    drug: str
    rule: str
    occurrence: int
    anchor: int  # number of the fact it counts from
    urgency: Urgency = Urgency.ROUTINE  # what has become graver is another subject

    @property
    def routine(self) -> "Subject":
        """Give the same, however urgent."""
        return replace(self, urgency=Urgency.ROUTINE)


def covered_by(subject: Subject) -> list[Subject]:
    """List a subject, and the same at each lesser urgency: who heard of it heard of these."""
    lesser = _GRAVITY[: _GRAVITY.index(subject.urgency)]
    return [*(replace(subject, urgency=urgency) for urgency in lesser), subject]


def subject_seen(answer: Acknowledgement) -> Subject:
    """Say what an acknowledgement is about; one that names no severity is of any."""
    return Subject(
        drug=answer.drug,
        rule=answer.rule,
        occurrence=answer.occurrence,
        anchor=answer.anchor,
        urgency=Urgency(answer.severity or Urgency.EMERGENCY),
    )


def is_graver(one: Urgency, other: Urgency) -> bool:
    """Say whether an urgency is graver than another."""
    return _GRAVITY.index(one) > _GRAVITY.index(other)


def subject_of(drug: str, cause: Check | SafetyWarning) -> Subject:
    """Say what a check or warning is about.

    A grave warning counts from what was recorded of it last, a correction too: what came after it
    was sent, or acknowledged, is sent anew; not that a preliminary value is final with no change.
    """
    urgency, anchor = Urgency.ROUTINE, cause.anchor.identity
    if isinstance(cause, SafetyWarning) and cause.severity in URGENCIES:
        urgency = URGENCIES[cause.severity]
        anchor = max(fact.news for fact in cause.facts)
    return Subject(
        drug=drug,
        rule=cause.rule,
        occurrence=cause.occurrence,
        anchor=anchor,
        urgency=urgency,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class PastReminder:
    """A reminder on record, with what has become of its message."""

    key: str
    identity: str
    message: str
    ref: str
    subject: Subject  # as urgent as its words were
    stage: Stage
    repeat: int
    planned_on: date
    queued_at: datetime
    known: int  # the patient's last event at that time
    retracts: str | None  # the reminder that it takes back
    words: str
    role: Role
    recipient: str
    address: str
    channels: tuple[Via, ...]
    zone: str
    urgency: Urgency  # of the message: that of its gravest reminder
    tries: int
    due_at: datetime
    sent_at: datetime | None
    state: Delivery  # of the message; withdrawn where the reminder is

    @property
    def person(self) -> Person:
        """Say who it was for."""
        return self.role, self.recipient

    @property
    def about(self) -> tuple[Subject, Person]:
        """Say what it was about, however urgent, and whom it was for."""
        return self.subject.routine, self.person

    @property
    def stands(self) -> bool:
        """Say whether it was not withdrawn before somebody may have read it."""
        return self.state is not Delivery.WITHDRAWN or self.tries > 0

    @property
    def may_have_arrived(self) -> bool:
        """Say whether somebody may have read it."""
        return self.state is Delivery.SENT or self.tries > 0


def due_in(words: str) -> date | None:
    """Find the due day that the words of a check named; None in those of a warning."""
    found = _DUE.match(words.partition("\n")[0])
    return date.fromisoformat(found[1]) if found else None


def urgency_in(words: str, *, otherwise: Urgency) -> Urgency:
    """Find how urgent the words of a reminder are; those to a patient are as their message is."""
    if due_in(words) is not None:
        return Urgency.ROUTINE
    found = _SEVERITY.match(words.partition("\n")[0])
    if found is None:
        return otherwise
    return URGENCIES.get(Severity(found[1]), Urgency.ROUTINE)
