"""What a hand or a tool changed in one place is named by doctor at once, not only by db verify."""

from datetime import datetime

import pytest

from monitor.service.doctor import examine
from monitor.service.verifying import verify
from tests.behind import behind, change
from tests.delivery.ward import lvef, patient_lines
from tests.faults.poisoning import DELETED, Cell, poison

DAY = "2023-02-20T10:00:00+00:00"
OWED = "recipient = 'Ward P-1' AND state = 'owed'"


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
