"""When a message is tried again, when it is given up, and when it goes out at night. Pure."""

import hashlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.domain.outcome import Urgency
from monitor.domain.reminders.message import Message
from monitor.domain.reminders.policy import Policy

TRIED_FOR = timedelta(days=7)  # at least; then it failed, and that is told to somebody else
_LEAST_TRIES = 3
_FIRST = timedelta(minutes=1)
_LONGEST = {
    Urgency.ROUTINE: timedelta(hours=6),
    Urgency.URGENT: timedelta(minutes=15),
    Urgency.EMERGENCY: timedelta(minutes=5),
}
_OVERDUE = timedelta(days=1)
_JITTER = 0.2  # so that many that failed together do not come back together


def next_try(
    message: Message,
    *,
    first_try_at: datetime,
    now: datetime,
    retry_after: timedelta | None = None,
) -> datetime | None:
    """Choose the next moment after a failed try; None where it is given up.

    Urgent messages go over to the next channel at once, as long as there is one untried.
    """
    if now - first_try_at >= TRIED_FOR and message.tries >= _LEAST_TRIES:
        return None
    if message.has_untried:
        return now
    longest = _LONGEST[message.urgency]
    wait = min(longest, _FIRST * (1 << min(message.tries - 1, 20)))
    wait *= 1 + _JITTER * (_share(message.key, message.tries) - 1)
    if retry_after is not None:  # whoever asks for an hour is not asked again after 50 minutes
        wait = max(wait, min(retry_after, longest))
    return now + wait


def _share(key: str, tries: int) -> float:
    """Draw from 0 to 1, the same for the same try of the same message."""
    drawn = hashlib.sha256(f"{key} {tries}".encode()).digest()
    return int.from_bytes(drawn[:4]) / 2**32


def waits_until(
    message: Message, policy: Policy, *, now: datetime, last_pass: datetime | None
) -> datetime | None:
    """Say until when a routine message waits for its hours; None where it may go out now."""
    zone = ZoneInfo(message.zone)
    if message.is_urgent or policy.routine_day(now, zone) is not None:
        return None
    if last_pass and missed_its_hours(message, policy, zone, now=now, last_pass=last_pass):
        return None
    return policy.next_sending(now, zone)


def missed_its_hours(
    message: Message, policy: Policy, zone: ZoneInfo, *, now: datetime, last_pass: datetime
) -> bool:
    """Say whether a routine message missed its hours because no pass came in them.

    Who makes one pass a day, at night, would else never send one.
    It was due over a day ago, and a pass had put it off to a morning: after an outage, which ends
    at night, none had, and it waits for the morning like any other. The operators' word is of its
    day, and never put off to another: it goes out in the pass that finds its hours missed.
    """
    if message.rank == 0:
        return policy.missed_day(last_pass, now, zone) is not None
    due, waited = message.due_at, message.next_at
    was_put_off = waited > due and waited == policy.sending_moment(
        waited.astimezone(zone).date(), zone
    )
    return was_put_off and last_pass < policy.last_opening(now, zone) and now - due >= _OVERDUE
