"""What was found damaged: named without a word of what stands in it, and written down.

What was taken out is kept beside its note, for those who look into a damage: each row a line of
JSON under a digest of its own. No command shows it, for it may hold a secret.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    Table,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from monitor.domain.reminders.message import DeliveryEvent, leads_to
from monitor.store.engine import read_all
from monitor.store.facts import moment_text
from monitor.store.found import MOST, Found
from monitor.store.soundness import is_clean, is_moment
from monitor.store.tables import attempt, damage, message, reminder

_SHOWN = 3  # patients of one message who are named


@dataclass(frozen=True, kw_only=True, slots=True)
class Damage:
    """A row that was found damaged, named by what is known of it."""

    what: str
    why: str
    mended: str = "it was made anew"
    patients: frozenset[str] | None = frozenset()  # whose it was; None: nobody can say
    kept: str = ""  # what stood in the rows that were taken out; never shown


def note(connection: Connection, found: Damage, *, now: datetime) -> None:
    """Write down what was found, once, with the last time, and all that was taken out."""
    values = {"why": f"{found.why}; {found.mended}", "found_at": moment_text(now)}
    what = found.what[:200]
    kept = func.coalesce(damage.c.kept, "") + found.kept
    mine = update(damage).where(damage.c.what == what)
    if connection.execute(mine.values(**values, kept=kept)).rowcount == 0:
        connection.execute(insert(damage), {"what": what, **values, "kept": found.kept})


def noted(connection: Connection, *, since: datetime) -> Found:
    """List what was found damaged since a moment, the newest first; a damaged note always."""
    at = damage.c.found_at
    is_none = or_(at.is_(None), at < "2")  # every moment of a note sorts after it
    wanted = or_(is_none, at >= moment_text(since))
    count = connection.execute(select(func.count()).select_from(damage).where(wanted)).scalar_one()
    # Without what was kept, which may be long.
    query = select(damage.c.what, damage.c.why, at).where(wanted)
    rows = read_all(connection, query.order_by(at.desc(), damage.c.what).limit(MOST))
    lines = [
        f"{row.what} was damaged, found on {row.found_at[:10]}: {row.why}"
        if is_moment(row.found_at) and is_clean(row.what) and is_clean(row.why)
        else "a note of what was damaged is damaged itself"
        for row in rows
    ]
    return Found(lines, more=count - len(lines))


def named(kind: str, key: object, why: str, patients: set[str] | None) -> Damage:
    """Name what is set aside; the patients are woken, and told anew what still stands."""
    is_known = patients is not None and all(is_clean(who) for who in patients)
    return Damage(
        what=name_of(kind, key, patients),
        why=why,
        mended="it was set aside, and what still has to be told is sent anew",
        patients=frozenset(patients or ()) if is_known else None,
    )


def name_of(kind: str, key: object, patients: set[str] | None = None) -> str:
    """Name a row by its key where that is one, a computed number and no secret; and whose it is."""
    is_key = isinstance(key, str) and len(key) == 32 and all(c in "0123456789abcdef" for c in key)
    name = f"{kind} {str(key)[:8]}" if is_key else f"a {kind} without a key"
    known = sorted(who for who in patients or () if is_clean(who))
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"{name} about {', '.join(known[:_SHOWN])}{more}" if known else name


def copy_of(table: Table, rows: Iterable[Any]) -> str:
    """Write rows as far as they can be read; each line ends in a digest of what stands before."""
    return "".join(_line({"table": table.name, **row._asdict()}) for row in rows)


def _line(cells: dict[str, Any]) -> str:
    text = json.dumps({name: _cell(value) for name, value in cells.items()}, sort_keys=True)
    return f"{text} {hashlib.sha256(text.encode()).hexdigest()[:16]}\n"


def _cell(value: Any) -> Any:
    """Write a cell; of bytes, and of what is no text, the bytes."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, str) and not value.isascii():
        raw = value.encode(errors="surrogateescape")
        try:
            raw.decode()
        except UnicodeDecodeError:
            return {"bytes": raw.hex()}
    return value


@dataclass(frozen=True, slots=True)
class Out:
    """Takes a message out with all that belongs to it."""

    key: Any

    def __call__(self, connection: Connection) -> None:
        """Do so."""
        for table in (attempt, reminder):
            connection.execute(delete(table).where(is_cell(table.c.message, self.key)))
        connection.execute(delete(message).where(is_cell(message.c.key, self.key)))


@dataclass(frozen=True, slots=True)
class CountsAsSent:
    """Has a message that was sent count as sent."""

    key: Any

    def __call__(self, connection: Connection) -> None:
        """Do so."""
        mine = update(message).where(is_cell(message.c.key, self.key))
        connection.execute(mine.values(state=leads_to(DeliveryEvent.FOUND_SENT).value, next_at=""))


@dataclass(frozen=True, slots=True)
class OutOfTries:
    """Takes a try out."""

    key: Any  # of its message
    token: Any

    def __call__(self, connection: Connection) -> None:
        """Do so."""
        mine = and_(is_cell(attempt.c.message, self.key), is_cell(attempt.c.token, self.token))
        connection.execute(delete(attempt).where(mine))
        of = update(message).where(is_cell(message.c.key, self.key))
        connection.execute(of.values(tries=message.c.tries - 1))


def is_cell(column: Column[Any], value: object) -> ColumnElement[bool]:
    """Find a cell by what was read of it, whatever that is."""
    if value is None:
        return column.is_(None)
    if isinstance(value, bytes):
        return column == literal(value, LargeBinary)
    if isinstance(value, str) and not is_clean(value):  # marks of what was no text
        return cast(column, LargeBinary) == value.encode(errors="surrogateescape")
    return column == value
