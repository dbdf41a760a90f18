"""What a reminder can be about, and what has become of it so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from monitor.domain.checks import Check
from monitor.domain.outcome import URGENCIES, Role, Urgency
from monitor.domain.rules.warning import SafetyWarning

_GRAVITY = list(Urgency)


@dataclass(frozen=True, kw_only=True, slots=True)
class Matter:
    """What a reminder is about: one occurrence of a rule, counted from its anchor."""

    drug: str
    rule: str
    occurrence: int
    anchor: int  # number of the fact it counts from
    urgency: Urgency = Urgency.ROUTINE  # what has become graver is another matter


def covered_by(matter: Matter) -> list[Matter]:
    """List a matter, and the same at each lesser urgency: who heard of it heard of these."""
    lesser = _GRAVITY[: _GRAVITY.index(matter.urgency)]
    return [*(replace(matter, urgency=urgency) for urgency in lesser), matter]


def is_graver(one: Urgency, other: Urgency) -> bool:
    """Say whether an urgency is graver than another."""
    return _GRAVITY.index(one) > _GRAVITY.index(other)


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """What has become of earlier reminders and of acknowledgements, by matter.

    What became of a grave one counts for the same at a lesser urgency too.
    """

    acknowledged_on: Mapping[Matter, date]  # the newest
    first_told_at: Mapping[Matter, datetime]  # of warnings
    failed: Mapping[Matter, frozenset[tuple[Role, str]]]  # who could not be reached
    # who has not been reached in time of an urgent matter, and is tried on
    undelivered: Mapping[Matter, frozenset[tuple[Role, str]]] = field(default_factory=dict)
    # the newest that was a patient's own: it quiets the patient alone
    seen_by_patient_on: Mapping[Matter, date] = field(default_factory=dict)
    # since when nobody has answered what gave way to a newer value, or to a correction
    told_before: Mapping[Matter, datetime] = field(default_factory=dict)
    undelivered_at: tuple[datetime, ...] = ()  # when what is under way will be late


def matter_of(drug: str, subject: Check | SafetyWarning) -> Matter:
    """Say what a check or warning is about.

    A grave warning counts from what was recorded of it last, a correction too: what came after it
    was told, or acknowledged, is told anew; not that a preliminary value is final with no change.
    """
    urgency, anchor = Urgency.ROUTINE, subject.anchor.identity
    if isinstance(subject, SafetyWarning) and subject.severity in URGENCIES:
        urgency = URGENCIES[subject.severity]
        anchor = max(fact.news for fact in subject.facts)
    return Matter(
        drug=drug,
        rule=subject.rule,
        occurrence=subject.occurrence,
        anchor=anchor,
        urgency=urgency,
    )
