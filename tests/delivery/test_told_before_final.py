"""An emergency that was told before its value was final is told once; another value is told."""

from datetime import timedelta

import pytest

from tests.delivery.test_told_anew import DAY, FIRST, after, correct, platelets, ref_of, urgencies
from tests.delivery.ward import patient_lines

BLEEDING = {"symptom": {"code": "bleeding", "at": f"{DAY}T07:00:00+00:00"}}
PRELIMINARY = {"status": "preliminary"}


@pytest.fixture
def told(ward, http_sink):
    """A patient who bleeds, with preliminary platelets of 8: told as an emergency."""
    ward.load(patient_lines("P-1", BLEEDING, platelets("8", **PRELIMINARY)))
    ward.contact(http_sink.url)
    after(ward, 0)
    assert urgencies(http_sink) == ["emergency"]
    return ward


def bodies(sink) -> str:
    return " ".join(request["body"]["body"] for request in sink.requests)


@pytest.mark.parametrize("status", [{}, {"status": "corrected"}])
def test_it_is_not_told_again_when_the_value_is_final_as_it_was(status, told, http_sink):
    told.add("P-1", platelets("8", **status))
    after(told, 5)

    assert urgencies(http_sink) == ["emergency"]
    assert "no longer applies" not in bodies(http_sink)


def test_the_reminders_of_it_go_on(told, http_sink):
    told.add("P-1", platelets("8"))
    after(told, 5)

    told.tick((FIRST + timedelta(days=1, hours=1)).isoformat(), code=None)

    assert urgencies(http_sink).count("emergency") == 2


@pytest.mark.parametrize("value", ["7", "9", "8.0"])
def test_a_final_value_that_says_something_else_is_told(value, told, http_sink):
    told.add("P-1", platelets(value))
    after(told, 5)

    assert urgencies(http_sink) == ["emergency"] * 2


def test_so_is_what_comes_after_the_final_value(told, http_sink):
    told.add("P-1", platelets("8"))
    after(told, 5)

    told.add("P-1", {"symptom": {"code": "bleeding", "at": f"{DAY}T08:04:00+00:00"}})
    after(told, 10)

    assert urgencies(http_sink) == ["emergency"] * 2


def test_and_the_same_value_of_another_sample(told, http_sink):
    told.add("P-1", platelets("8", second=True))
    after(told, 5)

    assert urgencies(http_sink) == ["emergency"] * 2


def test_and_the_same_value_that_was_something_else_meanwhile(told, http_sink):
    told.add("P-1", platelets("150"))
    after(told, 5)

    correct(told, "8")
    after(told, 10)

    assert urgencies(http_sink) == ["emergency"] * 2


def test_and_the_same_value_after_another_one_that_was_taken_back(told, http_sink):
    told.add("P-1", platelets("150"))
    after(told, 5)
    told.type(f"retract {told.event('platelets')} --reason typo")
    told.add("P-1", platelets("8"))
    after(told, 10)

    assert urgencies(http_sink) == ["emergency"] * 2


def test_a_final_value_that_was_not_told_before_is(ward, http_sink):
    ward.load(patient_lines("P-1", platelets("8", **PRELIMINARY)))
    ward.contact(http_sink.url)
    after(ward, 0)
    assert urgencies(http_sink) == []

    ward.add("P-1", platelets("8"))
    after(ward, 5)

    assert urgencies(http_sink) == ["emergency"]


def test_it_is_taken_back_where_the_final_value_is_corrected(told, http_sink):
    told.add("P-1", platelets("8"))
    after(told, 5)

    correct(told, "80")
    after(told, 10)

    assert bodies(http_sink).count("no longer applies") == 1


def test_who_has_seen_it_is_not_told_again(told, http_sink):
    told.type(f"acknowledge {ref_of(told, 'Ward 3')} --by Ann --on {DAY}")

    told.add("P-1", platelets("8"))
    after(told, 5)

    assert urgencies(http_sink) == ["emergency"]
