"""Where a reminder goes: into which message of a day, and what went where nobody is any more."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.domain.outcome import Urgency
from monitor.domain.reminders.plan import Recipient, Reminder, digest
from monitor.domain.reminders.policy import Policy
from monitor.service.reminding.already_sent import Key, had_message_on, is_same, matter_key
from monitor.service.reminding.recipients import Reachable
from monitor.store import outbox, owing
from monitor.store.owing import Stored


def astray_of(
    connection: Connection,
    planned: Iterable[Reminder],
    stored: Mapping[Key, Sequence[Stored]],
    reachable: Mapping[Recipient, Reachable],
) -> set[str]:
    """Find what is urgent and arrived only at an address that its recipient has no more.

    It was wrong, and put right: whoever is there now has heard nothing.
    """
    found = set[str]()
    for reminder in planned:
        if reminder.urgency is Urgency.ROUTINE or reminder.is_answered:
            continue
        to = reachable[reminder.recipient]
        for one in stored.get(matter_key(reminder), ()):
            is_elsewhere = one.address != to.recipient.address and one.state == "sent"
            if is_elsewhere and is_same(one, reminder):
                took = outbox.taken_by(connection, one.message)
                if took is not None and took.url not in {via.url for via in to.channels}:
                    found.add(one.key)
    return found


def find_room(
    connection: Connection,
    recipient: Recipient,
    policy: Policy,
    of_days: Sequence[Stored],
    now: datetime,
) -> tuple[str, str | None, datetime] | None:
    """Find the message of a day that a routine reminder goes with.

    Returns its key, the key of the one to join where that is written already, and when it goes
    out; None while an earlier one is under way.
    """
    at = policy.next_sending(now, recipient.zone)
    day = at.astimezone(recipient.zone).date()
    key = digest("routine", recipient.address, day)
    room = owing.find_room(connection, key, recipient.address)
    if room.under_way:
        return None
    while room.join is None and (room.day_is_over or had_message_on(of_days, recipient, day)):
        day += timedelta(days=1)
        at = policy.sending_moment(day, recipient.zone)
        key = digest("routine", recipient.address, day)
        room = owing.find_room(connection, key, recipient.address)
    return key, room.join, at
