"""Open the database. All differences between databases live here.

SQLite: `journal_mode=TRUNCATE` (docs/decisions/0010) and `synchronous=FULL`, because the SQLite
that ships with most Pythons can lose commits in WAL mode (its versions up to 3.51.2); writers
begin IMMEDIATE, because a deferred transaction that upgrades its lock fails at once, timeout or
not.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import StaticPool

from monitor.errors import OutsideError, Refused

BUSY_SECONDS = 30
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


def parse_url(text: str) -> URL:
    """Read a database URL; raises Refused with an example."""
    try:
        url = make_url(text)
        url.get_dialect()
    except (ArgumentError, ImportError) as fault:
        raise Refused(
            f"'{text}' is no database URL; write for instance sqlite:///clinic.db"
        ) from fault
    return url


def database_file(url: URL) -> Path | None:
    """Find the file of a SQLite database; None in memory or on a server."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database)).expanduser()


def exists(url: URL) -> bool:
    """Say whether there is a database to ask."""
    path = database_file(url)
    if path is None:
        return url.get_backend_name() != "sqlite"
    return path.exists() and path.stat().st_size > 0


def prepare(url: URL) -> None:
    """Make the file of a new SQLite database readable by its owner only, an empty one too."""
    path = database_file(url)
    if path is None:
        return
    try:
        if path.exists():
            if path.stat().st_size == 0:
                path.chmod(0o600)
            return
        if not path.parent.exists():
            path.parent.mkdir(mode=0o700, parents=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as fault:
        raise OutsideError(f"cannot create {path}: {fault.strerror}") from fault


def open_engine(url: URL) -> Engine:
    """Open a database; connections begin as the work asks (see `writing` and `reading`)."""
    path = database_file(url)
    if url.get_backend_name() != "sqlite":
        try:
            return create_engine(url)
        except ModuleNotFoundError as fault:
            raise OutsideError(f"the driver {fault.name} is not installed") from fault
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
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that only reads, and sees one state throughout."""
    with said_plainly(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def said_plainly(engine: Engine) -> Iterator[None]:
    """Turn what the database's driver raises into one line for people."""
    try:
        yield
    except DBAPIError as fault:
        where = engine.url.render_as_string(hide_password=True)
        raise OutsideError(f"the database {where} did not do it: {fault.orig}") from fault


def outage(fault: BaseException | None) -> DBAPIError | None:
    """Find out whether disk, lock or connection failed, rather than what was asked of them.

    The transaction is then of no more use: SQLite may have rolled it back.
    """
    while fault is not None:
        if isinstance(fault, DBAPIError):
            code = getattr(fault.orig, "sqlite_errorcode", None)
            if fault.connection_invalidated or (code is not None and code & 0xFF in _OUTAGES):
                return fault
        fault = fault.__context__
    return None


def foreign_keys(connection: Connection, *, enforced: bool) -> None:
    """Switch the enforcement of foreign keys, outside a transaction (SQLite only)."""
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(f"PRAGMA foreign_keys={'ON' if enforced else 'OFF'}")


def number_on(connection: Connection, column: Column[int], last: int) -> None:
    """Have numbers given on from one that was brought along; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(column.table.name, column.name)
        connection.execute(select(func.setval(sequence, last)))


def _on_connect(driver: Any, _record: object) -> None:
    driver.isolation_level = None  # the driver's own transactions are off; `_on_begin` sends BEGIN
    cursor = driver.cursor()
    cursor.execute("PRAGMA journal_mode=TRUNCATE")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # Else INSERT OR REPLACE would delete a fact without asking the triggers.
    cursor.execute("PRAGMA recursive_triggers=ON")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED")
