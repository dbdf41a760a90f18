"""The database itself: who may read the file, how it is written, and that nothing is lost."""

import os
import sqlite3
import stat
import threading
from contextlib import closing
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import IntegrityError

from monitor.errors import OutsideError, Refused
from monitor.store import engine as database
from monitor.store import facts, pinned, urls
from monitor.store.appender import Appender, Draft
from monitor.store.tables import fact, patient, protocol
from tests import postgresql

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)


class PowerCut(Exception):
    """Something went wrong in the middle of a transaction."""


def draft(**body: str) -> Draft:
    return Draft(kind="fact", on=DAY, body=body)


def record(connection, *who: str) -> None:
    appender = Appender(connection, now=NOW)
    for name in who:
        appender.add(name, draft(of=name))
    appender.flush()


def size(engine) -> int:
    with database.reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(fact)).scalar_one()


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# ── the file ──


@postgresql.sqlite_only
def test_a_new_database_is_its_owners_only_whatever_the_umask(url):
    before = os.umask(0)
    try:
        urls.prepare(url)
    finally:
        os.umask(before)

    path = urls.database_file(url)
    assert path is not None
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_an_existing_file_and_folder_keep_their_modes(tmp_path):
    path = tmp_path / "clinic.db"
    path.write_text("facts", encoding="utf-8")
    path.chmod(0o640)
    tmp_path.chmod(0o750)

    urls.prepare(database.parse_url(f"sqlite:///{path}"))

    assert (mode(path), mode(tmp_path)) == (0o640, 0o750)


def test_an_empty_file_is_made_its_owners_before_anything_is_written_to_it(tmp_path):
    path = tmp_path / "clinic.db"
    path.touch(0o644)

    urls.prepare(database.parse_url(f"sqlite:///{path}"))

    assert mode(path) == 0o600


@postgresql.sqlite_only
def test_beside_the_file_an_empty_journal_is_all_that_stays_and_as_private(clinic, url):
    with database.writing(clinic) as connection:
        record(connection, "P-1")

    path = urls.database_file(url)
    assert path is not None
    journal = path.with_name("clinic.db-journal")
    assert {found.name for found in path.parent.iterdir()} == {"clinic.db", "clinic.db-journal"}
    assert (journal.stat().st_size, mode(journal), mode(path)) == (0, 0o600, 0o600)


@postgresql.sqlite_only
def test_a_file_that_does_not_exist_or_is_empty_holds_nothing_to_ask(url):
    before = urls.exists(url)
    urls.prepare(url)

    assert (before, urls.exists(url)) == (False, False)


@postgresql.sqlite_only
def test_a_database_exists_once_it_has_a_schema(clinic, url):
    assert urls.exists(url)
    assert not urls.exists(database.parse_url("sqlite://"))


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    url = database.parse_url(f"sqlite:///{tmp_path}/file/data/clinic.db")

    with pytest.raises(OutsideError, match=r"cannot create .*clinic\.db") as caught:
        urls.prepare(url)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["nonsense://x", "sqlite:x", "postgresql:x", "sqlite:///x?y=z"])
def test_what_is_no_database_url_is_refused_with_an_example(wrong):
    with pytest.raises(Refused, match=r"write for instance sqlite:///clinic\.db"):
        database.parse_url(wrong)


# ── how it is written ──


@postgresql.sqlite_only
@pytest.mark.parametrize("opened", [database.reading, database.writing])
@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "truncate"), ("synchronous", 2), ("foreign_keys", 1)]
)
def test_every_connection_is_set_up_for_keeping_what_it_commits(clinic, opened, pragma, value):
    for _ in range(2):
        with opened(clinic) as connection:
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_foreign_keys_are_really_enforced(clinic):
    orphan = {
        "event": 1, "patient": "nobody", "position": 1, "kind": "fact", "body": "{}",
        "happened_on": "2026-11-23", "recorded_at": "2026-11-23", "digest": "0",
    }  # fmt: skip

    with (
        pytest.raises(OutsideError, match=r"(?i)foreign key"),
        database.writing(clinic) as connection,
    ):
        connection.execute(fact.insert(), orphan)


@postgresql.sqlite_only
@pytest.mark.parametrize(
    ("opened", "expected"),
    [(database.writing, "BEGIN IMMEDIATE"), (database.reading, "BEGIN DEFERRED")],
)
def test_a_transaction_begins_as_its_work_asks(clinic, opened, expected):
    sent = []
    event.listen(clinic, "before_cursor_execute", lambda *told: sent.append(told[2]))

    with opened(clinic) as connection:
        connection.execute(text("SELECT 1"))

    assert sent[0] == expected
    assert [statement for statement in sent if statement.startswith("BEGIN")] == [expected]


