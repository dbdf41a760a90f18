"""What a reminder can be about, and what has become of it so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from monitor.domain.checks import Check
from monitor.domain.outcome import Role, Severity
from monitor.domain.warning import SafetyWarning


class Urgency(StrEnum):
    """How soon a message must arrive; the two graver kinds go out at once."""

    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"


# The severities whose warnings do not wait for the message of the day.
URGENCIES = {Severity.EMERGENCY: Urgency.EMERGENCY, Severity.URGENT: Urgency.URGENT}


@dataclass(frozen=True, kw_only=True, slots=True)
class Matter:
    """What a reminder is about: one occurrence of a rule, counted from its anchor."""

    drug: str
    rule: str
    occurrence: int
    anchor: int  # identity of the fact it counts from


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """What has become of earlier reminders and of acknowledgements, by matter."""

    acknowledged_on: Mapping[Matter, date]  # the newest
    first_told_at: Mapping[Matter, datetime]  # of warnings
    failed: Mapping[Matter, frozenset[tuple[Role, str]]]  # who could not be reached
    # who has not been reached in time of an urgent matter, and is tried on
    undelivered: Mapping[Matter, frozenset[tuple[Role, str]]] = field(default_factory=dict)
    # the newest that was a patient's own: it quiets the patient alone
    seen_by_patient_on: Mapping[Matter, date] = field(default_factory=dict)
    undelivered_at: tuple[datetime, ...] = ()  # when what is under way will be late


def matter_of(drug: str, subject: Check | SafetyWarning) -> Matter:
    """Say what a check or warning is about.

    A grave warning counts from its newest fact: what came after it was told, or acknowledged, is
    told anew.
    """
    anchor = subject.anchor
    if isinstance(subject, SafetyWarning) and subject.severity in URGENCIES:
        anchor = max(subject.facts, key=lambda fact: (fact.on, fact.event))
    return Matter(
        drug=drug,
        rule=subject.rule,
        occurrence=subject.occurrence,
        anchor=anchor.identity,
    )
