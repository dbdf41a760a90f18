"""What would keep an urgent message back, and no program did, is named, and it is sent."""

import pytest
from sqlalchemy import text

from tests.behind import behind
from tests.delivery.test_changed_by_hand import DAY, named, unguarded
from tests.delivery.ward import fever, lvef, patient_lines
from tests.shares import one_of

PLATELETS = {"result": {"code": "platelets", "value": "12", "unit": "10*9/L", "on": "2023-02-19"}}
URGENT = "urgency <> 'routine'"
INSIDE = f"message IN (SELECT key FROM message WHERE {URGENT})"
OF_FEVER = f"{INSIDE} AND rule = 'infection-symptom'"


@pytest.fixture
def owed(request, ward, http_sink, owe):
    """Owe one message of two urgent matters, tried in vain unless said."""
    ward.load(patient_lines())
    ward.contact(http_sink.url, private=True)
    ward.tick("2023-01-20")
    ward.add("P-1", lvef("45", "2023-02-19"), fever("2023-02-19T20:00:00Z"))
    http_sink.status = 503
    if getattr(request, "param", "tried") == "tried":
        ward.tick(DAY, code=1)
    else:
        owe(DAY)
    http_sink.status = 200
    http_sink.requests.clear()
    return ward


def urgently(sink) -> str:
    """Give the words of what was sent, but for what is not urgent: it may name the same values."""
    bodies = [one["body"] for one in sink.requests]
    return "\n".join(one["body"] for one in bodies if one["urgency"] != "routine")


def require_named_and_sent(ward, database: str, sink, damage: str) -> None:
    assert named(database) == ("", "")
    with unguarded(database) as connection:
        assert connection.execute(text(damage)).rowcount

    assert all("P-1" in said or "message" in said for said in named(database))
    sink.requests.clear()
    ward.tick("2023-02-20T10:01:00+00:00", code=None)
    assert "infection-symptom" in urgently(sink)
    ward.tick("2023-02-20T10:20:00+00:00", code=None)

    assert "low-lvef" in urgently(sink)
    assert named(database)[1] == ""


@pytest.mark.parametrize("owed", ["tried", "untried"], indirect=True)
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE reminder SET withdrawn = 1",
        f"UPDATE reminder SET withdrawn = 1 WHERE {INSIDE}",
        f"UPDATE reminder SET withdrawn = 1 WHERE {OF_FEVER}",
        f"DELETE FROM reminder WHERE {OF_FEVER}",
    ],
)
def test_an_urgent_message_that_no_look_withdrew_is_named_and_sent(
    owed, database, http_sink, damage
):
    require_named_and_sent(owed, database, http_sink, damage)


@pytest.mark.parametrize(
    "damage",
    one_of(
        4,
        [
            f"UPDATE reminder SET withdrawn = 2 WHERE {OF_FEVER}",
            f"UPDATE reminder SET message = (SELECT key FROM message WHERE state = 'sent')"
            f" WHERE {OF_FEVER}",
            f"UPDATE reminder SET retracts = key WHERE {OF_FEVER}",
            f"UPDATE reminder SET stage = 'ahead' WHERE {OF_FEVER}",
            f"UPDATE reminder SET repeat = 7 WHERE {OF_FEVER}",
            f"UPDATE reminder SET identity = 'another' WHERE {OF_FEVER}",
            f"UPDATE reminder SET known = 0 WHERE {OF_FEVER}",
            f"UPDATE reminder SET words = 'all is well' WHERE {OF_FEVER}",
            f"UPDATE message SET state = 'withdrawn' WHERE {URGENT}",
            f"UPDATE message SET state = 'withdrawn', next_at = '' WHERE {URGENT}",
            f"UPDATE message SET state = 'sent', next_at = '' WHERE {URGENT}",
            f"UPDATE message SET state = 'none' WHERE {URGENT}",
            f"UPDATE message SET next_at = '' WHERE {URGENT}",
            f"UPDATE message SET next_at = '2031-01-01T00:00:00+00:00' WHERE {URGENT}",
            f"UPDATE message SET next_at = '2023-02-20T10:17:00.000000+00:00' WHERE {URGENT}",
            f"UPDATE message SET urgency = 'routine' WHERE {URGENT}",
            f"UPDATE message SET text = 'all is well' WHERE {URGENT}",
            f"UPDATE message SET channels = '[]' WHERE {URGENT}",
            f"UPDATE message SET address = 'another' WHERE {URGENT}",
            f"UPDATE message SET rank = 0 WHERE {URGENT}",
        ],
    ),
)
def test_an_urgent_message_that_a_changed_cell_would_keep_back_is_named_and_sent(
    owed, database, http_sink, damage
):
    require_named_and_sent(owed, database, http_sink, damage)


def test_what_the_program_withdraws_for_a_closed_patient_is_not_missed(owed, database):
    owed.type("patient close P-1 --on 2023-02-20 --reason transferred --by A")

    assert named(database) == ("", "")
    with behind(database) as connection:
        open_ones = connection.execute(text("SELECT count(*) FROM reminder WHERE withdrawn = 0"))
        assert open_ones.scalar_one() == 1  # what was sent in January
    owed.tick("2023-02-20T10:01:00+00:00", code=None)
    assert named(database) == ("", "")


def test_a_routine_reminder_that_a_hand_withdrew_is_sent_a_day_later_at_most(
    ward, http_sink, database
):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    http_sink.status = 503
    ward.tick(DAY, code=1)
    http_sink.status = 200
    http_sink.requests.clear()
    with unguarded(database) as connection:
        assert connection.execute(text("UPDATE reminder SET withdrawn = 1")).rowcount

    ward.tick("2023-02-20T11:00:00+00:00")
    assert http_sink.requests == []
    ward.tick("2023-02-21T11:05:00+00:00")

    assert [one["body"]["urgency"] for one in http_sink.requests] == ["routine"]
