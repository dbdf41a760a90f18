"""Every other way to reach people, through Apprise; what it says is kept out of all logs.

Apprise answers only whether it believes to have delivered. A failure is *not known*, see
docs/reliability.md. Importing it takes up to a second: nothing else here may import it. Here it
only reads URLs; what talks to far ends is `confined_apprise`.
"""

import logging
import re
import warnings
from dataclasses import dataclass, replace
from typing import Any, Self

from monitor.delivery.channels import confined
from monitor.delivery.channels.apprise_targets import (
    count_named,
    each_alone,
    listening,
    refuse_unreached,
)
from monitor.delivery.channels.outgoing import SOCKET_SECONDS, Channel, Outgoing, require_one
from monitor.domain.outcome import Urgency
from monitor.errors import Refused

# At DEBUG these write bodies, recipients, passwords and URLs; urllib3 does so at WARNING too.
_TELL_TALES = ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib", "slixmpp", "paho")
# A datagram, this machine's log or its screen: nothing comes back, so that none can fail.
_BLIND = frozenset(
    (
        "syslog",
        "rsyslog",
        "dbus",
        "kde",
        "qt",
        "glib",
        "gio",
        "gnome",
        "macosx",
        "windows",
        "blink1",
    )
)
ALL_IN_ALL = 14.0  # seconds of a try, with what the program takes to start


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class AppriseChannel(Channel):
    """Send through one service of Apprise. Without a repr: it holds secrets."""

    url: str
    service: Any  # an apprise.NotifyBase
    seconds: float = ALL_IN_ALL

    def send(self, message: Outgoing) -> None:
        """Have the service deliver, once, in a program that ends in time."""
        # a service without titles puts the title before the body: not the same words twice
        untitled = message.title == message.body and self.service.title_maxlen <= 0
        confined.deliver(
            self.url,
            title="" if untitled else message.title,
            body=message.body,
            is_urgent=message.urgency is not Urgency.ROUTINE,
            seconds=self.seconds,
        )

    def within(self, seconds: float) -> Self:
        """Give the same with less time for a try."""
        return replace(self, seconds=min(self.seconds, seconds))

    @property
    def room(self) -> int:
        """Give the characters that the service takes: a tenth is kept for what it adds."""
        return int(self.service.body_maxlen * 9 // 10)

    @property
    def is_blind(self) -> bool:
        """Say whether the service takes every message for delivered, whoever is there."""
        return bool(_names(self.service, "protocol") & _BLIND)

    def why_readable(self, scheme: str) -> str | None:
        """Say why others may read what is sent; None where it is encrypted and checked."""
        if not self.service.verify_certificate:
            return "verify=no asks nobody who the far end is"
        plain, secure = (_names(self.service, one) for one in ("protocol", "secure_protocol"))
        if scheme.lower() in plain - secure:
            return f"{scheme}:// may go over the line in the clear"
        return None


def _names(service: Any, which: str) -> set[str]:
    found = getattr(service, which, None) or ()
    return {found} if isinstance(found, str) else set(found)


def notify(service: Any, title: str, body: str, *, is_urgent: bool) -> bool:
    """Ask a service to deliver, once, here; raises MemoryError alone."""
    from apprise import NotifyType

    kind = NotifyType.WARNING if is_urgent else NotifyType.INFO
    # The service itself, not Apprise.notify(): that one takes the failure of a service marked
    # `optional` for a success, and repeats by itself.
    try:
        return service.notify(title=title, body=body, notify_type=kind) is True
    except MemoryError:
        raise
    except Exception:  # some 150 services, each raising what it likes
        return False


def open_apprise(url: str) -> AppriseChannel | None:
    """Find the service a URL names; None when Apprise does not know the scheme.

    Raises Refused where it cannot be used, or would not reach all whom it names.
    """
    _silence()
    service = _read(url)
    from apprise.apprise import N_MGR

    scheme = re.match(r"([A-Za-z0-9]{1,20})://", url)
    if service is None and scheme and scheme[1].lower() in N_MGR:
        raise Refused(
            f'Apprise knows "{scheme[1]}://", but cannot use this URL: is a part missing?'
        )
    if service is None:
        return None
    alone = list(each_alone(url))
    for one in alone:
        _read(one)
    named = count_named(service)
    require_one(max(named, len(alone)) if named else 0)  # older ones drop what follows a semicolon
    for timeout in ("socket_connect_timeout", "socket_read_timeout"):
        # What the URL chooses (cto=, rto=) may be longer only: who gives up before the far end
        # answers sends the same again and again.
        chosen = max(SOCKET_SECONDS, getattr(service, timeout))
        setattr(service, timeout, min(chosen, ALL_IN_ALL))
    return AppriseChannel(url=url, service=service)


def _read(url: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # for instance of imghdr, which is deprecated
        from apprise import Apprise, AppriseAsset

        # a redirected POST becomes a GET without the message, which would count as delivered
        asset = AppriseAsset(http_redirects=False)
        with listening() as left_out:
            service = Apprise.instantiate(url, asset=asset)
    if service is not None:
        refuse_unreached(service, left_out)
    return service


def load() -> None:
    """Load what a try needs, before it is asked for."""
    _silence()
    import requests  # noqa: F401  # most services need it

    open_apprise("json://localhost")


def _silence() -> None:
    for name in _TELL_TALES:
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL)
        logger.propagate = False
        if not logger.handlers:  # without any, Python itself would write to standard error
            logger.addHandler(logging.NullHandler())
    warnings.filterwarnings("ignore", module="urllib3")  # they name the host
