"""A backup is copied in steps: whoever records meanwhile waits for a step, and not for all."""

import sqlite3
from contextlib import closing

import pytest

from monitor.store import backup
from monitor.store import engine as databases
from tests import postgresql

pytestmark = postgresql.sqlite_only
ROWS = 400  # each more than a page


@pytest.fixture
def large(tmp_path):
    path = tmp_path / "clinic.db"
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE letters (text)")
        made.executemany("INSERT INTO letters VALUES (?)", [("x" * 4000,)] * ROWS)
        made.commit()
    return path


def test_who_records_while_a_backup_is_copied_waits_for_a_step_only(large, monkeypatch, tmp_path):
    monkeypatch.setattr(backup, "_STEP", 10)
    between, patience = [], backup._Patience.__call__

    def record(self, *progress: int) -> None:
        if len(between) < 2:  # a new writer, who would not wait at all
            with closing(sqlite3.connect(large, timeout=0)) as writer:
                writer.execute("INSERT INTO letters VALUES ('meanwhile')")
                writer.commit()
            between.append(progress)
        patience(self, *progress)

    monkeypatch.setattr(backup._Patience, "__call__", record)
    target = tmp_path / "monday.db"

    backup.back_up(databases.parse_url(str(large)), target, lambda _: [])

    assert len(between) == 2
    with closing(sqlite3.connect(target)) as copy:  # begun anew, it holds what came meanwhile
        assert copy.execute("SELECT count(*) FROM letters").fetchone() == (ROWS + 2,)


def test_a_backup_that_is_disturbed_again_and_again_is_made_all_the_same(
    large, monkeypatch, tmp_path
):
    monkeypatch.setattr(backup, "_STEP", 10)
    patience, steps = backup._Patience.__call__, []

    def record(self, *progress: int) -> None:
        steps.append(progress)
        with closing(sqlite3.connect(large, timeout=0)) as writer:
            writer.execute("INSERT INTO letters VALUES ('meanwhile')")
            writer.commit()
        patience(self, *progress)

    monkeypatch.setattr(backup._Patience, "__call__", record)

    backup.back_up(databases.parse_url(str(large)), tmp_path / "monday.db", lambda _: [])

    assert len(steps) < ROWS // 10  # it gave up going on in steps, and held the writers once
    assert (tmp_path / "monday.db").exists()
