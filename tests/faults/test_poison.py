"""Every column of every table is damaged in five ways: it hurts only its own, and is named.

Three patients have a nurse each; to each something was sent, and something is owed. A cell of the
first patient's rows (or of a row that all share) is damaged behind the program's back. Then nobody
else's message is late by more than a pass, and `db verify` and `doctor` name the damage.
`MONITOR_POISON=all pytest -m faults tests/faults/test_poison.py -s` (or a number) tries all, and
prints the counts; else a few are tried, others each time.
"""

import os
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import policy
from monitor.delivery.tick import tick
from monitor.service import queries
from monitor.service.doctor import examine
from monitor.service.verifying import verify
from monitor.store import engine as database
from monitor.store.tables import metadata
from tests import postgresql
from tests.delivery.conftest import empty_database, http_sink, owe, start, ward  # noqa: F401
from tests.delivery.ward import patient_lines

pytestmark = [pytest.mark.faults, postgresql.sqlite_only]

NOW = datetime(2023, 2, 20, 10, 0, tzinfo=UTC)
FEW = 40
WAYS = ("null", "empty", "no text", "absurd", "another row's")
# Whose row is damaged; what has no patient is shared by all.
ROWS = {
    "patient": "id = 'P-1'",
    "message": "recipient = 'Ward P-1' AND state = 'owed'",
    "attempt": "message IN (SELECT key FROM message WHERE recipient = 'Ward P-1')",
    "protocol": "1",
    "evaluation": "1",
    "beat": "1",
}
# What is worked out anew by the next pass without having hurt anybody, and cells of which any
# value is as good: nothing needs to name them.
HARMLESS = {
    ("look", "fault"): "words about the last look; the next one writes them anew",
    ("look", "next_at"): "another moment within a day is as good",
    ("look", "known"): "another event of the record is as good",
    ("message", "rank"): "an order within one pass",
    ("message", "next_at"): "another moment within a day is as good",
    ("message", "token"): "a number that only grows",
    ("message", "tries"): "a number that only grows",
    ("beat", "policy"): "another policy has everybody looked at anew",
    ("beat", "at"): "another moment is the clock's doing",
    ("evaluation", "program"): "another program has everybody worked out anew",
    ("evaluation", "after"): "everybody is worked out anew",
    ("damage", "*"): "words for people",
}


def trials() -> list[tuple[str, str, str]]:
    every = [
        (table.name, column.name, way)
        for table in metadata.sorted_tables
        if table.name != "damage"
        for column in table.columns
        for way in WAYS
    ]
    wanted = os.environ.get("MONITOR_POISON", FEW)
    return every if wanted == "all" else random.sample(every, int(wanted))


@pytest.fixture
def prepared(ward, http_sink, owe, tmp_path):  # noqa: F811
    names = ("P-1", "P-2", "P-3")
    ward.load(*(patient_lines(who) for who in names))
    for who in names:
        ward.contact(http_sink.url, who, name=f"Ward {who}")
    ward.tick("2023-01-20")
    owe(NOW.isoformat())
    http_sink.requests.clear()
    return tmp_path / "clinic.db"


