"""Whether a planned reminder was told already, or is under way."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from monitor.domain.checks import Check
from monitor.domain.outcome import Urgency
from monitor.domain.reminders.plan import Recipient, Reminder, digest
from monitor.domain.reminders.policy import Policy, Stage
from monitor.domain.reminders.subject import is_graver
from monitor.domain.rules.warning import SafetyWarning
from monitor.service.reminding.wording import due_in, urgency_in
from monitor.store.owing import Stored

OPEN = ("owed", "sending")

Key = tuple[str, str, str, str]


def by_matter(stored: Iterable[Stored]) -> dict[Key, list[Stored]]:
    """Group what is on record by rule and recipient: a patient of ten years has a lot of it."""
    found: dict[Key, list[Stored]] = {}
    for one in stored:
        found.setdefault((one.drug, one.rule, one.role, one.recipient), []).append(one)
    return found


def matter_key(reminder: Reminder) -> Key:
    """Say in which group of `by_matter` a reminder would be."""
    matter, recipient = reminder.matter, reminder.recipient
    return (matter.drug, matter.rule, recipient.role.value, recipient.name)


def kept_of(planned: Sequence[Reminder], stored: Sequence[Stored]) -> set[str]:
    """Find what is owed already and stays so: the same, or an earlier repeat not yet delivered.

    An earlier stage too, once it was tried: it is tried to its end, or a dead channel would be
    given up later with each stage.
    """
    addresses = {(r.identity, r.recipient.address): r for r in planned}
    about: dict[tuple[object, ...], list[Reminder]] = {}
    for reminder in planned:
        about.setdefault(_matter_of(reminder), []).append(reminder)
    return {
        s.key
        for s in stored
        if s.state in OPEN
        and s.retracts is None
        and (
            ((same := addresses.get((s.identity, s.address))) and _is_as_grave(s, same))
            or any(_goes_on(s, one) for one in about.get(_matter_on_record(s), ()))
        )
    }


def _goes_on(stored: Stored, reminder: Reminder) -> bool:
    """Say whether a try of an earlier stage is under way to the same recipient."""
    same = is_same(stored, reminder) and stored.address == reminder.recipient.address
    return same and not reminder.unreached and stored.tries > 0 and stored.state in OPEN


def is_told(
    reminder: Reminder,
    stored: Sequence[Stored],
    policy: Policy,
    *,
    kept: Container[str],
    void: Container[str],
    astray: Container[str] = (),
) -> bool:
    """Say whether a reminder needs no owing: it arrived, is on its way, or was given up.

    `kept`: what stays owed; `void`: what was taken back; `astray`: what went where the recipient
    is no more.
    """
    address = reminder.recipient.address  # given up on one, it is tried on another
    identity, forms = reminder.identity, forms_of(reminder, stored)  # computed anew each time
    return any(
        (s.identity == identity and s.key in kept)
        or (s.key in forms and s.state == "sent" and s.key not in astray)
        or (s.key in forms and s.state == "failed" and s.address == address)
        or (s.key in kept and _goes_on(s, reminder))
        or (s.key not in void and s.key not in astray and _came_late(s, reminder, policy))
        for s in stored
    )


def forms_of(reminder: Reminder, stored: Iterable[Stored]) -> list[str]:
    """List the keys under which a reminder is on record, and the next free one.

    What was tried stays with its message, so that whoever got that can still be understood.
    """
    known = {one.key for one in stored}
    found = [reminder.key]
    while found[-1] in known:
        found.append(digest(found[-1], "again"))
    return found


def key_to_owe(reminder: Reminder, stored: Iterable[Stored]) -> str:
    """Choose the key to owe a reminder under: what nobody tried moves to another message."""
    by_key = {one.key: one for one in stored}
    forms = forms_of(reminder, by_key.values())
    latest = by_key.get(forms[-2]) if len(forms) > 1 else None
    if latest is None or latest.tries or latest.address != reminder.recipient.address:
        return forms[-1]
    return forms[-2]


def _came_late(stored: Stored, reminder: Reminder, policy: Policy) -> bool:
    """Say whether an earlier stage arrived only when this one had begun, and so stands for it."""
    if stored.state != "sent" or stored.sent_at is None or reminder.unreached:
        return False
    if not is_same(stored, reminder):
        return False
    owed, sent = (datetime.fromisoformat(text) for text in (stored.owed_at, stored.sent_at))
    if isinstance(reminder.subject, SafetyWarning) and reminder.stage.value != stored.stage:
        hours = policy.warnings[reminder.subject.severity].escalate_after_hours
        return hours is not None and sent >= owed + timedelta(hours=hours)
    zone = reminder.recipient.zone
    return owed.astimezone(zone).date() < reminder.since <= sent.astimezone(zone).date()


def is_same(stored: Stored, reminder: Reminder) -> bool:
    """Say whether a reminder on record told the same recipient of the same matter."""
    return (
        _is_about(stored, reminder)
        and _is_as_grave(stored, reminder)
        and not is_of_another_day(stored, reminder)
    )


def _is_as_grave(stored: Stored, reminder: Reminder) -> bool:
    """Say whether a reminder on record said no less than what is to be told now."""
    told = urgency_in(stored.words, otherwise=stored.urgency)
    return not is_graver(reminder.matter.urgency, told)


def rises_of(reminder: Reminder, stored: Iterable[Stored]) -> int:
    """Count how often an emergency became one after somebody may have been told of less."""
    if reminder.urgency is not Urgency.EMERGENCY:
        return 0
    told = [
        urgency_in(one.words, otherwise=one.urgency)
        for one in stored
        if _is_about(one, reminder) and (one.state == "sent" or one.tries > 0)
    ]
    return sum(1 for old, new in pairwise([*told, reminder.urgency]) if is_graver(new, old))


def _is_about(stored: Stored, reminder: Reminder) -> bool:
    return stored.retracts is None and _matter_on_record(stored) == _matter_of(reminder)


def _matter_of(reminder: Reminder) -> tuple[object, ...]:
    matter, to = reminder.matter, reminder.recipient
    return (matter.drug, matter.rule, matter.occurrence, matter.anchor, to.role.value, to.name)


def _matter_on_record(stored: Stored) -> tuple[object, ...]:
    s = stored
    return (s.drug, s.rule, s.occurrence, s.anchor, s.role, s.recipient)


def is_of_another_day(stored: Stored, reminder: Reminder) -> bool:
    """Say whether a check was told of with another due day."""
    if not isinstance(reminder.subject, Check) or stored.stage == Stage.WARNING:
        return False
    return due_in(stored.words) not in (None, reminder.subject.due)


def moves_of(reminder: Reminder, stored: Iterable[Stored]) -> int:
    """Count how often the due day of a check moved after somebody may have been told of it."""
    if not isinstance(reminder.subject, Check):
        return 0
    days = [
        due
        for one in stored
        if _is_about(one, reminder)
        and (one.state != "withdrawn" or one.tries > 0)
        and (due := due_in(one.words)) is not None
    ]
    return sum(1 for old, new in pairwise([*days, reminder.subject.due]) if old != new)


def by_recipient(stored: Iterable[Stored]) -> dict[tuple[str, str], list[Stored]]:
    """Group the reminders of days' messages that were tried by whom they told."""
    found: dict[tuple[str, str], list[Stored]] = {}
    for one in stored:
        if one.urgency == Urgency.ROUTINE and one.retracts is None and one.tries > 0:
            found.setdefault((one.role, one.recipient), []).append(one)
    return found


