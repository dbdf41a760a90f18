"""What is urgent and has nobody to go to is said by every pass, and by no signal called well."""

from datetime import UTC, datetime

import pytest

from monitor.policy import text
from tests.delivery.ward import fever, patient_lines

NOW = "2023-01-21T09:00:00+00:00"
LATER = "2023-01-21T09:00:30+00:00"  # nobody is looked at again so soon
STRANGER = [
    {"kind": "patient", "id": "P-2", "sex": "male", "born": "1980-01-01", "timezone": "UTC"}
]


@pytest.fixture
def alone(ward):
    """Give a ward whose only patient has a fever after an infusion, and no contact."""
    ward.load(patient_lines("P-1", fever("2023-01-21T08:00:00+00:00")))
    return ward


def test_a_pass_says_that_urgent_warnings_reach_nobody_and_does_not_end_well(alone):
    code, out, _ = alone.monitor(f"tick --now {NOW}")

    assert code == 1
    assert "; 1 urgent warning reaches nobody; whose, says: monitor doctor" in out


def test_the_next_pass_says_it_too_though_it_looked_at_nobody(alone):
    alone.monitor(f"tick --now {NOW}")

    told = alone.tick(LATER, code=1)

    assert told["courses"] == 0
    assert told["unheard"] == [{"patient": "P-1", "messages": 1}]
    assert "1 urgent warning reaches nobody" in alone.err


def test_it_is_said_of_a_patient_without_a_course(ward):
    ward.load(STRANGER)
    today = datetime.now(UTC).date()  # noqa: TID251  # what is old when it is told is not urgent
    ward.type(f"result log P-2 platelets 8 10*9/L --on {today} --confirm")

    code, out, _ = ward.monitor("tick")

    assert (code, "1 urgent warning reaches nobody" in out) == (1, True)
    checks = {one["name"]: one for one in ward.ask("doctor")["checks"]}
    assert checks["recipients"]["message"] == "P-2: an urgent warning reaches nobody"


def test_once_somebody_is_there_they_are_told_and_nothing_more_is_said(alone, http_sink):
    alone.tick(NOW, code=1)
    alone.contact(http_sink.url)

    told = alone.tick(LATER)

    assert told["unheard"] == []
    assert "emergency" in {one["body"]["urgency"] for one in http_sink.requests}


def test_an_operator_of_the_site_hears_of_it_instead(alone, http_sink):
    alone.load(patient_lines("P-3"))
    alone.contact(http_sink.url, "P-3", role="operator", name="Op")

    told = alone.tick(NOW)

    assert told["unheard"] == []
    assert "emergency" in {one["body"]["urgency"] for one in http_sink.requests}


def test_what_staff_have_seen_is_not_said(alone, http_sink):
    number = alone.contact(http_sink.url)
    alone.tick(NOW)
    grave = next(one for one in alone.outbox() if one["rule"] == "febrile-neutropenia")
    alone.type(f"acknowledge {grave['ref']} --by Ann --on 2023-01-21")
    alone.type(f"contact remove {number}")

    assert alone.tick(LATER)["unheard"] == []


def test_a_mild_matter_with_nobody_is_no_alarm(ward):
    ward.load(patient_lines("P-1"))

    assert ward.tick("2023-04-01")["unheard"] == []


def test_the_ping_says_that_it_is_not_well(alone, monkeypatch, http_sink, tmp_path):
    policy = tmp_path / "policy.toml"
    usual = text(None)
    policy.write_text(
        usual.replace('ping_url = ""', f'ping_url = "{http_sink.url.removeprefix("webhook+")}"')
    )
    monkeypatch.setenv("MONITOR_POLICY", str(policy))

    alone.tick(NOW, code=1)

    assert [one["path"] for one in http_sink.requests] == ["/hook/fail"]


def checks_of(ward) -> dict[str, bool]:
    return {one["name"]: one["well"] for one in ward.ask("doctor")["checks"]}


def test_a_patient_alone_is_nobody(alone, http_sink):
    alone.contact(http_sink.url, role="patient", name="Ann")

    told = alone.tick(NOW, code=1)

    assert told["unheard"] == [{"patient": "P-1", "messages": 1}]
    assert checks_of(alone)["recipients"] is False


def test_beside_the_patient_an_operator_of_the_site_hears_of_it(alone, http_sink):
    alone.load(patient_lines("P-3"))
    alone.contact(http_sink.url, "P-3", role="operator", name="Op")
    alone.contact(http_sink.url, role="patient", name="Ann")

    told = alone.tick(NOW)

    assert told["unheard"] == []
    by = {one["recipient"] for one in alone.outbox("sent") if one["rule"] == "febrile-neutropenia"}
    assert by == {"Ann", "Op"}


def test_what_is_urgent_and_has_not_arrived_is_not_well(alone, http_sink):
    http_sink.status = 503
    alone.contact(http_sink.url)
    alone.tick(NOW, code=1)

    told = alone.tick(LATER, code=1)  # too soon for another try

    assert (told["failed"], told["undelivered"]) == (0, 1)
    assert "1 urgent message has not arrived" in alone.err
    assert checks_of(alone)["outbox"] is False

    http_sink.status = 200
    assert alone.tick("2023-01-21T09:20:00+00:00")["undelivered"] == 0
    assert checks_of(alone)["outbox"] is True


def test_what_was_given_up_is_not_well_until_its_recipient_is_reached(alone, http_sink):
    alone.contact(http_sink.url)
    http_sink.status = 503
    for day in range(21, 30):
        told = alone.tick(f"2023-01-{day}T09:00:01+00:00", code=1)
    assert {one["patient"] for one in alone.outbox("failed")} == {"P-1"}
    assert told["unheard"] == [{"patient": "P-1", "messages": 1}]
    assert checks_of(alone)["recipients"] is False

    http_sink.status = 200
    told = alone.tick("2023-01-29T10:00:00+00:00")

    assert told["unheard"] == []
    assert checks_of(alone)["recipients"] is True
