"""Tries that end in time, whatever the far end does."""

from queue import Empty, SimpleQueue
from threading import Thread
from typing import Self

from monitor.delivery.outgoing import Channel, DeliveryFailed, Outgoing


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
        if self._work is not None:
            self._work.put(None)
            self._work = None

    def send(self, channel: Channel, message: Outgoing, seconds: float) -> None:
        """Send, or raise DeliveryFailed after so many seconds at most, whatever the far end does.

        A try that is given up goes on by itself until its sockets time out, and may still succeed.
        """
        if self._work is None:
            self._work = SimpleQueue()
            # A daemon: one that hangs must not keep the program from ending.
            Thread(target=_attempt_all, args=(self._work,), name="attempt", daemon=True).start()
        answer: SimpleQueue[Exception | None] = SimpleQueue()
        self._work.put((channel, message, answer))
        try:
            fault = answer.get(timeout=seconds)
        except Empty:
            self._work.put(None)
            self._work = None
            raise DeliveryFailed(f"no answer within {seconds:g} seconds") from None
        if isinstance(fault, DeliveryFailed):
            raise fault
        if fault is not None:
            # a mistake of ours must not stop the others; its text might tell too much
            raise DeliveryFailed(f"unexpected {type(fault).__name__}") from None


_Work = tuple[Channel, Outgoing, "SimpleQueue[Exception | None]"]


def _attempt_all(work: "SimpleQueue[_Work | None]") -> None:
    while (given := work.get()) is not None:
        channel, message, answer = given
        try:
            channel.send(message)
        except Exception as fault:
            answer.put(fault)
        else:
            answer.put(None)
