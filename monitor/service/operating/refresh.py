"""Work out anew the stored checks that are due: their day has come, or another program stored them.

In batches, each kept by itself: who is killed in between has lost nothing.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from monitor.errors import MonitorError, SchemaError
from monitor.service.asking.cases import Asked, Show, get_case, unseen
from monitor.service.asking.projection import project, projected
from monitor.store import evaluation, projection
from monitor.store.engine import reading, writing

_UPKEEP_SECONDS = 20.0  # then the next pass comes first: reminders do not wait for lists

_AT_ONCE = 100  # patients a transaction, at most
_HOLDS_SECONDS = 1.0  # then whoever records something comes first


@dataclass(frozen=True, kw_only=True, slots=True)
class Refreshed:
    """What was worked out, why some could not be, and who is left."""

    patients: int
    unusable: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def refresh_all(engine: Engine, *, now: datetime, show: Show = unseen) -> Refreshed:
    """Work out everybody's checks, or of those who are left where this program was stopped."""
    with writing(engine) as connection:
        evaluation.take_over(connection, anew=evaluation.count_waiting(connection) == 0)
    with reading(engine) as connection:
        left: Sequence[str] = projection.to_look_at(connection, now)
    counted = show(len(left))
    patients, unusable = 0, list[str]()
    while left:
        with writing(engine) as connection:
            found = refresh_some(connection, left, now=now)
        left = found.left
        patients += found.patients
        unusable += found.unusable
        counted(found.patients)
    return Refreshed(patients=patients, unusable=tuple(unusable))


def refresh_some(connection: Connection, patients: Sequence[str], *, now: datetime) -> Refreshed:
    """Work out the checks of the first of some patients.

    What another program stored may lead to other reminders, too.
    """
    some, later = patients[:_AT_ONCE], patients[_AT_ONCE:]
    taken, until = projection.take(connection, some, now), time.monotonic() + _HOLDS_SECONDS
    anew = projection.waiting_of(connection, taken)
    unusable = []
    for done, who in enumerate(taken, start=1):
        try:
            case = get_case(connection, who, Asked(now=now))
        except MonitorError as fault:
            projection.set_aside(connection, who, now.astimezone(UTC).date())
            unusable.append(str(fault))
        else:
            if who in anew:
                project(connection, case)
            else:
                projection.replace(connection, who, projected(case))
        if time.monotonic() > until:
            later = [*taken[done:], *later]
            break
    else:
        done = len(taken)
    return Refreshed(patients=done, unusable=tuple(unusable), left=tuple(later))


def upkeep(engine: Engine, now: datetime) -> None:
    """Work out anew the stored checks that changed by time alone."""
    Upkeep(engine).go_on(now, lambda: False, seconds=math.inf)


class Upkeep:
    """Has stored checks worked out that another program, or none, had worked out."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._has_begun = False
        self._waiting: Sequence[str] = ()

    def go_on(
        self, now: datetime, stop: Callable[[], bool], *, seconds: float = _UPKEEP_SECONDS
    ) -> None:
        """Work for so long at most, and go on with the rest next time."""
        until = time.monotonic() + seconds
        is_first = not self._has_begun  # another pass may have been stopped before it was done
        if self._take_over() or is_first:
            with reading(self._engine) as connection:
                self._waiting = projection.to_look_at(connection, now)
        while self._waiting and not stop() and time.monotonic() < until:
            with writing(self._engine) as connection:
                self._waiting = refresh_some(connection, self._waiting, now=now).left

    def _take_over(self) -> bool:
        """Take over what another program stored; says whether there was anything.

        A newer program that takes over ends this one: two would undo each other's work for ever.
        """
        with reading(self._engine) as connection:
            if self._has_begun and evaluation.is_of_another(connection):
                raise SchemaError(
                    "another version of this program has worked the checks out anew; "
                    "start this one again, with the same version"
                )
            self._has_begun = True
            if evaluation.is_ours(connection):
                return False
        with writing(self._engine) as connection:
            return evaluation.take_over(connection)
