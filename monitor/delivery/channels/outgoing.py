"""What goes out, what a channel is, and the one way in which a channel fails.

Nothing here knows of any particular channel, nor of the record.
"""

import re
import socket
import ssl
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from monitor.domain.outcome import Urgency as Urgency
from monitor.errors import OutsideError, Several

# seconds for the whole of a try over our own channels, for one operation on a socket of others
SOCKET_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """One message to one recipient, as a channel gets it: on every try the same."""

    key: str  # the computed identity: the same key is the same message
    ref: str  # what a person can read out over the telephone
    title: str
    body: str
    urgency: Urgency

    def __post_init__(self) -> None:
        """Refuse a key that could not stand in a header as it is."""
        if not re.fullmatch(r"[!-~]{1,200}", self.key):
            raise ValueError("a key is 1 to 200 visible ASCII characters")


class DeliveryFailed(OutsideError):
    """It is not known that the message arrived; perhaps it did.

    The words are one short line and go into the record: never a URL, a credential, a recipient
    or anything of the message.
    """

    def __init__(self, words: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.retry_after = retry_after  # how long the far end asks us to wait


class Channel(ABC):
    """One way to reach one recipient. A new way is one such class, and a line in `_OPENS`."""

    @property
    def is_blind(self) -> bool:
        """Say whether nobody ever knows if a message arrived."""
        return False

    @property
    def room(self) -> int | None:
        """Give the most characters that it takes; None where any number."""
        return None

    @abstractmethod
    def send(self, message: Outgoing) -> None:
        """Return once the far end has taken the message; raise DeliveryFailed otherwise."""

    def within(self, seconds: float) -> Self:
        """Give the same channel with less time for a try, unless it needs none."""
        return self

    @abstractmethod
    def why_readable(self, scheme: str) -> str | None:
        """Say why others may read what is sent; None where nobody can."""


def require_one(addresses: int) -> None:
    """Refuse a channel that names several; one who is refused would have all told again."""
    if addresses > 1:
        raise Several(
            "the channel names several; one address a contact: where one of them is refused, the "
            "others would get the message again and again; add each by itself"
        )


def one_line(text: str) -> str:
    """Make text safe for a header or a terminal: one line, nothing that controls anything."""
    visible = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(visible.split())


def words_for(fault: Exception) -> str:
    """Describe a fault of the network; its own text is not used, it may name the far end."""
    match fault:
        case ssl.SSLCertVerificationError():
            return "the certificate could not be verified"
        case ssl.SSLError():
            return "the encrypted connection failed"
        case TimeoutError():
            return "no answer in time"
        case socket.gaierror():
            return "the host name was not found"
        case ConnectionRefusedError():
            return "the connection was refused"
        case _:
            return "the connection failed"
