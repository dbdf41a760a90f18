"""What is to be done about reminders: those that are due, compared with those on record."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from monitor.domain.checks import Check
from monitor.domain.outcome import Urgency
from monitor.domain.reminders.audience import digest
from monitor.domain.reminders.due import Reminder
from monitor.domain.reminders.message import OPEN, Delivery, Via
from monitor.domain.reminders.policy import Policy, Stage
from monitor.domain.reminders.retraction import MOVED, Retraction, by_message
from monitor.domain.reminders.subject import PastReminder, Person, Subject, due_in, is_graver
from monitor.domain.rules.warning import SafetyWarning

_URGENCIES = list(Urgency)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is to be done, in the order of these fields."""

    retract: tuple[Retraction, ...]
    withdraw: tuple[str, ...]  # keys of what is queued and not needed any more
    keep: frozenset[str]  # keys of what is queued already and stays so
    queue: Mapping[str, Reminder]  # the gravest first, by the keys for the record


def plan(
    due: Iterable[Reminder],
    past: Sequence[PastReminder],
    policy: Policy,
    *,
    retracted: Container[str],
    taken_by: Callable[[PastReminder], Via | None],  # the channel that took what was sent
) -> Plan:
    """Compare what is due with the record; `retracted`: the keys of what was taken back."""
    # A patient of ten years has a lot.
    groups: dict[tuple[Subject, Person], list[PastReminder]] = {}
    for one in past:
        if one.retracts is None:
            groups.setdefault(one.about, []).append(one)

    counted = [_counted(reminder, groups.get(reminder.about, ())) for reminder in due]
    moved = [
        one
        for reminder in counted
        for one in groups.get(reminder.about, ())
        if _named_another_day(one, reminder) and one.key not in retracted
    ]
    void = {one.key for one in past if one.key in retracted} | {one.key for one in moved}
    turns = Counter(one.identity for one in past if one.key in void)
    wanted = {r.key: r for r in (replace(r, turn=turns[r.identity]) for r in counted)}.values()

    keep = {
        one.key
        for reminder in wanted
        for one in groups.get(reminder.about, ())
        if _stays(one, reminder)
    }
    unneeded = {
        one.key: one
        for one in past
        if one.state in OPEN and one.retracts is None and one.key not in keep
    }
    queue: dict[str, Reminder] = {}
    for reminder in sorted(wanted, key=lambda r: -_URGENCIES.index(r.urgency)):
        earlier = groups.get(reminder.about, ())
        astray = {one.key for one in earlier if _is_astray(one, reminder, taken_by)}
        if not (reminder.is_answered or _is_settled(reminder, earlier, policy, keep, void, astray)):
            same = [
                one for one in earlier if _is_same(one, reminder) and one.state is Delivery.SENT
            ]
            queue[_record_key(reminder, earlier)] = replace(
                reminder,
                number=1 + sum(one.key not in void for one in same),
                waits_since=_waits_since(reminder, unneeded.values(), same),
            )
    return Plan(
        retract=tuple(by_message(moved, why=MOVED)),
        withdraw=tuple(unneeded),
        keep=frozenset(keep),
        queue=queue,
    )


def _counted(reminder: Reminder, past: Iterable[PastReminder]) -> Reminder:
    """Count what has changed since a reminder was sent: its due day, and how grave it is."""
    if isinstance(reminder.cause, Check):
        said = [day for one in past if one.stands and (day := due_in(one.words)) is not None]
        days = pairwise([*said, reminder.cause.due])
        reminder = replace(reminder, moves=sum(old != new for old, new in days))
    if reminder.urgency is Urgency.EMERGENCY:
        heard = [one.subject.urgency for one in past if one.may_have_arrived]
        steps = pairwise([*heard, reminder.urgency])
        reminder = replace(reminder, rises=sum(is_graver(new, old) for old, new in steps))
    return reminder


def _named_another_day(one: PastReminder, reminder: Reminder) -> bool:
    """Say whether somebody may have read another due day; a channel without detail names none."""
    return (
        one.may_have_arrived
        and _is_of_another_day(one, reminder)
        and any(via.is_private for via in one.channels)
    )


def _stays(one: PastReminder, reminder: Reminder) -> bool:
    """Say whether something queued stays so: the same, or an earlier repeat that waits.

    An earlier stage too, once it was tried: it is tried to its end, or a dead channel would be
    given up later with each stage.
    """
    is_there = one.state in OPEN and one.address == reminder.recipient.address
    is_same = one.identity == reminder.identity and _is_as_grave(one, reminder)
    return is_there and (is_same or _goes_on(one, reminder))