def had_message_on(stored: Iterable[Stored], recipient: Recipient, day: date) -> bool:
    """Say whether a recipient had a day's message already, at another address or in another zone.

    One message a day is meant for people, whatever becomes of their channels during the day.
    `stored`: the recipient's own, of `by_recipient`.
    """
    return any(
        s.address != recipient.address
        and datetime.fromisoformat(s.due_at).astimezone(recipient.zone).date() == day
        for s in stored
    )


def as_told(reminder: Reminder, stored: Sequence[Stored]) -> Reminder:
    """Count what has changed since a reminder was told: its due day, and how grave it is."""
    return replace(reminder, moves=moves_of(reminder, stored), rises=rises_of(reminder, stored))


def first_owed(stored: Iterable[Stored], replaced: Container[str]) -> dict[tuple[str, str], str]:
    """Find since when each recipient waits for the urgent messages that give way to newer ones.

    Each new fact would else start the time anew after which others are told.
    """
    found: dict[tuple[str, str], str] = {}
    for one in stored:
        if one.key in replaced and one.urgency != Urgency.ROUTINE:
            to = one.role, one.recipient
            found[to] = min(one.owed_at, found.get(to, one.owed_at))
    return found


def waits_since(
    reminder: Reminder,
    late: Mapping[tuple[str, str], str],
    stored: Iterable[Stored],
    *,
    otherwise: str,
) -> str:
    """Say since when the recipient waits to hear of an urgent matter, of which nothing arrived."""
    found = late.get((reminder.recipient.role.value, reminder.recipient.name), otherwise)
    heard = any(s.state == "sent" and s.owed_at >= found and is_same(s, reminder) for s in stored)
    return otherwise if heard else min(found, otherwise)