def poison(path: Path, table: str, column: str, way: str) -> bool:
    """Damage a cell; says whether the database let it be done."""
    with closing(sqlite3.connect(path)) as db:
        kept = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        for name in kept:
            db.execute(f"DROP TRIGGER {name}")
        (made,) = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        if way == "null":
            rewrite(db, table, made.replace(" NOT NULL", ""))
    with closing(sqlite3.connect(path)) as db:
        where = ROWS.get(table, "patient = 'P-1'")
        (row,) = db.execute(f"SELECT min(rowid) FROM {table} WHERE {where}").fetchone()
        (before,) = db.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()
        other = db.execute(
            f"SELECT {column} FROM {table} WHERE {column} IS NOT ? AND NOT ({where})", (before,)
        ).fetchone()
        absurd = "-7" if isinstance(before, int) else "'zz\x1b absurd'"
        value = {
            "null": "NULL",
            "empty": "''",
            "no text": "CAST(x'fffe2d80' AS TEXT)",
            "absurd": absurd,
            "another row's": "?",
        }[way]
        given = (other[0],) if way == "another row's" and other else ()
        try:
            if way == "another row's" and not other:
                return False
            db.execute(f"UPDATE {table} SET {column} = {value} WHERE rowid = ?", (*given, row))
            db.commit()
            (after,) = db.execute(
                f"SELECT CAST({column} AS BLOB) FROM {table} WHERE rowid = ?", (row,)
            ).fetchone() or (b"moved",)
            done = after != (None if before is None else str(before).encode())
        except sqlite3.IntegrityError:
            return False
        finally:
            if way == "null":
                rewrite(db, table, made)
            for sql in kept.values():
                db.execute(sql)
            db.commit()
    return done


def rewrite(db: sqlite3.Connection, table: str, sql: str) -> None:
    db.execute("PRAGMA writable_schema=ON")
    db.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (sql, table))
    db.commit()


def test_a_damaged_cell_hurts_only_what_it_is_about_and_is_named(prepared, http_sink, tmp_path):  # noqa: F811
    rules = policy.load(None)
    wanted = keys_of_others(prepared)
    assert len(wanted) == 2
    memory = Path("/dev/shm")  # a database for each cell: on a disk most of the time is waiting
    copies = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else tmp_path))
    counts, wrong = Counter(), []
    for number, (table, column, way) in enumerate(trials()):
        path = copies / f"{number}.db"
        shutil.copy(prepared, path)
        if not poison(path, table, column, way):
            counts["refused by the database, or no other value"] += 1
            path.unlink()
            continue
        queries._READ.clear()
        http_sink.requests.clear()
        engine = database.open_engine(database.parse_url(f"sqlite:///{path}"))
        try:
            verified, found = named_by_verify(engine, NOW), named_by_doctor(engine, NOW)
            for later in (timedelta(), timedelta(minutes=1)):
                tick(engine, rules, lambda later=later: NOW + later)
            sent = {one["body"]["key"] for one in http_sink.requests}
            if not found:
                found = named_by_doctor(engine, NOW + timedelta(minutes=1))
            if not found:  # what was settled is checked within a day
                tick(engine, rules, lambda: NOW + timedelta(hours=27))
                found = named_by_doctor(engine, NOW + timedelta(hours=27))
        except Exception as fault:
            wrong.append(f"{table}.{column} {way}: {type(fault).__name__}: {fault}")
            continue
        finally:
            engine.dispose()
            path.unlink()
        counts["damaged"] += 1
        harmless = (table, column) in HARMLESS
        if not wanted <= sent:
            wrong.append(f"{table}.{column} {way}: others were not told")
        if not verified and not harmless:
            wrong.append(f"{table}.{column} {way}: db verify says nothing")
        if not found and not harmless:
            wrong.append(f"{table}.{column} {way}: doctor says nothing")
        counts["named by db verify"] += bool(verified)
        counts["named by doctor"] += bool(found)
    shutil.rmtree(copies)
    print("\n" + "\n".join([f"{what}: {count}" for what, count in counts.items()] + wrong))
    assert wrong == []


def keys_of_others(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as db:
        query = "SELECT key FROM message WHERE state = 'owed' AND recipient <> 'Ward P-1'"
        return {key for (key,) in db.execute(query)}


def named_by_verify(engine, now: datetime) -> set[str]:
    with database.reading(engine) as connection:
        found = verify(connection, now=now)
    return {*found.faults, *found.set_aside}


def named_by_doctor(engine, now: datetime) -> set[str]:
    """Give what doctor names; what a sound clinic has too is left out."""
    with database.reading(engine) as connection:
        return {
            one.name
            for one in examine(connection, now=now)
            if not one.well and one.name not in ("outbox", "beat")
        }
