"""Open the database. What differs: here, `servers`, `locks`, `notify` and `triggers`.

SQLite: `journal_mode=TRUNCATE` (docs/decisions/0010) and `synchronous=FULL`, because the SQLite
that ships with most Pythons can lose commits in WAL mode (its versions up to 3.51.2); writers
begin IMMEDIATE, because a deferred transaction that upgrades its lock fails at once, timeout or
not.

PostgreSQL (docs/decisions/0011): readers see one snapshot; writers see what is committed, and
queue per patient and per recipient (`sharing.py`). Texts are ordered by their bytes, as in SQLite.
"""

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnClause,
    Connection,
    Engine,
    Row,
    Select,
    String,
    Text,
    create_engine,
    event,
    func,
    literal_column,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import StaticPool

from monitor.errors import OutsideError, Refused
from monitor.store.servers import open_server

BUSY_SECONDS = 30
_PIECE_SECONDS = 0.25  # so long a reading may keep those who write to a file waiting
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+._-]+:")  # one letter alone is a disk's
_SECRETS = ("password", "passfile", "sslpassword", "oauth_client_secret",
            "scram_client_key", "scram_server_key")  # fmt: skip
# What may stand behind the `?` of a server's URL, for when its driver cannot be asked.
_OPTIONS = """
    application_name channel_binding client_encoding connect_timeout dbname
    fallback_application_name gssdelegation gssencmode gsslib host hostaddr keepalives
    keepalives_count keepalives_idle keepalives_interval krbsrvname load_balance_hosts
    max_protocol_version min_protocol_version oauth_client_id oauth_client_secret oauth_issuer
    oauth_scope options passfile password port replication require_auth requirepeer
    scram_client_key scram_server_key service ssl_max_protocol_version ssl_min_protocol_version
    sslcert sslcertmode sslcompression sslcrl sslcrldir sslkey sslkeylogfile sslmode
    sslnegotiation sslpassword sslrootcert sslsni target_session_attrs tcp_user_timeout user
"""
_SERVERS = {"postgresql": "postgresql+psycopg"}  # the one driver of each that is supported
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


def parse_url(text: str) -> URL:
    """Read a database: an URL, or the path of a file; raises Refused with an example."""
    if not _SCHEME.match(text):
        return _file_url(text)
    try:
        url = make_url(text)
        backend = url.get_backend_name()
        if backend in _SERVERS:
            url = _server_url(url.set(drivername=_SERVERS[backend]))
        elif url.drivername not in ("sqlite", "sqlite+pysqlite"):
            raise ArgumentError(backend)
    except (ArgumentError, ImportError, ValueError) as fault:
        without_secrets = re.sub(r"//.*@", "//***@", text)
        raise Refused(
            f"'{_plain(without_secrets)}' is no database URL; "
            "write for instance sqlite:///clinic.db, or the path of a file"
        ) from fault
    return url if backend in _SERVERS else _require_plain_file(url)


def _file_url(text: str) -> URL:
    """Take a path; nothing in it is special, as `?` and `%` are in an URL."""
    if not text.strip() or any(not character.isprintable() for character in text):
        raise Refused(f"'{_plain(text)}' is no name of a database; write for instance clinic.db")
    if re.match(r"[^/]*:[^/]*@", text):  # a login: an URL that lacks its beginning, and a secret
        raise Refused("'***@…' is no database URL; write for instance sqlite:///clinic.db")
    if text == ":memory:":
        raise Refused("':memory:' keeps nothing; write for instance clinic.db")
    return URL.create("sqlite", database=text)


def _require_plain_file(url: URL) -> URL:
    """Refuse what SQLite would read as something else than the name of a file."""
    name = url.database or ""
    odd = url.host or url.username or url.password or url.port or url.query
    if odd or name.startswith("file:") or not name.isprintable():
        raise Refused(
            f"'{_plain(shown(url))}' names more than a file; write for instance "
            "sqlite:///clinic.db, sqlite:////srv/clinic.db, or the path of the file"
        )
    return url


def _server_url(url: URL) -> URL:
    """Refuse what the driver would not take; raises ValueError."""
    if any(not part.isprintable() for part in (url.host or "", url.database or "")):
        raise ValueError
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import make_conninfo
    except ImportError:  # said, with what to install, when it is opened
        if set(url.query) - set(_OPTIONS.split()):
            raise ValueError from None
        return url
    try:
        words = {key: value for key, value in url.query.items() if isinstance(value, str)}
        make_conninfo("", **words)
    except ProgrammingError as fault:
        raise ValueError from fault
    return url


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)[:200]


def shown(url: URL) -> str:
    """Write a database's URL without its secrets."""
    query = {key: "***" if key in _SECRETS else value for key, value in url.query.items()}
    return url.set(query=query).render_as_string(hide_password=True)


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
    _require_regular(path)
    return path.exists() and path.stat().st_size > 0


def require_there(url: URL) -> None:
    """Refuse to open a database that is gone: SQLite would begin an empty one in its place."""
    if not exists(url):
        raise OutsideError(f"the database {shown(url)} is gone; put it back, or a backup of it")


def _require_regular(path: Path) -> None:
    """Refuse devices, pipes and folders: as root, a device's mode would change for everybody."""
    if path.exists() and not path.is_file():
        raise OutsideError(f"{path} is no file; write for instance clinic.db")


def prepare(url: URL) -> None:
    """Make the file of a new SQLite database readable by its owner only, an empty one too."""
    path = database_file(url)
    if path is None:
        return
    _require_regular(path)
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


def foreign_keys(connection: Connection, *, enforced: bool) -> None:
    """Switch the enforcement of foreign keys, outside a transaction (SQLite only)."""
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(f"PRAGMA foreign_keys={'ON' if enforced else 'OFF'}")


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
