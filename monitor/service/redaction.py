"""Channels as they may be shown: their addresses are secrets."""

from urllib.parse import urlsplit

_HOST_IS_NO_SECRET = ("smtp", "smtps", "webhook+http", "webhook+https")


def redacted(url: str) -> str:
    """Leave of a channel's URL what tells it from others: the scheme, and the host if harmless.

    Of other services the host may be a token.
    """
    scheme, colon, _ = url.partition(":")
    if not colon or scheme == "console":
        return url if scheme == "console" else "…"
    if scheme not in _HOST_IS_NO_SECRET:
        return f"{scheme}://…"
    try:
        parts = urlsplit(url)
        host = parts.hostname or "…"
        return f"{scheme}://{host}{f':{parts.port}' if parts.port else ''}/…"
    except ValueError:
        return f"{scheme}://…"
