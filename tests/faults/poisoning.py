"""Damage one cell or row of a database behind the program's back, past all that refuses it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, NullPool, Table, create_engine, text
from sqlalchemy.exc import DBAPIError

from tests import postgresql

WAYS = ("null", "empty", "no text", "absurd", "another row's")
DELETED = "deleted"
A_SECRET = "a secret"
SECRET = "s3cr3t-canary"
NOW = datetime(2023, 2, 20, 10, 0, tzinfo=UTC)


_OWN = "recipient = 'Ward P-1' AND "
_MESSAGES = {
    "routine": _OWN + "state = 'owed' AND urgency = 'routine'",
    "urgent": _OWN + "state = 'owed' AND urgency <> 'routine'",
    "sent": _OWN + "state = 'sent'",
}
_OF_THESE = {
    row: f"message IN (SELECT key FROM message WHERE {where})" for row, where in _MESSAGES.items()
}
# Which rows are damaged, and where they are; those that have no patient are shared by all.
ROWS = {
    "patient": {"P-1": "id = 'P-1'"},
    "fact": {"P-1": "patient = 'P-1'", "contact": "patient = 'P-1' AND kind = 'contact'"},
    "message": _MESSAGES,
    "reminder": _OF_THESE,
    "attempt": {row: _OF_THESE[row] for row in ("urgent", "sent")},
    **{name: {"shared": "1 = 1"} for name in ("protocol", "evaluation", "beat", "damage")},
}


class Cell(NamedTuple):
    """What is damaged, and how."""

    table: str
    row: str  # which of the patient's rows
    where: str
    column: str
    way: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column} ({self.row}) {self.way}"


def cells_of(table: Table, rows: dict[str, str], ways: Sequence[str] = WAYS) -> list[Cell]:
    """List what can be damaged in some rows of a table: row by row, where each is found."""
    found = []
    for row, where in rows.items():
        found += [Cell(table.name, row, where, c.name, way) for c in table.columns for way in ways]
        found.append(Cell(table.name, row, where, DELETED, DELETED))
    return found


def poison(url: str, cell: Cell) -> bool:
    """Damage a cell, or delete its row; says whether the database let it be done."""
    file = Path(url.removeprefix("sqlite:///"))
    made = without_null(file, cell.table) if cell.way == "null" and not postgresql.URL else None
    plain = create_engine(url, poolclass=NullPool)  # which asks for no keys, as most tools
    try:
        with plain.begin() as connection, defenceless(connection):
            return changed(connection, cell)
    except DBAPIError:
        return False
    finally:
        if made is not None:
            rewrite(file, cell.table, made)


def changed(connection: Connection, cell: Cell) -> bool:
    table, column, row = cell.table, cell.column, "ctid" if postgresql.URL else "rowid"
    find = text(f"SELECT {row} FROM {table} WHERE {cell.where} ORDER BY {row} LIMIT 1")
    mine = f"WHERE {row} = :row"
    values = {"row": connection.execute(find).scalar_one()}
    if cell.way == DELETED:
        return connection.execute(text(f"DELETE FROM {table} {mine}"), values).rowcount == 1
    bytes_of = f"CAST({column} AS {'TEXT' if postgresql.URL else 'BLOB'})"
    before, plain = connection.execute(
        text(f"SELECT {bytes_of}, {column} FROM {table} {mine}"), values
    ).one()
    is_number = isinstance(plain, int)
    if cell.way == "another row's":
        others = f"SELECT {column} FROM {table} WHERE NOT ({cell.where})"
        found = [one for one in connection.execute(text(others)).scalars() if one != plain]
        if not found:
            return False
        values["given"] = found[0]
    values_of = {
        "null": "NULL",
        "empty": "''",
        "no text": "CAST(x'fffe2d80' AS TEXT)",
        "absurd": "-7" if is_number else "'zz\x1b absurd'",
        "another row's": ":given",
        A_SECRET: f"'{SECRET}'",
    }
    set_to = f"UPDATE {table} SET {column} = {values_of[cell.way]} {mine} RETURNING {bytes_of}"
    return connection.execute(text(set_to), values).scalar_one() != before


@contextmanager
def defenceless(connection: Connection) -> Iterator[None]:
    """Switch off what refuses changes, as who may write can."""
    if postgresql.URL:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield
        return
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    kept = connection.execute(text(query)).all()
    for name, _ in kept:
        connection.execute(text(f"DROP TRIGGER {name}"))
    yield
    for _, sql in kept:
        connection.exec_driver_sql(sql)


def without_null(file: Path, table: str) -> str:
    """Have a table take NULL anywhere; gives how it was made."""
    with closing(sqlite3.connect(file)) as db:
        query = "SELECT sql FROM sqlite_master WHERE name = ?"
        (made,) = db.execute(query, (table,)).fetchone()
    rewrite(file, table, made.replace(" NOT NULL", ""))
    return str(made)


def rewrite(file: Path, table: str, sql: str) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA writable_schema=ON")
        db.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (sql, table))
        db.commit()
