"""Facts whose moments of recording are still to come: a clock was ahead, or is behind now."""

from datetime import datetime

from sqlalchemy import Connection

from monitor.domain.dates import CLOCKS_DIFFER
from monitor.store import clocks


def ahead_words(connection: Connection, now: datetime) -> list[str]:
    """Say of each patient that there are such facts, and what follows from it.

    Nothing needs to be done about them: a moment of recording cannot be corrected.
    """
    found = clocks.moments_after(connection, now + CLOCKS_DIFFER)
    return [
        f"{'1 fact' if count == 1 else f'{count} facts'} of {who} "
        f"{'is' if count == 1 else 'are'} recorded as of moments to come, until "
        f"{last:%Y-%m-%d %H:%M} UTC: the clock was ahead. Until then, later facts of {who} get the "
        "moment after that; their order is kept, and nothing is lost"
        for who, (count, last) in found.items()
    ]


def is_clock_behind(connection: Connection, now: datetime) -> bool:
    """Say whether the newest fact of all was recorded by a clock that is ahead of this one.

    Which of the two is wrong nobody knows, until something is recorded by this one.
    """
    newest = clocks.newest_clock(connection)
    return newest is not None and newest > now + CLOCKS_DIFFER
