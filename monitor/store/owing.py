"""Owe reminders: put them into the message of the day, or into one of their own."""

import hashlib
import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, insert, select, update

from monitor.domain.outcome import Role, Urgency
from monitor.domain.reminders.message import Delivery, DeliveryEvent, Message, TryOutcome, leads_to
from monitor.domain.reminders.policy import Stage
from monitor.domain.reminders.subject import PastReminder, Subject, urgency_in
from monitor.errors import OutsideError
from monitor.store.engine import planned_anew, read_all
from monitor.store.facts import moment_text
from monitor.store.lease import IS_OPEN, channels_in
from monitor.store.locks import add_new
from monitor.store.notify import announce
from monitor.store.outbox import numbers_left
from monitor.store.seals import sealed
from monitor.store.tables import attempt, message, reminder

# Without what is misheard or misread: 0 and O, 1, I and L, 5 and S, 8 and B, 2 and Z, U and V.
_READABLE = "34679ACDEFGHJKMNPQRTWXY"
_SHORTEST, _LONGEST = 4, 6


def reminders_of(
    connection: Connection, who: str, *, besides: Container[str] = ()
) -> list[PastReminder]:
    """List everything that was ever queued about a patient, oldest first.

    Raises OutsideError where a row cannot be read; `besides`: messages that are left out.
    """
    query = (
        select(reminder, *(message.c[name] for name in _OF_MESSAGE), _SENT_AT)
        .join(message, message.c.key == reminder.c.message)
        .where(reminder.c.patient == who)
        .order_by(reminder.c.owed_at, reminder.c.key)
    )
    rows = read_all(connection, planned_anew(query))
    try:
        return [_read(row) for row in rows if row.message not in besides]
    except (TypeError, ValueError, LookupError) as fault:
        raise OutsideError(f"a message about {who} is damaged; type: monitor doctor") from fault


def _read(row: Any) -> PastReminder:
    return PastReminder(
        **{name: getattr(row, name) for name in _PLAIN},
        subject=Subject(
            drug=row.drug,
            rule=row.rule,
            occurrence=row.occurrence,
            anchor=row.anchor,
            urgency=urgency_in(row.words, otherwise=Urgency(row.urgency)),
        ),
        stage=Stage(row.stage),
        planned_on=date.fromisoformat(row.planned_on),
        queued_at=datetime.fromisoformat(row.owed_at),
        role=Role(row.role),
        channels=channels_in(row.channels),
        urgency=Urgency(row.urgency),
        due_at=datetime.fromisoformat(row.due_at),
        sent_at=None if row.sent_at is None else datetime.fromisoformat(row.sent_at),
        state=Delivery.WITHDRAWN if row.withdrawn else Delivery(row.state),
    )


# What is read as it stands.
_PLAIN = (
    "key", "identity", "message", "ref", "repeat", "known", "retracts", "words", "recipient",
    "address", "zone", "tries",
)  # fmt: skip
_OF_MESSAGE = (
    "ref", "role", "recipient", "address", "channels", "zone", "urgency", "tries", "due_at",
    "state",
)  # fmt: skip
_SENT_AT = (
    select(func.max(attempt.c.at))
    .where(attempt.c.message == message.c.key, attempt.c.outcome == TryOutcome.SENT.value)
    .correlate(message)
    .scalar_subquery()
    .label("sent_at")
)


def owe(connection: Connection, key: str, values: Mapping[str, Any]) -> None:
    """Owe a reminder under its key; one that was withdrawn is owed again."""
    row = sealed(reminder, {"retracts": None, **values, "key": key, "withdrawn": 0})
    if connection.execute(select(reminder.c.key).where(reminder.c.key == key)).first() is None:
        connection.execute(insert(reminder), row)
    else:
        connection.execute(update(reminder).where(reminder.c.key == key).values(**row))


def holds_others(connection: Connection, key: str, besides: Sequence[str]) -> bool:
    """Say whether a message holds reminders besides some: not withdrawn, and not taken back."""
    takes_back = reminder.alias()
    query = select(reminder.c.key).where(
        reminder.c.message == key,
        reminder.c.withdrawn == 0,
        reminder.c.key.not_in(besides),
        ~exists().where(takes_back.c.retracts == reminder.c.key),
    )
    return connection.execute(query).first() is not None


def open_keys(connection: Connection, who: str) -> list[str]:
    """List the reminders about a patient that are owed still."""
    query = (
        select(reminder.c.key)
        .join(message, message.c.key == reminder.c.message)
        .where(reminder.c.patient == who, reminder.c.withdrawn == 0, IS_OPEN)
    )
    return list(connection.execute(query).scalars())


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """Whether a routine reminder may go with the message of a day."""

    join: str | None  # the message that nobody has tried yet
    under_way: bool  # an earlier one was tried and has not arrived
    day_is_over: bool  # the day's message was tried: it may have arrived


