"""One pass over everybody of whom something may have changed: facts, time, contacts or policy.

1. Take what is damaged out of the way; wake everybody where the clock went back or the policy
   changed.
2. Reconcile the patients whose wake-up has come.
3. Queue the operators' report of the day.
4. Send what is queued; whom that concerns is reconciled at once, and sent to.
5. Leave a heartbeat, and call whoever watches.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from monitor.delivery.channels import reaches, why_closed
from monitor.delivery.ping import ping
from monitor.delivery.sender import Clock, send_owed
from monitor.domain.reminders.policy import Policy
from monitor.errors import MonitorError
from monitor.service.asking.out_of_sight import MANY, out_of_sight
from monitor.service.reminding.daily_report import is_report_due, queue_reports
from monitor.service.reminding.mending import mend_messages, mend_wakeups
from monitor.service.reminding.reconcile import Pass, Tally, reconcile
from monitor.store import chain, contacts, heartbeats, locks, outbox, undelivered, wakeups
from monitor.store.engine import is_server, outage, reading, writing
from monitor.store.heartbeats import Heartbeat

_BATCH = 50  # patients reconciled in one transaction: others wait no longer than for these
_HOLDS_SECONDS = 1.0  # then whoever records something comes first
_AGAIN = timedelta(hours=1)  # a patient who could not be reconciled
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticked:
    """What one pass did. Queued, sent, failed, withdrawn and given up count messages."""

    now: datetime
    patients: int
    queued: int
    sent: int
    failed: int
    withdrawn: int
    given_up: int
    unusable: int  # patients who cannot be reconciled
    went_back: bool  # the clock lies before the last heartbeat
    unheard: Mapping[str, int]  # by patient: urgent subjects that reach nobody
    undelivered: int  # urgent messages that have not arrived
    out_of_sight: int  # patients with facts that a wrong clock hides; no more are counted than MANY


def tick(
    engine: Engine,
    policy: Policy,
    clock: Clock,
    *,
    stop: Callable[[], bool] = lambda: False,
    may_be_rare: bool = False,
    clock_is_real: bool = False,
) -> Ticked:
    """Take the steps above; each number stands before its step. Twice is the same as once.

    `clock` is the only clock: days, hours, leases and back-off go by it. Whoever stops it in
    between leaves no beat: only a full pass does. Where passes `may_be_rare`, one in the quiet
    hours also sends what no pass came for in the hours of sending. Where the `clock_is_real`, a
    pass does not go well while it hides facts; one that is tried out counts facts by their day.
    """
    # 1
    with writing(engine) as connection:
        heartbeats.hold(connection)
        beat = heartbeats.find(connection) if may_be_rare else None
        now = clock()  # not before: another pass may have ended while this one waited
        mend_messages(connection, now=now)
        went_back = _begin(connection, policy, now=now)
        mend_wakeups(connection, now=now)
    # 2
    this_pass = Pass(policy=policy, now=now, opens=reaches, clock_is_real=clock_is_real)
    done = _reconcile_all(engine, this_pass, stop)
    # 3
    last = beat.at if beat is not None else None
    closed = _count_closed(engine, policy, now, last)
    hidden = 0
    if clock_is_real:
        with reading(engine) as connection:
            hidden = len(out_of_sight(connection, now, most=MANY))
    with writing(engine) as connection:
        reports = queue_reports(
            connection, policy, now=now, closed=closed, hidden=hidden, last_pass=last
        )
        done += Tally(queued=reports)
    # 4
    sent = send_owed(engine, policy, clock, stop=stop, last_pass=last)
    if sent.given_up or sent.reached:
        done += _reconcile_all(engine, this_pass, stop)
        more = send_owed(engine, policy, clock, stop=stop)
        sent.sent, sent.failed = sent.sent + more.sent, sent.failed + more.failed
    # 5
    unheard: Mapping[str, int] = {}
    late = 0
    unusable = done.unusable
    if not stop():
        with writing(engine) as connection:
            heartbeats.hold(connection)
            # Another program's shorter pass may have begun later and ended before.
            if went_back or not heartbeats.is_since(connection, now):
                heartbeats.keep(connection, Heartbeat(at=now, policy=policy.digest))
        with reading(engine) as connection:
            late, unheard = undelivered.urgent_waiting(connection, now), wakeups.unheard(connection)
            unusable = len(wakeups.faults(connection)) + chain.count_strays(connection)
        is_well = not (late or sent.urgent_failed or unheard or hidden or unusable)
        ping(policy.ping_url, went_well=is_well)
    return Ticked(
        now=now,
        patients=done.patients,
        queued=done.queued,
        sent=sent.sent,
        failed=sent.failed,
        withdrawn=done.withdrawn,
        given_up=sent.given_up,
        unusable=unusable,
        went_back=went_back,
        unheard=unheard,
        undelivered=late,
        out_of_sight=hidden,
    )


def _begin(connection: Connection, policy: Policy, *, now: datetime) -> bool:
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


def _reconcile_all(engine: Engine, this_pass: Pass, stop: Callable[[], bool]) -> Tally:
    total = Tally()
    while not stop():
        found = reconcile_some(engine, this_pass, limit=_BATCH, stop=stop)
        if found.patients == 0:
            break
        total += found
    return total


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


def _count_closed(engine: Engine, policy: Policy, now: datetime, last_pass: datetime | None) -> int:
    """Count the contacts over whose channel nothing can be sent; only where operators are to hear.

    Channels are opened while nothing is held: there may be many, or files to be read.
    """
    with reading(engine) as connection:
        if not is_report_due(connection, policy, now=now, last_pass=last_pass):
            return 0
        known = Counter(one.channel for one in contacts.list_contacts(connection))
    return sum(many for url, many in known.items() if why_closed(url, policy.relays) is not None)
