"""Send what is owed: lease, send, settle, one message after the other, until none is left.

The network is never asked inside a transaction. *Sent* is written after sending, in a commit of
its own: a crash repeats at most the message in hand, and those whose far ends do not answer,
under the same key. Who does not answer at once is not waited for: the next message goes out.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Engine

from monitor.delivery.around import around_of
from monitor.delivery.channels import confined, open_channel, relay_of
from monitor.delivery.channels.outgoing import DeliveryFailed
from monitor.delivery.retry import next_try, waits_until
from monitor.delivery.text import compose
from monitor.delivery.tries import Tries, Try
from monitor.domain.reminders.message import Message
from monitor.domain.reminders.policy import Policy
from monitor.errors import MonitorError, OutsideError
from monitor.store import lease, outbox, wakeups
from monitor.store.engine import is_server, reading, writing

_DEADLINE = timedelta(seconds=20)  # for one try, all in all
_HASTY = 3.0  # the same behind a relay that did not answer others in this round
_TOGETHER = 3  # tries at once through one relay, of what is urgent and was never tried
_FRESH = 1.0  # seconds; a lease taken longer ago is woken again before a try
_PATIENCE = 0.5  # seconds until a server that is away is asked again
_BUDGET = 30.0  # seconds that failures may cost a round; what was tried before then waits
_ROUND = 45.0  # seconds after which a round that failures cost so much ends: others are looked at
_ROUND_URGENT = 120.0  # the same where something urgent waits for its first try behind its relay
_PUT_OFF = timedelta(minutes=1)
_SOON = timedelta(seconds=1)
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
    reached: int = 0  # patients of whom something urgent had reached nobody, and now somebody


def send_owed(
    engine: Engine,
    policy: Policy,
    clock: Clock,
    *,
    stop: Callable[[], bool] = lambda: False,
    last_pass: datetime | None = None,
) -> Sent:
    """Send everything that may be sent now, the most urgent first, until `stop` says so.

    `last_pass`: when the one before was, where passes may be rare; routine messages may then have
    to go out in the quiet hours.
    """
    tries = Tries()
    try:
        return _Sender(engine, policy, clock, stop, last_pass, tries).send_all()
    finally:
        tries.leave()
        confined.end()


@dataclass(slots=True)
class _Sender:
    """One round of sending."""

    _engine: Engine
    _policy: Policy
    _clock: Clock
    _stop: Callable[[], bool]
    _last_pass: datetime | None
    _tries: Tries
    _told: Sent = field(default_factory=Sent)
    _began: float = field(default_factory=time.monotonic)
    _has_put_back: bool = False  # behind others of its relay, which have ended since
    _lasts: float = field(default_factory=lambda: _ROUND)
    _missed: set[str] = field(default_factory=set)  # could not be taken: left to the next round

    def send_all(self) -> Sent:
        """Take and deliver until nothing is owed, and all that was begun has ended."""
        self._send_waiting()
        while self._tries.await_one() or self._await_put_back():
            self._send_waiting()
        return self._told

    def _await_put_back(self) -> bool:
        """Wait for what was put back a moment behind others; False where there is nothing."""
        if not self._has_put_back or self._is_over():
            return False
        self._has_put_back = False
        time.sleep(_SOON.total_seconds())
        return True

    def _is_over(self) -> bool:
        late = time.monotonic() - self._began > self._lasts
        return self._stop() or (late and self._tries.lost > _BUDGET)

    def _send_waiting(self) -> None:
        """Take and deliver batch by batch until nothing is to be tried now."""
        while not self._is_over():
            with reading(self._engine) as connection:
                waiting = lease.waiting(connection, self._clock(), limit=_SEEN)
            waiting = [key for key in waiting if key not in self._missed]
            if not waiting:
                break
            found = False  # on a server, others may be taking all of these
            while waiting and not self._is_over():
                taken_at = time.monotonic()
                chosen, held = self._take(waiting)
                found = found or bool(chosen)
                waiting = [key for key in waiting if key not in chosen] if chosen else []
                self._deliver_all(held, taken_at)
            if not found:
                break

    def _take(self, waiting: Sequence[str]) -> tuple[set[str], list[Message]]:
        """Take the first few; gives those that were looked at, and those that are to be sent."""
        now = self._clock()
        with writing(self._engine) as connection:
            chosen, ready = lease.free(connection, waiting, now, limit=_BATCH), []
            for one in chosen:
                until = waits_until(one, self._policy, now=now, last_pass=self._last_pass)
                if until is None:
                    ready.append(one.key)
                else:
                    lease.put_off(connection, one.key, now=now, until=until)
            held = lease.lease(connection, ready, now)
            self._missed |= {*ready} - {one.key for one in held}
            return {one.key for one in chosen}, held

    def _deliver_all(self, held: Sequence[Message], taken_at: float) -> None:
        for message in held:
            if self._is_over():
                # One by one: who holds several in another order would wait for ever.
                with writing(self._engine) as connection:
                    lease.release(connection, message, again=self._clock())
            elif self._is_ours(message, taken_at):
                self._deliver(message)

    def _is_ours(self, message: Message, taken_at: float) -> bool:
        """Say whether a message may still be tried: whoever stood still may have lost it."""
        if self._clock() + _DEADLINE >= message.next_at:
            return False
        if time.monotonic() - taken_at < _FRESH:
            return True
        with reading(self._engine) as connection:
            return lease.still_holds(connection, message)

    def _deliver(self, message: Message) -> None:
        relay = relay_of(message.via.url, self._policy.relays)
        # What is urgent and was never tried has its turn, behind a slow relay too: perhaps the
        # others are dead, and not the relay.
        is_first = message.is_urgent and message.tries == 1
        most = _TOGETHER if is_first else 1
        self._tries.make_room(relay, most)
        at = self._clock()
        is_busy, is_slow = self._tries.is_busy(relay, most), self._tries.is_slow(relay)
        waits = self._tries.lost > _BUDGET and message.tries > 1
        leaves_out = is_busy or (is_slow and not is_first)
        if waits or (leaves_out and not message.has_untried):
            is_put_back = is_busy and not waits
            self._has_put_back = self._has_put_back or is_put_back
            if is_put_back and is_first:
                self._lasts = _ROUND_URGENT
            with writing(self._engine) as connection:
                lease.release(connection, message, again=at + (_SOON if is_put_back else _PUT_OFF))
        elif leaves_out:
            fault = DeliveryFailed("left out: it did not answer a moment ago")
            self._settle_fault(message, at, fault)
        else:
            seconds = _HASTY if is_slow else _DEADLINE.total_seconds()
            one = Try(relay, seconds, partial(self._settle, message, at))
            self._begin(message, at, one)
            self._tries.hold(one)

    def _settle(self, message: Message, at: datetime, fault: DeliveryFailed | None) -> None:
        if fault is None:
            self._settle_sent(message, at)
        else:
            self._settle_fault(message, at, fault)

    def _settle_sent(self, message: Message, at: datetime) -> None:
        """Write down that it was sent; a server that is restarted is waited for.

        While the lease lasts nobody else sends it, and a repeat can be spared.
        """
        while True:
            try:
                with writing(self._engine) as connection:
                    reached = 0
                    if message.is_urgent:
                        about = {item.patient for item in message.items}
                        reached = wakeups.wake_unheard(connection, about)
                    lease.settle(connection, message, at=at)
                self._told.sent += 1
                self._told.reached += reached
                return
            except OutsideError:
                lasts = self._clock() + _DEADLINE < message.next_at
                if not (is_server(self._engine) and lasts) or self._stop():
                    raise
                time.sleep(_PATIENCE)

    def _begin(self, message: Message, now: datetime, one: Try) -> None:
        try:
            channel = open_channel(message.via.url, self._policy.relays).within(one.seconds)
            around = around_of(self._engine, message, self._policy.words)
            self._tries.begin(channel, compose(message, now, channel.room, around), one)
        except MonitorError as fault:
            one.end(DeliveryFailed(str(fault)))
        except Exception as fault:
            # A channel of somebody else's making may raise anything; it must not stop the others.
            one.end(DeliveryFailed(f"the channel failed: {type(fault).__name__}"))

    def _settle_fault(self, message: Message, at: datetime, fault: DeliveryFailed) -> None:
        """Write down that nobody knows whether it arrived: try again later, or give up."""
        self._told.failed += 1
        self._told.urgent_failed += message.is_urgent
        _log.warning("message %s: try %d failed: %s", message.ref, message.tries, fault)
        with writing(self._engine) as connection:
            again = next_try(
                message,
                first_try_at=outbox.first_try_at(connection, message.key) or at,
                now=self._clock(),
                retry_after=fault.retry_after,
            )
            if again is not None:
                lease.settle(connection, message, at=at, error=str(fault), again=again)
                return
            # Somebody else must be told. Wake-ups come before the message, as for all with both.
            for who in outbox.patients_of(connection, message.key):
                wakeups.wake_now(connection, who)
            if lease.settle(connection, message, at=at, error=str(fault)):
                self._told.given_up += 1
