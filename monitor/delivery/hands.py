"""Tries whose far ends do not answer: none is waited for while there are others to tell."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from monitor.delivery.channels.outgoing import DeliveryFailed
from monitor.delivery.courier import Attempt
from monitor.store.lease import Leased

_SLOW = 2.0  # seconds; whoever took so long and failed is left alone for the rest of the pass
_PATIENT = 2.0  # seconds to wait for an answer before the next message goes out
_IMPATIENT = 0.1  # the same once several did not answer
_SEVERAL = 3
_MOST = 12  # at once; each is a thread and a socket


@dataclass(frozen=True, slots=True)
class InHand:
    """One try, and what is to be settled when it ends."""

    leased: Leased
    at: datetime
    relay: str
    began: float  # monotonic
    attempt: Attempt
    seconds: float  # for all of it


class Hands:
    """The tries of one round that have begun; `settle` is told how each ended."""

    def __init__(self, settle: Callable[[Leased, datetime, DeliveryFailed | None], None]) -> None:
        self._settle = settle
        self._held: list[InHand] = []
        self._slow = set[str]()  # relays that did not answer in this round
        self._unanswered = 0  # tries, since one that was slow went well
        self.lost = 0.0  # seconds that were waited for those who failed or did not answer

    def is_busy(self, relay: str, most: int) -> bool:
        """Say whether so many tries through a relay have had no answer yet."""
        return sum(one.relay == relay for one in self._held) >= most

    def is_slow(self, relay: str) -> bool:
        """Say whether a relay failed slowly: its failure costs the others no more."""
        return relay in self._slow

    def make_room(self, relay: str, most: int) -> None:
        """Settle what has ended; wait for a place, and a moment for one of the same relay."""
        self._settle_ended()
        while len(self._held) >= _MOST:
            self.await_one()
        if self.is_busy(relay, most):
            self._wait(next(o for o in self._held if o.relay == relay), self._patience())
            self._settle_ended()

    def hold(self, one: InHand) -> bool:
        """Wait a moment for the end of a try; False where it did not come: it goes on by itself."""
        ended = self._wait(one, self._patience())
        if ended:
            self._end(one, one.attempt.fault)
        else:
            self._unanswered += 1
            self._held.append(one)
        return ended

    def await_one(self) -> bool:
        """Wait until a try ends or has lasted too long; False where there is none."""
        before = len(self._held)
        while before and len(self._held) == before:
            self._wait(self._held[0], _IMPATIENT)
            self._settle_ended()
        return before > 0

    def _wait(self, one: InHand, seconds: float) -> bool:
        began = time.monotonic()
        ended = one.attempt.has_ended(min(seconds, self._left(one)))
        if not ended or one.attempt.fault is not None:
            self.lost += time.monotonic() - began
        return ended

    def _patience(self) -> float:
        return _IMPATIENT if self._unanswered >= _SEVERAL else _PATIENT

    def _left(self, one: InHand) -> float:
        return one.began + one.seconds - time.monotonic()

    def _settle_ended(self) -> None:
        for one in list(self._held):
            if one.attempt.has_ended():
                self._held.remove(one)
                self._end(one, one.attempt.fault)
            elif self._left(one) <= 0:
                self._held.remove(one)
                self._end(one, DeliveryFailed(f"no answer within {one.seconds:g} seconds"))

    def _end(self, one: InHand, fault: DeliveryFailed | None) -> None:
        took = time.monotonic() - one.began
        if fault is not None and took > _SLOW:
            self._slow.add(one.relay)
        if fault is None and took > _PATIENT:
            self._unanswered = 0
        self._settle(one.leased, one.at, fault)
