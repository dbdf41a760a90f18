"""Whom a URL of Apprise reaches: it leaves out what it cannot use, and may send to its own number.

Neither is an error to Apprise: it warns in its log, and what is left counts as delivered.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any

from monitor.errors import LeftOut, Refused

# What its services say of a receiver; of sounds, icons and modes they say other words.
_LEFT_OUT = re.compile(r"\s*(dropp|ignor)|.*\bignored", re.IGNORECASE)
_SEVERAL = re.compile(r"(?:(?<=/)|(?<=[?&]to=))[^/?&]*(?:[,;]|%2C|%3B)[^/?&]*", re.IGNORECASE)
_BETWEEN = re.compile(r"[,;]|%2C|%3B", re.IGNORECASE)
_LISTS = ("invalid_targets", "_invalid_targets")  # should the words change
# Where services keep whom they send to; a group that the service itself knows is one of these.
_NAMED = (
    *("targets", "cc", "bcc", "users", "dm_users", "_users", "members", "friends", "phone"),
    *("target_phones", "target_contacts", "target_groups", "groups", "departments", "tag_ids"),
    *("rooms", "channels", "channel_ids", "topics", "_topics", "devices", "events", "subreddits"),
)
_LISTED = (list, set, frozenset, tuple)
_READING = Lock()


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collect, one entry each, that a receiver is left out; nothing of it comes into a log."""
    found: list[str] = []

    def hear(record: logging.LogRecord) -> bool:
        if _LEFT_OUT.match(str(record.msg)):
            found.append("left out")
        return False

    logger = logging.getLogger("apprise")
    with _READING:
        before = logger.level
        logger.addFilter(hear)
        logger.setLevel(logging.WARNING)
        try:
            yield found
        finally:
            logger.setLevel(before)
            logger.removeFilter(hear)


def refuse_unreached(service: Any, left_out: list[str]) -> None:
    """Refuse a service that was read from a URL and would not reach all whom it names."""
    if left_out or any(getattr(service, name, None) for name in _LISTS):
        raise LeftOut(
            "Apprise would leave out a receiver that the URL names: give each as the service"
            " wants it, a number with its country (+15555550123)"
        )
    targets = getattr(service, "targets", None)
    if targets is None or getattr(service, "groups", None):
        return
    own = str(getattr(service, "source", None) or "").lstrip("+")
    only_itself = own.isdigit() and {_number(one) for one in targets} <= {own}
    if only_itself:
        raise Refused(
            "this URL names nobody but the number that it sends from: add who receives"
            " the message, a number with its country (+15555550123)"
        )
    if not count_named(service) and _must_be_named(service):
        raise LeftOut("this URL names nobody whom the service could take: add who receives")


def count_named(service: Any) -> int:
    """Count the addresses that a service sends to; 0 where the URL itself is the address."""
    kept = {**vars(service)}
    if kept.get("targets") or kept.get("topics"):
        kept.pop("channels", None)  # these are ways to the same receiver: as text, as mail
    if isinstance(kept.get("device"), str):
        kept.pop("devices", None)  # the kinds that one word means: "all" is told in one request
    return sum(_count(kept.get(name)) for name in _NAMED)


def each_alone(url: str) -> Iterator[str]:
    """Give a URL anew for each receiver of a list: beside a good one a bad one is not told."""
    start = url.find("/", url.find("://") + 3)
    for several in _SEVERAL.finditer(url, max(start, 0)):
        for one in filter(None, _BETWEEN.split(several[0])):
            yield url[: several.start()] + one + url[several.end() :]


def _must_be_named(service: Any) -> bool:
    described = service.template_tokens.get("targets", {})
    return bool(described.get("required")) or all("{targets}" in x for x in service.templates)


def _count(kept: object) -> int:
    """Count what stands in a list, or in the lists of a mapping."""
    if isinstance(kept, Mapping):
        return sum(_count(one) if isinstance(one, _LISTED) else 1 for one in kept.values())
    return len(kept) if isinstance(kept, _LISTED) else 0


def _number(target: Any) -> str:
    """Give the number of a target; some services keep its kind before it."""
    return str(target[-1] if isinstance(target, tuple) else target).lstrip("+")
