"""Who reads for long lets others write, and nothing foreign is changed by a question."""

import os
import sqlite3
import stat
import threading
import time
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, insert, text, update

from monitor.errors import OutsideError, SchemaError
from monitor.store import chain, outbox, schema, setting_aside, undelivered, urls
from monitor.store import engine as database
from monitor.store.appender import Appender, Draft
from monitor.store.facts import moment_text
from monitor.store.tables import attempt, message
from tests import postgresql

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)


def record(engine, *who: str) -> None:
    with database.writing(engine) as connection:
        appender = Appender(connection, now=NOW)
        for name in who:
            appender.add(name, Draft(kind="fact", on=DAY, body={"of": name}))
        appender.flush()


@postgresql.sqlite_only
def test_who_writes_waits_for_a_piece_of_a_long_reading_and_not_for_all(clinic, monkeypatch):
    record(clinic, *(f"P-{number}" for number in range(40)))
    monkeypatch.setattr(database, "_PIECE_SECONDS", 0.0)
    written_after = []

    def slowly(connection, who):
        if len(seen) == 5:  # in the midst: somebody has to record
            waiting.append(threading.Thread(target=lambda: record(clinic, "P-new")))
            waiting[0].start()
        if len(seen) == 10:  # five pieces later it must be stored
            waiting[0].join(10)
            written_after.append(not waiting[0].is_alive())
        seen.append(who)
        time.sleep(0.02)
        return head(connection, who)

    seen, waiting = [], []
    head = chain.head
    monkeypatch.setattr(chain, "head", slowly)

    with database.reading(clinic) as connection:
        assert chain.faults_by_patient(connection)[0] == {}

    assert written_after == [True]


@postgresql.sqlite_only
def test_the_log_is_read_whole_in_pieces(clinic, monkeypatch):
    record(clinic, *(f"P-{number}" for number in range(7)))
    monkeypatch.setattr(chain, "_PIECE", 3)

    with database.reading(clinic) as connection:
        assert [row.event for row in chain.in_order(connection)] == [1, 2, 3, 4, 5, 6, 7]


def test_who_writes_on_after_the_schema_moved_is_stopped_with_words(clinic):
    database.require_always(clinic, schema.require_unchanged)
    record(clinic, "P-1")
    with clinic.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SchemaError, match="newer schema than this program; update the program"):
        record(clinic, "P-2")


@postgresql.sqlite_only
def test_a_device_is_no_database_and_keeps_its_mode(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o666)
    pipe.chmod(0o666)
    for path in (pipe, "/dev/null"):
        before = os.stat(path).st_mode
        url = database.parse_url(f"sqlite:///{path}")
        for asked in (urls.exists, urls.prepare):
            with pytest.raises(OutsideError, match="is no file"):
                asked(url)
        assert stat.S_IMODE(os.stat(path).st_mode) == stat.S_IMODE(before)


@postgresql.sqlite_only
def test_the_write_ahead_log_of_another_programs_database_stays(tmp_path):
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as theirs:
        theirs.execute("PRAGMA journal_mode=WAL")
        theirs.execute("CREATE TABLE letters (a)")
    theirs.close()
    engine = database.open_engine(database.parse_url(f"sqlite:///{path}"))

    with database.reading(engine) as connection, pytest.raises(SchemaError):
        schema.require_current(connection)
    engine.dispose()

    with sqlite3.connect(path) as theirs:
        assert theirs.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    theirs.close()


# ── what was settled long ago ──


def owe(connection, key: str, state: str, address: str = "ward", **tried: str) -> None:
    values = {
        "key": key, "ref": key, "role": "nurse", "recipient": address, "address": address,
        "channels": '[{"url": "console:", "private": false}]', "zone": "UTC",
        "urgency": "routine", "rank": 1, "state": state, "due_at": moment_text(NOW),
        "next_at": moment_text(NOW), "token": len(tried), "tries": len(tried),
    }  # fmt: skip
    connection.execute(insert(message), values)
    for token, (outcome, at) in enumerate(tried.values()):
        connection.execute(
            insert(attempt),
            {"message": key, "token": token, "at": at, "channel": 0, "outcome": outcome},
        )


@pytest.mark.parametrize(
    ("outcomes", "fails"),
    [("uuu", True), ("suuu", True), ("uus", False), ("uuus", False), ("uu", False)],
)
def test_a_channel_fails_whose_last_three_tries_failed(clinic, outcomes, fails):
    words = {"u": "unknown", "s": "sent"}
    with database.writing(clinic) as connection:
        for number, one in enumerate(outcomes):
            at = moment_text(NOW.replace(minute=number))
            owe(connection, f"{number}", "sent", tried=(words[one], at))

        since = NOW.replace(day=1)
        found = undelivered.failing_channels(connection, tries=3, since=since)
        assert found == ([("ward", "console:")] if fails else [])


def test_only_what_is_not_settled_is_counted(clinic):
    with database.writing(clinic) as connection:
        for number, state in enumerate(("owed", "sending", "sent", "sent", "failed", "withdrawn")):
            owe(connection, f"{number}", state)

        assert undelivered.counts(connection) == {"owed": 1, "sending": 1, "failed": 1}


@postgresql.sqlite_only
def test_no_question_about_what_is_owed_or_failed_reads_a_whole_table(clinic):
    asked = []
    event.listen(clinic, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    with database.writing(clinic) as connection:
        owe(connection, "1", "failed", tried=("unknown", moment_text(NOW)))
        owe(connection, "2", "sent", tried=("sent", moment_text(NOW)))
        connection.execute(update(message).values(zone="UTC"))
        asked.clear()
        undelivered.counts(connection)
        undelivered.given_up(connection)
        undelivered.stuck(connection, NOW, for_long=NOW - NOW)
        outbox.attempts_of(connection, ["1", "2"])
        undelivered.failing_channels(connection, tries=1, since=NOW.replace(day=1))
        outbox.next_try_at(connection)
        list(setting_aside.set_aside_open(connection, NOW))  # what each pass begins with
        for statement, parameters in list(asked):
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            # What is asked of an answer goes through that, and through no table.
            # The newest few are found from the end of an index.
            newest = " DESC" in statement and "LIMIT" in statement
            harmless = ("anon", "CONSTANT", "subquery", *(["USING INDEX"] if newest else []))
            scans = [row for row in plan if row[3].startswith("SCAN")]
            scans = [row for row in scans if not any(word in row[3] for word in harmless)]
            assert not scans, (statement, plan)
