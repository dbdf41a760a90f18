"""The head of the record as a short code, kept outside of it: it shows what was changed since.

1234-9f3a-77c1-0b2e-5d10     the number of the last fact, and 64 bits over all up to it
"""

import hashlib
import re
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from monitor.errors import BadOption, OutsideError
from monitor.store import chain, locks

_FILE = "heads.txt"  # beside the backups, one line each; nothing is removed from it
_CODE = re.compile(r"(\d+)(?:-([0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})|:([0-9a-f]{64}))")


def code_of(event: int, digest: str) -> str:
    """Write a head as its code."""
    return "-".join([str(event), *(digest[place : place + 4] for place in range(0, 16, 4))])


def code_now(connection: Connection) -> str:
    """Work out the code of the whole record; who is recording is waited for."""
    locks.hold_numbers(connection)
    total, event = hashlib.sha256(), 0
    for row in chain.in_order(connection):
        total.update(str(row.digest).encode(errors="surrogatepass"))
        event = row.event
    return code_of(event, total.hexdigest())


def parse(head: str) -> tuple[int, str]:
    """Read a code, or a head written in full: the number, and the beginning of the digest."""
    found = _CODE.fullmatch(head.strip().casefold())
    if found is None:
        raise BadOption(
            "--head",
            f"'{head}' is not a head; write what an earlier db verify reported, "
            "or the code of a daily message or of heads.txt",
        )
    return int(found[1]), (found[2] or found[3]).replace("-", "")


def keep(folder: Path, code: str, about: str, *, now: datetime) -> None:
    """Add a code to the list that stands beside the backups."""
    try:
        with (folder / _FILE).open("a", encoding="utf-8") as file:
            file.write(f"{now:%Y-%m-%dT%H:%M:%SZ} {code} {about}\n")
        (folder / _FILE).chmod(0o600)
    except OSError as fault:
        raise OutsideError(f"cannot write {folder / _FILE}: {fault.strerror}") from fault
