"""Take messages for a while, and write down what became of each try.

The states, and what leads from one to the next, are in `domain/reminders/message.py`. A lease that
ran out is taken over; its number, the token, grows each time, and who holds an older one can no
longer settle.
"""

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, insert, select, update

from monitor.domain.outcome import Role, Urgency
from monitor.domain.reminders.message import (
    OPEN,
    RANK,
    Delivery,
    DeliveryEvent,
    Item,
    Message,
    TryOutcome,
    Via,
    leads_to,
)
from monitor.store.engine import inlined
from monitor.store.facts import moment_text
from monitor.store.seals import sealed
from monitor.store.tables import attempt, message, reminder

LEASE = timedelta(minutes=6)  # longer than a batch of tries may take; at most ten minutes

IS_OPEN = message.c.state.in_([inlined(state) for state in OPEN])  # not sent and not given up

# What nobody tried comes before what failed: many who fail must not stand before one who does not.
_IN_TURN = (message.c.rank.desc(), message.c.tries > 0, message.c.due_at, message.c.key)


def waiting(connection: Connection, now: datetime, *, limit: int) -> list[str]:
    """List the keys of messages that may be tried now.

    The most urgent come first, then those not tried, then the oldest.
    """
    query = (
        select(message.c.key)
        .where(IS_OPEN, message.c.next_at <= moment_text(now))
        .order_by(*_IN_TURN)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def free(
    connection: Connection, keys: Sequence[str], now: datetime, *, limit: int
) -> list[Message]:
    """Choose the first of some messages; on a server those that nobody else is taking now."""
    found = connection.execute(_FREE, {"wanted": keys, "now": moment_text(now), "most": limit})
    return [_message(row) for row in found.all()]


_FREE = (
    select(message)
    .where(
        message.c.key.in_(bindparam("wanted", expanding=True)),
        IS_OPEN,
        message.c.next_at <= bindparam("now"),
    )
    .order_by(*_IN_TURN)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, key_share=True)
)


def put_off(connection: Connection, key: str, *, now: datetime, until: datetime) -> None:
    """Have a message that nobody holds wait, without a try."""
    connection.execute(
        update(message)
        .where(message.c.key == key, IS_OPEN, message.c.next_at <= moment_text(now))
        .values(next_at=moment_text(until))
    )


# Built once: these are executed for every message.
_TAKE = (
    update(message)
    .where(
        message.c.key.in_(bindparam("wanted", expanding=True)),
        IS_OPEN,
        message.c.next_at <= bindparam("now"),
    )
    .values(
        state=leads_to(DeliveryEvent.LEASED).value,
        token=message.c.token + 1,
        tries=message.c.tries + 1,
        next_at=bindparam("until"),
    )
    .returning(message)
)
_BEGUN = select(message.c.key).where(
    message.c.key.in_(bindparam("wanted", expanding=True)),
    message.c.state == Delivery.SENDING.value,
)
_INSIDE = (
    select(reminder.c.message, *(reminder.c[field.name] for field in fields(Item)))
    .where(reminder.c.message.in_(bindparam("taken", expanding=True)), reminder.c.withdrawn == 0)
    .order_by(reminder.c.since, reminder.c.patient, reminder.c.rule)
)
_TRIED = insert(attempt)
_SETTLED = (
    update(message)
    .where(
        message.c.key == bindparam("settled"),
        message.c.token == bindparam("held"),
        message.c.state == Delivery.SENDING.value,
    )
    .values(state=bindparam("becomes"), next_at=bindparam("again"))
)
_RELEASED = _SETTLED.values(tries=message.c.tries - 1)


