"""Damaged rows of messaging: found before anything is sent, named, and taken out of the way.

What is taken out is owed anew from the facts: rather a repeat than a loss. Facts are never touched.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    LargeBinary,
    Select,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from monitor.store.engine import read_all
from monitor.store.events import moment_text
from monitor.store.keeping import copy_of
from monitor.store.leasing import IS_OPEN
from monitor.store.soundness import (
    STATES,
    attempt_fault,
    is_clean,
    is_moment,
    message_fault,
    reminder_fault,
    standing_fault,
)
from monitor.store.tables import attempt, damage, message, reminder

_SHOWN = 3  # patients of one message who are named
_Keys = Select[Any] | CompoundSelect[Any]  # asks for the keys of messages


@dataclass(frozen=True, kw_only=True, slots=True)
class Damage:
    """A row that was found damaged, named by what is known of it."""

    what: str
    why: str
    mended: str = "it was made anew"
    patients: frozenset[str] | None = frozenset()  # whose it was; None: nobody can say
    kept: str = ""  # what stood in the rows that were taken out; never shown


def note(connection: Connection, found: Iterable[Damage], *, now: datetime) -> None:
    """Write down what was found, each once, with the last time, and all that was taken out."""
    for one in found:
        values = {"why": f"{one.why}; {one.mended}", "found_at": moment_text(now)}
        what = one.what[:200]
        kept = func.coalesce(damage.c.kept, "") + one.kept
        mine = update(damage).where(damage.c.what == what)
        if connection.execute(mine.values(**values, kept=kept)).rowcount == 0:
            connection.execute(insert(damage), {"what": what, **values, "kept": one.kept})


def noted(connection: Connection, *, since: datetime) -> list[str]:
    """List what was found damaged since a moment, the newest first; a damaged note always."""
    at = damage.c.found_at
    is_none = or_(at.is_(None), at < "1")  # every moment sorts after it
    query = select(damage).where(or_(is_none, at >= moment_text(since)))
    return [
        f"{row.what} was damaged, found on {row.found_at[:10]}: {row.why}"
        if is_moment(row.found_at) and is_clean(row.what) and is_clean(row.why)
        else "a note of what was damaged is damaged itself"
        for row in read_all(connection, query.order_by(at.desc(), damage.c.what))
    ]


def set_aside_open(connection: Connection, now: datetime) -> list[Damage]:
    """Take what is damaged out of the messages that are owed, and those that have no state."""
    return _set_aside(connection, _OPEN, now)


def set_aside_of(connection: Connection, who: str, now: datetime) -> list[Damage]:
    """Take what is damaged out of everything that was ever owed about a patient."""
    mine = select(reminder.c.message).where(reminder.c.patient == who)
    found = _set_aside(connection, mine, now)
    lost = select(reminder).where(
        reminder.c.patient == who, reminder.c.message.not_in(select(message.c.key))
    )
    for row in read_all(connection, lost):
        connection.execute(delete(reminder).where(_is(reminder.c.key, row.key)))
        named = _named("reminder", row.key, "it belongs to no message", {who})
        found.append(replace(named, kept=copy_of(reminder, [row])))
    return found


def damaged_of(connection: Connection, who: str, now: datetime) -> set[str]:
    """Give the keys of the messages about a patient that are damaged; nothing is changed."""
    mine = select(reminder.c.message).where(reminder.c.patient == who)
    found = _judge(connection, mine, now)
    return {out.row.key for _, out in found if isinstance(out, _Out)}


def faults(connection: Connection, now: datetime) -> list[str]:
    """List every damaged row of messaging; nothing is changed."""
    found = [f"{one.what}: {one.why}" for one, _ in _judge(connection, None, now)]
    lost = reminder.c.message.not_in(select(message.c.key))
    for row in read_all(connection, select(reminder).where(lost)):
        found.append(f"{_name('reminder', row.key)}: it belongs to no message")
    return found


def open_faults(connection: Connection, now: datetime) -> list[str]:
    """List the damaged rows of messages that are owed or have no state; nothing is changed."""
    found = [f"{one.what}: {one.why}" for one, _ in _judge(connection, _OPEN, now)]
    is_nobodys = or_(reminder.c.patient.is_(None), reminder.c.message.is_(None))  # by two indexes
    for row in read_all(connection, select(reminder).where(is_nobodys)):
        found.append(f"{_name('reminder', row.key)}: it belongs to nobody")
    return found


# The messages that are owed, or have no state, whatever stands there. Each range is asked by
# itself: asked for any of them at once, a database goes through everything that was ever sent.
# The column admits no NULL.
_STATES: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in STATES]
_OPEN = union_all(
    *(
        select(message.c.key).where(range_of_states)
        for range_of_states in (
            IS_OPEN,
            message.c.state < _STATES[0],
            *(
                and_(message.c.state > one, message.c.state < after)
                for one, after in pairwise(_STATES)
            ),
            message.c.state > _STATES[-1],
        )
    )
)


def _set_aside(connection: Connection, keys: _Keys, now: datetime) -> list[Damage]:
    found = []
    for one, remove in _judge(connection, keys, now):
        remove(connection)
        found.append(one)
    return found


def _judge(
    connection: Connection, keys: _Keys | None, now: datetime
) -> list[tuple[Damage, Callable[[Connection], None]]]:
    """Find what is damaged in messages: what it is, and what takes it out of the way.

    Without `keys`: in all of them.
    """
    rows = read_all(connection, _among(select(message), message.c.key, keys))
    reminders = _by_message(connection, reminder, keys)
    attempts = _by_message(connection, attempt, keys)
    found: list[tuple[Damage, Callable[[Connection], None]]] = []
    for row in rows:
        mine, tries = reminders.get(row.key, []), attempts.get(row.key, [])
        bad_tries = [one for one in tries if attempt_fault(one)]
        why = message_fault(row, now) or standing_fault(
            row, mine, [one for one in tries if one not in bad_tries]
        )
        why = why or _about_nobody(row, mine)
        bad = [one for one in mine if reminder_fault(one)]
        if why is None and bad:
            why = f"a reminder in it: {reminder_fault(bad[0])}"
        if why is not None:
            kept = copy_of(message, [row]) + copy_of(reminder, mine) + copy_of(attempt, tries)
            named = replace(_named("message", row.key, why, _patients(mine, bad)), kept=kept)
            found.append((named, _Out(row)))
            continue
        if _was_sent(row, tries):
            named = _named(
                "message", row.key, "it counts as owed, and was sent", _patients(mine, bad)
            )
            named = replace(named, mended="it counts as sent", patients=frozenset())
            found.append((named, _Sent(row)))
            continue
        for one in bad_tries:
            named = Damage(
                what=f"a try of {_name('message', row.key, _patients(mine, bad))}",
                why=str(attempt_fault(one)),
                mended="it was set aside",
                kept=copy_of(attempt, [one]),
            )
            found.append((named, _OutOfTries(one)))
    return found


def _about_nobody(row: Any, reminders: Sequence[Any]) -> str | None:
    # One that was tried may have lost them: withdrawn meanwhile, and owed again in another.
    if row.state in ("owed", "sending") and row.tries == 0 and row.text is None and not reminders:
        return "it holds nothing"
    return None


def _was_sent(row: Any, attempts: Iterable[Any]) -> bool:
    """Say whether the last try of a message that is owed arrived."""
    return row.state in ("owed", "sending") and any(
        one.outcome == "sent" and one.token >= row.token for one in attempts
    )


def _by_message(connection: Connection, table: Any, keys: _Keys | None) -> dict[Any, Any]:
    found: dict[Any, list[Any]] = {}
    for row in read_all(connection, _among(select(table), table.c.message, keys)):
        found.setdefault(row.message, []).append(row)
    return found


def _among(query: Select[Any], column: Column[Any], keys: _Keys | None) -> Select[Any]:
    return query if keys is None else query.where(column.in_(keys))


def _patients(reminders: Iterable[Any], bad: Sequence[Any]) -> set[str] | None:
    """Say whom a message was about; None where that cannot be read."""
    return None if bad else {one.patient for one in reminders}


@dataclass(frozen=True, slots=True)
class _Out:
    """Takes a message out with all that belongs to it."""

    row: Any

    def __call__(self, connection: Connection) -> None:
        for table in (attempt, reminder):
            connection.execute(delete(table).where(_is(table.c.message, self.row.key)))
        connection.execute(delete(message).where(_is(message.c.key, self.row.key)))


@dataclass(frozen=True, slots=True)
class _Sent:
    """Has a message that was sent count as sent."""

    row: Any

    def __call__(self, connection: Connection) -> None:
        mine = update(message).where(_is(message.c.key, self.row.key))
        connection.execute(mine.values(state="sent", next_at=""))


@dataclass(frozen=True, slots=True)
class _OutOfTries:
    """Takes a try out."""

    row: Any

    def __call__(self, connection: Connection) -> None:
        mine = and_(_is(attempt.c.message, self.row.message), _is(attempt.c.token, self.row.token))
        connection.execute(delete(attempt).where(mine))


def _named(kind: str, key: object, why: str, patients: set[str] | None) -> Damage:
    """Name what is set aside; the patients are looked at, and told anew what still stands."""
    is_known = patients is not None and all(is_clean(who) for who in patients)
    return Damage(
        what=_name(kind, key, patients),
        why=why,
        mended="it was set aside, and what still has to be told is sent anew",
        patients=frozenset(patients or ()) if is_known else None,
    )


def _name(kind: str, key: object, patients: set[str] | None = None) -> str:
    """Name a row by its key where that is one, a computed number and no secret; and whose it is."""
    is_key = isinstance(key, str) and len(key) == 32 and all(c in "0123456789abcdef" for c in key)
    name = f"{kind} {str(key)[:8]}" if is_key else f"a {kind} without a key"
    known = sorted(who for who in patients or () if is_clean(who))
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"{name} about {', '.join(known[:_SHOWN])}{more}" if known else name


def _is(column: Column[Any], value: object) -> ColumnElement[bool]:
    """Find a cell by what was read of it, whatever that is."""
    if value is None:
        return column.is_(None)
    if isinstance(value, bytes):
        return column == literal(value, LargeBinary)
    if isinstance(value, str) and not is_clean(value):  # marks of what was no text
        return cast(column, LargeBinary) == value.encode(errors="surrogateescape")
    return column == value
