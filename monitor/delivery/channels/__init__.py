"""From a URL to a channel.

A channel's URL is a secret: no error repeats any of it.
"""

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from monitor.delivery.channels.apprise import open_apprise
from monitor.delivery.channels.console import open_console
from monitor.delivery.channels.indirect import NO_RELAYS, Relays, is_reference, referred
from monitor.delivery.channels.outgoing import Channel
from monitor.delivery.channels.smtp import open_mail
from monitor.delivery.channels.webhook import open_webhook
from monitor.errors import Refused

ACCEPTED = (
    "console:, smtp://[user:password@]host:port/?from=A&to=B, smtps://…,"
    " webhook+http://…, webhook+https://… or a URL that Apprise knows;"
    " env:NAME or file:PATH where such a URL stands, or relay:NAME?to=ADDRESS of the policy"
)
# The schemes of our own channels; any other is Apprise's to know.
_OPENS: dict[str, Callable[[str], Channel | None]] = {
    "console:": open_console,
    "smtp:": open_mail,
    "smtps:": open_mail,
    "webhook+http:": open_webhook,
    "webhook+https:": open_webhook,
}


def open_channel(url: str, relays: Relays = NO_RELAYS) -> Channel:
    """Choose the channel that a URL names; nothing is sent or connected yet.

    `env:NAME`, `file:PATH` and `relay:NAME?to=ADDRESS` name where the URL stands.
    """
    is_elsewhere, url = is_reference(url), referred(url, relays)
    if not url or not url.isprintable() or " " in url:
        raise Refused("a channel is a URL without spaces or line breaks: " + ACCEPTED)
    scheme, colon, _ = url.partition(":")
    opens = _OPENS.get(scheme.lower() + colon, open_apprise)
    channel = opens(url)
    if channel is None:
        raise Refused("no channel is known by this URL; accepted: " + ACCEPTED)
    if is_elsewhere and channel.is_blind:  # what stands there may change: nobody would notice
        raise Refused("this names a channel that never reports whether a message arrived")
    return channel


def why_closed(url: str, relays: Relays = NO_RELAYS) -> str | None:
    """Say why nothing can be sent over a channel; None where it can be tried."""
    found = _try_to_open(url, relays)
    return found if isinstance(found, str) else None


def reaches(url: str) -> bool | None:
    """Say whether a channel can be tried, now or once what it refers to is mended.

    None: it can, and nobody ever knows whether a message arrived.
    """
    if is_reference(url):
        return True
    found = _try_to_open(url, NO_RELAYS)
    if isinstance(found, str):
        return False
    return None if found.is_blind else True


def _try_to_open(url: str, relays: Relays) -> Channel | str:
    """Open a channel, or say why it cannot be."""
    try:
        return open_channel(url, relays)
    except Refused as fault:
        return str(fault)
    except Exception as fault:  # of somebody else's making: it must not keep a patient unlooked at
        return f"it cannot be opened: {type(fault).__name__}"


def why_readable(url: str, channel: Channel, relays: Relays = NO_RELAYS) -> str | None:
    """Say why others may read what goes over a channel; None where the line is encrypted.

    Within this machine nobody listens.
    """
    parts = urlsplit(referred(url, relays))
    return None if _is_here(parts.hostname or "") else channel.why_readable(parts.scheme)


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
