"""Facts that are out of sight because a clock was, or is, wrong: whose they are, until when."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection

from monitor.domain.dates import CLOCKS_DIFFER, LAST_ZONE
from monitor.errors import MonitorError
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.asking.said import not_come_words
from monitor.store import facts
from monitor.store.engine import let_others_write

MANY = 20  # more patients than these a pass does not count: each must be read


def out_of_sight(
    connection: Connection, now: datetime, *, most: int | None = None
) -> dict[str, str]:
    """Say it of each patient who has such facts, or of the first ones, by the real clock.

    Machines whose clocks differ a little, a booked day, and a day that has begun for the patient
    alone make none. A damaged record is named elsewhere.
    """
    anywhere = (now - LAST_ZONE).date()  # the earliest day that is today somewhere
    found: dict[str, str] = {}
    for who in facts.recorded_after(connection, now + CLOCKS_DIFFER, of_after=anywhere):
        if len(found) == most:
            break
        let_others_write(connection)
        with suppress(MonitorError, TypeError, ValueError, LookupError):  # it ends no pass
            words = not_come_words(cases.get_case(connection, who, Asked(now=now)))
            if words is not None:
                found[who] = words
    return found


def hidden_people(many: int) -> str:
    """Say how many patients have such facts, where no more than MANY were counted."""
    if many == 1:
        return "1 patient"
    return f"{many} patients" + (" or more" if many >= MANY else "")
