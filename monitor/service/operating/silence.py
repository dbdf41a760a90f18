"""Notice that nobody sends: the last heartbeat is old while there is somebody to tell something."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.domain.dates import CLOCKS_DIFFER
from monitor.store import contacts, failing, heartbeats, undelivered, wakeups

OLD = timedelta(minutes=15)  # `run` leaves a beat every minute; cron should at least every ten
A_PASS_LATE = timedelta(minutes=11)  # then what was recorded is not looked at even by cron


def find_silence(connection: Connection, now: datetime) -> str | None:
    """Say that the last pass failed, or the beat is old while something is owed; else None."""
    failed = failing.failed_at(connection, now)
    if failed is not None:
        return (
            f"the pass of {failed:%Y-%m-%d %H:%M} UTC failed, and none since; see: monitor doctor"
        )
    since = contacts.oldest(connection)
    if since is None:
        return None
    beat = heartbeats.find(connection)
    last = beat.at if beat is not None else since
    if beat is not None and beat.at > now + CLOCKS_DIFFER:
        return (
            f"the last heartbeat lies in the future, {beat.at:%Y-%m-%d %H:%M} UTC: "
            "check the clock; whether reminders are sent is not known"
        )
    if last <= now + CLOCKS_DIFFER and now - last < OLD:
        return None  # who is told was recorded by a clock that was ahead: that is no reason to wait
    owed = wakeups.is_waiting(connection, now) or undelivered.stuck(connection, now, for_long=OLD)
    if not owed:
        return None
    told = f"since {last:%Y-%m-%d %H:%M} UTC" if beat is not None else "at all yet"
    return f"nobody has sent reminders {told}; start monitor run, and see: monitor doctor"
