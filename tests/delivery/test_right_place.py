"""What is on record as sent was in the message, and went to who is there."""

from datetime import datetime, timedelta

import pytest

from tests.delivery.sinks import HttpSink
from tests.delivery.ward import count, fever, lvef, patient_lines

FEVER = datetime.fromisoformat("2023-01-20T08:00:00+00:00")
DEAD = "webhook+http://127.0.0.1:9/"


@pytest.fixture
def ill(ward):
    """A patient with fever after an infusion: an emergency."""
    ward.load(patient_lines("P-1", fever(FEVER.isoformat())))
    return ward


def after(ward, minutes: int) -> dict:
    return ward.tick((FEVER + timedelta(minutes=minutes)).isoformat(), code=None)


def about(ward, *states: str, rule: str = "febrile-neutropenia") -> list[dict]:
    return [one for one in ward.outbox(*states) if one["rule"] == rule]


def paths(sink) -> list[str]:
    return [one["path"] for one in sink.requests if one["body"]["urgency"] == "emergency"]


def test_an_emergency_that_stands_again_is_in_the_message_that_is_sent(ill, http_sink, start):
    """It was withdrawn from a message that went out with the rest, and is needed again."""
    away = start(HttpSink)
    away.status = 503
    ill.add("P-1", lvef("45", "2023-01-19"))
    ill.contact(away.url, private=True)
    after(ill, 0)
    ill.add("P-1", *count("2023-01-20"))  # normal: no emergency
    away.status = 200
    after(ill, 10)
    before = len(away.requests)

    ill.type(f"retract {ill.event('neutrophils')} --reason 'of somebody else'")
    after(ill, 20)

    said = [one["body"]["body"] for one in away.requests[before:]]
    assert [body for body in said if "febrile-neutropenia, emergency" in body]
    assert about(ill, "sent")


def test_a_message_that_arrived_at_a_wrong_address_is_told_at_the_right_one_at_once(ill, http_sink):
    number = ill.contact(http_sink.url + "wrong")
    after(ill, 0)
    ill.type(f"contact remove {number}")
    ill.contact(http_sink.url + "right")

    after(ill, 1)
    after(ill, 2)

    assert [path[-5:] for path in paths(http_sink)] == ["wrong", "right"]


def test_a_second_address_of_somebody_who_was_reached_repeats_nothing(ill, http_sink):
    ill.contact(http_sink.url)
    after(ill, 0)
    ill.contact(http_sink.url + "2")

    after(ill, 1)

    assert len(paths(http_sink)) == 1


def test_what_failed_at_an_address_and_moved_keeps_its_patient_and_can_be_acknowledged(
    ill, http_sink
):
    number = ill.contact(DEAD)
    after(ill, 0)
    (old,) = about(ill, "owed")
    ill.type(f"contact remove {number}")
    ill.contact(http_sink.url)
    after(ill, 1)

    (kept,) = [one for one in ill.outbox() if one["key"] == old["key"]]
    assert (kept["patient"], kept["rule"]) == ("P-1", "febrile-neutropenia")
    assert kept["state"] == "withdrawn"
    (new,) = about(ill, "sent")
    assert new["ref"] != old["ref"]
    ill.type(f"acknowledge {old['ref']} --by Ann --on 2023-01-20")


def test_the_ten_minutes_count_from_the_first_address(ill, http_sink):
    number = ill.contact(DEAD)
    ill.contact(http_sink.url, role="operator", name="Op")
    after(ill, 0)
    ill.type(f"contact remove {number}")
    ill.contact(DEAD + "2")
    after(ill, 9)

    after(ill, 10)

    assert {one["recipient"] for one in about(ill, "sent")} == {"Op"}


def test_what_arrived_while_the_clock_was_wrong_says_nothing_of_what_is_owed_now(ward, http_sink):
    ward.load(patient_lines("P-1", lvef("45", "2023-01-19")))
    nurse = ward.contact(http_sink.url)
    ward.tick("2024-01-20T08:00:00+00:00", code=None)  # a year ahead
    assert about(ward, "sent", rule="low-lvef")
    ward.type(f"contact remove {nurse}")
    ward.contact(DEAD)
    ward.contact(http_sink.url + "2", role="operator", name="Op")

    for minute in (0, 10, 20):
        after(ward, minute)

    told = {one["recipient"] for one in about(ward, "sent", rule="low-lvef")}
    assert "Op" in told
