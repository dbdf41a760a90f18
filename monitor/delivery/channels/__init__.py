"""From a URL to a channel.

A channel's URL is a secret: no error repeats any of it.
"""

import re
import sys
from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from monitor.delivery.channels.apprise import AppriseChannel, open_apprise
from monitor.delivery.channels.indirect import NO_RELAYS, Relays, is_reference, referred
from monitor.delivery.channels.outgoing import (
    Channel,
    DeliveryFailed,
    Outgoing,
    one_line,
    require_one,
)
from monitor.delivery.channels.smtp import ElectronicMail
from monitor.delivery.channels.webhook import Webhook
from monitor.errors import Refused

ACCEPTED = (
    "console:, smtp://[user:password@]host:port/?from=A&to=B, smtps://…,"
    " webhook+http://…, webhook+https://… or a URL that Apprise knows;"
    " env:NAME or file:PATH where such a URL stands, or relay:NAME?to=ADDRESS of the policy"
)
_QUERY = "smtp needs one from= and one to=, no more: smtp://host:port/?from=A&to=B"
_ADDRESS = r"[^@\s<>()\[\]\\,;:\"]+@[^@\s<>()\[\]\\,;:\"]+"


def open_channel(url: str, relays: Relays = NO_RELAYS) -> Channel:
    """Choose the channel that a URL names; nothing is sent or connected yet.

    `env:NAME`, `file:PATH` and `relay:NAME?to=ADDRESS` name where the URL stands.
    """
    is_elsewhere, url = is_reference(url), referred(url, relays)
    if not url or not url.isprintable() or " " in url:
        raise Refused("a channel is a URL without spaces or line breaks: " + ACCEPTED)
    scheme, colon, _ = url.partition(":")
    match scheme.lower() + colon:
        case "console:":
            if url.lower() != "console:":
                raise Refused("the console has no address: console:")
            return Console()
        case "smtp:" | "smtps:":
            return _electronic_mail(_split(url))
        case "webhook+http:" | "webhook+https:":
            return _webhook(_split(url))
        case _:
            pass
    channel = open_apprise(url)
    if channel is None:
        raise Refused("no channel is known by this URL; accepted: " + ACCEPTED)
    if is_elsewhere and channel.is_blind:  # what stands there may change: nobody would notice
        raise Refused("this names a channel that never reports whether a message arrived")
    return channel


def why_closed(url: str, relays: Relays = NO_RELAYS) -> str | None:
    """Say why nothing can be sent over a channel; None where it can be tried."""
    try:
        open_channel(url, relays)
    except Refused as fault:
        return str(fault)
    except Exception as fault:  # of somebody else's making: it must not keep a patient unlooked at
        return f"it cannot be opened: {type(fault).__name__}"
    return None


def reaches(url: str) -> bool | None:
    """Say whether a channel can be tried, now or once what it refers to is mended.

    None: it can, and nobody ever knows whether a message arrived.
    """
    if is_reference(url):
        return True
    if why_closed(url) is not None:
        return False
    return None if is_blind(open_channel(url)) else True


def is_blind(channel: Channel) -> bool:
    """Say whether nobody ever knows if a message arrived over a channel."""
    return isinstance(channel, AppriseChannel) and channel.is_blind


def within(channel: Channel, seconds: float) -> Channel:
    """Give a channel less time for a try, unless it needs none."""
    if isinstance(channel, ElectronicMail | Webhook | AppriseChannel):
        return replace(channel, seconds=min(channel.seconds, seconds))
    return channel


def room_of(channel: Channel) -> int | None:
    """Say how many characters a channel takes at most; None where any number."""
    return getattr(channel, "room", None)


def why_readable(url: str, channel: Channel, relays: Relays = NO_RELAYS) -> str | None:
    """Say why others may read what goes over a channel; None where the line is encrypted.

    Within this machine nobody listens.
    """
    parts = urlsplit(referred(url, relays))
    if isinstance(channel, Console) or _is_here(parts.hostname or ""):
        return None
    if isinstance(channel, ElectronicMail | Webhook):
        return None if channel.encrypted else f"{parts.scheme}:// may go over the line in the clear"
    return channel.why_readable(parts.scheme) if isinstance(channel, AppriseChannel) else None


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def relay_of(url: str, relays: Relays = NO_RELAYS) -> str:
    """Give the machine that a channel goes through: who is behind it shares its troubles."""
    try:
        parts = urlsplit(referred(url, relays))
        return f"{parts.scheme}://{parts.hostname}:{parts.port}" if parts.hostname else url
    except (ValueError, Refused):
        return url


