"""Damaged rows of messaging: found before anything is sent, and taken out of the way.

What is taken out is owed anew from the facts: rather a repeat than a loss. Facts are never touched.
All are gone through piece by piece, for there may be a million.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Table,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
)

from monitor.domain.reminders.message import OPEN as OPEN_STATES
from monitor.domain.reminders.message import RANK, TryOutcome
from monitor.store import locks
from monitor.store.damage import (
    CountsAsSent,
    Damage,
    Out,
    OutOfTries,
    copy_of,
    is_cell,
    name_of,
    named,
)
from monitor.store.engine import let_others_write, planned_anew, read_all
from monitor.store.ranges import OPEN, OPEN_RANGES, Keys, newest_settled, newest_tries, pieces
from monitor.store.soundness import (
    attempt_fault,
    is_clean,
    message_fault,
    reminder_fault,
    standing_fault,
)
from monitor.store.tables import attempt, message, reminder

# Not NOT IN, which a server works out anew for every row once there are many messages.
_IS_LOST = and_(
    reminder.c.message.is_not(None), ~exists().where(message.c.key == reminder.c.message)
)


def set_aside_open(connection: Connection, now: datetime) -> Iterator[Damage]:
    """Take what is damaged out of the messages that are owed, and those that have no state."""
    yield from _taken_out(connection, _without_key(connection))
    for keys in pieces(connection, OPEN):
        yield from _set_aside(connection, keys, now)
    yield from _taken_out(connection, _strays(connection))


def set_aside_of(connection: Connection, who: str, now: datetime) -> Iterator[Damage]:
    """Take what is damaged out of everything that was ever owed about a patient."""
    mine = select(reminder.c.message).where(reminder.c.patient == who)
    yield from _set_aside(connection, mine, now)
    lost = select(reminder).where(reminder.c.patient == who, _IS_LOST)
    for row in read_all(connection, planned_anew(lost)):
        connection.execute(delete(reminder).where(is_cell(reminder.c.key, row.key)))
        out = named("reminder", row.key, "it belongs to no message", {who})
        yield replace(out, kept=copy_of(reminder, [row]))


def damaged_of(connection: Connection, who: str, now: datetime) -> set[str]:
    """Give the keys of the messages about a patient that are damaged; nothing is changed."""
    mine = select(reminder.c.message).where(reminder.c.patient == who)
    found = _judge(connection, mine, now)
    return {out.key for _, out in found if isinstance(out, Out)}


def faults(connection: Connection, now: datetime) -> Iterator[str]:
    """List every damaged row of messaging; nothing is changed."""
    for keys in pieces(connection, select(message.c.key)):
        let_others_write(connection)
        yield from _said(_judge(connection, keys, now))
    for row in read_all(connection, select(reminder.c.key).where(_IS_LOST)):
        yield f"{name_of('reminder', row.key)}: it belongs to no message"
    yield from _said(_strays(connection))


def open_faults(connection: Connection, now: datetime) -> Iterator[str]:
    """List the damaged rows of messages that are owed, have no state, or are the newest."""
    yield from _said(_without_key(connection))
    yield from _said(_strays(connection))
    newest = [row.key for row in newest_settled(connection)]
    for _ in (key for key in newest if not is_clean(key)):
        yield f"{name_of('message', None)}: it has no key"
    newest = [key for key in newest if is_clean(key)]
    asked: Keys = select(message.c.key).where(message.c.key.in_(newest))
    for keys in (asked, *pieces(connection, OPEN)):
        yield from _said(_judge(connection, keys, now))
    is_nobodys = or_(reminder.c.patient.is_(None), reminder.c.message.is_(None))  # by two indexes
    for row in read_all(connection, select(reminder.c.key).where(is_nobodys)):
        yield f"{name_of('reminder', row.key)}: it belongs to nobody"


def _said(found: "Iterable[_Found]") -> Iterator[str]:
    return (f"{one.what}: {one.why}" for one, _ in found)


def _without_key(connection: Connection) -> "Iterator[_Found]":
    """Find open messages without a key, which no question about keys finds.

    Asked so because SQLite does not look for NULL where none is admitted.
    """
    is_none = func.coalesce(message.c.key, "") == ""
    ranges = [select(message).where(one, is_none) for one in OPEN_RANGES]
    for row in (row for asked in ranges for row in read_all(connection, asked)):
        found = named("message", None, "it has no key", None)
        yield replace(found, kept=copy_of(message, [row])), Out(row.key)


def _strays(connection: Connection) -> "Iterator[_Found]":
    """Find new tries of messages that are not on record: one owed anew would meet their numbers."""
    tries = newest_tries(connection)
    keys = {one.message for one in tries if is_clean(one.message)}
    known = set(connection.execute(select(message.c.key).where(message.c.key.in_(keys))).scalars())
    for one in tries:
        if one.message not in known:
            found = Damage(
                what=f"a try of {name_of('message', one.message)}",
                why="it belongs to no message",
                mended="it was set aside, and everybody is checked anew",
                patients=None,
                kept=copy_of(attempt, [one]),
            )
            yield found, OutOfTries(one.message, one.token)


def _set_aside(connection: Connection, keys: Keys, now: datetime) -> Iterator[Damage]:
    if locks.is_shared(connection):
        keys = _held(connection, {remove.key for _, remove in _judge(connection, keys, now)})
    yield from _taken_out(connection, _judge(connection, keys, now))


def _taken_out(connection: Connection, found: "Iterable[_Found]") -> Iterator[Damage]:
    for one, remove in found:
        remove(connection)
        yield one


def _held(connection: Connection, keys: Iterable[Any]) -> Keys:
    """Hold messages that seem damaged, so that they are judged again while nobody settles them.

    A message, its reminders and its tries are read one after the other: on a server it may have
    been sent in between, and each is then right, and they do not fit. What a sender has in hand
    is left to the next pass.
    """
    query = select(message.c.key).where(message.c.key.in_(sorted(keys)))
    free = query.with_for_update(skip_locked=True)
    return select(message.c.key).where(message.c.key.in_(connection.execute(free).scalars().all()))


def _judge(connection: Connection, keys: Keys, now: datetime) -> "Iterator[_Found]":
    """Find what is damaged in messages: what it is, and what takes it out of the way."""
    rows = read_all(connection, planned_anew(select(message).where(message.c.key.in_(keys))))
    reminders, attempts = (_by_message(connection, table, keys) for table in (reminder, attempt))
    for row in rows:
        mine, tries = reminders.get(row.key, []), attempts.get(row.key, [])
        bad_tries = [one for one in tries if attempt_fault(one)]
        good = [one for one in tries if one not in bad_tries]
        why = message_fault(row, now) or standing_fault(row, mine, good, damaged=len(bad_tries))
        why = why or _open_fault(row, mine)
        bad = [one for one in mine if reminder_fault(one)]
        if why is None and bad:
            why = f"a reminder in it: {reminder_fault(bad[0])}"
        about = _patients(mine, bad)
        if why is not None:
            kept = copy_of(message, [row]) + copy_of(reminder, mine) + copy_of(attempt, tries)
            yield replace(named("message", row.key, why, about), kept=kept), Out(row.key)
            continue
        if _was_sent(row, tries):
            out = named("message", row.key, "it counts as owed, and was sent", about)
            yield (
                replace(out, mended="it counts as sent", patients=frozenset()),
                CountsAsSent(row.key),
            )
            continue
        for one in bad_tries:
            out = Damage(
                what=f"a try of {name_of('message', row.key, about)}",
                why=str(attempt_fault(one)),
                mended="it was set aside",
                kept=copy_of(attempt, [one]),
            )
            yield out, OutOfTries(one.message, one.token)


def _open_fault(row: Any, reminders: Sequence[Any]) -> str | None:
    """Say why a message that is owed would reach nobody, or would do so too late."""
    if row.state not in OPEN_STATES:
        return None
    # One that was tried may have lost them: withdrawn meanwhile, and owed again in another.
    if row.tries == 0 and row.text is None and not reminders:
        return "it holds nothing"
    return "it stands behind what is less urgent" if row.rank < RANK.get(row.urgency, 0) else None


def _was_sent(row: Any, attempts: Iterable[Any]) -> bool:
    """Say whether the last try of a message that is owed arrived."""
    return row.state in OPEN_STATES and any(
        one.outcome == TryOutcome.SENT and one.token >= row.token for one in attempts
    )


def _by_message(connection: Connection, table: Table, keys: Keys) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    query = planned_anew(select(table).where(table.c.message.in_(keys)))
    for row in read_all(connection, query):
        found.setdefault(row.message, []).append(row)
    return found


def _patients(reminders: Iterable[Any], bad: Sequence[Any]) -> set[str] | None:
    """Say whom a message was about; None where that cannot be read."""
    return None if bad else {one.patient for one in reminders}


_Found = tuple[Damage, Out | CountsAsSent | OutOfTries]  # and what takes it out of the way
