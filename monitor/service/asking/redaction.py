"""Channels as they may be shown: their addresses are secrets."""

import re
from urllib.parse import urlsplit

_HOST_IS_NO_SECRET = ("smtp", "smtps", "webhook+http", "webhook+https")

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"]*")
_PLACE = re.compile(r"\{[^{}]*\}")
_SHOWN = ("sqlite", "http")  # files and pages; not channels


def without_secrets(words: str, typed: str) -> str:
    """Redact in an error every URL that was typed: it may be a channel's, or hold a password."""

    def hide(found: re.Match[str]) -> str:
        url = found[0]
        stump = url.rstrip("…).,;:")
        scheme = url.partition(":")[0].lower()
        if stump not in typed or (scheme.startswith(_SHOWN) and "@" not in url):
            return url
        return redacted(url)

    return _URL.sub(hide, words)


def redacted(url: str) -> str:
    """Leave of a channel's URL what tells it from others: the scheme, and the host if harmless.

    Of other services the host may be a token.
    """
    scheme, colon, _ = url.partition(":")
    url = _PLACE.sub("…", url)  # {env:NAME} and {file:/PATH} would be taken for parts of it
    if not colon or scheme == "console":
        return url if scheme == "console" else "…"
    if scheme == "relay":  # the site's own name for it
        return f"{url.partition('?')[0]}?to=…"
    if scheme not in _HOST_IS_NO_SECRET:
        return f"{scheme}://…"
    try:
        parts = urlsplit(url)
        host = parts.hostname or "…"
        return f"{scheme}://{host}{f':{parts.port}' if parts.port else ''}/…"
    except ValueError:
        return f"{scheme}://…"