def _is_settled(
    reminder: Reminder,
    past: Iterable[PastReminder],
    policy: Policy,
    keep: Container[str],
    void: Container[str],
    astray: Container[str],  # sent to where the recipient is no more
) -> bool:
    """Say whether a reminder needs no queueing: it arrived, is on its way, or was given up."""
    address = reminder.recipient.address  # given up on one, it is tried on another
    identity, forms = reminder.identity, _forms(reminder, past)  # computed anew each time
    return any(
        (one.key in keep and (one.identity == identity or _goes_on(one, reminder)))
        or (one.key in forms and one.state is Delivery.SENT and one.key not in astray)
        or (one.key in forms and one.state is Delivery.FAILED and one.address == address)
        or (one.key not in void and one.key not in astray and _came_late(one, reminder, policy))
        for one in past
    )


def _forms(reminder: Reminder, past: Iterable[PastReminder]) -> list[str]:
    """List the keys under which a reminder is on record, and the next free one.

    What was tried stays with its message, so that whoever got that can still be understood.
    """
    known = {one.key for one in past}
    found = [reminder.key]
    while found[-1] in known:
        found.append(digest(found[-1], "again"))
    return found


def _record_key(reminder: Reminder, past: Iterable[PastReminder]) -> str:
    """Choose the key for the record: what nobody tried moves to another message."""
    by_key = {one.key: one for one in past}
    forms = _forms(reminder, past)
    latest = by_key.get(forms[-2]) if len(forms) > 1 else None
    if latest is None or latest.tries or latest.address != reminder.recipient.address:
        return forms[-1]
    return forms[-2]


def _is_astray(
    one: PastReminder, reminder: Reminder, taken_by: Callable[[PastReminder], Via | None]
) -> bool:
    """Say whether something urgent arrived only at an address that its recipient has no more.

    It was wrong, and put right: whoever is there now has heard nothing.
    """
    recipient = reminder.recipient
    if (
        reminder.urgency is Urgency.ROUTINE
        or one.address == recipient.address
        or one.state is not Delivery.SENT
        or not _is_same(one, reminder)
    ):
        return False
    took = taken_by(one)
    return took is not None and took.url not in {via.url for via in recipient.channels}


def _goes_on(one: PastReminder, reminder: Reminder) -> bool:
    """Say whether a try of an earlier stage is under way to the same recipient."""
    is_there = one.address == reminder.recipient.address and one.tries > 0 and one.state in OPEN
    return is_there and not reminder.unreached and _is_same(one, reminder)


def _came_late(one: PastReminder, reminder: Reminder, policy: Policy) -> bool:
    """Say whether an earlier stage arrived only when this one had begun, and so stands for it."""
    if one.state is not Delivery.SENT or one.sent_at is None or reminder.unreached:
        return False
    if not _is_same(one, reminder):
        return False
    if isinstance(reminder.cause, SafetyWarning) and reminder.stage is not one.stage:
        hours = policy.warnings[reminder.cause.severity].escalate_after_hours
        return hours is not None and one.sent_at >= one.queued_at + timedelta(hours=hours)
    queued, sent = (
        at.astimezone(reminder.recipient.zone).date() for at in (one.queued_at, one.sent_at)
    )
    return queued < reminder.since <= sent


def _is_same(one: PastReminder, reminder: Reminder) -> bool:
    """Say whether a reminder on record, about the same, said what is to be said now."""
    return _is_as_grave(one, reminder) and not _is_of_another_day(one, reminder)


def _is_as_grave(one: PastReminder, reminder: Reminder) -> bool:
    """Say whether a reminder on record said no less than what is to be said now."""
    return not is_graver(reminder.urgency, one.subject.urgency)


def _is_of_another_day(one: PastReminder, reminder: Reminder) -> bool:
    """Say whether a check was named with another due day."""
    if not isinstance(reminder.cause, Check) or one.stage is Stage.WARNING:
        return False
    return due_in(one.words) not in (None, reminder.cause.due)


def _waits_since(
    reminder: Reminder,
    replaced: Iterable[PastReminder],  # what gives way to newer messages
    same: Iterable[PastReminder],  # what was sent of it
) -> datetime | None:
    """Say since when the recipient waits to hear of something urgent, of which nothing arrived.

    Each new fact would else start the time anew after which others hear.
    """
    since = min(
        (
            one.queued_at
            for one in replaced
            if one.urgency is not Urgency.ROUTINE and one.person == reminder.recipient.person
        ),
        default=None,
    )
    if since is None or reminder.urgency is Urgency.ROUTINE:
        return None
    return None if any(one.queued_at >= since for one in same) else since
