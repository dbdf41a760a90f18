"""The chain of digests over each patient's facts: an edited, removed or moved row breaks it."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, exists, func, select
from sqlalchemy.exc import DBAPIError

from monitor.store.clinic import CLINIC
from monitor.store.engine import is_server, let_others_write, parts, read_all, told_by
from monitor.store.shape import shape_faults
from monitor.store.soundness import is_clean
from monitor.store.tables import fact, patient, protocol
from monitor.store.triggers import integrity_faults

FIRST_DIGEST = "0" * 64
_PIECE = 5000  # facts that are read at once

COLUMNS = (
    fact.c.event,
    fact.c.patient,
    fact.c.position,
    fact.c.kind,
    fact.c.happened_on,
    fact.c.recorded_at,
    fact.c.recorded_by,
    fact.c.corrects,
    fact.c.sender_id,
    fact.c.body,
    fact.c.digest,
    fact.c.login,
)


def chained(before: str, values: dict[str, Any]) -> str:
    """Take the digest of a row together with the digest before it.

    Bytes, which only damage makes of a text, are written so that no digest fits them. Who was
    logged in counts where it is known: facts of earlier programs do not say it.
    """
    counted = [v for name, v in values.items() if name != "login" or v is not None]
    text = _write([before, *counted])
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def head(connection: Connection, who: str) -> tuple[int, str] | None:
    """Give where a patient's chain ends: its last position and digest."""
    query = select(patient.c.position, patient.c.digest).where(patient.c.id == who)
    found = read_all(connection, query)
    return (found[0].position, found[0].digest) if found else None


def in_order(connection: Connection) -> Iterator[Any]:
    """Go through all facts in the order of their numbers: number and digest."""
    # From the least there is, which damage may have made less than 1.
    ends = select(func.min(fact.c.event), func.max(fact.c.event))
    after, last = connection.execute(ends).one()
    while after is not None:
        let_others_write(connection)
        query = select(fact.c.event, fact.c.digest).where(fact.c.event.between(after, last))
        rows = connection.execute(query.order_by(fact.c.event).limit(_PIECE)).all()
        yield from rows
        after = rows[-1].event + 1 if len(rows) == _PIECE else None


def lost_facts(connection: Connection) -> list[str]:
    """Say how many facts were taken out: a file numbers them without a gap, and knows the last.

    On a server a number that was given and not used is gone.
    """
    if is_server(connection):
        return []
    query = (
        "SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'fact'),"
        " (SELECT max(event) FROM fact), (SELECT count(*) FROM fact)"
    )
    given, last, there = connection.exec_driver_sql(query).one()
    lost = max([0, *(number for number in (given, last) if _is_number(number))]) - there
    if lost <= 0:
        return []
    words = "fact that was recorded is" if lost == 1 else "facts that were recorded are"
    return [f"{lost} {words} not there any more"]


def faults_by_patient(connection: Connection) -> tuple[dict[str, list[str]], list[str]]:
    """Check every patient's chain; gives the faults by patient, and all patients."""
    known = dict.fromkeys(row.id for row in read_all(connection, select(patient.c.id)))
    first = func.min(fact.c.event).label("first")
    strays = select(fact.c.patient, first).group_by(fact.c.patient)
    # Whose these are is not said: what stands there may be anything.
    broken = {
        f"event {row.first}": ["it is of a patient who is not on record"]
        for row in read_all(connection, strays)
        if row.patient not in known
    }
    for who in known:
        let_others_write(connection)
        found = _faults_of(connection, who)
        if found:
            broken[named(connection, who)] = found
    return broken, sorted(named(connection, who) for who in known if who != CLINIC)


def broken(connection: Connection, those: Iterable[str]) -> Iterator[tuple[str, str]]:
    """List of some patients those whose chain is broken, and say so."""
    for who in sorted(those):
        let_others_write(connection)
        if faults := _faults_of(connection, who):
            yield who, broken_words(connection, who, faults)


