"""Open the database. What differs: here, `servers`, `locks`, `notify` and `triggers`.

SQLite: `journal_mode=TRUNCATE` (docs/decisions/0010) and `synchronous=FULL`, because the SQLite
that ships with most Pythons can lose commits in WAL mode (its versions up to 3.51.2); writers
begin IMMEDIATE, because a deferred transaction that upgrades its lock fails at once, timeout or
not.

PostgreSQL (docs/decisions/0011): readers see one snapshot; writers see what is committed, and
queue per patient and per recipient (`locks.py`). Texts are ordered by their bytes, as in SQLite.
"""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnClause,
    Connection,
    Engine,
    Row,
    Select,
    String,
    Table,
    Text,
    create_engine,
    event,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import StaticPool

from monitor.errors import OutsideError
from monitor.store.servers import open_server
from monitor.store.urls import database_file, shown
from monitor.store.urls import parse_url as parse_url

BUSY_SECONDS = 30
_AT_ONCE = 500  # things that are asked about, or written, in one statement
_T = TypeVar("_T")
_PIECE_SECONDS = 0.25  # so long a reading may keep those who write to a file waiting
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
_UNREADABLE = re.compile(r"Could not decode to UTF-8 column '(\w+)'")
_OUTAGES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}


def word(length: int) -> String:
    """Make the type of a short text, ordered by its bytes in every database."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def inlined(value: str) -> ColumnClause[str]:
    """Write a value into the statement: only so a server sees that an index is of it."""
    return literal_column(f"'{value}'")


def open_engine(url: URL) -> Engine:
    """Open a database; connections begin as the work asks (see `writing` and `reading`)."""
    if url.get_backend_name() != "sqlite":
        return open_server(url, busy_seconds=BUSY_SECONDS)
    path = database_file(url)
    if path is None:
        engine = create_engine("sqlite://", poolclass=StaticPool)
    else:
        engine = create_engine(
            url.set(database=str(path)),
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that will write: all of it is stored, or nothing."""
    with (
        said_plainly(engine),
        engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        require = connection.get_execution_options().get("require")
        if require is not None:
            require(connection)
        yield connection


def require_always(engine: Engine, require: Callable[[Connection], None]) -> None:
    """Have every transaction that will write begin by making sure that it may."""
    engine.update_execution_options(require=require)


def let_others_write(connection: Connection) -> None:
    """Part a long reading of a file: whoever writes waits for a piece of it, not for all.

    What is read after this may be newer than what was read before. On a server nobody who writes
    waits for those who read.
    """
    if is_server(connection) or connection.get_execution_options().get("writes"):
        return
    now = time.monotonic()
    if now - connection.info.get("piece_began", 0.0) >= _PIECE_SECONDS:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN DEFERRED")
        connection.info["piece_began"] = now


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that only reads, and sees one state throughout."""
    with said_plainly(engine), engine.connect() as connection:
        if is_server(engine):
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with connection.begin():
            yield connection


def is_server(of: Engine | Connection) -> bool:
    """Say whether several programs may write at once: rows are locked, not the database."""
    return of.dialect.name != "sqlite"


@contextmanager
def said_plainly(engine: Engine) -> Iterator[None]:
    """Turn what the database's driver raises into one line for people."""
    try:
        yield
    except DBAPIError as fault:
        raise OutsideError(
            f"the database {shown(engine.url)} did not do it: {told_by(fault)}"
        ) from fault


def told_by(fault: DBAPIError) -> str:
    """Give the driver's own words in one line, without the values that a server may add."""
    unreadable = _UNREADABLE.match(str(fault.orig))
    if unreadable:  # the driver quotes what it could not read
        return f"a text in the column {unreadable[1]} cannot be read"
    diagnosis = getattr(fault.orig, "diag", None)
    words = getattr(diagnosis, "message_primary", None) or str(fault.orig)
    return " ".join(words.split()) if diagnosis is not None else words


def outage(fault: BaseException | None) -> DBAPIError | None:
    """Find out whether disk, lock or connection failed, rather than what was asked of them.

    The transaction is then of no more use: SQLite may have rolled it back.
    """
    while fault is not None:
        if isinstance(fault, DBAPIError):
            code = getattr(fault.orig, "sqlite_errorcode", None)
            if fault.connection_invalidated or (code is not None and code & 0xFF in _OUTAGES):
                return fault
            # Of a server: no connection, no room, shut down, a deadlock. Not: wrong values. A
            # file's errors all have codes; only what cannot be read as text comes without one.
            is_of_file = isinstance(fault.orig, sqlite3.Error)
            if not is_of_file and isinstance(fault, (OperationalError, InterfaceError)):
                return fault
        fault = fault.__context__
    return None


def planned_anew(query: Select[Any]) -> Select[Any]:
    """Have a server plan a question each time for the values that it is asked with.

    A question asked often is planned once for all: where patients have very many messages each,
    whole tables are then gone through for one who has a few.
    """
    return query.execution_options(planned_anew=True)


def read_all(connection: Connection, query: Select[Any]) -> list[Row[Any]]:
    """Read rows also where texts are damaged: what is no text comes with marks that show it."""
    try:
        return list(connection.execute(query).all())
    except DBAPIError as fault:
        if is_server(connection) or not _UNREADABLE.match(str(fault.orig)):
            raise
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.text_factory = lambda text: text.decode(errors="surrogateescape")
    try:
        return list(connection.execute(query).all())
    finally:
        driver.text_factory = str


def parts(names: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Cut a list into pieces that one query takes."""
    for first in range(0, len(names), _AT_ONCE):
        yield names[first : first + _AT_ONCE]


def add(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, where there are any."""
    if rows:
        connection.execute(insert(table), rows)


def number_on(connection: Connection, column: Column[int], last: int) -> None:
    """Have numbers given on from one that was brought along; SQLite does so by itself."""
    if is_server(connection):
        sequence = func.pg_get_serial_sequence(column.table.name, column.name)
        connection.execute(select(func.setval(sequence, last)))


def _on_connect(driver: Any, _record: object) -> None:
    driver.isolation_level = None  # the driver's own transactions are off; `_on_begin` sends BEGIN
    cursor = driver.cursor()
    if _may_choose_journal(cursor):
        cursor.execute("PRAGMA journal_mode=TRUNCATE")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # Else INSERT OR REPLACE would delete a fact without asking the triggers.
    cursor.execute("PRAGMA recursive_triggers=ON")
    cursor.close()


def _may_choose_journal(cursor: Any) -> bool:
    """Leave another program's write-ahead log as it is: a question must change nothing."""
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        return True  # this connection's own, and written nowhere
    ours = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    return cursor.execute(ours).fetchone() is not None


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED")
