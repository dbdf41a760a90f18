"""Tries that end in time, whatever the far end does."""

from queue import SimpleQueue
from threading import Event, Thread
from typing import Self

from monitor.delivery.channels.outgoing import Channel, DeliveryFailed, Outgoing


def send_within(channel: Channel, message: Outgoing, seconds: float) -> None:
    """Send one message as a courier does."""
    with Courier() as courier:
        courier.send(channel, message, seconds)


class Courier:
    """Sends one message after the other, in a thread that it leaves behind where one hangs."""

    def __init__(self) -> None:
        self._work: SimpleQueue[_Work | None] | None = None

    def __enter__(self) -> Self:
        """Give the courier."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let its thread end when it has nothing more to do."""
        self.leave()

    def send(self, channel: Channel, message: Outgoing, seconds: float) -> None:
        """Send, or raise DeliveryFailed after so many seconds at most, whatever the far end does.

        A try that is given up goes on by itself until its sockets time out, and may still succeed.
        """
        attempt = self.begin(channel, message)
        if not attempt.has_ended(seconds):
            self.leave()
            raise DeliveryFailed(f"no answer within {seconds:g} seconds")
        if attempt.fault is not None:
            raise attempt.fault

    def begin(self, channel: Channel, message: Outgoing) -> "Attempt":
        """Begin to send. Whoever does not wait for the end leaves it before the next begins."""
        if self._work is None:
            self._work = SimpleQueue()
            # A daemon: one that hangs must not keep the program from ending.
            Thread(target=_attempt_all, args=(self._work,), name="attempt", daemon=True).start()
        attempt = Attempt()
        self._work.put((channel, message, attempt))
        return attempt

    def leave(self) -> None:
        """Leave the thread to the try that it has in hand: the next gets another."""
        if self._work is not None:
            self._work.put(None)
            self._work = None


class Attempt:
    """One try, of which nobody knows yet how it ends."""

    def __init__(self) -> None:
        self._ended = Event()
        self.fault: DeliveryFailed | None = None  # once it has ended: what went wrong

    def has_ended(self, seconds: float = 0) -> bool:
        """Wait for the end, for so long at most, and say whether it came."""
        return self._ended.wait(max(seconds, 0))

    def end(self, fault: Exception | None = None) -> None:
        """Write down how it ended."""
        if fault is None or isinstance(fault, DeliveryFailed):
            self.fault = fault
        else:
            # a mistake of ours must not stop the others; its text might tell too much
            self.fault = DeliveryFailed(f"unexpected {type(fault).__name__}")
        self._ended.set()


_Work = tuple[Channel, Outgoing, Attempt]


def _attempt_all(work: "SimpleQueue[_Work | None]") -> None:
    while (given := work.get()) is not None:
        channel, message, attempt = given
        try:
            channel.send(message)
        except Exception as fault:
            attempt.end(fault)
        else:
            attempt.end()