def lease(connection: Connection, keys: Sequence[str], now: datetime) -> list[Message]:
    """Take messages for a while by compare-and-swap; those that somebody else has are left out.

    A try of which nobody wrote down the outcome is written down as unknown when it is taken over.
    """
    if not keys:
        return []
    # asked now: another sender may have begun, and died, since the candidates were listed
    begun = set(connection.execute(_BEGUN, {"wanted": keys}).scalars())
    moments = {"now": moment_text(now), "until": moment_text(now + LEASE)}
    found = {row.key: row for row in connection.execute(_TAKE, {"wanted": keys, **moments}).all()}
    taken = [found[key] for key in keys if key in found]
    for row in taken:
        before = row.token - 1
        if row.key in begun and not _is_settled(connection, row.key, before):
            tried = _tried(row.key, before, now, 0, TryOutcome.UNKNOWN, _STOPPED)
            connection.execute(_TRIED, tried)
    inside: dict[str, list[Item]] = {row.key: [] for row in taken}
    for holder, *cells in connection.execute(_INSIDE, {"taken": list(inside)}).all():
        inside[holder].append(Item(*cells))
    leased = []
    for row in taken:
        items = sorted(inside[row.key], key=lambda item: -RANK[item.stage])
        if items or (row.text is not None and not _is_about_somebody(connection, row.key)):
            leased.append(_message(row, items))
        else:
            _leave(connection, _RELEASED, row, DeliveryEvent.NOT_NEEDED, None)
    return leased


def _is_about_somebody(connection: Connection, key: str) -> bool:
    """Say whether reminders were ever in a message: without them, it is not sent."""
    query = select(reminder.c.key).where(reminder.c.message == key).limit(1)
    return connection.execute(query).first() is not None


_STOPPED = "the sender stopped before it was settled"


def _is_settled(connection: Connection, key: str, token: int) -> bool:
    """Say whether the try of a lease is written down."""
    tried = select(attempt.c.at).where(attempt.c.message == key, attempt.c.token == token)
    return connection.execute(tried).first() is not None


def _message(row: Any, items: Sequence[Item] = ()) -> Message:
    return Message(
        **{name: getattr(row, name) for name in _PLAIN},
        role=Role(row.role),
        channels=channels_in(row.channels),
        urgency=Urgency(row.urgency),
        due_at=datetime.fromisoformat(row.due_at),
        next_at=datetime.fromisoformat(row.next_at),
        items=tuple(items),
    )


# What is read as it stands.
_PLAIN = ("key", "ref", "recipient", "address", "zone", "rank", "text", "token", "tries")


def still_holds(connection: Connection, held: Message) -> bool:
    """Say whether nobody has taken a message over since it was leased."""
    query = select(message.c.key).where(
        message.c.key == held.key,
        message.c.token == held.token,
        message.c.state == Delivery.SENDING.value,
    )
    return connection.execute(query).first() is not None


def settle(
    connection: Connection,
    held: Message,
    *,
    at: datetime,
    error: str | None = None,
    again: datetime | None = None,
) -> bool:
    """Write down what became of a try: it arrived; else when to try again, or that nobody will.

    False where another sender has taken the message over: then only the own try is written down.
    """
    event = DeliveryEvent.ARRIVED
    if error is not None:
        event = DeliveryEvent.GIVEN_UP if again is None else DeliveryEvent.NOT_KNOWN
    outcome = TryOutcome.SENT if error is None else TryOutcome.UNKNOWN
    tried = _tried(held.key, held.token, at, held.channel, outcome, error, len(held.items))
    if _leave(connection, _SETTLED, held, event, again):
        connection.execute(_TRIED, tried)
        return True
    mine = update(attempt).where(attempt.c.message == held.key, attempt.c.token == held.token)
    connection.execute(mine.values(**tried))
    return False


def release(connection: Connection, held: Message, *, again: datetime) -> None:
    """Give a message back that was not tried."""
    _leave(connection, _RELEASED, held, DeliveryEvent.NOT_TRIED, again)


def _leave(
    connection: Connection, how: Update, held: Any, event: DeliveryEvent, again: datetime | None
) -> bool:
    """Let go of a message; False where it is not held any more."""
    next_at = "" if again is None else moment_text(again)
    values = {"settled": held.key, "held": held.token, "becomes": leads_to(event), "again": next_at}
    return connection.execute(how, values).rowcount == 1


def _tried(
    key: str,
    token: int,
    at: datetime,
    channel: int,
    outcome: TryOutcome,
    error: str | None,
    said: int | None = None,
) -> dict[str, Any]:
    row = {"message": key, "token": token, "at": moment_text(at), "channel": channel}
    return sealed(attempt, {**row, "outcome": outcome.value, "error": error, "said": said})


@lru_cache(maxsize=256)
def channels_in(text: str) -> tuple[Via, ...]:
    """Read the channels that a message's row holds."""
    return tuple(Via(url=one["url"], is_private=one["private"]) for one in json.loads(text))