def broken_words(connection: Connection, who: str, faults: Sequence[str]) -> str:
    """Say that a patient's record is damaged, by the first of its faults."""
    whose = f"the record of {named(connection, who)}"
    return f"{whose} is damaged: {faults[0]}; type: monitor db verify"


def named(connection: Connection, who: object) -> str:
    """Name a patient, but where the identifier itself may be damaged: then a fact is nobody's."""
    if not isinstance(who, str) or not is_clean(who):
        return "a patient"
    one = select(fact.c.event).limit(1)
    if connection.execute(one.where(fact.c.patient == who)).first() is not None:
        return who
    is_nobodys = ~exists().where(patient.c.id == fact.c.patient)
    is_lost = connection.execute(one.where(is_nobodys)).first() is not None
    return "a patient" if is_lost else who


def on_record(connection: Connection, those: Iterable[str]) -> set[str]:
    """Give of some identifiers those of patients on record."""
    found = set[str]()
    for some in parts(sorted(who for who in those if is_clean(who))):
        query = select(patient.c.id).where(patient.c.id.in_(some))
        found |= set(connection.execute(query).scalars())
    return found


def has_unnamed(connection: Connection) -> bool:
    """Say whether a patient is on record whose identifier cannot be read."""
    return not all(is_clean(row.id) for row in read_all(connection, select(patient.c.id)))


def count_strays(connection: Connection) -> int:
    """Count the chains that lead to no patient on record: nobody looks at whoever they are of.

    Each pass asks: it goes from one chain to the next in the index, and not through all facts.
    """
    query = (
        "WITH RECURSIVE chains (who) AS (SELECT min(patient) FROM fact UNION ALL"
        " SELECT (SELECT min(patient) FROM fact WHERE patient > who) FROM chains"
        " WHERE who IS NOT NULL) SELECT count(*) FROM chains WHERE who IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM patient WHERE id = who)"
    )
    return int(connection.exec_driver_sql(query).scalar_one())


def _faults_of(connection: Connection, who: object) -> list[str]:
    if not isinstance(who, str) or not is_clean(who):
        return ["the identifier is not a text"]
    try:
        return chain_faults(read_raw(connection, who), head(connection, who))
    except DBAPIError as fault:
        return [f"the facts cannot be read: {told_by(fault)}"]


def kept_protocols(connection: Connection) -> list[Any]:
    """Read the protocols that courses are pinned to, as they are stored."""
    return read_all(connection, select(protocol).order_by(protocol.c.digest))


def read_raw(connection: Connection, who: str) -> list[Any]:
    """Read a patient's rows as they are stored, in the order of the chain."""
    query = select(*COLUMNS).where(fact.c.patient == who).order_by(fact.c.position)
    return list(connection.execute(query).all())


def chain_faults(rows: Sequence[Any], head: tuple[int, str] | None) -> list[str]:
    """List what is wrong with one patient's chain; only the first break of it is named."""
    before = FIRST_DIGEST
    for number, row in enumerate(rows, start=1):
        if row.position != number:
            at = row.position if _is_number(row.position) else "none"
            return [f"event {row.event} stands at position {at} instead of {number}"]
        values = dict(zip(_NAMES, row, strict=True))
        digest = values.pop("digest")
        if chained(before, values) != digest:
            return [f"event {row.event} is not what was recorded"]
        before = digest
    if head is None:
        return ["its end is not on record"] if rows else []
    if head != (len(rows), before):
        last = head[0] if _is_number(head[0]) else "none"
        return [f"the chain ends at position {len(rows)} instead of {last}"]
    return []


def _is_number(value: object) -> bool:
    return isinstance(value, int)


def database_faults(connection: Connection, *, settled: bool = True) -> list[str]:
    """Ask the database what is wrong with itself and with its whole schema.

    Without `settled` the tables of messages are left out: most of what they hold was sent long ago.
    """
    found = [*integrity_faults(connection, settled=settled), *shape_faults(connection)]
    return [f"database: {words}" for words in found]


# Made once: making it takes as long as writing a row.
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=repr).encode
_NAMES = [column.name for column in COLUMNS]
