"""Reconcile every patient of whom something may have changed: facts, time, contacts or policy."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from monitor.domain.reminders.policy import Policy
from monitor.errors import MonitorError
from monitor.service.reminding.reconcile import Pass, Tally, reconcile
from monitor.store import heartbeats, locks, outbox, wakeups
from monitor.store.engine import is_server, outage, writing

_HOLDS_SECONDS = 1.0  # then whoever records something comes first
_AGAIN = timedelta(hours=1)  # a patient who could not be reconciled
_log = logging.getLogger(__name__)


def begin_pass(connection: Connection, policy: Policy, *, now: datetime) -> bool:
    """Have everybody reconciled where the clock went back or the policy changed.

    Returns whether the clock lies before the last heartbeat.
    """
    beat = heartbeats.find(connection)
    if beat is None:  # or it was lost, and with it under which policy everybody was reconciled
        wakeups.wake_all(connection)
    went_back = beat is not None and now < beat.at - locks.clock_tolerance(connection)
    if beat is not None and went_back:
        _log.warning("the clock went back from %s to %s", beat.at.isoformat(), now.isoformat())
    elif outbox.put_off_too_far(connection, now):
        went_back = True  # of a pass that ended before it could leave a beat
        _log.warning("the clock went back to %s", now.isoformat())
    if went_back:
        outbox.bring_back(connection, now)
    if went_back or (beat is not None and beat.policy != policy.digest):
        wakeups.wake_all(connection)
        heartbeats.keep_policy(connection, policy.digest)  # others need not do the same
    return went_back


def reconcile_some(
    engine: Engine, this_pass: Pass, *, limit: int, stop: Callable[[], bool]
) -> Tally:
    """Reconcile some of the patients whose turn it is; 0 patients: nobody is left for this program.

    On a server they are taken for a while, and each is reconciled in a transaction of its own:
    who is recorded about, and who shares a recipient, waits for one of them and not for all.
    """
    if not is_server(engine):
        with writing(engine) as connection:
            return reconcile_due(connection, this_pass, limit=limit)
    with writing(engine) as connection:
        taken = wakeups.take(connection, this_pass.now, limit=limit)
    total = Tally()
    while taken and not stop():
        with writing(engine) as connection:
            total += _reconcile(connection, taken[0], this_pass)
        del taken[0]
    if taken:  # told to stop: others may have them at once
        with writing(engine) as connection:
            for who in taken:
                wakeups.wake_now(connection, who)
    return total


def reconcile_due(connection: Connection, this_pass: Pass, *, limit: int) -> Tally:
    """Reconcile some of the patients whose turn it is; 0 patients: nobody is left.

    One who cannot be reconciled is written down, woken again later, and stops nobody else.
    """
    total, until = Tally(), time.monotonic() + _HOLDS_SECONDS
    for who in wakeups.due(connection, this_pass.now, limit=limit):
        total += _reconcile(connection, who, this_pass)
        if time.monotonic() > until:
            break
    return total


def _reconcile(connection: Connection, who: str, this_pass: Pass) -> Tally:
    try:
        with connection.begin_nested():
            return reconcile(connection, who, this_pass)
    except Exception as fault:
        broken = outage(fault)
        if broken is not None:
            raise broken from None  # a full disk is no fault of the patient's
        # Whatever else it is, it must not keep the others from it.
        why = str(fault) if isinstance(fault, MonitorError) else type(fault).__name__
        _log.warning("a patient could not be checked: %s", type(fault).__name__)
        wakeups.note_fault(connection, who, why=why, again_at=this_pass.now + _AGAIN)
        return Tally(patients=1, unusable=1)
