"""What only a server does: writers beside each other, numbers, and who wakes whom."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import inspect, select, text

from monitor.domain.outcome import Role, Urgency
from monitor.domain.reminders.message import Message, Via
from monitor.errors import OutsideError, Refused
from monitor.store import engine as database
from monitor.store import (
    evaluation,
    facts,
    lease,
    locks,
    notify,
    owing,
    projection,
    triggers,
    wakeups,
)
from monitor.store.appender import Appender, Draft
from monitor.store.tables import fact
from tests.postgresql import needs_postgresql

pytestmark = needs_postgresql

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)


def record(connection, who: str) -> int:
    appender = Appender(connection, now=NOW)
    recorded = appender.add(who, Draft(kind="fact", on=DAY, body={}))
    appender.flush()
    return recorded.event


def register(engine, *who: str) -> None:
    with database.writing(engine) as connection:
        for one in who:
            record(connection, one)
            wakeups.wake_now(connection, one)


def owe(engine, *keys: str) -> None:
    with database.writing(engine) as connection:
        for key in keys:
            wanted = Message(
                key=key, role=Role.NURSE, recipient="N", address=key, channels=(Via(url="console:",
                is_private=False),), zone="UTC", urgency=Urgency.ROUTINE, rank=1, due_at=NOW,
                next_at=NOW, text="x",
            )  # fmt: skip
            owing.write(connection, wanted)


def read_impatiently(engine, who: str) -> int:
    """Read in order to write, and wait for nobody longer than a moment."""
    with database.writing(engine) as connection:
        connection.execute(text("SET LOCAL lock_timeout = '300ms'"))
        return len(facts.read(connection, who))


def test_who_writes_about_the_same_patient_waits_and_others_do_not(clinic):
    register(clinic, "P-1", "P-2")

    with database.writing(clinic) as first:
        facts.read(first, "P-1")
        assert read_impatiently(clinic, "P-2") == 1
        with pytest.raises(OutsideError, match="lock timeout"):
            read_impatiently(clinic, "P-1")


def test_who_only_reads_waits_for_nobody(clinic):
    register(clinic, "P-1")

    with database.writing(clinic) as writer, database.reading(clinic) as reader:
        record(writer, "P-1")

        assert len(facts.read(reader, "P-1")) == 1


def test_who_only_reads_cannot_write(clinic):
    with (
        pytest.raises(OutsideError, match="read-only transaction"),
        database.reading(clinic) as connection,
    ):
        wakeups.wake_all(connection)


def test_two_who_register_the_same_patient_at_once_are_told_so(clinic):
    said = []

    def second() -> None:
        try:
            register(clinic, "P-1")
        except Refused as fault:
            said.append(str(fault))

    with database.writing(clinic) as connection:
        record(connection, "P-1")
        other = threading.Thread(target=second)
        other.start()
        other.join(0.3)
    other.join(10)

    told = "somebody else registered one of these patients at the same moment; try again"
    assert said == [told]


def test_nobody_waits_for_a_number_and_none_is_given_twice(clinic):
    register(clinic, "P-1", "P-2")

    with database.writing(clinic) as first, database.writing(clinic) as second:
        given = [record(first, "P-1"), record(second, "P-2"), record(first, "P-1")]

    assert given == [3, 4, 5]


def test_the_whole_log_is_read_without_a_hole_that_is_filled_later(clinic):
    register(clinic, "P-1", "P-2")
    read = []

    def verify() -> None:
        with locks.reading_whole_log(clinic) as connection:
            read.extend(connection.execute(select(fact.c.event).order_by(fact.c.event)).scalars())

    with database.writing(clinic) as slow:
        record(slow, "P-1")  # 3
        with database.writing(clinic) as quick:
            record(quick, "P-2")  # 4
        verifier = threading.Thread(target=verify)
        verifier.start()
        verifier.join(0.5)
        waited = verifier.is_alive()
    verifier.join(10)

    assert waited
    assert read == [1, 2, 3, 4]


@pytest.mark.parametrize("table", ["fact", "protocol"])
def test_a_table_of_the_record_cannot_be_emptied_at_once_either(clinic, table):
    with (
        pytest.raises(OutsideError, match=f"{table} is append-only"),
        database.writing(clinic) as connection,
    ):
        connection.execute(text(f"TRUNCATE {table} CASCADE"))


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER fact_refuses_truncate ON fact",
        "ALTER TABLE fact DISABLE TRIGGER fact_refuses_update",
        "ALTER TABLE protocol DISABLE TRIGGER ALL",
        "CREATE OR REPLACE FUNCTION refuses_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RETURN NEW; END$$",
    ],
)
def test_a_guard_that_was_removed_or_disarmed_is_found(clinic, statement):
    with database.writing(clinic) as connection:
        expected, there = triggers.guards(connection)
        assert there == expected

        connection.execute(text(statement))

        expected, there = triggers.guards(connection)
        assert there != expected


def test_two_that_begin_to_work_everything_out_anew_at_once_do_it_together(clinic):
    register(clinic, "P-1")
    failed = []

    def begin() -> None:
        try:
            with database.writing(clinic) as connection:
                evaluation.take_over(connection)
        except OutsideError as fault:
            failed.append(str(fault))

    other = threading.Thread(target=begin)
    with database.writing(clinic) as connection:
        evaluation.take_over(connection, anew=True)
        other.start()
        other.join(0.5)
        assert other.is_alive(), "it waits"
        assert projection.to_look_at(connection, NOW) == ["P-1"]
    other.join()

    assert failed == []
    with database.reading(clinic) as connection:
        assert evaluation.is_ours(connection)


def test_every_text_is_ordered_by_its_bytes(clinic):
    with database.reading(clinic) as connection:
        found = {
            (table, column["name"]): getattr(column["type"], "collation", "C")
            for table in inspect(connection).get_table_names()
            if table != "alembic_version"
            for column in inspect(connection).get_columns(table)
        }
    assert {where for where, collation in found.items() if collation != "C"} == set()
    register(clinic, "b", "B", "a", "é", "Z")

    with database.reading(clinic) as connection:
        assert facts.patients(connection) == sorted(["b", "B", "a", "é", "Z"])


def test_patients_to_look_at_are_taken_by_one_program_each_and_come_back(clinic):
    register(clinic, "P-1", "P-2", "P-3")

    with database.writing(clinic) as first:
        mine = wakeups.take(first, NOW, limit=2)
        with database.writing(clinic) as second:
            theirs = wakeups.take(second, NOW, limit=2)

    assert (mine, theirs) == (["P-1", "P-2"], ["P-3"])
    with database.writing(clinic) as connection:
        assert wakeups.take(connection, NOW, limit=9) == []
        assert wakeups.take(connection, NOW + wakeups.LEASE, limit=9) == ["P-1", "P-2", "P-3"]


def test_messages_that_somebody_is_taking_are_left_out_without_waiting(clinic):
    owe(clinic, "a", "b", "c")
    with database.reading(clinic) as connection:
        waiting = lease.waiting(connection, NOW, limit=9)

    with database.writing(clinic) as first, database.writing(clinic) as second:
        mine = lease.free(first, waiting, NOW, limit=2)
        lease.lease(first, [one.key for one in mine], NOW)
        theirs = lease.free(second, waiting, NOW, limit=2)

    assert [one.key for one in (*mine, *theirs)] == ["a", "b", "c"]
    with database.writing(clinic) as connection:
        left = lease.free(connection, waiting, NOW + timedelta(minutes=1), limit=9)
    assert [one.key for one in left] == ["c"]


def test_a_message_to_which_something_is_being_added_is_not_sent_meanwhile(clinic):
    owe(clinic, "a")
    with database.writing(clinic) as connection:
        connection.execute(text("UPDATE message SET text = NULL"))
        waiting = lease.waiting(connection, NOW, limit=9)

    with database.writing(clinic) as planner, database.writing(clinic) as sender:
        assert owing.find_room(planner, "another", "a").join == "a"
        assert lease.free(sender, waiting, NOW, limit=9) == []


def test_the_open_messages_have_an_index_that_is_used(clinic):
    with database.writing(clinic) as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        sent = []
        query = lease.select(lease.message.c.key).where(
            lease.IS_OPEN, lease.message.c.next_at <= lease.bindparam("now")
        )
        compiled = str(query.compile(clinic)).replace("%(now)s::VARCHAR", "$1")
        connection.exec_driver_sql(f"PREPARE one(varchar) AS {compiled}")
        sent = connection.exec_driver_sql("EXPLAIN EXECUTE one('2026')").scalars().all()

    assert any("ix_message_open" in line for line in sent), sent


def test_work_that_is_committed_wakes_others_but_not_oneself(clinic):
    woken, stop, ready = threading.Semaphore(0), threading.Event(), threading.Event()

    def wake() -> None:
        (woken.release if ready.is_set() else ready.set)()

    listener = threading.Thread(target=notify.listen, args=(clinic, wake, stop))
    listener.start()
    assert ready.wait(20)
    register(clinic, "P-1")
    own = woken.acquire(timeout=1.5)
    with database.writing(clinic) as connection:
        connection.execute(text("SELECT pg_notify('monitor_work', 'another program')"))
    others = woken.acquire(timeout=20)
    stop.set()
    listener.join(20)

    assert (own, others, listener.is_alive()) == (False, True, False)


def test_whoever_stands_still_in_a_transaction_holds_nobody_up_for_ever(clinic):
    with database.reading(clinic) as connection:
        limits = [
            connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("lock_timeout", "idle_in_transaction_session_timeout")
        ]

    assert limits == ["30s", "2min"]
