"""The webhook: a message as JSON to an HTTP server that knows its key. No redirects, no proxies."""

import http.client
import json
import re
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Self

from monitor.delivery.channels import bounded, url_parts
from monitor.delivery.channels.outgoing import (
    SOCKET_SECONDS,
    Channel,
    DeliveryFailed,
    Outgoing,
    words_for,
)
from monitor.errors import Refused

_PORTS = {True: 443, False: 80}  # where the line is encrypted, where not


def open_webhook(url: str) -> "Webhook":
    """Read the address of a webhook; raises Refused where it cannot be one."""
    parts = url_parts.split(url)
    if parts.fragment:
        raise Refused("a webhook has no #fragment; write %23 if it is part of the path")
    user, password = url_parts.credentials(parts)
    if user is not None and ":" in user:
        raise Refused("the user of a webhook has no colon")
    encrypted = parts.scheme == "webhook+https"
    return Webhook(
        encrypted=encrypted,
        host=url_parts.host(parts),
        port=url_parts.port(parts) or _PORTS[encrypted],
        target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        credentials=None if user is None else f"{user}:{password or ''}",
    )


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Webhook(Channel):
    """POST to one URL. Without a repr: everything in here is a secret."""

    encrypted: bool
    host: str
    port: int
    target: str  # path and query
    credentials: str | None = None  # user:password
    seconds: float = SOCKET_SECONDS

    def send(self, message: Outgoing) -> None:
        """Post the message; an answer of 2xx is delivery, anything else is not known to be."""
        connection = _Connection(self.host, self.port, self.seconds, encrypted=self.encrypted)
        try:
            connection.request("POST", self.target, _body(message), self._headers(message))
            answer = connection.getresponse()  # reads the status line and headers, no further
            status, headers = answer.status, answer.headers
            answer.close()
        except (OSError, http.client.HTTPException) as fault:
            raise DeliveryFailed(words_for(fault)) from None
        finally:
            connection.close()
        if not 200 <= status <= 299:
            raise DeliveryFailed(f"answered {status}", retry_after=_retry_after(status, headers))

    def within(self, seconds: float) -> Self:
        """Give the same with less time for a try."""
        return replace(self, seconds=min(self.seconds, seconds))

    def why_readable(self, scheme: str) -> str | None:
        """Say that the line is in the clear, unless it is encrypted."""
        return None if self.encrypted else f"{scheme}:// may go over the line in the clear"

    def _headers(self, message: Outgoing) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.key,
            "User-Agent": "monitor",
            "Connection": "close",
        }
        if self.credentials is not None:
            headers["Authorization"] = f"Basic {b64encode(self.credentials.encode()).decode()}"
        return headers


class _Connection(http.client.HTTPConnection):
    """A connection that ends in time."""

    def __init__(self, host: str, port: int, seconds: float, *, encrypted: bool) -> None:
        super().__init__(host, port)
        self.default_port = _PORTS[encrypted]
        self._seconds, self._encrypted = seconds, encrypted

    def connect(self) -> None:
        """Connect, and encrypt, within the limits."""
        self.sock = bounded.open_line(
            self.host, self.port, self._seconds, encrypted=self._encrypted
        )


def _body(message: Outgoing) -> bytes:
    return json.dumps(
        {
            "key": message.key,
            "ref": message.ref,
            "title": message.title,
            "body": message.body,
            "urgency": message.urgency.value,
        }
    ).encode()


def _retry_after(status: int, headers: Message) -> timedelta | None:
    asked = (headers["Retry-After"] or "").strip()
    if status not in (429, 503) or not asked:
        return None
    if re.fullmatch(r"[0-9]{1,9}", asked):
        return timedelta(seconds=int(asked))
    try:
        # their clock on both sides: ours may be wrong, and is not asked here
        wait = _moment(asked) - _moment(headers["Date"] or "")
    except (ValueError, OverflowError):
        return None
    return wait if wait > timedelta() else None


def _moment(text: str) -> datetime:
    moment = parsedate_to_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # -0000 is UTC, without a place
