"""Every column of every table is damaged in five ways, and rows go: it hurts its own, and is named.

Two patients have a nurse each; to each something was sent, and something is owed. A cell of the
first patient's rows (or of a row that all share) is damaged behind the program's back. Then nobody
else's message is late by more than a pass, and `db verify` and `doctor` name the damage.
`MONITOR_POISON=all pytest -m faults tests/faults/test_poison.py -s` (or a number for each table)
tries all, and prints the counts; else a few are tried, others each time.
"""

import os
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Set
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, Engine, NullPool, Table, create_engine, text
from sqlalchemy.exc import DBAPIError

from monitor import policy
from monitor.delivery.tick import tick
from monitor.service import queries
from monitor.service.doctor import examine
from monitor.service.verifying import verify
from monitor.store import engine as database_engine
from monitor.store.events import moment_text
from monitor.store.tables import metadata
from tests import postgresql
from tests.behind import behind
from tests.delivery.ward import patient_lines

pytestmark = pytest.mark.faults

NOW = datetime(2023, 2, 20, 10, 0, tzinfo=UTC)
FEW = 4  # of each table
WAYS = ("null", "empty", "no text", "absurd", "another row's")
DELETED = "deleted"
PASSES = (timedelta(), timedelta(minutes=1), timedelta(hours=27))  # the last checks what is settled
_OF_MESSAGES = "message IN (SELECT key FROM message WHERE recipient = 'Ward P-1' AND state = '{}')"
# Whose rows are damaged; what has no patient is shared by all.
ROWS = {
    "patient": ["id = 'P-1'"],
    "message": [f"recipient = 'Ward P-1' AND state = '{state}'" for state in ("owed", "sent")],
    "reminder": [_OF_MESSAGES.format(state) for state in ("owed", "sent")],
    "attempt": [_OF_MESSAGES.format("sent")],
    "protocol": ["1 = 1"],
    "evaluation": ["1 = 1"],
    "beat": ["1 = 1"],
    "damage": ["1 = 1"],
}
# Nothing follows from these that a person would have to mend; why. Some are so in one way alone.
HARMLESS = {
    ("look", "next_at", "empty"): "the patient is looked at at once",
    ("look", "next_at", "another row's"): "the patient is looked at within a day all the same",
    ("look", "known", "another row's"): "the next look says anew up to where all was seen",
    ("message", "rank", "another row's"): "another order of sending",
    ("message", "token", "another row's"): "the next lease has another number",
    ("message", "tries", "another row's"): "it is tried a few times more or less",
    **{("message", "next_at", way): "of what is settled it is never read" for way in WAYS},
    ("reminder", DELETED): "of what is settled: its message says that it was sent, and to whom",
    ("beat", DELETED): "the next pass leaves one; until then doctor says that nobody has sent",
    ("damage", DELETED): "what it told of is mended already; nobody can know that it was there",
    ("damage", "kept"): "only people who look into a damage read it; each line has its own digest",
}
# Of what is settled doctor does not go through all: that would grow with the clinic's age.
ONLY_VERIFY = {("message", "key"), ("reminder", "patient"), ("reminder", "message")}
ONLY_DOCTOR = {
    ("look", "fault"): "why a look failed, for doctor to say; the next look writes it anew",
    ("evaluation", "program"): "another program's, or none's: everybody is worked out anew",
    ("evaluation", "after"): "from the beginning: everybody is worked out anew",
    ("evaluation", DELETED): "the same",
}


class Cell(NamedTuple):
    """What is damaged, and how."""

    table: str
    where: str
    column: str
    way: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column} ({self.where}) {self.way}"


class Seen(NamedTuple):
    """What verify and doctor named besides the usual, and whether others were told in time."""

    verified: set[str]
    found: set[str]
    is_told: bool


def trials(table: Table) -> list[Cell]:
    every = []
    for where in ROWS.get(table.name, ["patient = 'P-1'"]):
        cells = [Cell(table.name, where, c.name, way) for c in table.columns for way in WAYS]
        every += [*cells, Cell(table.name, where, "*", DELETED)]
    wanted = os.environ.get("MONITOR_POISON", FEW)
    return every if wanted == "all" else random.sample(every, min(int(wanted), len(every)))


