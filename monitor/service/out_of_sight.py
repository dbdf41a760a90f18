"""Facts that are out of sight because a clock was, or is, wrong: whose they are, until when."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection

from monitor.errors import MonitorError
from monitor.service import begun, queries
from monitor.service.queries import Asked
from monitor.service.remarks import not_come_words
from monitor.store import events


def out_of_sight(connection: Connection, now: datetime) -> dict[str, str]:
    """Say it of each patient who has such facts, by the real clock.

    Machines whose clocks differ a little, a booked day, and a day that has begun for the patient
    alone make none. A damaged record is named elsewhere.
    """
    anywhere = (now - begun.LAST_ZONE).date()  # the earliest day that is today somewhere
    found = {}
    for who in events.recorded_after(connection, now + begun.CLOCKS_DIFFER, of_after=anywhere):
        with suppress(MonitorError):
            words = not_come_words(queries.get_case(connection, who, Asked(now=now)))
            if words is not None:
                found[who] = words
    return found