@postgresql.sqlite_only
def test_a_writer_holds_the_lock_before_it_writes(clinic, url):
    path = urls.database_file(url)
    with (
        database.writing(clinic),
        sqlite3.connect(path, timeout=0, isolation_level=None) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_reader_waits_for_nobody_and_sees_one_state_throughout(clinic):
    with database.writing(clinic) as connection:
        record(connection, "P-1")

    with database.writing(clinic) as writer:
        record(writer, "P-2")
        with database.reading(clinic) as reader:
            seen = facts.patients(reader)

    assert seen == ["P-1"]


@postgresql.sqlite_only
def test_a_second_writer_waits_for_the_first(clinic):
    first_is_in, order = threading.Event(), []

    def second() -> None:
        first_is_in.wait(60)
        with database.writing(clinic) as connection:
            order.append("second")
            record(connection, "P-2")

    waiting = threading.Thread(target=second)
    waiting.start()
    with database.writing(clinic) as connection:
        first_is_in.set()
        waiting.join(0.3)
        still_waiting = waiting.is_alive()
        record(connection, "P-1")
        order.append("first")
    waiting.join(60)

    assert still_waiting
    assert order == ["first", "second"]
    assert size(clinic) == 2


def test_four_writers_of_fifty_records_each_lose_none(clinic):
    faults = []
    with database.writing(clinic) as connection:
        record(connection, "shared")

    def write(name: str) -> None:
        try:
            for _ in range(50):
                with database.writing(clinic) as connection:
                    record(connection, name, "shared")
        except OutsideError as fault:
            faults.append(fault)

    writers = [threading.Thread(target=write, args=(f"P-{n}",)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert faults == []
    with database.reading(clinic) as connection:
        lengths = {who: len(rows) for who, rows in each_patient(connection)}
        numbers = list(connection.execute(select(fact.c.event).order_by(fact.c.event)).scalars())
    assert lengths == {"P-0": 50, "P-1": 50, "P-2": 50, "P-3": 50, "shared": 201}
    assert numbers == list(range(1, 402))


def test_what_fails_halfway_stores_nothing(clinic):
    with database.writing(clinic) as connection:
        record(connection, "P-1")

    def fail_halfway(connection) -> None:
        record(connection, "P-1", "P-2")
        pinned.keep(connection, digest="d", name="n", version="1", text="t")
        raise PowerCut

    with pytest.raises(PowerCut), database.writing(clinic) as connection:
        fail_halfway(connection)

    with database.reading(clinic) as connection:
        assert {who: len(rows) for who, rows in each_patient(connection)} == {"P-1": 1}
        assert pinned.kept(connection, "d") is None
        assert facts.patients(connection) == ["P-1"]


@postgresql.sqlite_only
def test_tables_made_in_a_transaction_that_fails_are_gone(empty):
    def fail_halfway(connection) -> None:
        fact.metadata.create_all(connection)
        raise PowerCut

    with pytest.raises(PowerCut), database.writing(empty) as connection:
        fail_halfway(connection)

    with database.reading(empty) as connection:
        assert connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar() == 0


def test_what_the_driver_raises_is_said_in_one_line_for_people(clinic):
    with pytest.raises(OutsideError) as caught, database.writing(clinic) as connection:
        connection.execute(text("SELECT * FROM nowhere"))

    where = clinic.url.render_as_string()
    words = "no such table: nowhere"
    if postgresql.URL:
        words = 'relation "nowhere" does not exist'
    assert str(caught.value) == f"the database {where} did not do it: {words}"


# ── append-only ──


@pytest.fixture
def kept(clinic):
    """Keep one fact and one protocol."""
    with database.writing(clinic) as connection:
        record(connection, "P-1")
        pinned.keep(connection, digest="d", name="n", version="1", text="t")
    return clinic


@pytest.mark.parametrize(
    "statement",
    [
        fact.update().values(body="{}"),
        fact.update().where(fact.c.event == 1).values(recorded_by="somebody else"),
        fact.delete(),
        protocol.update().values(text="other"),
        protocol.delete(),
    ],
    ids=str,
)
def test_the_database_itself_refuses_to_change_or_delete(kept, statement):
    table = statement.table.name

    with (
        pytest.raises(OutsideError, match=f"{table} is append-only"),
        database.writing(kept) as connection,
    ):
        connection.execute(statement)

    with database.reading(kept) as connection:
        (stored,) = facts.read(connection, "P-1")
        assert (stored.body, stored.by) == ({"of": "P-1"}, None)
        assert pinned.kept(connection, "d") == ("n", "t")


@postgresql.sqlite_only
@pytest.mark.parametrize("table", ["fact", "protocol"])
def test_a_row_is_not_replaced_under_its_own_number_either(kept, table):
    columns = "patient, 9, kind, happened_on, recorded_at, recorded_by, corrects, sender_id, body"
    statements = {
        "fact": f"INSERT OR REPLACE INTO fact SELECT event, {columns}, 'forged', login FROM fact",
        "protocol": "INSERT OR REPLACE INTO protocol SELECT digest, name, '2', text FROM protocol",
    }

    with (
        pytest.raises(OutsideError, match="append-only"),
        database.writing(kept) as connection,
    ):
        connection.execute(text(statements[table]))


@postgresql.sqlite_only
@pytest.mark.parametrize("table", ["fact", "protocol"])
def test_another_program_replaces_no_row_either(kept, table):
    """Where triggers do not call each other, as is usual, none is asked about the row that goes."""
    with (
        closing(sqlite3.connect(kept.url.database)) as other,
        pytest.raises(sqlite3.IntegrityError, match=f"{table} is append-only"),
    ):
        other.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


def test_a_patient_who_has_facts_cannot_be_deleted(kept):
    with (
        pytest.raises(OutsideError, match=r"(?i)foreign key"),
        database.writing(kept) as connection,
    ):
        connection.execute(patient.delete())


def test_two_facts_cannot_have_one_place_in_a_chain(kept):
    with (
        pytest.raises((OutsideError, IntegrityError), match=r"(?i)unique|append-only"),
        database.writing(kept) as connection,
    ):
        connection.execute(
            text(
                "INSERT INTO fact SELECT 2, patient, position, kind, happened_on, recorded_at, "
                "recorded_by, corrects, sender_id, body, digest, login FROM fact"
            )
        )


def each_patient(connection) -> list[tuple[str, list]]:
    """Read every patient's facts."""
    return [(who, facts.read(connection, who)) for who in facts.patients(connection)]
