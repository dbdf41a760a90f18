"""Tries that end in time, whatever the far end does, and none waited for while others are to hear.

Each is begun in a thread that is left behind where it hangs, and settled when it has ended.
"""

import time
from collections.abc import Callable
from queue import SimpleQueue
from threading import Event, Thread

from monitor.delivery.channels.outgoing import Channel, DeliveryFailed, Outgoing

_SLOW = 2.0  # seconds; whoever took so long and failed is left alone for the rest of the pass
_PATIENT = 2.0  # seconds to wait for an answer before the next message goes out
_IMPATIENT = 0.1  # the same once several did not answer
_SEVERAL = 3
_MOST = 12  # at once; each is a thread and a socket

Settle = Callable[[DeliveryFailed | None], None]  # with what went wrong, if anything did


class Try:
    """One try: the machine that it goes through, how long it may last, and how it ended."""

    def __init__(self, relay: str, seconds: float, settle: Settle) -> None:
        self.relay = relay
        self.seconds = seconds
        self.settle = settle
        self.began = time.monotonic()
        self.fault: DeliveryFailed | None = None  # once it has ended: what went wrong
        self._ended = Event()

    @property
    def left(self) -> float:
        """Say how many seconds it may go on."""
        return self.began + self.seconds - time.monotonic()

    def has_ended(self, seconds: float = 0) -> bool:
        """Wait for the end, for so long at most, and say whether it came."""
        return self._ended.wait(max(min(seconds, self.left), 0))

    def end(self, fault: Exception | None = None) -> None:
        """Write down how it ended."""
        if fault is None or isinstance(fault, DeliveryFailed):
            self.fault = fault
        else:
            # a mistake of ours must not stop the others; its text might tell too much
            self.fault = DeliveryFailed(f"unexpected {type(fault).__name__}")
        self._ended.set()


class Tries:
    """The tries of one round that have begun; each is settled when it ends.

    One thread sends a message after the other, and is left behind where one hangs.
    """

    def __init__(self) -> None:
        self._work: SimpleQueue[_Work | None] | None = None
        self._held: list[Try] = []
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

    def begin(self, channel: Channel, message: Outgoing, one: Try) -> None:
        """Begin to send.

        A try that is given up goes on by itself until its sockets time out, and may still succeed.
        """
        if self._work is None:
            self._work = SimpleQueue()
            # A daemon: one that hangs must not keep the program from ending.
            Thread(target=_send_all, args=(self._work,), name="attempt", daemon=True).start()
        self._work.put((channel, message, one))

    def hold(self, one: Try) -> None:
        """Wait a moment for the end of a try; where it does not come it goes on by itself."""
        if self._wait(one, self._patience()):
            self._end(one, one.fault)
        else:
            self._unanswered += 1
            self._held.append(one)
            self.leave()

    def leave(self) -> None:
        """Leave the thread to the try that it sends: the next gets another."""
        if self._work is not None:
            self._work.put(None)
            self._work = None

    def await_one(self) -> bool:
        """Wait until a try ends or has lasted too long; False where there is none."""
        before = len(self._held)
        while before and len(self._held) == before:
            self._wait(self._held[0], _IMPATIENT)
            self._settle_ended()
        return before > 0

    def _wait(self, one: Try, seconds: float) -> bool:
        began = time.monotonic()
        ended = one.has_ended(seconds)
        if not ended or one.fault is not None:
            self.lost += time.monotonic() - began
        return ended

    def _patience(self) -> float:
        return _IMPATIENT if self._unanswered >= _SEVERAL else _PATIENT

    def _settle_ended(self) -> None:
        for one in list(self._held):
            if one.has_ended():
                self._held.remove(one)
                self._end(one, one.fault)
            elif one.left <= 0:
                self._held.remove(one)
                self._end(one, DeliveryFailed(f"no answer within {one.seconds:g} seconds"))

    def _end(self, one: Try, fault: DeliveryFailed | None) -> None:
        took = time.monotonic() - one.began
        if fault is not None and took > _SLOW:
            self._slow.add(one.relay)
        if fault is None and took > _PATIENT:
            self._unanswered = 0
        one.settle(fault)


_Work = tuple[Channel, Outgoing, Try]


def _send_all(work: "SimpleQueue[_Work | None]") -> None:
    while (given := work.get()) is not None:
        channel, message, one = given
        try:
            channel.send(message)
        except Exception as fault:
            one.end(fault)
        else:
            one.end()
