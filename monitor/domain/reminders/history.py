"""What has become of a patient's earlier reminders, and of acknowledgements."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from monitor.domain.corrections import Recorded
from monitor.domain.dates import CLOCKS_DIFFER
from monitor.domain.facts import Acknowledgement, Event, Kind
from monitor.domain.outcome import Urgency
from monitor.domain.reminders.message import Delivery
from monitor.domain.reminders.policy import Policy, Stage
from monitor.domain.reminders.subject import (
    PastReminder,
    Person,
    Subject,
    covered_by,
    subject_seen,
)

_UNARRIVED = (Delivery.QUEUED, Delivery.SENDING, Delivery.FAILED)
_SMALL_JUMP = timedelta(days=1)  # an escalation waits so much longer
_LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """What planning needs to know of the past, by subject.

    What became of a grave subject counts for the same at a lesser urgency too.
    """

    acknowledged_on: Mapping[Subject, date] = field(default_factory=dict)  # the newest
    first_sent_at: Mapping[Subject, datetime] = field(default_factory=dict)  # of warnings
    # who could not be reached
    failed: Mapping[Subject, frozenset[Person]] = field(default_factory=dict)
    # who has not been reached in time of an urgent subject, and is tried on
    undelivered: Mapping[Subject, frozenset[Person]] = field(default_factory=dict)
    # the newest that was a patient's own: it quiets the patient alone
    seen_by_patient_on: Mapping[Subject, date] = field(default_factory=dict)
    # since when nobody has answered what gave way to a newer value, or to a correction
    unanswered_since: Mapping[Subject, datetime] = field(default_factory=dict)
    undelivered_at: tuple[datetime, ...] = ()  # when what is under way will be late


def history_of(
    events: Sequence[Event],
    rows: Sequence[Recorded],
    past: Sequence[PastReminder],
    policy: Policy,
    *,
    retracted: Container[str],
    today: date,
    now: datetime,
) -> History:
    """Gather the history of a patient's reminders; what was retracted counts as never sent.

    What was sent far in the future was sent while the clock was wrong, nobody knows when: so long
    ago that it may escalate.
    """
    acknowledged, seen_by_patient = _acknowledged(events, past, today)
    counting = [one for one in past if one.retracts is None and one.key not in retracted]
    sent: dict[Subject, datetime] = {}
    for one in counting:
        # What gave way to its escalation was sent all the same.
        if one.stage is Stage.WARNING and one.stands:
            at = one.queued_at if one.queued_at <= now + _SMALL_JUMP else _LONG_AGO
            for subject in covered_by(one.subject):
                sent[subject] = min(at, sent.get(subject, at))
    reached = _latest_reached(past, now)
    given_up = [
        one for one in counting if one.state is Delivery.FAILED and _is_unreached(one, reached)
    ]
    wait = timedelta(minutes=policy.undelivered_after_minutes)
    late_at = [
        # One that was queued in the future was queued before the clock was put back: it is late.
        (one, one.queued_at + wait if one.queued_at <= now + CLOCKS_DIFFER else now)
        for one in past
        if one.urgency is not Urgency.ROUTINE
        and one.retracts is None
        and _is_unreached(one, reached)
    ]
    late = [one for one, at in late_at if at <= now or one.state is Delivery.FAILED]
    return History(
        acknowledged_on=acknowledged,
        first_sent_at=sent,
        unanswered_since=_unanswered_before_correction(events, rows, sent, acknowledged),
        failed=_people_by_subject(given_up),
        undelivered=_people_by_subject(late),
        seen_by_patient_on=seen_by_patient,
        undelivered_at=tuple(at for _, at in late_at if at > now),
    )


def retracted_in(past: Iterable[PastReminder]) -> set[str]:
    """Give the keys of the reminders that others take back."""
    return {one.retracts for one in past if one.retracts is not None}


def first_planned_on(past: Iterable[PastReminder], today: date) -> dict[Subject, date]:
    """Find the day of the first message of each subject; one of the future has no day."""
    found: dict[Subject, date] = {}
    for one in past:
        if one.planned_on <= today and one.retracts is None:
            subject = one.subject.routine
            found[subject] = min(one.planned_on, found.get(subject, one.planned_on))
    return found


def _acknowledged(
    events: Iterable[Event], past: Iterable[PastReminder], today: date
) -> tuple[dict[Subject, date], dict[Subject, date]]:
    """Find when each subject was acknowledged last, by anybody and by the patient alone."""
    answers = [e for e in events if isinstance(e, Acknowledgement) and e.on <= today]
    rules = {answer.rule for answer in answers}
    planned = first_planned_on([one for one in past if one.subject.rule in rules], today)
    by_staff: dict[Subject, date] = {}
    by_patient: dict[Subject, date] = {}
    for answer in answers:
        seen = subject_seen(answer)
        if answer.on < planned.get(seen.routine, answer.on):
            continue  # nobody has seen a message before it was there
        by = by_patient if answer.is_patients else by_staff
        for subject in covered_by(seen):
            by[subject] = max(answer.on, by.get(subject, answer.on))
    return by_staff, by_patient


def _unanswered_before_correction(
    events: Iterable[Event],
    rows: Iterable[Recorded],
    sent: Mapping[Subject, datetime],
    answered: Container[Subject],
) -> dict[Subject, datetime]:
    """Find since when nobody has answered what was said of a fact before another took its place.

    That is a correction of it, or another result of its code and day.
    """
    place: dict[int, object] = {}
    for row in rows:
        if row.corrects in place:
            place[row.event] = place[row.corrects]
        elif row.kind == Kind.RESULT:
            place[row.event] = row.body["code"], row.on
        place.setdefault(row.event, row.event)
    now_there: dict[object, list[int]] = {}
    for event in events:
        now_there.setdefault(place.get(event.event), []).append(event.event)
    found: dict[Subject, datetime] = {}
    for subject, at in sent.items():
        if subject.urgency is Urgency.ROUTINE or subject in answered:
            continue
        for number in now_there.get(place.get(subject.anchor), ()):
            newer = replace(subject, anchor=number)
            found[newer] = min(at, found.get(newer, at))
    return found


def _people_by_subject(past: Iterable[PastReminder]) -> dict[Subject, frozenset[Person]]:
    found: dict[Subject, frozenset[Person]] = {}
    for one in past:
        for subject in covered_by(one.subject):
            found[subject] = found.get(subject, frozenset()) | {one.person}
    return found


def _is_unreached(one: PastReminder, reached: Mapping[tuple[Person, Subject], datetime]) -> bool:
    """Say whether a message has not arrived, nor a later one about the same."""
    if one.state not in _UNARRIVED:
        return False
    since = reached.get((one.person, one.subject))
    return since is None or since <= one.queued_at


def _latest_reached(
    past: Iterable[PastReminder], now: datetime
) -> dict[tuple[Person, Subject], datetime]:
    """Find when the last one that arrived was queued, for whom and what something did not arrive.

    What arrived while the clock was wrong says nothing of what is queued now.
    """
    found: dict[tuple[Person, Subject], datetime] = {}
    waiting = {(one.person, one.subject.rule) for one in past if one.state in _UNARRIVED}
    for one in past:
        is_there = one.state is Delivery.SENT and one.queued_at <= now + CLOCKS_DIFFER
        if is_there and (one.person, one.subject.rule) in waiting:
            for subject in covered_by(one.subject):
                key = one.person, subject
                found[key] = max(one.queued_at, found.get(key, one.queued_at))
    return found
