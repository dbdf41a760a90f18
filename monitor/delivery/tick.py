"""One pass: reconcile whose wake-up has come, send what is queued, leave a heartbeat."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from monitor.delivery.channels import reaches, why_closed
from monitor.delivery.ping import ping
from monitor.delivery.sender import Clock, send_owed
from monitor.domain.reminders.policy import Policy
from monitor.service.asking.out_of_sight import MANY, out_of_sight
from monitor.service.reminding.daily_report import is_word_due, tell_operators
from monitor.service.reminding.due_patients import begin_pass, reconcile_some
from monitor.service.reminding.mending import mend_looks, mend_messages
from monitor.service.reminding.reconcile import Pass, Tally
from monitor.store import chain, contacts, heartbeats, outbox, wakeups
from monitor.store.engine import reading, writing
from monitor.store.heartbeats import Heartbeat

_BATCH = 50  # patients reconciled in one transaction: others wait no longer than for these


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
    """Make one pass. Doing it twice is the same as doing it once.

    `clock` is the only clock: days, hours, leases and back-off go by it. Whoever stops it in
    between leaves no beat: only a full pass does. Where passes `may_be_rare`, one in the quiet
    hours also sends what no pass came for in the hours of sending. Where the `clock_is_real`, a
    pass does not go well while it hides facts; one that is tried out counts facts by their day.
    """
    with writing(engine) as connection:
        heartbeats.hold(connection)
        beat = heartbeats.find(connection) if may_be_rare else None
        now = clock()  # not before: another pass may have ended while this one waited
        mend_messages(connection, now=now)
        went_back = begin_pass(connection, policy, now=now)
        mend_looks(connection, now=now)
    this_pass = Pass(policy=policy, now=now, opens=reaches, clock_is_real=clock_is_real)
    done = _reconcile_all(engine, this_pass, stop)
    last = beat.at if beat is not None else None
    untold = _count_untold(engine, policy, now, last)
    hidden = 0
    if clock_is_real:
        with reading(engine) as connection:
            hidden = len(out_of_sight(connection, now, most=MANY))
    with writing(engine) as connection:
        words = tell_operators(
            connection, policy, now=now, untold=untold, hidden=hidden, last_pass=last
        )
        done += Tally(queued=words)
    sent = send_owed(engine, policy, clock, stop=stop, last_pass=last)
    if sent.given_up or sent.reached:
        done += _reconcile_all(engine, this_pass, stop)
        more = send_owed(engine, policy, clock, stop=stop)
        sent.sent, sent.failed = sent.sent + more.sent, sent.failed + more.failed
    lonely: Mapping[str, int] = {}
    late = 0
    unusable = done.unusable
    if not stop():
        with writing(engine) as connection:
            heartbeats.hold(connection)
            # Another program's shorter pass may have begun later and ended before.
            if went_back or not heartbeats.is_since(connection, now):
                heartbeats.keep(connection, Heartbeat(at=now, policy=policy.digest))
        with reading(engine) as connection:
            late, lonely = outbox.urgent_waiting(connection, now), wakeups.unheard(connection)
            unusable = len(wakeups.faults(connection)) + chain.count_strays(connection)
        is_well = not (late or sent.urgent_failed or lonely or hidden or unusable)
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
        unheard=lonely,
        undelivered=late,
        out_of_sight=hidden,
    )


def _reconcile_all(engine: Engine, this_pass: Pass, stop: Callable[[], bool]) -> Tally:
    total = Tally()
    while not stop():
        found = reconcile_some(engine, this_pass, limit=_BATCH, stop=stop)
        if found.patients == 0:
            break
        total += found
    return total


def _count_untold(engine: Engine, policy: Policy, now: datetime, last_pass: datetime | None) -> int:
    """Count the contacts over whose channel nothing can be sent; only where operators are to hear.

    Channels are opened while nothing is held: there may be many, or files to be read.
    """
    with reading(engine) as connection:
        if not is_word_due(connection, policy, now=now, last_pass=last_pass):
            return 0
        known = Counter(one.channel for one in contacts.list_contacts(connection))
    return sum(many for url, many in known.items() if why_closed(url, policy.relays) is not None)
