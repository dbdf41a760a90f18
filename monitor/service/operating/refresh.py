"""Work out everybody's stored checks anew: in batches, each kept by itself, resumed after a kill.

A new program may judge the same facts otherwise. Until their turn has come, patients are looked at
whenever somebody asks, so that no answer of the program before is taken for one of this one.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from monitor.errors import MonitorError
from monitor.service.asking.cases import Asked, get_case
from monitor.service.asking.projection import project
from monitor.store import evaluation, locks, projection
from monitor.store.engine import reading, writing

_AT_ONCE = 100  # patients a transaction, at most
_HOLDS_SECONDS = 1.0  # then whoever records something comes first

Show = Callable[[int], Callable[[int], None]]  # takes how many there are, gives what counts on


@dataclass(frozen=True, kw_only=True, slots=True)
class Reevaluated:
    """What was worked out anew, and why some could not be."""

    patients: int
    unusable: tuple[str, ...] = ()


def reevaluate(
    engine: Engine, *, now: datetime, show: Show = lambda total: lambda count: None
) -> Reevaluated:
    """Work out everybody's checks, or of those who are left where this program was stopped."""
    with writing(engine) as connection:
        evaluation.begin(connection, anew=True)
    with reading(engine) as connection:
        counted = show(evaluation.count_waiting(connection))
    total = Reevaluated(patients=0)
    while True:
        with writing(engine) as connection:
            found = reevaluate_some(connection, now=now)
        if found is None:
            return total
        total = Reevaluated(
            patients=total.patients + found.patients, unusable=total.unusable + found.unusable
        )
        counted(found.patients)


def reevaluate_some(connection: Connection, *, now: datetime) -> Reevaluated | None:
    """Work out the checks of the next patients; None: nobody is left."""
    some = evaluation.take_turn(connection, limit=_AT_ONCE)
    if not some:
        return None
    unusable, until = [], time.monotonic() + _HOLDS_SECONDS
    for done, who in enumerate(some, start=1):
        locks.hold_patient(connection, who)
        try:
            project(connection, get_case(connection, who, Asked(now=now)))
        except MonitorError as fault:
            projection.set_aside(connection, who, now.astimezone(UTC).date())
            unusable.append(str(fault))
        if done < len(some) and time.monotonic() > until:
            evaluation.turn_of(connection, who)
            break
    return Reevaluated(patients=done, unusable=tuple(unusable))
