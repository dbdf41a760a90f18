"""When each patient must next be reconciled: the wake-ups, and what came of the last one."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    func,
    select,
    update,
)

from monitor.store import chain, locks, wakeup_rows
from monitor.store.clocks import clock_of
from monitor.store.engine import read_all
from monitor.store.facts import moment_text
from monitor.store.notify import announce
from monitor.store.soundness import is_clean, is_moment
from monitor.store.tables import fact, look
from monitor.store.wakeup_rows import AT_ONCE, REST

_SOME = 1000  # facts that are asked about one by one
LEASE = timedelta(minutes=2)  # longer than a batch may take


def wake_now(connection: Connection, who: str) -> None:
    """Wake a patient at the next tick, whatever its clock says."""
    changed = connection.execute(update(look).where(look.c.patient == who).values(next_at=AT_ONCE))
    if changed.rowcount == 0:
        locks.add_new(connection, look, [wakeup_rows.new(who)])
    announce(connection)


def wake_unheard(connection: Connection, people: Collection[str]) -> int:
    """Wake some patients of whom something urgent reached nobody; says how many."""
    waiting = select(look.c.patient).where(look.c.patient.in_(people), look.c.unheard.is_not(None))
    found = list(connection.execute(waiting.order_by(look.c.patient)).scalars())
    for who in found:
        wake_now(connection, who)
    return len(found)


def wake_all(connection: Connection) -> None:
    """Wake everybody at the next tick."""
    # In the order in which everybody holds them.
    locks.hold_rows(connection, select(look.c.patient).order_by(look.c.patient))
    connection.execute(update(look).values(next_at=AT_ONCE))
    announce(connection)


def set_next(
    connection: Connection, who: str, at: datetime, *, known: int, unheard: int = 0
) -> None:
    """Set when a patient must be reconciled again, and up to which event everything was seen.

    `unheard`: how many urgent subjects go to nobody.
    """
    row: dict[str, Any] = {"known": known, "fault": None, "unheard": unheard or None}
    awaited = wakeup_rows.awaited_of(connection, who)
    _write(connection, who, awaited, next_at=moment_text(at), **row)


def note_fault(connection: Connection, who: str, *, why: str, again_at: datetime) -> None:
    """Write down that a patient could not be reconciled."""
    for last in connection.execute(select(look).where(look.c.patient == who)).all():
        row = {"known": last.known, "unheard": last.unheard, "fault": why}
        awaited = wakeup_rows.awaited_in(last)
        _write(connection, who, awaited, next_at=moment_text(again_at), **row)


def _write(connection: Connection, who: str, awaited: Sequence[str], **row: Any) -> None:
    values = {**row, "written": wakeup_rows.written(**row, awaited=awaited)}
    connection.execute(update(look).where(look.c.patient == who).values(**values))


def is_woken(connection: Connection, who: str) -> bool:
    """Say whether it was asked for, by a fact or by a contact; else its time has come."""
    query = select(look.c.next_at).where(look.c.patient == who)
    return connection.execute(query).scalar() == AT_ONCE


def known_before(connection: Connection, who: str) -> int:
    """Give the patient's last event at the last wake-up; 0 where there was none."""
    known = connection.execute(select(look.c.known).where(look.c.patient == who)).scalar()
    return known if isinstance(known, int) else 0


def due(connection: Connection, now: datetime, *, limit: int) -> list[str]:
    """List the patients whose wake-up has come."""
    query = (
        select(look.c.patient)
        .where(look.c.next_at <= moment_text(now))
        .order_by(look.c.next_at, look.c.patient)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def take(connection: Connection, now: datetime, *, limit: int) -> list[str]:
    """Take some of the due patients for a while, others than other programs take.

    Should this program end before it has reconciled them, they are due again then.
    """
    mine = (
        select(look.c.patient)
        .where(look.c.next_at <= moment_text(now))
        .order_by(look.c.next_at, look.c.patient)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
        .cte("mine")
    )
    taken = connection.execute(
        update(look)
        .where(look.c.patient.in_(select(mine.c.patient)))
        .values(next_at=moment_text(now + LEASE), written=moment_text(now + LEASE) + REST)
        .returning(look.c.patient)
    )
    return sorted(taken.scalars())


def hold(connection: Connection, who: str) -> None:
    """Lock the wake-up of a patient, before anything that is held later."""
    locks.hold_rows(connection, select(look.c.patient).where(look.c.patient == who))


def next_at(connection: Connection) -> datetime | None:
    """Find the next moment at which a patient must be reconciled."""
    query = select(func.min(look.c.next_at)).where(look.c.next_at > AT_ONCE)
    found = connection.execute(query).scalar()
    return datetime.fromisoformat(str(found)) if is_moment(found) else None


def is_waiting(connection: Connection, now: datetime) -> bool:
    """Say whether a patient should have been reconciled."""
    query = select(look.c.patient).where(look.c.next_at <= moment_text(now))
    return connection.execute(query.limit(1)).first() is not None


def oldest_unseen(connection: Connection, now: datetime) -> datetime | None:
    """Find when the first fact was recorded of those that wait for a wake-up that is due."""
    is_unseen = (look.c.next_at <= moment_text(now), fact.c.event > look.c.known)
    of_looks = look.c.patient == fact.c.patient
    query = select(func.min(fact.c.recorded_at)).join(look, of_looks).where(*is_unseen)
    found = connection.execute(query).scalar()
    if not is_moment(found):
        return None
    oldest = datetime.fromisoformat(str(found))
    if oldest <= now:
        return oldest
    # Behind a fact of a clock that was ahead every moment lies there, whatever the clock said.
    told = select(*chain.COLUMNS).join(look, of_looks).where(*is_unseen).limit(_SOME)
    rows = read_all(connection, told.order_by(fact.c.event.desc()))
    clocks = [clock_of(row) for row in rows]
    return min((clock for clock in clocks if clock is not None), default=oldest)


def faults(connection: Connection) -> list[tuple[str, str]]:
    """List the patients who could not be reconciled, and why."""
    wanted = select(look.c.patient, look.c.fault, wakeup_rows.IS_WRITTEN.label("is_written"))
    query = wanted.where(look.c.fault.is_not(None), wakeup_rows.IS_KNOWN).order_by(look.c.patient)
    return [
        (
            chain.named(connection, row.patient),
            row.fault if row.is_written and is_clean(row.fault) else "why cannot be read",
        )
        for row in read_all(connection, query)
    ]


def unheard(connection: Connection) -> dict[str, int]:
    """Count, by patient, the urgent subjects that go to nobody."""
    query = select(look.c.patient, look.c.unheard).where(look.c.unheard.is_not(None))
    return {
        row.patient: row.unheard
        for row in read_all(connection, query.where(wakeup_rows.IS_KNOWN).order_by(look.c.patient))
        if isinstance(row.unheard, int)
    }
