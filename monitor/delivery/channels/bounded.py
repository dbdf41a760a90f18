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
        self.go_by_limits()
        count = super().recv_into(*given)
        return count if self.limits is None else self.limits.take(count)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send, within the limits."""
        self.go_by_limits()
        super().sendall(data, flags)

    def go_by_limits(self) -> None:
        """Give the next operation the time that is left."""
        if self.limits is not None:
            self.settimeout(self.limits.remaining())


class EncryptedSocket(PlainSocket, ssl.SSLSocket):
    """The same for an encrypted line."""


def open_line(host: str, port: int, seconds: float, *, encrypted: bool) -> socket.socket:
    """Connect; all that is sent and read takes so many seconds at most. Encrypted: from the start.

    The certificate is verified.
    """
    line = connect(host, port, seconds)
    if not encrypted:
        return line
    try:
        line.go_by_limits()
        secure = verifying().wrap_socket(line, server_hostname=host)
    except BaseException:
        line.close()
        raise
    go_on(secure, line.limits)
    return secure


def connect(host: str, port: int, seconds: float) -> PlainSocket:
    """Connect; the limits begin."""
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


def verifying() -> ssl.SSLContext:
    """Give what checks certificates, and makes encrypted lines that can be limited."""
    context = ssl.create_default_context()
    context.sslsocket_class = EncryptedSocket
    return context


def go_on(line: object, limits: Limits | None) -> None:
    """Have the limits of a line hold for what encrypts it."""
    if isinstance(line, EncryptedSocket):
        line.limits = limits
