"""When each patient's reminders must next be planned, and the beat that says it was done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from monitor.store import chain, locks, wakeups
from monitor.store.clocks import clock_of
from monitor.store.engine import read_all
from monitor.store.facts import moment_text
from monitor.store.notify import announce
from monitor.store.soundness import is_clean, is_digest, is_moment
from monitor.store.tables import beat, fact, look
from monitor.store.wakeups import AT_ONCE, REST

_SOME = 1000  # facts that are asked about one by one
LEASE = timedelta(minutes=2)  # longer than a batch of looks may take


@dataclass(frozen=True, kw_only=True, slots=True)
class Beat:
    """When the last full pass ended, and under which policy."""

    at: datetime
    policy: str


def look_at_once(connection: Connection, who: str) -> None:
    """Have a patient's reminders planned at the next tick, whatever its clock says."""
    changed = connection.execute(update(look).where(look.c.patient == who).values(next_at=AT_ONCE))
    if changed.rowcount == 0:
        locks.add_new(connection, look, [wakeups.new(who)])
    announce(connection)


def look_at_unheard(connection: Connection, people: Collection[str]) -> int:
    """Have some patients looked at again of whom something urgent reached nobody; says how many."""
    waiting = select(look.c.patient).where(look.c.patient.in_(people), look.c.unheard.is_not(None))
    found = list(connection.execute(waiting.order_by(look.c.patient)).scalars())
    for who in found:
        look_at_once(connection, who)
    return len(found)


def look_at_all(connection: Connection) -> None:
    """Have everybody's reminders planned at the next tick."""
    if locks.is_shared(connection):  # in the order in which everybody holds them
        query = select(look.c.patient).order_by(look.c.patient)
        connection.execute(query.with_for_update(key_share=True))
    connection.execute(update(look).values(next_at=AT_ONCE))
    announce(connection)


def look_next(
    connection: Connection, who: str, at: datetime, *, known: int, unheard: int = 0
) -> None:
    """Set when a patient must be looked at again, and up to which event everything was seen.

    `unheard`: how many urgent matters go to nobody.
    """
    row: dict[str, Any] = {"known": known, "fault": None, "unheard": unheard or None}
    awaited = wakeups.awaited_of(connection, who)
    _write(connection, who, awaited, next_at=moment_text(at), **row)


def could_not_look(connection: Connection, who: str, *, why: str, again_at: datetime) -> None:
    """Write down that a patient could not be looked at."""
    for last in connection.execute(select(look).where(look.c.patient == who)).all():
        row = {"known": last.known, "unheard": last.unheard, "fault": why}
        awaited = wakeups.awaited_in(last)
        _write(connection, who, awaited, next_at=moment_text(again_at), **row)


def _write(connection: Connection, who: str, awaited: Sequence[str], **row: Any) -> None:
    values = {**row, "written": wakeups.written(**row, awaited=awaited)}
    connection.execute(update(look).where(look.c.patient == who).values(**values))


def is_asked_for(connection: Connection, who: str) -> bool:
    """Say whether a look was asked for, by a fact or by a contact; else its time has come."""
    query = select(look.c.next_at).where(look.c.patient == who)
    return connection.execute(query).scalar() == AT_ONCE


def known_at_last_look(connection: Connection, who: str) -> int:
    """Give the patient's last event at the last look; 0 where there was none."""
    known = connection.execute(select(look.c.known).where(look.c.patient == who)).scalar()
    return known if isinstance(known, int) else 0


def due(connection: Connection, now: datetime, *, limit: int) -> list[str]:
    """List the patients to look at now."""
    query = (
        select(look.c.patient)
        .where(look.c.next_at <= moment_text(now))
        .order_by(look.c.next_at, look.c.patient)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def take(connection: Connection, now: datetime, *, limit: int) -> list[str]:
    """Take some of the patients to look at for a while, others than other programs take.

    Should this program end before it has looked at them, they are due again then.
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
    """Hold when a patient is looked at next, before anything that is held later."""
    if locks.is_shared(connection):
        query = select(look.c.patient).where(look.c.patient == who)
        connection.execute(query.with_for_update(key_share=True))


def next_look_at(connection: Connection) -> datetime | None:
    """Find the next moment at which a patient must be looked at."""
    query = select(func.min(look.c.next_at)).where(look.c.next_at > AT_ONCE)
    found = connection.execute(query).scalar()
    return datetime.fromisoformat(str(found)) if is_moment(found) else None


def is_waiting(connection: Connection, now: datetime) -> bool:
    """Say whether a patient should have been looked at."""
    query = (
        select(literal_column("1", Integer))
        .select_from(look)
        .where(look.c.next_at <= moment_text(now))
    )
    return connection.execute(query.limit(1)).first() is not None


def oldest_unseen(connection: Connection, now: datetime) -> datetime | None:
    """Find when the first fact was recorded of those that no look has seen though one was due."""
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
    """List the patients who could not be looked at, and why."""
    wanted = select(look.c.patient, look.c.fault, wakeups.IS_WRITTEN.label("is_written"))
    query = wanted.where(look.c.fault.is_not(None), wakeups.IS_KNOWN).order_by(look.c.patient)
    return [
        (
            chain.named(connection, row.patient),
            row.fault if row.is_written and is_clean(row.fault) else "why cannot be read",
        )
        for row in read_all(connection, query)
    ]


def unheard(connection: Connection) -> dict[str, int]:
    """Count, by patient, the urgent matters that go to nobody."""
    query = select(look.c.patient, look.c.unheard).where(look.c.unheard.is_not(None))
    return {
        row.patient: row.unheard
        for row in read_all(connection, query.where(wakeups.IS_KNOWN).order_by(look.c.patient))
        if isinstance(row.unheard, int)
    }


def find_beat(connection: Connection) -> Beat | None:
    """Find the last beat; None where there was none."""
    rows = read_all(connection, select(beat).where(beat.c.id == 1))
    if not rows or not is_moment(rows[0].at):
        return None  # what cannot be read says nothing; `beat_fault` names it
    return Beat(
        at=datetime.fromisoformat(rows[0].at),
        policy=str(rows[0].policy),
    )


def latest(connection: Connection, now: datetime) -> datetime:
    """Give the latest moment that a clock showed: it may have gone back since the last beat.

    What that pass put off is no damage by the clock of now; the next pass brings it back.
    """
    found = find_beat(connection)
    return now if found is None else max(now, found.at)


def beat_fault(connection: Connection) -> str | None:
    """Say what is wrong with the row of the beat."""
    rows = read_all(connection, select(beat))
    if any(row.id != 1 or not is_moment(row.at) or not is_digest(row.policy) for row in rows):
        return "it is not what was written"
    return None


def has_beaten_since(connection: Connection, moment: datetime) -> bool:
    """Say whether the last beat is later than a moment."""
    found = find_beat(connection)
    return found is not None and found.at > moment


def hold_beat(connection: Connection) -> None:
    """Hold the beat: passes begin and end one after the other."""
    locks.hold(connection, ["the beat"])


def forget_beat(connection: Connection) -> None:
    """Forget a beat that cannot be read; the pass leaves a new one."""
    connection.execute(delete(beat))


def keep_policy(connection: Connection, policy: str) -> None:
    """Write down under which policy everybody is being looked at."""
    connection.execute(update(beat).values(policy=policy))


def keep_beat(connection: Connection, found: Beat) -> None:
    """Write down that a full pass has ended."""
    connection.execute(delete(beat))
    connection.execute(
        insert(beat),
        {
            "id": 1,
            "at": moment_text(found.at),
            "policy": found.policy,
        },
    )
