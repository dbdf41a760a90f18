"""A clinic whose only pass of the day is at night still hears what is routine."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from monitor import policy
from monitor.delivery.retry import missed_its_hours
from tests.delivery.sending import a_message
from tests.delivery.ward import patient_lines


@pytest.fixture
def due(ward, http_sink):
    """A patient of whom checks fall due, told to one nurse from 9 to 21 hours."""
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    return ward


def sent(ward, *moments: str) -> list[int]:
    return [ward.tick(f"2023-01-{moment}:00+00:00", code=None)["sent"] for moment in moments]


def test_one_pass_a_day_at_night_sends_what_was_due_over_a_day_ago(due):
    told = sent(due, *(f"{day}T22:00" for day in range(18, 26)))

    assert told[:2] == [0, 0]
    assert sum(told) >= 1


def test_what_failed_at_night_is_tried_again_at_night(due, http_sink):
    http_sink.status = 500
    sent(due, *(f"{day}T22:00" for day in range(18, 23)))
    tried = len(http_sink.requests)
    http_sink.status = 200

    told = sent(due, *(f"{day}T22:00" for day in range(23, 26)))

    assert tried > 0
    assert sum(told) >= 1


def test_passes_all_day_wake_no_ward_at_night(due, http_sink):
    http_sink.status = 500
    hours = [f"{day}T{hour:02}:30" for day in range(18, 21) for hour in range(24)]
    sent(due, *hours)
    tried = {one["headers"].get("Idempotency-Key") for one in http_sink.requests}
    http_sink.status = 200
    http_sink.requests.clear()

    assert tried
    assert sent(due, "20T23:40", "21T00:30", "21T05:00", "21T08:30") == [0, 0, 0, 0]
    assert sent(due, "21T09:00") == [1]


def test_after_an_outage_that_ends_at_night_it_waits_for_the_morning(due):
    told = sent(due, "20T22:50", "23T22:00", "23T22:10", "24T03:00", "24T09:00")

    assert told == [0, 0, 0, 0, 1]


@pytest.fixture
def words(ward, http_sink):
    """Make passes; gives at which of them an operator heard that the service is alive."""
    ward.load(patient_lines())
    ward.contact(http_sink.url, role="operator", name="Olga")

    def heard(*moments: str) -> list[str]:
        told = []
        for moment in moments:
            http_sink.requests.clear()
            ward.tick(f"2023-01-{moment}:00+00:00", code=None)
            told += [moment for one in http_sink.requests if "alive:" in one["body"]["body"]]
        return told

    return heard


def test_passes_at_night_alone_tell_the_operators_of_each_day_once(words):
    assert words("18T02:00", "19T02:00", "20T02:00") == ["19T02:00", "20T02:00"]
    assert words("20T23:30", "21T02:00", "21T23:30") == ["20T23:30", "21T23:30"]


def test_a_pass_in_the_hours_of_a_day_has_its_word(words):
    assert words("18T02:00", "18T10:00", "19T02:00", "19T09:00") == ["18T10:00", "19T09:00"]


def test_an_outage_that_ends_at_night_tells_the_operators_in_the_morning(words):
    assert words("18T02:00", "20T02:00", "20T02:10", "20T09:00") == ["20T09:00"]
    assert words("20T19:30", "21T21:00", "22T09:00") == ["22T09:00"]


def test_a_word_that_failed_at_night_is_of_no_use_the_next_night(words, ward, http_sink):
    http_sink.status = 500
    words("18T02:00", "19T02:00")
    http_sink.status = 200

    assert words("19T02:10", "20T02:00") == ["20T02:00"]


@pytest.mark.parametrize(
    ("due_at", "put_off_to", "last_pass", "missed"),
    [
        ("21T09:00", "23T09:00", "22T22:00", True),
        ("22T22:00", "23T09:00", "22T22:00", True),
        ("22T22:01", "23T09:00", "22T22:00", False),  # due for less than a day
        ("21T09:00", "23T09:00", "23T08:59", True),
        ("21T09:00", "23T09:00", "23T09:00", False),  # a pass came in the hours of sending
        ("23T09:00", "23T09:00", "22T22:00", False),  # never put off
        ("21T09:00", "23T10:30", "22T22:00", False),  # tried in vain then, and tried again later
    ],
)
def test_a_message_missed_its_hours(due_at, put_off_to, last_pass, missed):
    moments = [
        datetime.fromisoformat(f"2023-01-{text}+00:00")
        for text in (due_at, put_off_to, "23T22:00", last_pass)
    ]
    due, waited, now, last = moments
    one = a_message(due_at=due, next_at=waited)

    found = missed_its_hours(one, policy.load(None), ZoneInfo("UTC"), now=now, last_pass=last)

    assert found is missed
