"""What a hand or a tool changed in one place is named by doctor at once, not only by db verify."""

from contextlib import contextmanager
from datetime import datetime
from itertools import combinations

import pytest
from sqlalchemy import NullPool, create_engine, text

from monitor.service.operating.doctor import examine
from monitor.service.operating.verify import verify
from tests.behind import behind, change
from tests.delivery.ward import lvef, patient_lines
from tests.faults.poisoning import DELETED, Cell, defenceless, poison
from tests.shares import one_of

DAY = "2023-02-20T10:00:00+00:00"
OWED = "recipient = 'Ward P-1' AND state = 'owed'"


@contextmanager
def unguarded(database: str):
    """Open a transaction of a tool that asks for no keys."""
    plain = create_engine(database, poolclass=NullPool)
    with plain.begin() as connection, defenceless(connection):
        yield connection


@pytest.fixture
def two_told(ward, http_sink, owe):
    """Tell the nurses of two patients something; more is owed, an urgent matter tried in vain."""
    ward.load(*(patient_lines(who) for who in ("P-1", "P-2")))
    for who in ("P-1", "P-2"):
        ward.contact(http_sink.url, who, name=f"Ward {who}")
    ward.tick("2023-01-20")
    ward.add("P-1", lvef("45", "2023-02-19"))
    http_sink.status = 503
    ward.tick("2023-02-20T08:00:00+00:00", code=None)
    http_sink.status = 200
    owe(DAY)
    http_sink.requests.clear()
    return ward


def named(database: str) -> tuple[str, str]:
    """Give what doctor and verify say, but for what is said of a sound clinic too."""
    now = datetime.fromisoformat(DAY)
    with behind(database) as connection:
        found = [one for one in examine(connection, now=now) if one.name in ("damage", "checks")]
        verified = verify(connection, now=now).faults
    return "; ".join(one.message for one in found if not one.well), "; ".join(verified)


def test_nothing_is_named_where_nothing_was_changed(two_told, database):
    assert named(database) == ("", "")


@pytest.mark.parametrize("state", ["sent", "failed", "withdrawn"])
@pytest.mark.parametrize("more", ["", ", next_at = ''"])
def test_a_message_that_was_settled_by_hand_is_named(two_told, database, state, more):
    change(database, f"UPDATE message SET state = '{state}'{more} WHERE {OWED}")

    doctor, verified = named(database)

    assert "it is settled" in doctor or f"counts as {state}" in doctor or "given up" in doctor
    assert "about P-1" in doctor
    assert "about P-1" in verified


def test_what_was_settled_by_its_state_alone_is_sent_in_the_next_pass(
    two_told, database, http_sink
):
    change(database, f"UPDATE message SET state = 'sent' WHERE {OWED}")

    ticked = two_told.tick(DAY, code=None)

    assert ticked["failed"] == 0
    assert {one["recipient"] for one in two_told.outbox("owed")} == set()
    assert len(http_sink.requests) == 3  # P-1's urgent and routine one, and P-2's


@pytest.mark.parametrize(
    "damage",
    [
        ("DELETE FROM pending", "DELETE FROM treatment"),
        ("DELETE FROM pending WHERE patient = 'P-1'",),
        ("UPDATE pending SET due = '2031-01-01' WHERE patient = 'P-1'",),
        ("UPDATE treatment SET look_at = '2031-01-01' WHERE patient = 'P-1'",),
    ],
)
def test_stored_checks_that_are_missing_or_others_are_named_at_once(two_told, database, damage):
    change(database, *damage)

    doctor, verified = named(database)

    assert "P-1: the stored checks are not those that were stored" in doctor
    assert "P-1: the stored checks differ from the facts" in verified


