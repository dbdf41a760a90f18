"""Facts of days or moments to come because a clock was, or is, wrong: whose, and until when."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection

from monitor.domain.dates import CLOCKS_DIFFER, LAST_ZONE
from monitor.domain.facts import Symptom
from monitor.errors import MonitorError
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked, Case
from monitor.store import clocks, facts
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


def not_come_words(case: Case) -> str | None:
    """Say that facts are out of sight until their day comes, if any are: as if nobody knew them."""
    found = case.not_come
    if not found:
        return None
    first, last = min(event.on for event in found), max(event.on for event in found)
    option = "--at MOMENT" if isinstance(found[0], Symptom) else "--on DATE"
    which = found[0].event if len(found) == 1 else "EVENT"
    many = "1 fact" if len(found) == 1 else f"{len(found)} facts"
    return (
        f"{many} of {case.patient} {'is' if len(found) == 1 else 'are'} out of sight until "
        f"{first}{f' to {last}' if last > first else ''}: recorded while the clock was ahead. "
        f"If the clock is right now, see: monitor history {case.patient}; correct the day: "
        f"monitor correct {which} {option} --reason R; or retract it and record it again"
    )


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
