"""Who is on record: under whatever name, and by the ids that senders gave to facts."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from monitor.store.engine import parts, read_all
from monitor.store.tables import fact, patient


def everybody(connection: Connection) -> list[str]:
    """List whoever has a fact or a head of a chain, under whatever name: nobody is left out."""
    found = {row.id for row in read_all(connection, select(patient.c.id))}
    found |= {row.patient for row in read_all(connection, select(fact.c.patient).distinct())}
    return sorted(map(str, found))


def whose(connection: Connection, ids: Iterable[str]) -> dict[str, set[str]]:
    """Find of whom there are facts with these ids of senders."""
    found: dict[str, set[str]] = {}
    for some in parts(sorted(ids)):
        query = select(fact.c.sender_id, fact.c.patient).where(fact.c.sender_id.in_(some))
        for name, who in connection.execute(query).all():
            found.setdefault(name, set()).add(who)
    return found