@pytest.mark.parametrize(("column", "way"), [(DELETED, DELETED), ("key", "absurd")])
def test_tries_of_a_message_that_is_lost_stop_no_pass(two_told, database, http_sink, column, way):
    urgent = f"{OWED} AND urgency <> 'routine'"
    assert poison(database, Cell("message", "urgent", urgent, column, way))
    assert "a try of message" in named(database)[0]

    two_told.tick(DAY, code=None)

    assert sorted(one["body"]["urgency"] for one in http_sink.requests) == [
        "routine", "routine", "urgent"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "damage",
    [
        "next_at = '2023-02-20T21:00:00.000000+00:00'",
        "known = 1",
        "unheard = 1",
        "fault = 'none'",
        "written = ''",
    ],
)
def test_a_wake_up_that_is_a_little_other_is_named(two_told, database, damage):
    change(database, f"UPDATE look SET {damage} WHERE patient = 'P-1'")

    doctor, verified = named(database)

    assert "the wake-up of P-1: it is not what was written" in doctor
    assert "the wake-up of P-1: it is not what was written" in verified


@pytest.mark.parametrize("damage", ["tries = 0", "token = 0", "rank = 10"])
def test_an_urgent_message_with_other_numbers_is_named_and_sent(
    two_told, database, http_sink, damage
):
    change(database, f"UPDATE message SET {damage} WHERE {OWED} AND urgency <> 'routine'")
    assert "about P-1" in named(database)[0]

    two_told.tick(DAY, code=None)

    assert "urgent" in [one["body"]["urgency"] for one in http_sink.requests]


def test_a_lost_reminder_of_what_was_sent_is_named(two_told, database):
    of_sent = "message IN (SELECT key FROM message WHERE recipient = 'Ward P-1' AND state = 'sent')"
    one = f"SELECT min(key) FROM reminder WHERE {of_sent}"
    change(database, f"DELETE FROM reminder WHERE key = ({one})")

    doctor, verified = named(database)

    assert "it told more than is on record of it" in doctor
    assert "it told more than is on record of it" in verified


def test_a_lost_beat_has_everybody_looked_at(two_told, database):
    two_told.tick(DAY)
    change(database, "DELETE FROM beat")

    assert two_told.tick("2023-02-20T10:01:00+00:00")["courses"] == 2


TABLES = ("attempt", "reminder", "message")
TOGETHER = [some for n in (1, 2, 3) for some in combinations(TABLES, n)]


@pytest.mark.parametrize(
    ("tried", "tables"),
    one_of(
        3,
        [
            pytest.param(tried, some)
            for tried in (True, False)
            for some in TOGETHER
            if tried or "attempt" not in some
        ],
    ),
)
def test_an_urgent_message_that_is_deleted_is_missed_named_and_owed_again_in_the_next_pass(
    ward, http_sink, owe, database, tables, tried
):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-01-20")
    ward.add("P-1", lvef("45", "2023-02-19"))
    http_sink.status = 503
    if tried:
        ward.tick(DAY, code=1)
    else:
        owe(DAY)
    assert named(database)[0] == ""
    urgent = "SELECT key FROM message WHERE urgency = 'urgent'"
    with behind(database) as connection:
        (key,) = connection.execute(text(urgent)).scalars()
    with unguarded(database) as connection:
        for table in tables:
            mine = "key" if table == "message" else "message"
            connection.execute(text(f"DELETE FROM {table} WHERE {mine} = '{key}'"))

    assert all("message" in said for said in named(database))
    ticked = ward.tick("2023-02-20T10:01:00+00:00", code=1)
    assert ticked["undelivered"] == 1
    assert [one["state"] for one in ward.outbox("owed") if one["rule"] == "low-lvef"] == ["owed"]
    http_sink.status = 200
    http_sink.requests.clear()
    ward.tick("2023-02-20T11:30:00+00:00", code=None)
    assert "urgent" in [one["body"]["urgency"] for one in http_sink.requests]


def test_an_urgent_message_that_arrived_or_is_needed_no_more_is_not_missed(
    two_told, database, http_sink
):
    two_told.tick(DAY, code=None)
    assert named(database) == ("", "")
    two_told.add("P-1", lvef("60", "2023-02-20"))
    two_told.tick("2023-02-20T10:01:00+00:00")
    assert named(database) == ("", "")
