"""The texts of protocols that courses are pinned to: kept once, changed never."""

from sqlalchemy import Connection, select

from monitor.store import locks
from monitor.store.engine import read_all
from monitor.store.tables import protocol


def keep(connection: Connection, *, digest: str, name: str, version: str, text: str) -> None:
    """Keep the text of a protocol that a course is pinned to, once."""
    if kept(connection, digest) is None:
        values = {"digest": digest, "name": name, "version": version, "text": text}
        locks.add_new(connection, protocol, [values])


def kept(connection: Connection, digest: str) -> tuple[str, str] | None:
    """Find the name and text of a pinned protocol."""
    query = select(protocol.c.name, protocol.c.text).where(protocol.c.digest == digest)
    found = read_all(connection, query)
    return (found[0].name, found[0].text) if found else None


def is_another_kept(connection: Connection, name: str, version: str, digest: str) -> bool:
    """Say whether another text is kept under a name and version."""
    of_name = (protocol.c.name == name) & (protocol.c.version == version)
    query = select(protocol.c.digest).where(of_name & (protocol.c.digest != digest))
    return connection.execute(query.limit(1)).first() is not None
