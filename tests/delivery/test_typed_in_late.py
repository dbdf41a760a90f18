"""A value or a symptom of an older day that is typed in late has nothing else told again."""

from datetime import timedelta

import pytest

from tests.delivery.test_told_anew import BEFORE, DAY, after, platelets, urgencies
from tests.delivery.ward import patient_lines

EARLIER = BEFORE - timedelta(days=1)


def result(code: str, value: str, unit: str, day: object) -> dict:
    said = {"code": code, "value": value, "unit": unit, "on": str(day)}
    return {"result": {**said, "confirm": True}}


def creatinine(value: str, day: object) -> dict:
    return result("creatinine", value, "umol/L", day)


def neutrophils(value: str, day: object) -> dict:
    return result("neutrophils", value, "10*9/L", day)


def fever(day: object) -> dict:
    return {"symptom": {"code": "fever", "at": f"{day}T07:00:00+00:00"}}


@pytest.mark.parametrize(
    ("told", "late"),
    [
        ([platelets("12")], [creatinine("400", EARLIER), creatinine("80", BEFORE)]),
        ([fever(DAY), neutrophils("0.3", DAY)], [fever(DAY - timedelta(days=30))]),
    ],
)
def test_an_emergency_is_not_told_again(told, late, ward, http_sink):
    ward.load(patient_lines("P-1", *told))
    ward.contact(http_sink.url)
    after(ward, 0)
    assert urgencies(http_sink) == ["emergency"]

    for fact in late:
        ward.add("P-1", fact)
    after(ward, 5)

    assert urgencies(http_sink) == ["emergency"]
    assert "no longer applies" not in str(http_sink.requests)
