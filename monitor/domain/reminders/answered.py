"""Urgent warnings that were raised, and when somebody of the staff first acknowledged each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.domain.assessment import Assessment, Followed
from monitor.domain.facts import Acknowledgement, Event
from monitor.domain.outcome import URGENCIES, Urgency
from monitor.domain.reminders.subject import (
    PastReminder,
    Subject,
    covered_by,
    subject_of,
    subject_seen,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Raised:
    """An urgent or emergency warning: since when people could know, and when one answered."""

    subject: Subject
    on: date  # the patient's day
    at: datetime | None  # when it was queued, or recorded; None: not stored yet
    is_told: bool  # a message was queued; else it stands, and nobody was told
    acknowledged_at: datetime | None

    @property
    def waited(self) -> timedelta | None:
        """Give the time until somebody acknowledged it; None where nobody has."""
        if self.at is None or self.acknowledged_at is None:
            return None
        return max(self.acknowledged_at - self.at, timedelta(0))


def raised(
    past: Iterable[PastReminder],
    events: Iterable[Event],
    standing: Iterable[tuple[Followed, Assessment]],
) -> list[Raised]:
    """List the urgent warnings that messages told, and those that stand untold.

    One told to several people, or several times, is one. A patient's own acknowledgement answers
    for nobody else.
    """
    told: dict[Subject, PastReminder] = {}
    for one in past:
        if one.subject.urgency is not Urgency.ROUTINE and one.retracts is None and one.stands:
            told.setdefault(one.subject, one)  # they come oldest first
    heard = {lesser for subject in told for lesser in covered_by(subject)}
    answers = _first_answers(events)
    found = [
        Raised(
            subject=subject,
            on=one.planned_on,
            at=one.queued_at,
            is_told=True,
            acknowledged_at=answers.get(subject),
        )
        for subject, one in told.items()
    ]
    for followed, assessment in standing:
        for warning in assessment.warnings:
            subject = subject_of(followed.timeline.drug, warning)
            if warning.severity in URGENCIES and subject not in heard:
                said = [fact.said_at for fact in warning.facts if fact.said_at is not None]
                found.append(
                    Raised(
                        subject=subject,
                        on=warning.since,
                        at=max(said, default=None),
                        is_told=False,
                        acknowledged_at=answers.get(subject),
                    )
                )
    return found


def _first_answers(events: Iterable[Event]) -> dict[Subject, datetime]:
    """Find when each subject was first acknowledged; what answers the graver answers the lesser."""
    found: dict[Subject, datetime] = {}
    for answer in events:
        if isinstance(answer, Acknowledgement) and not answer.is_patients and answer.said_at:
            for subject in covered_by(subject_seen(answer)):
                found[subject] = min(answer.said_at, found.get(subject, answer.said_at))
    return found
