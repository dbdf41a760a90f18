"""Tries through Apprise, each in a program of its own, which is killed where it does not end.

Threads cannot be ended, and what a library of others reads cannot be limited from outside. Loading
Apprise takes a second: one program does so in a round, and each try is a copy of it.
"""

import socket
import subprocess
import sys
import threading
import time
from json import dumps

from monitor.delivery.channels.outgoing import DeliveryFailed

_LOADED = ("-P", "-m", "monitor.delivery.channels.confined_apprise")
_TOLD = {
    b"1": None,
    b"0": "Apprise could not deliver",
    b"m": "Apprise took more memory than it may: is the answer endless?",
    b"": "Apprise ended without an answer",
}


class _Loaded:
    """The program that has Apprise loaded; it is sent a line for each copy of it."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        self.has_answered = False  # a copy of it
        try:
            with theirs:
                # nothing secret among the arguments: all users see them. A terminal's signals are
                # ours
                self._process = subprocess.Popen(
                    [sys.executable, *_LOADED],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
        except BaseException:
            self._line.close()
            raise

    def is_there(self) -> bool:
        return self._process.poll() is None

    def copy(self) -> socket.socket:
        """Have it copied; gives the line to the copy."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._line, [b"c"], [theirs.fileno()])
            except BaseException:
                ours.close()
                raise
        return ours

    def end(self) -> None:
        """End it; its copies end by themselves."""
        self._line.close()
        self._process.kill()
        self._process.wait()


_lock = threading.Lock()
_loaded: list[_Loaded] = []  # one or none


def deliver(url: str, *, title: str, body: str, is_urgent: bool, seconds: float) -> None:
    """Have a program deliver, once; raises DeliveryFailed after so many seconds at most."""
    until = time.monotonic() + seconds
    told = {"url": url, "title": title, "body": body, "urgent": is_urgent, "until": until}
    try:
        loaded, line = _begin()
    except OSError:
        raise DeliveryFailed("no process or descriptor was left to start Apprise") from None
    answer = b""
    with line:
        try:
            line.settimeout(seconds)
            line.sendall(dumps(told).encode() + b"\n")
            line.settimeout(max(until - time.monotonic(), 0.001))
            answer = line.recv(1)
        except TimeoutError:
            if not loaded.has_answered:
                end(loaded)  # perhaps it hangs itself
            raise DeliveryFailed(f"no answer within {seconds:g} seconds") from None
        except OSError:
            pass  # it has died
    loaded.has_answered = loaded.has_answered or answer != b""
    words = _TOLD.get(answer, _TOLD[b""])
    if words is not None:
        raise DeliveryFailed(words)


def _begin() -> tuple[_Loaded, socket.socket]:
    with _lock:
        if _loaded and not _loaded[0].is_there():
            _loaded.pop().end()
        if not _loaded:
            _loaded.append(_Loaded())
        return _loaded[0], _loaded[0].copy()


def end(which: _Loaded | None = None) -> None:
    """End the program that has Apprise loaded, where there is one."""
    with _lock:
        if _loaded and which in (None, _loaded[0]):
            _loaded.pop().end()
