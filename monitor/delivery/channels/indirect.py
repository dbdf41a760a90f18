"""Channels that stand elsewhere: a URL in a file or the environment, a relay of the site's policy.

The record holds the reference alone, so that no secret is in it; it is looked up at each try.
"""

import os
import re
from collections.abc import Mapping
from urllib.parse import quote

from monitor.errors import Refused
from monitor.regular_file import read_regular

Relays = Mapping[str, str]  # by name: a URL that holds {to}, and {file:PATH} or {env:NAME}
NO_RELAYS: Relays = {}
_KINDS = ("env:", "file:", "relay:")
_LONGEST = 4096  # of a URL, or a secret, in a file
_RELAY = re.compile(r"([a-z0-9-]+)\?to=([!-~]+)")
_PLACE = re.compile(r"\{([^{}]*)\}")
_SECRET = re.compile(r"\{(env|file):([^{}]*)\}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def is_reference(url: str) -> bool:
    """Say whether a channel, or a part of it, stands elsewhere and may be another at each try."""
    return url.startswith(_KINDS) or _SECRET.search(url) is not None


def from_root(url: str) -> str:
    """Write the paths that a reference names from the root: the service runs in another folder."""
    if url.startswith("file:"):
        return "file:" + os.path.join(os.getcwd(), url.removeprefix("file:"))
    return _SECRET.sub(
        lambda place: (
            f"{{file:{os.path.join(os.getcwd(), place[2])}}}" if place[1] == "file" else place[0]
        ),
        url,
    )


def referred(url: str, relays: Relays) -> str:
    """Look up the URL that a reference names, and the secrets in it; raises Refused.

    Any other is given back.
    """
    kind, _, where = url.partition(":")
    if kind == "relay":
        return _through_relay(where, relays)
    if kind not in ("env", "file"):
        return _SECRET.sub(_secret, url)
    found = _standing(kind, where)
    if not found or is_reference(found):
        raise Refused(f"no channel's URL stands where {kind}: points{_named(kind, where)}")
    return found


def _secret(place: re.Match[str]) -> str:
    kind, where = place.groups()
    value = _standing(kind, where)
    if not value:
        raise Refused(f"no secret stands where {kind}: points{_named(kind, where)}")
    return quote(value, safe="")


def _named(kind: str, where: str) -> str:
    """Name what is missing; not what cannot be a name, which may be a secret in the wrong place."""
    if kind == "env":
        return f", the variable {where}" if _VARIABLE.fullmatch(where) else ", no variable's name"
    is_path = where.startswith(("/", ".", "~")) and where.isprintable() and "@" not in where
    return f", {where}" if is_path else ""


def _through_relay(asked: str, relays: Relays) -> str:
    named = _RELAY.fullmatch(asked)
    if named is None:
        raise Refused("a relay is named with an address: relay:NAME?to=ADDRESS")
    name, to = named.groups()
    if name not in relays:
        raise Refused(f'the policy has no relay "{name}": see [relays] in monitor policy show')

    def fill(place: re.Match[str]) -> str:
        kind, _, where = place[1].partition(":")
        value = to if kind == "to" else _standing(kind, where)
        if not value:
            raise Refused(
                f'no secret of the relay "{name}" stands where {kind}: points{_named(kind, where)}'
            )
        return quote(value, safe="")

    return _PLACE.sub(fill, relays[name])


def _standing(kind: str, where: str) -> str:
    return (os.environ.get(where, "") if kind == "env" else _text_in(where)).strip()


def _text_in(path: str) -> str:
    """Read a short file; empty where there is none, or what could be waited for or has no end."""
    try:
        return read_regular(path, _LONGEST).decode()
    except (OSError, ValueError, Refused):
        return ""
