"""Send what is owed: lease, send, settle, one message after the other, until none is left.

The network is never asked inside a transaction. *Sent* is written after sending, in a commit of
its own: a crash repeats at most the one message in hand, under the same key.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from monitor.delivery.channels import open_channel, relay_of, room_of
from monitor.delivery.courier import Courier
from monitor.delivery.message import compose
from monitor.delivery.outgoing import DeliveryFailed
from monitor.delivery.retry import next_try
from monitor.domain.matters import Urgency
from monitor.domain.policy import Policy
from monitor.errors import MonitorError, OutsideError
from monitor.store import leasing, looks, outbox
from monitor.store.engine import is_server, reading, writing
from monitor.store.leasing import Candidate, Leased

_DEADLINE = timedelta(seconds=20)  # for one try, all in all
_FRESH = 1.0  # seconds; a lease taken longer ago is looked at again before a try
_PATIENCE = 0.5  # seconds until a server that is away is asked again
_SLOW = 2.0  # seconds; whoever took so long and failed is left alone for the rest of the pass
_BUDGET = 30.0  # seconds that failures may cost a round; what was tried before then waits
_PUT_OFF = timedelta(minutes=1)
_BATCH = 10  # leased at once: should all of them hang, the lease still lasts
_SEEN = 200  # looked at once: what became urgent meanwhile waits for no more

Clock = Callable[[], datetime]
_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True)
class Sent:
    """What became of the messages of one pass."""

    sent: int = 0
    failed: int = 0  # tries of which nobody knows whether they arrived
    given_up: int = 0
    urgent_failed: int = 0  # of the tries that failed


def send_owed(
    engine: Engine, policy: Policy, clock: Clock, *, stop: Callable[[], bool] = lambda: False
) -> Sent:
    """Send everything that may be sent now, the most urgent first, until `stop` says so."""
    with Courier() as courier:
        return _Sender(engine, policy, clock, stop, courier).send_all()


class _Sender:
    """One round of sending."""

    def __init__(
        self,
        engine: Engine,
        policy: Policy,
        clock: Clock,
        stop: Callable[[], bool],
        courier: Courier,
    ) -> None:
        self._engine = engine
        self._policy = policy
        self._clock = clock
        self._stop = stop
        self._courier = courier
        self._told = Sent()
        self._slow = set[str]()  # relays that did not answer in this round
        self._lost = 0.0  # seconds that failures took

    def send_all(self) -> Sent:
        """Take and deliver batch by batch until nothing is owed."""
        while not self._stop():
            with reading(self._engine) as connection:
                waiting = leasing.candidates(connection, self._clock(), limit=_SEEN)
            if not waiting:
                break
            found = False  # on a server, others may be taking all of these
            while waiting and not self._stop():
                taken_at = time.monotonic()
                chosen, held = self._take(waiting)
                found = found or bool(chosen)
                waiting = [one for one in waiting if one.key not in chosen] if chosen else []
                self._deliver_all(held, taken_at)
            if not found:
                break
        return self._told

    def _take(self, waiting: Sequence[Candidate]) -> tuple[set[str], list[Leased]]:
        """Take the first few; gives those that were looked at, and those that are to be sent."""
        now = self._clock()
        with writing(self._engine) as connection:
            chosen, ready = leasing.free(connection, waiting, now, limit=_BATCH), []
            for one in chosen:
                zone = ZoneInfo(one.zone)
                if one.urgency == Urgency.ROUTINE and self._policy.routine_day(now, zone) is None:
                    until = self._policy.next_sending(now, zone)
                    leasing.put_off(connection, one.key, now=now, until=until)
                else:
                    ready.append(one)
            return {one.key for one in chosen}, leasing.lease(connection, ready, now)

    def _deliver_all(self, held: Sequence[Leased], taken_at: float) -> None:
        for position, leased in enumerate(held):
            if self._stop():
                self._release(held[position:])
                return
            if self._is_ours(leased, taken_at):
                self._deliver(leased)

    def _is_ours(self, leased: Leased, taken_at: float) -> bool:
        """Say whether a message may still be tried: whoever stood still may have lost it."""
        if self._clock() + _DEADLINE >= leased.until:
            return False
        if time.monotonic() - taken_at < _FRESH:
            return True
        with reading(self._engine) as connection:
            return leasing.still_holds(connection, leased)

    def _release(self, held: Sequence[Leased]) -> None:
        for leased in held:  # one by one: who holds several in another order would wait for ever
            with writing(self._engine) as connection:
                leasing.release(connection, leased, again=self._clock())

    def _deliver(self, leased: Leased) -> None:
        url, at = leased.channels[leased.channel].url, self._clock()
        relay = relay_of(url)
        has_another = leased.urgency != Urgency.ROUTINE and leased.tries < len(leased.channels)
        is_left_alone = relay in self._slow
        waits = self._lost > _BUDGET and leased.tries > 1
        if waits or (is_left_alone and not has_another):
            with writing(self._engine) as connection:
                leasing.release(connection, leased, again=at + _PUT_OFF)
            return
        if is_left_alone:
            fault: MonitorError | None = DeliveryFailed("left out: it did not answer a moment ago")
        else:
            began = time.monotonic()
            fault = self._try(leased, at)
            if fault is not None:
                self._count(relay, time.monotonic() - began)
        if fault is not None:
            self._settle_fault(leased, at, fault)
            return
        self._settle_sent(leased, at)
        self._told.sent += 1

    def _count(self, relay: str, seconds: float) -> None:
        """Remember whose failure cost what, so that it costs the others no more."""
        self._lost += seconds
        if seconds > _SLOW:
            self._slow.add(relay)

    def _settle_sent(self, leased: Leased, at: datetime) -> None:
        """Write down that it was sent; a server that is restarted is waited for.

        While the lease lasts nobody else sends it, and a repeat can be spared.
        """
        while True:
            try:
                with writing(self._engine) as connection:
                    leasing.settle_sent(connection, leased, at=at)
                return
            except OutsideError:
                lasts = self._clock() + _DEADLINE < leased.until
                if not (is_server(self._engine) and lasts) or self._stop():
                    raise
                time.sleep(_PATIENCE)

    def _try(self, leased: Leased, now: datetime) -> MonitorError | None:
        """Send once; says what went wrong instead of raising, whatever it is."""
        via = leased.channels[leased.channel]
        try:
            channel = open_channel(via.url)
            message = compose(leased, via, now=now, room=room_of(channel))
            self._courier.send(channel, message, _DEADLINE.total_seconds())
        except MonitorError as fault:
            return fault
        except Exception as fault:
            # A channel of somebody else's making may raise anything; it must not stop the others.
            return DeliveryFailed(f"the channel failed: {type(fault).__name__}")
        return None

    def _settle_fault(self, leased: Leased, at: datetime, fault: MonitorError) -> None:
        """Write down that nobody knows whether it arrived: try again later, or give up."""
        self._told.failed += 1
        self._told.urgent_failed += leased.urgency != Urgency.ROUTINE
        _log.warning("message %s: try %d failed: %s", leased.ref, leased.tries, fault)
        with writing(self._engine) as connection:
            again = next_try(
                key=leased.key,
                tries=leased.tries,
                channels=len(leased.channels),
                urgency=Urgency(leased.urgency),
                first_try_at=outbox.first_try_at(connection, leased.key) or at,
                now=self._clock(),
                retry_after=getattr(fault, "retry_after", None),
            )
            if again is not None:
                leasing.settle_again(connection, leased, at=at, error=str(fault), again=again)
                return
            # Who could not be reached is a reason to tell somebody else. Looks come before the
            # message, as for everybody who holds both.
            for who in outbox.patients_of(connection, leased.key):
                looks.look_at_once(connection, who)
            if leasing.settle_failed(connection, leased, at=at, error=str(fault)):
                self._told.given_up += 1
