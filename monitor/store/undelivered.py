"""How sending goes: what has not arrived, was given up, or fails again and again."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from monitor.domain.outcome import Urgency
from monitor.domain.reminders.message import Delivery, TryOutcome, channel_of_try
from monitor.store.engine import inlined
from monitor.store.facts import moment_text
from monitor.store.lease import IS_OPEN, channels_in
from monitor.store.tables import attempt, message, reminder

_FAILED = message.c.state == inlined(Delivery.FAILED)


def urgent_waiting(connection: Connection, since: datetime) -> int:
    """Count urgent messages that have not arrived: those tried, or owed before a moment."""
    asks = exists().where(reminder.c.message == message.c.key, reminder.c.withdrawn == 0)
    return _count(
        connection,
        IS_OPEN,
        message.c.urgency != inlined(Urgency.ROUTINE),
        or_(message.c.tries > 0, message.c.due_at <= moment_text(since)),
        or_(asks, message.c.text.is_not(None)),
    )


def retried(connection: Connection) -> dict[str, int]:
    """Count messages that were tried and have not arrived, by the kind of channel."""
    found: dict[str, int] = {}
    query = select(message.c.channels, message.c.urgency, message.c.tries)
    for row in connection.execute(query.where(IS_OPEN, message.c.tries > 0)).all():
        channels = channels_in(row.channels)
        via = channels[channel_of_try(row.tries, row.urgency, len(channels))]
        kind = via.url.partition(":")[0].lower()
        found[kind] = found.get(kind, 0) + 1
    return dict(sorted(found.items()))


def counts(connection: Connection) -> dict[str, int]:
    """Count messages by state: owed, being sent, and failed; what is settled is ever more."""
    query = select(message.c.state, func.count()).where(or_(IS_OPEN, _FAILED))
    query = query.group_by(message.c.state)
    return {row[0]: row[1] for row in connection.execute(query).all()}


def given_up(connection: Connection) -> int:
    """Count messages that were given up, but for those whose address was reached since."""
    later = message.alias()
    reached = exists().where(
        later.c.address == message.c.address,
        later.c.state == inlined(Delivery.SENT),
        later.c.due_at > message.c.due_at,
    )
    return _count(connection, _FAILED, ~reached)


def stuck(connection: Connection, now: datetime, *, for_long: timedelta) -> int:
    """Count messages that should have been tried long ago."""
    return _count(connection, IS_OPEN, message.c.next_at <= moment_text(now - for_long))


def failing_channels(
    connection: Connection, *, tries: int, since: datetime
) -> list[tuple[str, str]]:
    """List recipients and channels (URLs) whose last tries, so many of them, all failed.

    Only tries since a moment are looked at: older ones would be ever more.
    """
    failures: dict[tuple[str, str], list[str]] = {}
    for one, at in _tries(connection, TryOutcome.UNKNOWN, moment_text(since)):
        failures.setdefault(one, []).append(at)
    latest = {one: sorted(at)[-tries] for one, at in failures.items() if len(at) >= tries}
    if latest:
        for one, at in _tries(connection, TryOutcome.SENT, min(latest.values())):
            if one in latest and at >= latest[one]:
                del latest[one]
    return sorted(latest)


def _tries(
    connection: Connection, outcome: TryOutcome, since: str
) -> Iterator[tuple[tuple[str, str], str]]:
    query = (
        select(attempt.c.at, attempt.c.channel, message.c.recipient, message.c.channels)
        .join(message, message.c.key == attempt.c.message)
        .where(attempt.c.outcome == inlined(outcome), attempt.c.at >= since)
    )
    for row in connection.execute(query).all():
        yield (row.recipient, channels_in(row.channels)[row.channel].url), row.at


def _count(connection: Connection, *where: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).where(*where)).scalar_one())
