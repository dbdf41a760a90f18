"""What a reminder is about."""

from dataclasses import dataclass, replace

from monitor.domain.checks import Check
from monitor.domain.outcome import URGENCIES, Urgency
from monitor.domain.rules.warning import SafetyWarning

_GRAVITY = list(Urgency)


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """One occurrence of a rule, counted from its anchor."""

    drug: str
    rule: str
    occurrence: int
    anchor: int  # number of the fact it counts from
    urgency: Urgency = Urgency.ROUTINE  # what has become graver is another subject


def covered_by(subject: Subject) -> list[Subject]:
    """List a subject, and the same at each lesser urgency: who heard of it heard of these."""
    lesser = _GRAVITY[: _GRAVITY.index(subject.urgency)]
    return [*(replace(subject, urgency=urgency) for urgency in lesser), subject]


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
