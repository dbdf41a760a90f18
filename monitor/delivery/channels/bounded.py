"""Sockets that end in time: one limit for all that a try waits for, and for all that it reads.

A limit for each operation alone is none: a server that sends a byte a second is never late.
"""

import socket
import ssl
import time
from typing import Any

MOST_BYTES = 256 * 1024  # an answer to a message is a line or two


class Limits:
    """When a socket must be done, and how much it may still read."""

    until = float("inf")
    left = MOST_BYTES

    def begin(self, seconds: float) -> None:
        """Start to count."""
        self.until, self.left = time.monotonic() + seconds, MOST_BYTES

    def remaining(self) -> float:
        """Say how long an operation may take; raises TimeoutError where the time is over."""
        seconds = self.until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def take(self, count: int) -> int:
        """Count what was read; raises OSError where it is too much."""
        self.left -= count
        if self.left < 0:
            raise OSError("the answer is too long")
        return count


class PlainSocket(socket.socket):
    """A connected socket within limits."""

    limits: Limits | None = None

    def recv_into(self, *given: Any) -> int:
        """Read, within the limits."""
        return _read(self, super().recv_into, given)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send, within the limits."""
        _within(self)
        super().sendall(data, flags)


class EncryptedSocket(ssl.SSLSocket):
    """The same for an encrypted line."""

    limits: Limits | None = None

    def recv_into(self, *given: Any) -> int:
        """Read, within the limits."""
        return _read(self, super().recv_into, given)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send, within the limits."""
        _within(self)
        super().sendall(data, flags)


def _within(line: "PlainSocket | EncryptedSocket") -> None:
    if line.limits is not None:
        line.settimeout(line.limits.remaining())


def _read(line: "PlainSocket | EncryptedSocket", reads: Any, given: Any) -> int:
    _within(line)
    count = int(reads(*given))
    return count if line.limits is None else line.limits.take(count)


def connect(host: str, port: int, seconds: float) -> PlainSocket:
    """Connect; from now on all that is sent and read takes so many seconds at most."""
    limits = Limits()
    limits.begin(seconds)
    fault: OSError = OSError("no address")
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for number, (family, kind, protocol, _, address) in enumerate(found):
        line = PlainSocket(family, kind, protocol)
        try:
            # a silent address leaves the others, and what is to be said there, their share
            others = len(found) - 1 - number
            line.settimeout(limits.remaining() / (others + 2 if others else 1))
            line.connect(address)
        except OSError as one:
            line.close()
            fault = one
        else:
            line.limits = limits
            return line
    raise fault


def encrypt(line: PlainSocket, context: ssl.SSLContext, host: str) -> ssl.SSLSocket:
    """Encrypt a line; the same limits go on."""
    _within(line)
    encrypted = context.wrap_socket(line, server_hostname=host)
    go_on(encrypted, line.limits)
    return encrypted


def verifying() -> ssl.SSLContext:
    """Give what checks certificates, and makes encrypted lines that can be limited."""
    context = ssl.create_default_context()
    context.sslsocket_class = EncryptedSocket
    return context


def go_on(line: object, limits: Limits | None) -> None:
    """Have the limits of a line hold for what encrypts it."""
    if isinstance(line, EncryptedSocket):
        line.limits = limits