@pytest.fixture
def prepared(ward, http_sink, owe, database):
    names = ("P-1", "P-2")
    ward.load(*(patient_lines(who) for who in names))
    for who in names:
        ward.contact(http_sink.url, who, name=f"Ward {who}")
    ward.tick("2023-01-20")
    owe(NOW.isoformat())
    with behind(database) as connection:
        note = "INSERT INTO damage (what, why, found_at) VALUES ('the beat', 'it is none', :at)"
        connection.execute(text(note), {"at": moment_text(NOW - timedelta(days=1))})
    return database


@pytest.fixture
def copies(tmp_path):
    """Give a way to open a copy of a database: for each cell one, in memory where there is any."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else tmp_path))

    @contextmanager
    def copied(url: str) -> Iterator[str]:
        if postgresql.URL:
            copy = postgresql.create(postgresql.name_of(url))
            yield copy
            postgresql.drop(copy)
        else:
            file = shutil.copy(url.removeprefix("sqlite:///"), folder / "clinic.db")
            yield f"sqlite:///{file}"
            file.unlink()

    yield copied
    shutil.rmtree(folder)


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


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_a_damaged_cell_hurts_only_what_it_is_about_and_is_named(
    table, prepared, http_sink, copies
):
    wanted = keys_of_others(prepared)
    assert wanted
    with copies(prepared) as url:
        seen = looked_into(url, http_sink, wanted)
    usual = seen.verified | seen.found
    assert seen.is_told
    counts, wrong = Counter(), []
    for cell in trials(table):
        with copies(prepared) as url:
            if not poison(url, cell):
                counts["refused by the database, or no other value"] += 1
                continue
            queries._READ.clear()
            http_sink.requests.clear()
            try:
                verified, found, is_told = looked_into(url, http_sink, wanted, usual)
            except Exception as fault:
                wrong.append(f"{cell}: {type(fault).__name__}: {fault}")
                continue
        counts["damaged"] += 1
        if not is_told:
            wrong.append(f"{cell}: others were not told")
        column = DELETED if cell.way == DELETED else cell.column
        about = {(cell.table, column), (cell.table, column, cell.way)}
        harmless = about & HARMLESS.keys()
        if not verified and not harmless and not about & ONLY_DOCTOR.keys():
            wrong.append(f"{cell}: db verify says nothing")
        if not found and not harmless and not about & ONLY_VERIFY:
            wrong.append(f"{cell}: doctor says nothing")
        counts["named by db verify"] += bool(verified)
        counts["named by doctor"] += bool(found)
    print("\n" + "\n".join([f"{table}: {dict(counts)}", *wrong]), flush=True)
    assert wrong == []


def looked_into(url: str, sink, wanted: set[str], usual: Set[str] = frozenset()) -> Seen:
    """Ask verify and doctor, then pass until others were told and the doctor named something."""
    rules, is_told = policy.load(None), False
    engine = database_engine.open_engine(database_engine.parse_url(url))
    try:
        verified = named_by_verify(engine, NOW) - usual
        found = named_by_doctor(engine, NOW) - usual
        for later in PASSES:
            tick(engine, rules, lambda later=later: NOW + later)
            sent = {one["body"]["key"] for one in sink.requests}
            is_told = is_told or (later != PASSES[-1] and wanted <= sent)
            found = found or named_by_doctor(engine, NOW + later) - usual
            if is_told and found:
                break
    finally:
        engine.dispose()
    return Seen(verified, found, is_told)


def keys_of_others(url: str) -> set[str]:
    with behind(url) as connection:
        query = "SELECT key FROM message WHERE state = 'owed' AND recipient <> 'Ward P-1'"
        return set(connection.execute(text(query)).scalars())


def named_by_verify(engine: Engine, now: datetime) -> set[str]:
    with database_engine.reading(engine) as connection:
        found = verify(connection, now=now)
    return {*found.faults, *found.set_aside.lines()}


def named_by_doctor(engine: Engine, now: datetime) -> set[str]:
    """Give what doctor names; that messages wait, and the beat is old, a sound clinic has too."""
    with database_engine.reading(engine) as connection:
        return {
            f"{one.name}: {one.message}"
            for one in examine(connection, now=now)
            if not one.well and one.name not in ("outbox", "beat")
        }
