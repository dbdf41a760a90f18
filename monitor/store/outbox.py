"""The outbox: messages that are queued, and what became of them; `lease.py` has them sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select, update

from monitor.domain.outcome import Urgency
from monitor.domain.reminders.message import (
    Delivery,
    DeliveryEvent,
    TryOutcome,
    Via,
    leads_to,
)
from monitor.store import locks
from monitor.store.engine import inlined, parts, read_all
from monitor.store.facts import moment_text
from monitor.store.lease import IS_OPEN, LEASE, channels_in
from monitor.store.tables import attempt, message, reminder

_NOT_NEEDED = {"state": leads_to(DeliveryEvent.NOT_NEEDED).value, "next_at": ""}


def withdraw(connection: Connection, keys: list[str]) -> int:
    """Withdraw reminders; a message that holds none any more is withdrawn. Returns how many."""
    hold(connection, keys)
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
                .where(message.c.key == holder, message.c.state == Delivery.QUEUED.value)
                .values(_NOT_NEEDED)
            )
            withdrawn += changed.rowcount
    return withdrawn


def hold(connection: Connection, keys: list[str]) -> None:
    """Hold the messages that reminders are in: nothing joins them, and none is sent, meanwhile."""
    if locks.is_shared(connection) and keys:
        inside = select(reminder.c.message).where(reminder.c.key.in_(keys))
        query = select(message.c.address).where(message.c.key.in_(inside))
        locks.hold(connection, connection.execute(query).scalars())
        locks.hold_rows(connection, query.order_by(message.c.key))


def keep_texts(connection: Connection, *, addresses: list[str], keys: list[str]) -> None:
    """Withdraw what is owed about no patient, but for some addresses and messages."""
    about = select(reminder.c.key).where(reminder.c.message == message.c.key)
    connection.execute(
        update(message)
        .where(
            message.c.state == Delivery.QUEUED.value,
            message.c.text.is_not(None),
            message.c.rank == 0,  # not what is said of damage
            message.c.address.not_in(addresses),
            message.c.key.not_in(keys),
            ~about.exists(),
        )
        .values(_NOT_NEEDED)
    )


def patients_of(connection: Connection, key: str) -> list[str]:
    """List the patients whom a message is about."""
    query = select(reminder.c.patient).where(reminder.c.message == key).distinct()
    return sorted(connection.execute(query).scalars())


def untried_takebacks(
    connection: Connection, who: str, addresses: Sequence[str]
) -> list[tuple[str, str]]:
    """List what is to be taken back about a patient, and was not tried: addresses and keys."""
    query = (
        select(message.c.address, message.c.key)
        .join(reminder, reminder.c.message == message.c.key)
        .where(
            reminder.c.patient == who,
            reminder.c.retracts.is_not(None),
            message.c.address.in_(addresses),
            message.c.tries == 0,
            IS_OPEN,
        )
    )
    return [(row.address, row.key) for row in connection.execute(query.distinct()).all()]


def role_of(connection: Connection, key: str) -> str:
    """Say to which role a message goes."""
    query = select(message.c.role).where(message.c.key == key)
    return str(connection.execute(query).scalar_one())


def taken_by(connection: Connection, key: str) -> Via | None:
    """Find the channel that took a message; None where none did."""
    query = (
        select(message.c.channels, attempt.c.channel)
        .join(attempt, attempt.c.message == message.c.key)
        .where(message.c.key == key, attempt.c.outcome == TryOutcome.SENT.value)
    )
    found = connection.execute(query.limit(1)).first()
    return None if found is None else channels_in(found.channels)[found.channel]


def numbers_left(connection: Connection, key: str) -> dict[str, int]:
    """Count on from tries that are left of a message which damage took away."""
    query = select(func.max(attempt.c.token), func.count()).where(attempt.c.message == key)
    last, tries = connection.execute(query).one()
    return {"token": 0 if last is None else last + 1, "tries": tries}


def first_try_at(connection: Connection, key: str) -> datetime | None:
    """Find when a message was tried first; None before the first try was settled."""
    return _moment(connection, select(func.min(attempt.c.at)).where(attempt.c.message == key))


def next_try_at(connection: Connection) -> datetime | None:
    """Find the next moment at which a message is to be tried."""
    return _moment(connection, select(func.min(message.c.next_at)).where(IS_OPEN))


# Longer than any try is put off, or leased; by how urgent it is.
_WAITS = {
    Urgency.ROUTINE: timedelta(days=2),  # by quiet hours
    Urgency.URGENT: timedelta(minutes=16),
    Urgency.EMERGENCY: LEASE + timedelta(minutes=1),
}


def put_off_too_far(connection: Connection, now: datetime) -> dict[Any, set[Any]]:
    """Find the messages that wait longer than any is put off, and whom each is about.

    The clock was ahead when they were tried, or a hand put them off.
    """
    late = [
        and_(
            message.c.urgency == inlined(urgency),
            message.c.next_at >= moment_text(now + longest),
        )
        for urgency, longest in _WAITS.items()
    ]
    query = (
        select(message.c.key, reminder.c.patient)
        .outerjoin(reminder, reminder.c.message == message.c.key)
        .where(IS_OPEN, or_(*late))
        .order_by(message.c.key)
    )
    found: dict[Any, set[Any]] = {}
    for row in read_all(connection, query):
        found.setdefault(row.key, set()).add(row.patient)
    return found


def bring_back(connection: Connection, now: datetime) -> None:
    """Have everything tried again now that was put off to a moment that the clock went back from.

    Leases that others hold run out in their usual time.
    """
    for state, latest in ((Delivery.QUEUED, now), (Delivery.SENDING, now + LEASE)):
        connection.execute(
            update(message)
            .where(message.c.state == state.value, message.c.next_at > moment_text(latest))
            .values(next_at=moment_text(latest))
        )


def attempts_of(connection: Connection, keys: Sequence[str]) -> dict[str, list[Any]]:
    """List the tries of messages, in their order."""
    found: dict[str, list[Any]] = {key: [] for key in keys}
    for some in parts(list(found)):
        query = select(attempt).where(attempt.c.message.in_(some))
        for row in read_all(connection, query.order_by(attempt.c.message, attempt.c.token)):
            found[row.message].append(row)
    return found


def _moment(connection: Connection, query: Select[Any]) -> datetime | None:
    found = connection.execute(query).scalar()
    return None if found is None else datetime.fromisoformat(found)
