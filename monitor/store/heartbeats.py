"""The heartbeat: when the last full pass ended, and under which policy."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from monitor.store import locks
from monitor.store.engine import read_all
from monitor.store.facts import moment_text
from monitor.store.soundness import is_digest, is_moment
from monitor.store.tables import beat


@dataclass(frozen=True, kw_only=True, slots=True)
class Heartbeat:
    """When the last full pass ended, and under which policy."""

    at: datetime
    policy: str


def find(connection: Connection) -> Heartbeat | None:
    """Find the last heartbeat; None where there was none."""
    rows = read_all(connection, select(beat).where(beat.c.id == 1))
    if not rows or not is_moment(rows[0].at):
        return None  # what cannot be read says nothing; `fault` names it
    return Heartbeat(at=datetime.fromisoformat(rows[0].at), policy=str(rows[0].policy))


def latest(connection: Connection, now: datetime) -> datetime:
    """Give the latest moment that a clock showed: it may have gone back since the last heartbeat.

    What that pass put off is no damage by the clock of now; the next pass brings it back.
    """
    found = find(connection)
    return now if found is None else max(now, found.at)


def fault(connection: Connection) -> str | None:
    """Say what is wrong with the row of the beat."""
    rows = read_all(connection, select(beat))
    if any(row.id != 1 or not is_moment(row.at) or not is_digest(row.policy) for row in rows):
        return "it is not what was written"
    return None


def is_since(connection: Connection, moment: datetime) -> bool:
    """Say whether the last heartbeat is later than a moment."""
    found = find(connection)
    return found is not None and found.at > moment


def hold(connection: Connection) -> None:
    """Hold the beat: passes begin and end one after the other."""
    locks.hold(connection, ["the beat"])


def forget(connection: Connection) -> None:
    """Forget a beat that cannot be read; the pass leaves a new one."""
    connection.execute(delete(beat))


def keep_policy(connection: Connection, policy: str) -> None:
    """Write down under which policy everybody is being reconciled."""
    connection.execute(update(beat).values(policy=policy))


def keep(connection: Connection, found: Heartbeat) -> None:
    """Write down that a full pass has ended."""
    connection.execute(delete(beat))
    row = {"id": 1, "at": moment_text(found.at), "policy": found.policy}
    connection.execute(insert(beat), row)