class Console:
    """Show messages on standard output, for demonstrations and tests."""

    def send(self, message: Outgoing) -> None:
        """Print the message, and make sure that it was printed."""
        title = one_line(message.title)
        lines = [f"[{message.ref} {message.urgency}] {title}"]
        body = message.body.removeprefix(message.title).strip()
        lines += [f"  {one_line(line)}".rstrip() for line in body.splitlines()]
        if sys.__stdout__ is None:  # closed from the start; what stands for it takes anything
            raise DeliveryFailed("standard output is closed")
        try:
            sys.stdout.write("\n".join(lines) + "\n")
            sys.stdout.flush()
        except (OSError, ValueError):  # full, closed, or without the letters needed
            raise DeliveryFailed("standard output could not be written") from None


def _electronic_mail(parts: SplitResult) -> ElectronicMail:
    given: dict[str, list[str]] = {"from": [], "to": []}
    for pair in parts.query.split("&"):
        name, _, value = pair.partition("=")
        if name not in given:
            raise Refused(_QUERY)
        # a plus is a plus here: nurse+alerts@example.org is an address
        given[name] += _decoded(value).split(",")
    addresses = [address for several in given.values() for address in several]
    if len(given["from"]) != 1 or not given["to"]:
        raise Refused(_QUERY)
    if not all(re.fullmatch(_ADDRESS, address, re.ASCII) for address in addresses):
        raise Refused("from= and to= are plain addresses such as nurse@example.org")
    recipients = list(dict.fromkeys(given["to"]))
    require_one(len(recipients))
    if parts.path not in ("", "/") or parts.fragment:
        raise Refused("smtp has nothing between the port and the question mark: …:port/?from=…")
    user, password = _credentials(parts)
    if (user is None) != (password is None):
        raise Refused("smtp needs both the user and the password, or neither")
    encrypted = parts.scheme == "smtps"
    return ElectronicMail(
        encrypted=encrypted,
        host=_host(parts),
        port=_port(parts) or (465 if encrypted else 25),
        sender=given["from"][0],
        recipient=recipients[0],
        credentials=None if user is None or password is None else (user, password),
    )


def _webhook(parts: SplitResult) -> Webhook:
    if parts.fragment:
        raise Refused("a webhook has no #fragment; write %23 if it is part of the path")
    user, password = _credentials(parts)
    if user is not None and ":" in user:
        raise Refused("the user of a webhook has no colon")
    encrypted = parts.scheme == "webhook+https"
    return Webhook(
        encrypted=encrypted,
        host=_host(parts),
        port=_port(parts) or (443 if encrypted else 80),
        target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        credentials=None if user is None else f"{user}:{password or ''}",
    )


def _split(url: str) -> SplitResult:
    if not url.isascii():
        raise Refused("in this URL, letters beyond ASCII are written %XX, those of the host xn--…")
    try:
        return urlsplit(url)
    except ValueError:
        raise Refused("this is not a URL; accepted: " + ACCEPTED) from None


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", host):
        raise Refused("the URL names no host: scheme://host:port/…")
    return host


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0 or parts.netloc.endswith(":"):
        raise Refused(
            "a port is a number from 1 to 65535 (a / or : in a password is written %2F, %3A)"
        )
    return port


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    user, password = parts.username, parts.password
    if user == "" or (parts.netloc.count("@") > 1):
        raise Refused("before the @ of a URL stands user:password; another @ is written %40")
    return (user and _decoded(user)), (password and _decoded(password))


def _decoded(text: str) -> str:
    try:
        plain = unquote(text, errors="strict")
    except UnicodeDecodeError:
        plain = "\N{REPLACEMENT CHARACTER}"
    if not plain.isascii() or not plain.isprintable():
        raise Refused("user, password and addresses are visible ASCII characters, %XX where needed")
    return plain
