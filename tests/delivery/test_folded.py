"""What is overdue of several codes: each is told and listed, for what does one does no other."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.delivery.ward import Ward, patient_lines

CRITICAL = "repeat of a critical value"
SAMPLE = "repeat of an unsuitable sample"
EARLIER = "earlier of the same kind"
UNFIT = {"status": "unsuitable"}


@pytest.fixture
def today() -> date:
    return datetime.now(UTC).date()  # noqa: TID251  # what is old when it is first seen is not asked for


def result(on: date, code: str, value: str, unit: str, **more: str) -> dict:
    return {"result": {"on": on.isoformat(), "code": code, "value": value, "unit": unit, **more}}


def haemoglobin_and_platelets(today: date) -> list[dict]:
    return [
        result(today - timedelta(9), "haemoglobin", "65", "g/L"),
        result(today - timedelta(8), "platelets", "40", "10*9/L"),
    ]


def three_samples(today: date) -> list[dict]:
    return [
        result(today - timedelta(9), "creatinine", "70", "umol/L", **UNFIT),
        result(today - timedelta(8), "creatinine", "71", "umol/L", **UNFIT),
        result(today - timedelta(7), "platelets", "240", "10*9/L", **UNFIT),
    ]


def told(ward: Ward, sink, today: date, facts: list[dict]) -> str:
    """Give what a nurse is told of checks."""
    ward.load(patient_lines("P-1", *facts, include=()))
    ward.contact(sink.url, private=True)
    ward.tick((today + timedelta(1)).isoformat())
    bodies = [request["body"]["body"] for request in sink.requests]
    return "\n".join(body for body in bodies if CRITICAL in body or SAMPLE in body)


def listed(ward: Ward, typed: str) -> list[str]:
    """Give the lines of the checks that ask for a code again."""
    _, out, _ = ward.monitor(typed)
    return [line for line in out.splitlines() if "-repeat" in line]


def test_critical_values_of_two_codes_are_both_told_where_neither_was_repeated(
    ward, http_sink, today
):
    body = told(ward, http_sink, today, haemoglobin_and_platelets(today))

    assert f"{CRITICAL} (haemoglobin), due {today - timedelta(8)}, overdue" in body
    assert f"{CRITICAL} (platelets), due {today - timedelta(7)}, overdue" in body
    assert EARLIER not in body


def test_so_are_samples_and_only_those_of_one_code_stand_for_each_other(ward, http_sink, today):
    body = told(ward, http_sink, today, three_samples(today))

    assert f"{SAMPLE} (creatinine), due {today - timedelta(7)}, overdue" in body
    assert f"{SAMPLE} (creatinine), due {today - timedelta(8)}" not in body
    assert f"{SAMPLE} (platelets), due {today - timedelta(6)}, overdue" in body
    assert body.count(f"And 1 {EARLIER}.") == 1


@pytest.mark.parametrize("typed", ["upcoming", "upcoming P-1"])
def test_both_are_listed_with_their_codes_from_what_is_stored_too(ward, today, typed):
    ward.load(patient_lines("P-1", *haemoglobin_and_platelets(today), include=()))

    first, second = listed(ward, typed)

    assert first.endswith(f"{today - timedelta(9)}, haemoglobin")
    assert second.endswith(f"{today - timedelta(8)}, platelets")
    assert "earlier" not in first + second


@pytest.mark.parametrize("typed", ["upcoming", "upcoming P-1"])
def test_and_of_one_code_the_newest_with_how_many_earlier(ward, today, typed):
    ward.load(patient_lines("P-1", *three_samples(today), include=()))

    first, second = listed(ward, typed)

    assert "overdue, and 1 earlier" in first
    assert first.endswith(f"{today - timedelta(8)}, creatinine")
    assert "earlier" not in second
    assert second.endswith(f"{today - timedelta(7)}, platelets")
