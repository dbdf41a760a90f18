"""How programs share one database: who waits for whom.

With SQLite a writer has the whole database for itself, and nothing of this is needed. On a server
writers hold what they change until they commit, always in this order, so that no two wait for
each other: a patient, that patient's next look, recipients' addresses, messages.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import Column, Connection, Engine, Select, Table, cast, func, insert, select
from sqlalchemy.types import BigInteger

from monitor.store.engine import is_server, reading, said_plainly
from monitor.store.tables import patient

_NUMBERS = "the numbers of facts"
_CLOCKS_APART = timedelta(seconds=5)  # so much the clocks of several machines may differ


def is_shared(connection: Connection) -> bool:
    """Say whether this transaction writes beside others."""
    return is_server(connection) and bool(connection.get_execution_options().get("writes"))


def hold_patient(connection: Connection, who: str) -> None:
    """Hold a patient's record: who writes about the same patient waits, others do not."""
    hold_rows(connection, select(patient.c.id).where(patient.c.id == who))


def hold_rows(connection: Connection, query: Select[Any]) -> None:
    """Hold the rows that a query finds, in its order, until the transaction ends."""
    if is_shared(connection):
        connection.execute(query.with_for_update(key_share=True)).all()


def hold(connection: Connection, names: Iterable[str]) -> None:
    """Hold things that have no row yet, by their names, until the transaction ends."""
    if is_shared(connection):
        from sqlalchemy.dialects.postgresql import ARRAY  # takes long, and a file needs it not

        keys = sorted({_key(name) for name in names})
        each = func.unnest(cast(keys, ARRAY(BigInteger))).column_valued("each")
        connection.execute(select(func.pg_advisory_xact_lock(each))).all()


def clock_tolerance(connection: Connection) -> timedelta:
    """Say how far behind the last heartbeat a clock may be and be right."""
    return _CLOCKS_APART if is_server(connection) else timedelta(0)


def hold_numbers(connection: Connection) -> None:
    """Wait for whoever is recording, and let nobody begin to until the transaction ends."""
    hold(connection, [_NUMBERS])


def numbers(connection: Connection, column: Column[int]) -> Iterator[int]:
    """Give numbers for new rows, each once, and growing along the record of whom one holds.

    On a server nobody waits for a number; a transaction that fails leaves a gap.
    """
    if not is_server(connection):
        yield from count((connection.execute(select(func.max(column))).scalar() or 0) + 1)
    connection.execute(select(func.pg_advisory_xact_lock_shared(_key(_NUMBERS))))
    sequence = func.pg_get_serial_sequence(column.table.name, column.name)
    while True:
        yield int(connection.execute(select(func.nextval(sequence))).scalar_one())


@contextmanager
def reading_whole_log(engine: Engine) -> Iterator[Connection]:
    """Read a state in which no fact is missing that has a lower number than one that is there.

    Whoever is recording is waited for, and whoever begins to waits for a moment.
    """
    with (
        said_plainly(engine),
        _held(engine, _NUMBERS) if is_server(engine) else nullcontext() as held,
        reading(engine) as connection,
    ):
        connection.execute(select(1))  # now it is decided which state is read
        if held is not None:
            held.rollback()
        yield connection


@contextmanager
def alone(engine: Engine, name: str) -> Iterator[None]:
    """Keep other programs on a server from doing at the same time what bears this name."""
    with _held(engine, name) if is_server(engine) else nullcontext():
        yield


@contextmanager
def _held(engine: Engine, name: str) -> Iterator[Connection]:
    with engine.connect() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(_key(name))))
        yield connection


def add_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows but those for which another writer was quicker; says how many were inserted."""
    if not is_server(connection):
        connection.execute(insert(table), rows)
        return len(rows)
    from sqlalchemy.dialects.postgresql import insert as insert_on_server

    added = insert_on_server(table).on_conflict_do_nothing().returning(*table.primary_key)
    return len(connection.execute(added, rows).all())


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