def find_room(connection: Connection, key: str, address: str) -> Room:
    """Find the message that a routine reminder may still join.

    A message that was tried is as it is, so that the same key means the same message.
    """
    waiting = connection.execute(_WAITING, {"to": address}).all()
    untried = [row.key for row in waiting if row.tries == 0]
    of_day = connection.execute(_STATE, {"wanted": key}).one_or_none()
    return Room(
        join=untried[0] if untried else None,
        under_way=bool(waiting) and not untried,
        day_is_over=of_day is not None and (of_day.state != Delivery.WITHDRAWN or of_day.tries > 0),
    )


# Built once: these are executed for every reminder. Who may join a message holds it: no sender
# takes it meanwhile, and would send it without what joins it.
_WAITING = (
    select(message.c.key, message.c.tries)
    .where(
        message.c.address == bindparam("to"),
        IS_OPEN,
        message.c.urgency == Urgency.ROUTINE.value,
        message.c.text.is_(None),
    )
    .with_for_update(key_share=True)
)
_STATE = select(message.c.state, message.c.tries, message.c.ref).where(
    message.c.key == bindparam("wanted")
)


def free_key(connection: Connection, key: str) -> str:
    """Find a key for a message of its own: one that was sent, or tried, or waits, is as it is."""
    while (found := connection.execute(_STATE, {"wanted": key}).one_or_none()) is not None:
        if found.state == Delivery.WITHDRAWN and found.tries == 0:
            break
        key = hashlib.sha256(f"{key} again".encode()).hexdigest()[:32]
    return key


def write(connection: Connection, wanted: Message) -> bool:
    """Write a message down; one that was withdrawn is owed again.

    Returns whether it was not owed before.
    """
    found = connection.execute(_STATE, {"wanted": wanted.key}).one_or_none()
    announce(connection)
    if found is None:
        left = numbers_left(connection, wanted.key)
        # Another writer may have chosen the same reference meanwhile.
        while not add_new(
            connection, message, [{**_row(wanted, _free_ref(connection, wanted.key)), **left}]
        ):
            if connection.execute(_STATE, {"wanted": wanted.key}).first() is not None:
                return False
        return True
    if found.state == Delivery.WITHDRAWN:
        row = _row(wanted, found.ref)
        connection.execute(update(message).where(message.c.key == wanted.key).values(**row))
        return True
    return False


def _row(wanted: Message, ref: str) -> dict[str, Any]:
    """Write a message that is owed as its row; the numbers of its tries stay as they are."""
    channels = [{"url": via.url, "private": via.is_private} for via in wanted.channels]
    row = {
        "key": wanted.key,
        "ref": ref,
        "role": wanted.role.value,
        "recipient": wanted.recipient,
        "address": wanted.address,
        "channels": json.dumps(channels),
        "zone": wanted.zone,
        "urgency": wanted.urgency.value,
        "rank": wanted.rank,
        "state": leads_to(DeliveryEvent.NEEDED_AGAIN).value,  # a new one begins there too
        "due_at": moment_text(wanted.due_at),
        "next_at": moment_text(wanted.next_at),
        "text": wanted.text,
    }
    return sealed(message, row)


def raise_rank(connection: Connection, key: str, rank: int) -> None:
    """Make a message at least so urgent in the order of sending."""
    connection.execute(
        update(message).where(message.c.key == key, message.c.rank < rank).values(rank=rank)
    )


def find_message(connection: Connection, word: str) -> str | None:
    """Find a message by its key or its reference, however it is written."""
    query = select(message.c.key).where(
        (message.c.key == word.strip()) | (message.c.ref == word.strip().upper())
    )
    return connection.execute(query).scalar()


def _free_ref(connection: Connection, key: str) -> str:
    """Choose a reference: short while that is free, computed from the key."""
    turn = 0
    while True:
        number = int.from_bytes(hashlib.sha256(f"{key}{turn or ''}".encode()).digest()[:8])
        letters = ""
        for _ in range(_LONGEST):
            number, rest = divmod(number, len(_READABLE))
            letters += _READABLE[rest]
        for length in range(_SHORTEST, _LONGEST + 1):
            ref = letters[:length]
            taken = select(message.c.key).where(message.c.ref == ref)
            if connection.execute(taken).first() is None:
                return ref
        turn += 1
