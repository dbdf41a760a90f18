"""E-mail by the standard library: a Message-ID made from the key, so that a repeat is known as one.

(Apprise's e-mails carry a random Message-ID.)
"""

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, replace
from email import policy
from email.header import Header
from email.message import EmailMessage
from email.utils import formatdate
from ipaddress import ip_address
from typing import Self
from urllib.parse import quote

from monitor.delivery.channels import bounded, url_parts
from monitor.delivery.channels.outgoing import (
    SOCKET_SECONDS,
    Channel,
    DeliveryFailed,
    Outgoing,
    one_line,
    require_one,
    words_for,
)
from monitor.domain.outcome import Urgency
from monitor.errors import Refused

# what we call ourselves to the server: our true name would tell which clinic writes, and looking
# it up can take long
_OURSELVES = "[127.0.0.1]"
_SEVEN_BITS = policy.SMTP.clone(cte_type="7bit")  # not every server on the way takes eight


_QUERY = "smtp needs one from= and one to=, no more: smtp://host:port/?from=A&to=B"
_ADDRESS = r"[^@\s<>()\[\]\\,;:\"]+@[^@\s<>()\[\]\\,;:\"]+"


def open_mail(url: str) -> "ElectronicMail":
    """Read an address of electronic mail; raises Refused where a part is missing."""
    parts = url_parts.split(url)
    given: dict[str, list[str]] = {"from": [], "to": []}
    for pair in parts.query.split("&"):
        name, _, value = pair.partition("=")
        if name not in given:
            raise Refused(_QUERY)
        # a plus is a plus here: nurse+alerts@example.org is an address
        given[name] += url_parts.decoded(value).split(",")
    addresses = [address for several in given.values() for address in several]
    if len(given["from"]) != 1 or not given["to"]:
        raise Refused(_QUERY)
    if not all(re.fullmatch(_ADDRESS, address, re.ASCII) for address in addresses):
        raise Refused("from= and to= are plain addresses such as nurse@example.org")
    recipients = list(dict.fromkeys(given["to"]))
    require_one(len(recipients))
    if parts.path not in ("", "/") or parts.fragment:
        raise Refused("smtp has nothing between the port and the question mark: …:port/?from=…")
    user, password = url_parts.credentials(parts)
    if (user is None) != (password is None):
        raise Refused("smtp needs both the user and the password, or neither")
    encrypted = parts.scheme == "smtps"
    return ElectronicMail(
        encrypted=encrypted,
        host=url_parts.host(parts),
        port=url_parts.port(parts) or (465 if encrypted else 25),
        sender=given["from"][0],
        recipient=recipients[0],
        credentials=None if user is None or password is None else (user, password),
    )


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class ElectronicMail(Channel):
    """Send through one server, to one address. Without a repr: it holds a password."""

    encrypted: bool  # from the first byte on; otherwise STARTTLS where offered
    host: str
    port: int
    sender: str
    recipient: str
    credentials: tuple[str, str] | None = None  # user and password
    seconds: float = SOCKET_SECONDS

    def send(self, message: Outgoing) -> None:
        """Send the message; that the server took it is delivery."""
        text = self._text(message)
        try:
            server = _Server(self.host, self.port, self.seconds, encrypted=self.encrypted)
            try:
                self._secure(server)
                server.sendmail(self.sender, self.recipient, text)
                # taken; whatever happens from here on does not change that, so nothing is awaited
                with suppress(OSError, smtplib.SMTPException):
                    server.putcmd("QUIT")
            finally:
                server.close()
        except (OSError, smtplib.SMTPException) as fault:  # the latter is one of the former
            raise DeliveryFailed(_words_for(fault)) from None

    def within(self, seconds: float) -> Self:
        """Give the same with less time for a try."""
        return replace(self, seconds=min(self.seconds, seconds))

    def why_readable(self, scheme: str) -> str | None:
        """Say that the line may be in the clear, unless it is encrypted from the first byte on."""
        return None if self.encrypted else f"{scheme}:// may go over the line in the clear"

    def _secure(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if not self.encrypted and server.has_extn("starttls"):
            limits = getattr(server.sock, "limits", None)
            server.starttls(context=bounded.verifying())
            bounded.go_on(server.sock, limits)
            server.ehlo()
        if self.credentials is None:
            return
        if not _is_safe(server.sock):
            raise DeliveryFailed("no encryption offered: the password was not sent")
        server.login(*self.credentials)

    def _text(self, message: Outgoing) -> bytes:
        mail = EmailMessage(policy=_SEVEN_BITS)
        mail["Message-ID"] = f"<{quote(message.key, safe='')}@monitor.invalid>"
        mail["Date"] = formatdate(usegmt=True)
        mail["From"] = self.sender
        mail["To"] = self.recipient
        mail["Auto-Submitted"] = "auto-generated"
        if message.urgency is not Urgency.ROUTINE:
            mail["X-Priority"] = "1"
        mail.set_content(message.body, charset="utf-8")
        # Two headers by hand. EmailMessage breaks a long key, and loses a space of a long subject
        # that is not ASCII; the older Header does not.
        subject = Header(one_line(message.title), header_name="Subject").encode(linesep="\r\n")
        by_hand = f"X-Idempotency-Key: {message.key}\r\nSubject: {subject}\r\n"
        return by_hand.encode() + mail.as_bytes()


class _Server(smtplib.SMTP):
    """A connection that ends in time: smtplib itself limits only each operation."""

    def __init__(self, host: str, port: int, seconds: float, *, encrypted: bool) -> None:
        self._encrypted = encrypted  # from the first byte on
        super().__init__(host, port, _OURSELVES, timeout=seconds)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return bounded.open_line(host, port, timeout, encrypted=self._encrypted)


def _is_safe(line: socket.socket | None) -> bool:
    """Tell whether nobody can listen: an encrypted line, or one that stays in this machine."""
    if line is None:
        return False
    if isinstance(line, ssl.SSLSocket):
        return True
    return ip_address(line.getpeername()[0].partition("%")[0]).is_loopback


def _words_for(fault: Exception) -> str:
    match fault:
        case smtplib.SMTPRecipientsRefused():
            codes = sorted({code for code, _ in fault.recipients.values()})
            return f"the recipient was refused: {', '.join(map(str, codes))}"
        case smtplib.SMTPSenderRefused():
            return f"the sender was refused: {fault.smtp_code}"
        case smtplib.SMTPAuthenticationError():
            return f"the login was refused: {fault.smtp_code}"
        case smtplib.SMTPResponseException():
            return f"answered {fault.smtp_code}"
        case smtplib.SMTPServerDisconnected():
            return "the connection was lost"  # or it went silent
        case smtplib.SMTPException():
            return "the server does not offer what is needed"
        case _:
            return words_for(fault)
