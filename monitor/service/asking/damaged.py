"""What is damaged, or was lately, in messages, contacts and wake-ups: named, not changed."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.store import (
    contact_rows,
    damage,
    evaluation,
    heartbeats,
    outbox,
    setting_aside,
    wakeup_rows,
)
from monitor.store.found import Found

KEPT = timedelta(days=7)  # so long it is named


def faults(connection: Connection, *, now: datetime) -> Found:
    """List what is damaged in messages, contacts and wake-ups; nothing is changed."""
    latest = heartbeats.latest(connection, now)
    found = Found(setting_aside.faults(connection, latest))
    found.add(_others(connection, latest))
    return found


def open_faults(connection: Connection, *, now: datetime) -> Found:
    """List the same, but of the messages only those that are owed or have no state."""
    latest = heartbeats.latest(connection, now)
    found = Found(setting_aside.open_faults(connection, latest))
    found.add(_others(connection, latest))
    return found


def _others(connection: Connection, now: datetime) -> list[str]:
    return [
        *contact_rows.faults_of(connection),
        *wakeup_rows.faults(connection, now),
        *(
            f"{lost_words(who)}: it has not arrived, and is gone or was settled by hand"
            for who in wakeup_rows.lost(connection)
        ),
        *(
            f"{damage.name_of('message', key, about)}: it waits longer than any is put off"
            for key, about in outbox.put_off_too_far(connection, now).items()
        ),
        *([f"the beat: {why}"] if (why := heartbeats.fault(connection)) else []),
        *(
            [f"whose work the stored checks are: {why}"]
            if (why := evaluation.fault(connection))
            else []
        ),
    ]


def lost_words(who: str) -> str:
    """Name an urgent message that is gone before it arrived."""
    return f"an urgent message about {who}"


def set_aside(connection: Connection, *, now: datetime) -> Found:
    """List what was found damaged of late, and made anew."""
    return damage.noted(connection, since=now - KEPT)
