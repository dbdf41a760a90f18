"""A grave value that does not count after all: who was told hears what to do, and no "all well"."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.delivery.ward import fever, lvef, patient_lines

ASKS = {"unsuitable": "take another one now", "preliminary": "ask for the final result"}


def neutrophils(value: str, on: str) -> dict:
    return {"result": {"code": "neutrophils", "value": value, "unit": "10*9/L", "on": on}}


def urgent(sink) -> list[str]:
    """Give the messages that are no reminder of a check, in the order in which they came."""
    bodies = [request["body"]["body"] for request in sink.requests]
    return [body for body in bodies if not body.startswith("A scheduled check")]


@pytest.fixture
def told(ward, http_sink):
    """A nurse who was told of an emergency: fever with neutrophils of 0.4."""
    ill = neutrophils("0.4", "2023-03-01"), fever("2023-03-01T08:00:00+00:00")
    ward.load(patient_lines("P-1", *ill))
    ward.contact(http_sink.url, private=True)
    ward.tick("2023-03-01")
    assert "febrile-neutropenia, emergency" in urgent(http_sink)[0]
    return ward


@pytest.mark.parametrize("status", ASKS)
def test_an_emergency_is_told_anew_and_not_taken_back_where_its_value_does_not_count_after_all(
    told, http_sink, status
):
    told.type(f"correct {told.event('neutrophils 0.4')} --reason clotted --status {status}")

    told.tick("2023-03-01T11:00:00+00:00")

    _, *since = urgent(http_sink)
    assert len(since) == 1
    assert "febrile-neutropenia, emergency" in since[0]
    assert ASKS[status] in since[0]


def test_a_newer_value_ends_it_and_nobody_is_told_again(told, http_sink):
    told.type(f"correct {told.event('neutrophils 0.4')} --reason clotted --status unsuitable")
    told.tick("2023-03-01T11:00:00+00:00")
    before = len(urgent(http_sink))

    told.add("P-1", neutrophils("3.2", "2023-03-02"))
    told.tick("2023-03-02T11:00:00+00:00")

    assert not any("neutropenia" in body for body in urgent(http_sink)[before:])
    assert "neutropenia" not in told.monitor("warnings P-1 --as-of 2023-03-02")[1]


def test_an_urgent_warning_of_a_drug_goes_on_too(ward, http_sink):
    ward.load(patient_lines("P-1", lvef("45", "2023-03-01")))
    ward.contact(http_sink.url, private=True)
    ward.tick("2023-03-01")
    ward.type(f"correct {ward.event('lvef 45')} --reason 'other film' --status unsuitable")

    ward.tick("2023-03-01T11:00:00+00:00")

    _, *since = urgent(http_sink)
    assert len(since) == 1
    assert "lvef of 2023-03-01, the sample was not fit: take another one now" in since[0]


def test_a_retraction_still_takes_back_what_was_said(told, http_sink):
    told.type(f"retract {told.event('neutrophils 0.4')} --reason 'wrong patient'")

    told.tick("2023-03-01T11:00:00+00:00")

    assert any("no longer applies" in body for body in urgent(http_sink)[1:])


NOW = datetime.now(UTC)  # noqa: TID251  # a value that is old when it is first seen is no emergency
YESTERDAY = (NOW - timedelta(days=1)).date().isoformat()
EARLY = {
    "febrile-neutropenia": {
        "symptom": {"code": "fever", "at": f"{YESTERDAY}T08:00:00+00:00"},
        "result": {"code": "neutrophils", "value": "0.3", "unit": "10*9/L"},
    },
    "critical-result": {
        "symptom": {"code": "bleeding", "at": f"{YESTERDAY}T08:00:00+00:00"},
        "result": {"code": "platelets", "value": "15", "unit": "10*9/L"},
    },
}


@pytest.mark.parametrize("status", ["unsuitable", "final"])
@pytest.mark.parametrize("rule", EARLY)
def test_what_was_told_on_a_preliminary_value_is_told_anew_and_not_taken_back(
    ward, http_sink, rule, status
):
    ward.load(patient_lines("P-1"))
    ward.contact(http_sink.url, private=True)
    ward.contact(http_sink.url, role="patient", name="Pat", private=True)
    ward.tick(f"{YESTERDAY}T09:00:00+00:00", code=None)
    early = {"on": YESTERDAY, "status": "preliminary", **EARLY[rule]["result"]}
    ward.add("P-1", {"symptom": EARLY[rule]["symptom"]}, {"result": early})
    ward.tick(f"{YESTERDAY}T10:00:00+00:00", code=None)
    told = urgent(http_sink)
    assert any(f"{rule}, emergency" in body for body in told)

    ward.type(f"correct {ward.event(early['value'])} --reason 'seen again' --status {status}")
    ward.tick(f"{YESTERDAY}T11:00:00+00:00", code=None)

    since = urgent(http_sink)[len(told) :]
    assert not any("no longer applies" in body for body in since)
    assert any(f"{rule}, emergency" in body for body in since)
    if status == "unsuitable":
        assert any(ASKS[status] in body for body in since)
