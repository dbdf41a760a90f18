"""The outbox: messages that are owed, and what became of them; `leasing.py` sends them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, exists, func, select, update

from monitor.store import sharing
from monitor.store.events import moment_text
from monitor.store.leasing import IS_OPEN, LEASE, Via, channels_in
from monitor.store.tables import attempt, message, reminder


def withdraw(connection: Connection, keys: list[str]) -> int:
    """Withdraw reminders; a message that holds none any more is withdrawn. Returns how many."""
    _hold(connection, keys)
    withdrawn = 0
    for key in keys:
        holder = connection.execute(
            update(reminder)
            .where(reminder.c.key == key)
            .values(withdrawn=1)
            .returning(reminder.c.message)
        ).scalar_one()
        left = select(reminder.c.key).where(reminder.c.message == holder, reminder.c.withdrawn == 0)
        if connection.execute(left).first() is None:
            changed = connection.execute(
                update(message)
                .where(message.c.key == holder, message.c.state == "owed")
                .values(state="withdrawn")
            )
            withdrawn += changed.rowcount
    return withdrawn


def _hold(connection: Connection, keys: list[str]) -> None:
    """Hold the messages that reminders are in, so that nothing joins them meanwhile."""
    if sharing.is_shared(connection) and keys:
        inside = select(reminder.c.message).where(reminder.c.key.in_(keys))
        query = select(message.c.address).where(message.c.key.in_(inside))
        sharing.hold(connection, connection.execute(query).scalars())
        query = query.order_by(message.c.key)
        connection.execute(query.with_for_update(key_share=True)).all()


def keep_texts(connection: Connection, *, addresses: list[str], keys: list[str]) -> None:
    """Withdraw what is owed about no patient, but for some addresses and messages."""
    about = select(reminder.c.key).where(reminder.c.message == message.c.key)
    connection.execute(
        update(message)
        .where(
            message.c.state == "owed",
            message.c.text.is_not(None),
            message.c.rank == 0,  # not what is said of damage
            message.c.address.not_in(addresses),
            message.c.key.not_in(keys),
            ~about.exists(),
        )
        .values(state="withdrawn")
    )


def patients_of(connection: Connection, key: str) -> list[str]:
    """List the patients whom a message is about."""
    query = select(reminder.c.patient).where(reminder.c.message == key).distinct()
    return sorted(connection.execute(query).scalars())


def channels_of(connection: Connection, key: str) -> tuple[Via, ...]:
    """Find the channels of a message."""
    query = select(message.c.channels).where(message.c.key == key)
    return channels_in(connection.execute(query).scalar_one())


def first_try_at(connection: Connection, key: str) -> datetime | None:
    """Find when a message was tried first; None before the first try was settled."""
    query = select(func.min(attempt.c.at)).where(attempt.c.message == key)
    found = connection.execute(query).scalar()
    return None if found is None else datetime.fromisoformat(found)


def counts(connection: Connection) -> dict[str, int]:
    """Count messages by state."""
    query = select(message.c.state, func.count()).group_by(message.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def given_up(connection: Connection) -> int:
    """Count messages that were given up, but for those whose address was reached since."""
    later = message.alias()
    reached = exists().where(
        later.c.address == message.c.address,
        later.c.state == "sent",
        later.c.due_at > message.c.due_at,
    )
    query = select(func.count()).where(message.c.state == "failed", ~reached)
    return int(connection.execute(query).scalar_one())


def next_try_at(connection: Connection) -> datetime | None:
    """Find the next moment at which a message is to be tried."""
    query = select(func.min(message.c.next_at)).where(IS_OPEN)
    found = connection.execute(query).scalar()
    return None if found is None else datetime.fromisoformat(found)


def waits_until(connection: Connection, moment: datetime) -> bool:
    """Say whether a message waits for a moment or a later one."""
    query = select(message.c.key).where(IS_OPEN, message.c.next_at >= moment_text(moment))
    return connection.execute(query.limit(1)).first() is not None


def bring_back(connection: Connection, now: datetime) -> None:
    """Have everything tried again now that was put off to a moment that the clock went back from.

    Leases that others hold run out in their usual time.
    """
    for state, latest in (("owed", now), ("sending", now + LEASE)):
        connection.execute(
            update(message)
            .where(message.c.state == state, message.c.next_at > moment_text(latest))
            .values(next_at=moment_text(latest))
        )


def stuck(connection: Connection, now: datetime, *, for_long: timedelta) -> int:
    """Count messages that should have been tried long ago."""
    query = select(func.count()).where(
        IS_OPEN,
        message.c.next_at <= moment_text(now - for_long),
    )
    return int(connection.execute(query).scalar_one())


def attempts_of(connection: Connection, keys: list[str]) -> dict[str, list[Any]]:
    """List the tries of messages, in their order."""
    found: dict[str, list[Any]] = {key: [] for key in keys}
    rows = connection.execute(select(attempt).order_by(attempt.c.message, attempt.c.token))
    for row in rows:
        if row.message in found:
            found[row.message].append(row)
    return found


def failing_channels(connection: Connection, *, tries: int) -> list[tuple[str, str]]:
    """List recipients and channels (URLs) whose last tries, so many of them, all failed."""
    rows = connection.execute(
        select(attempt.c.outcome, attempt.c.channel, message.c.recipient, message.c.channels)
        .join(message, message.c.key == attempt.c.message)
        .order_by(attempt.c.at, attempt.c.token)
    )
    failed: dict[tuple[str, str], int] = {}
    for row in rows:
        one = (row.recipient, channels_in(row.channels)[row.channel].url)
        failed[one] = 0 if row.outcome == "sent" else failed.get(one, 0) + 1
    return sorted(one for one, count in failed.items() if count >= tries)
