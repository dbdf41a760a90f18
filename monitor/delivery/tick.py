"""One pass: look at whom something may have changed, owe, withdraw, send, and leave a beat."""

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
from monitor.service.reminding.due_patients import Counted, begin, reconcile_some
from monitor.service.reminding.mending import mend_looks, mend_messages
from monitor.service.reminding.reconcile import Pass
from monitor.store import chain, contacts, looks, outbox
from monitor.store.engine import reading, writing
from monitor.store.looks import Beat

_BATCH = 50  # patients looked at in one transaction: others wait no longer than for these


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticked:
    """What one pass did. Owed, sent, failed, withdrawn and given up count messages."""

    now: datetime
    patients: int
    owed: int
    sent: int
    failed: int
    withdrawn: int
    given_up: int
    unusable: int  # patients who cannot be looked at
    went_back: bool  # the clock lies before the last beat
    unheard: Mapping[str, int]  # by patient: urgent matters that reach nobody
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
        looks.hold_beat(connection)
        beat = looks.find_beat(connection) if may_be_rare else None
        now = clock()  # not before: another pass may have ended while this one waited
        mend_messages(connection, now=now)
        went_back = begin(connection, policy, now=now)
        mend_looks(connection, now=now)
    this_pass = Pass(policy=policy, now=now, opens=reaches, clock_is_real=clock_is_real)
    looked = _reconcile_all(engine, this_pass, stop)
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
        looked += Counted(owed=words)
    sent = send_owed(engine, policy, clock, stop=stop, last_pass=last)
    if sent.given_up or sent.reached:
        looked += _reconcile_all(engine, this_pass, stop)
        more = send_owed(engine, policy, clock, stop=stop)
        sent.sent, sent.failed = sent.sent + more.sent, sent.failed + more.failed
    lonely: Mapping[str, int] = {}
    late = 0
    unusable = looked.unusable
    if not stop():
        with writing(engine) as connection:
            looks.hold_beat(connection)
            # Another program's shorter pass may have begun later and ended before.
            if went_back or not looks.has_beaten_since(connection, now):
                looks.keep_beat(connection, Beat(at=now, policy=policy.digest))
        with reading(engine) as connection:
            late, lonely = outbox.urgent_waiting(connection, now), looks.unheard(connection)
            unusable = len(looks.faults(connection)) + chain.count_strays(connection)
        is_well = not (late or sent.urgent_failed or lonely or hidden or unusable)
        ping(policy.ping_url, went_well=is_well)
    return Ticked(
        now=now,
        patients=looked.patients,
        owed=looked.owed,
        sent=sent.sent,
        failed=sent.failed,
        withdrawn=looked.withdrawn,
        given_up=sent.given_up,
        unusable=unusable,
        went_back=went_back,
        unheard=lonely,
        undelivered=late,
        out_of_sight=hidden,
    )


def _reconcile_all(engine: Engine, this_pass: Pass, stop: Callable[[], bool]) -> Counted:
    total = Counted()
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
