"""Tries through Apprise in programs of their own, which are killed where they do not end.

Threads cannot be ended, and what a library of others reads cannot be limited from outside. A
program that answered is used again in the same round: it takes a second to start.
"""

import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from json import dumps
from typing import Any

from monitor.delivery.outgoing import DeliveryFailed

_CHILD = ("-P", "-m", "monitor.delivery.confined_apprise")
_USES = 100  # of one program: what Apprise leaves open in it never becomes much
_TOLD = {
    b"1": None,
    b"0": "Apprise could not deliver",
    b"m": "Apprise took more memory than it may: is the answer endless?",
    b"": "Apprise ended without an answer",
}


@dataclass(slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    line: socket.socket
    uses: int = 0

    def ask(self, told: bytes, until: float) -> bytes:
        self.uses += 1
        self.line.settimeout(max(until - time.monotonic(), 0.001))
        self.line.sendall(told)
        self.line.settimeout(max(until - time.monotonic(), 0.001))
        return self.line.recv(1)

    def end(self) -> None:
        self.line.close()
        self.process.kill()
        self.process.wait()


_idle: list[_Child] = []  # appended to and popped from, which threads may do


def deliver(url: str, *, title: str, body: str, is_urgent: bool, seconds: float) -> None:
    """Have a program deliver, once; raises DeliveryFailed after so many seconds at most."""
    until = time.monotonic() + seconds
    told: dict[str, Any] = {"url": url, "title": title, "body": body, "urgent": is_urgent}
    try:
        child = _take()
    except OSError:
        raise DeliveryFailed("no process or descriptor was left to start Apprise") from None
    answer = b""
    try:
        answer = child.ask(dumps(told | {"seconds": seconds}).encode() + b"\n", until)
    except TimeoutError:
        raise DeliveryFailed(f"no answer within {seconds:g} seconds") from None
    except OSError:
        pass  # it has died
    finally:
        if answer in (b"0", b"1") and child.uses < _USES:
            _idle.append(child)
        else:
            child.end()
    words = _TOLD.get(answer, _TOLD[b""])
    if words is not None:
        raise DeliveryFailed(words)


def end_idle() -> None:
    """End the programs that have nothing to do."""
    while _idle:
        try:
            _idle.pop().end()
        except IndexError:  # another thread has taken it
            return


def _take() -> _Child:
    while _idle:
        try:
            child = _idle.pop()
        except IndexError:
            break
        if child.process.poll() is None:
            return child
        child.end()
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            # nothing secret among the arguments: all users see them. Signals of a terminal are ours
            process = subprocess.Popen(
                [sys.executable, *_CHILD],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
    except BaseException:
        ours.close()
        raise
    return _Child(process, ours)
