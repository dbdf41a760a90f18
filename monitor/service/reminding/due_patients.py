"""Look at every patient of whom something may have changed: facts, time, contacts or policy."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from monitor.domain.reminders.policy import Policy
from monitor.errors import MonitorError
from monitor.service.reminding.reconcile import Pass, reconcile
from monitor.store import locks, looks, outbox
from monitor.store.engine import is_server, outage, writing

_HOLDS_SECONDS = 1.0  # then whoever records something comes first
_AGAIN = timedelta(hours=1)  # a patient who could not be looked at
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """What a round of looks did: patients, messages owed and withdrawn, patients left out."""

    patients: int = 0
    owed: int = 0
    withdrawn: int = 0
    unusable: int = 0

    def __add__(self, other: "Counted") -> "Counted":
        """Add up two rounds."""
        return Counted(
            patients=self.patients + other.patients,
            owed=self.owed + other.owed,
            withdrawn=self.withdrawn + other.withdrawn,
            unusable=self.unusable + other.unusable,
        )


def begin(connection: Connection, policy: Policy, *, now: datetime) -> bool:
    """Have everybody looked at where the clock went back or the policy changed.

    Returns whether the clock lies before the last beat.
    """
    beat = looks.find_beat(connection)
    if beat is None:  # or it was lost, and with it under which policy everybody was looked at
        looks.look_at_all(connection)
    went_back = beat is not None and now < beat.at - locks.clock_tolerance(connection)
    if beat is not None and went_back:
        _log.warning("the clock went back from %s to %s", beat.at.isoformat(), now.isoformat())
    elif outbox.put_off_too_far(connection, now):
        went_back = True  # of a pass that ended before it could leave a beat
        _log.warning("the clock went back to %s", now.isoformat())
    if went_back:
        outbox.bring_back(connection, now)
    if went_back or (beat is not None and beat.policy != policy.digest):
        looks.look_at_all(connection)
        looks.keep_policy(connection, policy.digest)  # others need not do the same
    return went_back


def reconcile_some(
    engine: Engine, this_pass: Pass, *, limit: int, stop: Callable[[], bool]
) -> Counted:
    """Look at some of the patients whose turn it is; 0 patients: nobody is left for this program.

    On a server they are taken for a while, and each is looked at in a transaction of its own:
    who is recorded about, and who shares a recipient, waits for one look and not for all.
    """
    if not is_server(engine):
        with writing(engine) as connection:
            return reconcile_due(connection, this_pass, limit=limit)
    with writing(engine) as connection:
        taken = looks.take(connection, this_pass.now, limit=limit)
    total = Counted()
    while taken and not stop():
        with writing(engine) as connection:
            total += _reconcile(connection, taken[0], this_pass)
        del taken[0]
    if taken:  # told to stop: others may have them at once
        with writing(engine) as connection:
            for who in taken:
                looks.look_at_once(connection, who)
    return total


def reconcile_due(connection: Connection, this_pass: Pass, *, limit: int) -> Counted:
    """Look at some of the patients whose turn it is; 0 patients: nobody is left.

    One who cannot be looked at is written down, looked at again later, and stops nobody else.
    """
    total, until = Counted(), time.monotonic() + _HOLDS_SECONDS
    for who in looks.due(connection, this_pass.now, limit=limit):
        total += _reconcile(connection, who, this_pass)
        if time.monotonic() > until:
            break
    return total


def _reconcile(connection: Connection, who: str, this_pass: Pass) -> Counted:
    try:
        with connection.begin_nested():
            found = reconcile(connection, who, this_pass)
    except Exception as fault:
        broken = outage(fault)
        if broken is not None:
            raise broken from None  # a full disk is no fault of the patient's
        # Whatever else it is, it must not keep the others from being looked at.
        why = str(fault) if isinstance(fault, MonitorError) else type(fault).__name__
        _log.warning("a patient could not be looked at: %s", type(fault).__name__)
        looks.could_not_look(connection, who, why=why, again_at=this_pass.now + _AGAIN)
        return Counted(patients=1, unusable=1)
    return Counted(patients=1, owed=found.queued, withdrawn=found.withdrawn)
