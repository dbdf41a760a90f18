"""The rows of wake-ups: written twice, so that damage shows, and mended before a pass.

The databases compare the two themselves: a pass must not take longer with each patient. Beside
the second stand the urgent messages that waited at the last wake-up, once for each reminder: one
that is gone, or settled by neither a try nor a reconciliation, is missed.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    cast,
    delete,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    update,
)

from monitor.domain.outcome import Urgency
from monitor.domain.reminders.message import Delivery, TryOutcome
from monitor.store import chain, locks
from monitor.store.clinic import CLINIC, IS_PATIENT
from monitor.store.engine import TEXT, inlined, parts, read_all
from monitor.store.facts import moment_text
from monitor.store.lease import IS_OPEN
from monitor.store.soundness import is_clean
from monitor.store.tables import attempt, look, message, patient, reminder

LATEST = timedelta(hours=26)  # none lies further ahead: each is within a day or so of the last
AT_ONCE = ""  # sorts before every moment; put there by itself, beside what was written before
_MOMENT = 32  # letters of a moment


def new(who: str) -> dict[str, Any]:
    """Give the row of a patient who was never reconciled."""
    return {"patient": who, "next_at": AT_ONCE, "known": 0, "written": written(AT_ONCE, known=0)}


def written(
    next_at: str,
    *,
    known: int,
    unheard: int | None = None,
    fault: str | None = None,
    awaited: Sequence[str] = (),
) -> str:
    """Write a row once more, and the keys of the urgent messages that wait."""
    why = "-" if fault is None else f"+{fault}"
    row = f"{next_at:{_MOMENT}} {known} {'-' if unheard is None else unheard} {why}"
    return row + "".join(f"|{key}" for key in awaited)


def awaited_of(connection: Connection, who: str) -> list[str]:
    """List the urgent messages about a patient that have not arrived, once for each reminder."""
    query = (
        select(message.c.key)
        .join(reminder, reminder.c.message == message.c.key)
        .where(
            reminder.c.patient == who,
            reminder.c.withdrawn == 0,
            IS_OPEN,
            message.c.urgency != inlined(Urgency.ROUTINE),
        )
    )
    return sorted(connection.execute(query).scalars())


def await_nothing(connection: Connection, who: str) -> None:
    """Write down that everything urgent about a patient was withdrawn before that is reconciled."""
    for row in read_all(connection, select(look).where(look.c.patient == who)):
        tail = "".join(f"|{key}" for key in awaited_in(row))
        values = {"written": str(row.written).removesuffix(tail)}
        if tail:
            connection.execute(update(look).where(look.c.patient == who).values(values))


def lost(connection: Connection) -> list[str]:
    """List those of whom something urgent waited that is gone, or was settled by hand."""
    query = select(look).where(func.length(REST) > func.length(_ROW), IS_KNOWN)
    rows = read_all(connection, query.order_by(look.c.patient))
    missed = _missed(connection, rows)
    if missed and locks.is_shared(connection):
        # It may have been withdrawn between the two questions: asked again while it is locked.
        held = query.where(look.c.patient.in_(missed)).with_for_update(skip_locked=True)
        missed = _missed(connection, read_all(connection, held))
    return sorted(missed)


def _missed(connection: Connection, rows: Sequence[Any]) -> set[str]:
    """Find the patients of whom a message is neither there to be sent, nor settled by a try."""
    waits = Counter((row.patient, key) for row in rows for key in awaited_in(row))
    found = Counter[tuple[str, str]]()
    for some in parts(sorted({key for _, key in waits})):
        there = (
            select(reminder.c.patient, message.c.key)
            .join(reminder, reminder.c.message == message.c.key)
            .where(message.c.key.in_(some), reminder.c.withdrawn == 0, or_(IS_OPEN, _IS_SETTLED))
        )
        found.update((row.patient, row.key) for row in read_all(connection, there))
    return {who for who, _ in waits - found}


_TRY = exists().where(attempt.c.message == message.c.key)
_IS_SETTLED = or_(  # by a try: a state alone may be a hand's
    and_(message.c.state == Delivery.FAILED.value, _TRY),
    and_(
        message.c.state == Delivery.SENT.value,
        _TRY.where(attempt.c.outcome == TryOutcome.SENT.value),
    ),
)


def awaited_in(row: Any) -> list[str]:
    """Read which urgent messages waited at the last wake-up."""
    mine = written("", known=row.known, unheard=row.unheard, fault=row.fault)[_MOMENT:]
    tail = str(row.written)[_MOMENT:].removeprefix(mine)
    return [key for key in tail.split("|") if is_clean(key)] if tail.startswith("|") else []


_WHEN = func.substr(look.c.written, 1, _MOMENT, type_=TEXT)
REST = func.substr(look.c.written, _MOMENT + 1, type_=TEXT)
_ROW = (
    literal(" ", TEXT)
    + cast(look.c.known, TEXT)
    + " "
    + func.coalesce(cast(look.c.unheard, TEXT), "-")
    + " "
    + func.coalesce(literal("+", TEXT) + look.c.fault, "-")
)
IS_WRITTEN = and_(
    or_(look.c.next_at == AT_ONCE, look.c.next_at == _WHEN),
    func.substr(REST + "|", 1, func.length(_ROW) + 1) == _ROW + "|",
)


IS_KNOWN = look.c.patient.in_(select(patient.c.id))
_IS_NOBODYS = ~exists().where(patient.c.id == look.c.patient)
_MISSING = select(patient.c.id).where(~exists().where(look.c.patient == patient.c.id), IS_PATIENT)


def mend(connection: Connection, now: datetime) -> list[tuple[str, str]]:
    """Make sure that everybody is reconciled within a day, whatever the rows say.

    Gives whose row was missing or damaged, and what was wrong.
    """
    connection.execute(delete(look).where(look.c.patient == CLINIC))  # of an earlier program
    strays = connection.execute(delete(look).where(_IS_NOBODYS))
    found = [("a wake-up", "it is of nobody on record")] * (strays.rowcount > 0)
    names = [row.id for row in read_all(connection, _MISSING) if is_clean(row.id)]
    if names:
        locks.add_new(connection, look, [new(who) for who in names])
        found += [(_whose(connection, who), "it was missing") for who in names]
    unsound = _unsound(now)
    names = [row.patient for row in read_all(connection, select(look.c.patient).where(unsound))]
    if names:
        connection.execute(
            update(look)
            .where(unsound)
            .values(
                next_at=AT_ONCE,
                known=0,
                unheard=None,
                fault=None,
                written=written(AT_ONCE, known=0),
            )
        )
        found += [(_whose(connection, who), "it is not what was written") for who in names]
    return found


def faults(connection: Connection, now: datetime) -> list[str]:
    """List the wake-ups that are missing or damaged; nothing is changed."""
    names = [row.id for row in read_all(connection, _MISSING)]
    found = [f"{_whose(connection, who)}: it is missing" for who in names]
    strays = select(look.c.patient).where(_IS_NOBODYS)
    found += ["a wake-up: it is of nobody on record" for _ in read_all(connection, strays)]
    for row in read_all(connection, select(look.c.patient).where(_unsound(now))):
        found.append(f"{_whose(connection, row.patient)}: it is not what was written")
    return found


def _unsound(now: datetime) -> ColumnElement[bool]:
    """Ask for rows that no program wrote; whatever stands there is compared, and not read."""
    # What is not known to fit, a NULL among it, does not.
    return or_(
        func.coalesce(IS_WRITTEN, false()).is_(false()), look.c.next_at > moment_text(now + LATEST)
    )


def _whose(connection: Connection, who: object) -> str:
    return f"the wake-up of {chain.named(connection, who)}"
