"""What becomes known after a grave warning was told, or acknowledged, is told; nothing hides it."""

from datetime import UTC, datetime, time, timedelta

import pytest

from tests.delivery.sinks import HttpSink
from tests.delivery.ward import patient_lines

# What is old when it is told is not urgent: this happened the day before yesterday.
TODAY = datetime.now(UTC).date()  # noqa: TID251  # an acknowledgement is of the true day
DAY = TODAY - timedelta(days=1)
BEFORE = DAY - timedelta(days=1)
FIRST = datetime.combine(DAY, time(8), UTC)
DEAD = "webhook+http://127.0.0.1:9/"


def platelets(value: str, **more: object) -> dict:
    """Write platelets: below 50 is urgent, below 20 an emergency."""
    said = {"code": "platelets", "value": value, "unit": "10*9/L", "on": str(DAY)}
    return {"result": {**said, "confirm": True, **more}}


@pytest.fixture
def low(ward):
    """A patient whose platelets are 30: urgent."""
    ward.load(patient_lines("P-1", platelets("30")))
    return ward


def after(ward, minutes: int) -> dict:
    return ward.tick((FIRST + timedelta(minutes=minutes)).isoformat(), code=None)


def urgencies(sink) -> list[str]:
    found = [request["body"]["urgency"] for request in sink.requests]
    return [urgency for urgency in found if urgency != "routine"]


def correct(ward, value: str) -> None:
    event = ward.event("platelets")
    ward.type(f"correct {event} --reason typo --value {value} --confirm")


def ref_of(ward, who: str) -> str:
    about = [one for one in ward.outbox() if one["rule"] == "critical-result"]
    return next(one["ref"] for one in about if one["recipient"] == who)


def told(ward, *states: str) -> list[tuple[str, str]]:
    return [
        (one["recipient"], one["stage"])
        for one in ward.outbox(*states)
        if one["rule"] == "critical-result"
    ]


def test_a_value_corrected_to_a_far_worse_one_is_told(low, http_sink):
    low.contact(http_sink.url)
    after(low, 0)

    correct(low, "3")
    after(low, 5)

    assert urgencies(http_sink) == ["urgent", "emergency"]
    assert "no longer applies" not in http_sink.requests[-1]["body"]["body"]


def test_it_is_told_though_the_first_value_was_acknowledged(low, http_sink):
    low.contact(http_sink.url)
    after(low, 0)
    low.type(f"acknowledge {ref_of(low, 'Ward 3')} --by Ann --on {DAY}")

    correct(low, "28")
    after(low, 5)

    assert urgencies(http_sink) == ["urgent", "urgent"]


def test_a_sign_of_an_earlier_day_that_makes_it_an_emergency_is_told(low, http_sink):
    low.contact(http_sink.url)
    after(low, 0)
    low.type(f"acknowledge {ref_of(low, 'Ward 3')} --by Ann --on {DAY}")

    low.add("P-1", {"symptom": {"code": "bleeding", "at": f"{BEFORE}T08:00:00+00:00"}})
    after(low, 5)

    assert "emergency" in urgencies(http_sink)


def test_an_answer_to_signs_that_a_correction_puts_on_two_days_quiets_neither(ward, http_sink):
    ward.load(patient_lines("P-1"))
    ward.contact(http_sink.url)
    ward.add("P-1", {"symptom": {"code": "fever", "at": f"{DAY}T06:00:00+00:00"}})
    fever = ward.event("fever")
    hot = {"code": "temperature", "value": "38.4", "unit": "Cel", "on": str(DAY)}
    ward.add("P-1", {"result": hot})
    after(ward, 0)
    (warning,) = signs_of_infection(ward)
    ward.type(f"acknowledge {warning['key']} --by Ann --on {DAY}")

    ward.type(f"correct {fever} --reason typo --at {BEFORE}T06:00:00+00:00")
    after(ward, 5)

    days = {one["since"]: one["occurrence"] for one in signs_of_infection(ward)}
    assert days == {str(BEFORE): 1, str(DAY): 2}  # in the order in which they were first known
    assert urgencies(http_sink) == ["urgent"] * 3


