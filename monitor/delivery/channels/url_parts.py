"""The parts of a channel's URL, each read strictly. No error repeats any of it: it is a secret."""

import re
from urllib.parse import SplitResult, unquote, urlsplit

from monitor.errors import Refused


def split(url: str) -> SplitResult:
    """Take a URL apart; raises Refused where it is none."""
    if not url.isascii():
        raise Refused("in this URL, letters beyond ASCII are written %XX, those of the host xn--…")
    try:
        return urlsplit(url)
    except ValueError:
        raise Refused("this is not a URL: scheme://host:port/…") from None


def host(parts: SplitResult) -> str:
    """Give the host; raises Refused where none is named."""
    name = parts.hostname or ""
    if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", name):
        raise Refused("the URL names no host: scheme://host:port/…")
    return name


def port(parts: SplitResult) -> int | None:
    """Give the port, if one is named; raises Refused where it cannot be."""
    try:
        number = parts.port
    except ValueError:
        number = 0
    if number == 0 or parts.netloc.endswith(":"):
        raise Refused(
            "a port is a number from 1 to 65535 (a / or : in a password is written %2F, %3A)"
        )
    return number


def credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    """Give user and password, each where it is named."""
    user, password = parts.username, parts.password
    if user == "" or (parts.netloc.count("@") > 1):
        raise Refused("before the @ of a URL stands user:password; another @ is written %40")
    return (user and decoded(user)), (password and decoded(password))


def decoded(text: str) -> str:
    """Read %XX; raises Refused where anything but visible ASCII comes out."""
    try:
        plain = unquote(text, errors="strict")
    except UnicodeDecodeError:
        plain = "\N{REPLACEMENT CHARACTER}"
    if not plain.isascii() or not plain.isprintable():
        raise Refused("user, password and addresses are visible ASCII characters, %XX where needed")
    return plain