def signs_of_infection(ward) -> list[dict]:
    return [w for w in ward.ask("warnings P-1")["warnings"] if w["rule"] == "infection-symptom"]


def test_a_correction_that_takes_the_emergency_away_takes_back_what_was_said(ward, http_sink):
    ward.load(patient_lines("P-1", platelets("3")))
    ward.contact(http_sink.url)
    after(ward, 0)

    correct(ward, "30")
    after(ward, 5)

    bodies = [request["body"]["body"] for request in http_sink.requests]
    assert urgencies(http_sink)[0] == "emergency"
    assert sum("no longer applies" in body for body in bodies) == 1
    assert "A patient needs action today." in bodies[-1] + bodies[-2]


def test_what_staff_have_seen_is_on_its_way_to_the_patient_all_the_same(low, http_sink, start):
    away = start(HttpSink)
    away.status = 503
    low.contact(away.url, role="patient", name="Ann")
    low.contact(http_sink.url)
    after(low, 0)

    low.type(f"acknowledge {ref_of(low, 'Ward 3')} --by N --on {DAY}")
    away.status = 200
    after(low, 20)
    after(low, 100)

    assert told(low, "sent").count(("Ann", "warning")) == 1
    assert told(low, "sent").count(("Ward 3", "warning")) == 1


def test_what_a_patient_has_seen_himself_is_not_told_him_again(low, http_sink):
    low.contact(http_sink.url, role="patient", name="Ann")
    low.contact(DEAD)
    after(low, 0)

    low.type(f"acknowledge {ref_of(low, 'Ann')} --by Ann --on {DAY}")
    low.tick(f"{DAY + timedelta(days=7)}T10:00:00+00:00", code=None)

    assert told(low, "sent") == [("Ann", "warning")]


def test_new_facts_do_not_start_the_ten_minutes_anew(low, http_sink):
    low.contact(DEAD)
    low.contact(http_sink.url, role="operator", name="Op")
    after(low, 0)
    for minute in (4, 8):
        low.add("P-1", platelets(str(30 - minute), second=True))
        after(low, minute)

    after(low, 10)

    assert ("Op", "escalated") in told(low, "sent")


def test_new_facts_do_not_start_the_hours_without_an_answer_anew(low, http_sink):
    low.contact(http_sink.url)
    low.contact(http_sink.url + "2", role="pharmacist", name="Ph")
    after(low, 0)
    low.add("P-1", platelets("28", second=True))
    after(low, 11 * 60)

    after(low, 12 * 60)

    assert ("Ph", "escalated") in told(low, "sent")


def test_an_answer_to_what_was_known_before_stops_no_clock_of_what_is_new(low, http_sink):
    low.contact(http_sink.url)
    low.contact(http_sink.url + "2", role="pharmacist", name="Ph")
    after(low, 0)
    low.type(f"acknowledge {ref_of(low, 'Ward 3')} --by Ann --on {DAY}")
    low.add("P-1", platelets("28", second=True))
    after(low, 60)

    after(low, 12 * 60)
    assert ("Ph", "escalated") not in told(low, "sent")

    after(low, 13 * 60)
    assert ("Ph", "escalated") in told(low, "sent")


def test_an_acknowledgement_of_a_day_before_the_message_is_refused(low, http_sink):
    low.contact(http_sink.url)
    after(low, 0)

    code, _, err = low.monitor(f"acknowledge {ref_of(low, 'Ward 3')} --by Ann --on {BEFORE}")

    assert code == 2
    assert str(DAY) in err


def test_an_acknowledgement_that_is_older_than_the_message_stops_no_clock(low, http_sink):
    low.contact(http_sink.url)
    low.contact(http_sink.url + "2", role="pharmacist", name="Ph")
    (warning,) = [one["key"] for one in low.ask("warnings P-1")["warnings"]
                  if one["rule"] == "critical-result"]  # fmt: skip
    low.type(f"acknowledge {warning} --by Ann --on {DAY - timedelta(days=40)}")
    after(low, 0)

    after(low, 12 * 60)

    assert ("Ph", "escalated") in told(low, "sent")
