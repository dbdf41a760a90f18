"""R20: an urgent message that nobody takes is owed to the next role within ten minutes."""

import re
from datetime import datetime, timedelta
from functools import partial

import pytest

from monitor.delivery.channels import bounded
from tests.delivery.sinks import HttpSink
from tests.delivery.ward import fever, lvef, patient_lines
from tests.shares import one_of

FEVER = datetime.fromisoformat("2023-01-20T08:00:00+00:00")
ROLES = ("patient", "nurse", "prescriber", "operator")
DEAD = "webhook+http://127.0.0.1:9/"
KINDS = ("refuses", "drops", "says 500", "says 404", "says 429", "no TLS")
SLOW = [pytest.param(kind, marks=pytest.mark.faults) for kind in ("hangs", "drips")]


@pytest.fixture
def ill(ward):
    """A patient with fever after an infusion: an emergency."""
    ward.load(patient_lines("P-1", fever(FEVER.isoformat())))
    return ward


def passes(ward, minutes: int, *, every: int = 1) -> None:
    for minute in range(0, minutes + 1, every):
        ward.tick((FEVER + timedelta(minutes=minute)).isoformat(), code=None)


def told(ward, *states: str) -> set[tuple[str, str]]:
    return {
        (one["rule"], one["recipient"])
        for one in ward.outbox(*states)
        if one["rule"] == "febrile-neutropenia"
    }


def ref_of(ward, who: str) -> str:
    about = [o for o in ward.outbox("sent") if o["rule"] == "febrile-neutropenia"]
    return next(o["ref"] for o in about if o["recipient"] == who)


def connect_within(connect, limit: float, host: str, port: int, seconds: float):
    return connect(host, port, min(limit, seconds))


@pytest.mark.parametrize("kind", one_of(2, [*KINDS, *SLOW]))
@pytest.mark.parametrize("dead", range(1, 4))
def test_each_dead_role_costs_eleven_minutes_at_most(
    ill, start, http_sink, kind, dead, certificate, monkeypatch
):
    limit = partial(connect_within, bounded.connect, 0.3)  # instead of ten seconds
    monkeypatch.setattr(bounded, "connect", limit)
    bad = start(HttpSink, certificate=certificate if kind == "no TLS" else None)
    bad.manner = {"drops": "drop", "hangs": "hang", "drips": "drip"}.get(kind, "answer")
    bad.status = int(kind.removeprefix("says ")) if kind.startswith("says ") else 200
    bad.headers = {"Retry-After": "3600"} if kind == "says 429" else {}
    for role in ROLES[:dead]:
        ill.contact(DEAD if kind == "refuses" else bad.url + role, role=role, name=role)
    ill.contact(http_sink.url, role=ROLES[dead], name=ROLES[dead])

    passes(ill, 11 * dead, every=11)

    assert ("febrile-neutropenia", ROLES[dead]) in told(ill, "sent")
    assert {("febrile-neutropenia", role) for role in ROLES[:dead]} <= told(ill, "owed")


def test_after_nine_minutes_nobody_else_is_told_and_after_ten_the_next_is(ill, http_sink):
    ill.contact(DEAD, role="prescriber", name="Dr")
    ill.contact(http_sink.url, role="operator", name="Op")

    passes(ill, 9, every=9)
    assert told(ill, "sent") == set()

    ill.tick((FEVER + timedelta(minutes=10)).isoformat(), code=None)
    assert told(ill, "sent") == {("febrile-neutropenia", "Op")}


def test_a_role_that_nobody_has_is_left_out_at_once(ill, http_sink):
    ill.contact(DEAD, role="patient", name="Ann")
    ill.contact(http_sink.url, role="operator", name="Op")

    passes(ill, 10, every=10)

    assert told(ill, "sent") == {("febrile-neutropenia", "Op")}


def test_the_next_role_is_told_once_and_the_first_is_tried_on(ill, http_sink, start):
    bad = start(HttpSink)
    bad.status = 503
    ill.contact(bad.url, role="prescriber", name="Dr")
    ill.contact(http_sink.url, role="operator", name="Op", private=True)

    passes(ill, 45, every=5)
    before = len(bad.requests)
    bad.status = 200
    passes(ill, 60, every=10)

    urgent = [r["body"] for r in http_sink.requests if r["body"]["urgency"] == "emergency"]
    assert len(urgent) == 1
    assert "Dr could not be reached" in urgent[0]["body"]
    assert before > 3
    assert ("febrile-neutropenia", "Dr") in told(ill, "sent")


def test_who_was_reached_meanwhile_needs_nobody_else(ill, http_sink):
    ill.contact(http_sink.url, role="nurse")
    ill.contact(http_sink.url + "2", role="operator", name="Op")

    passes(ill, 40, every=10)

    assert told(ill, "sent") == {("febrile-neutropenia", "Ward 3")}


def test_the_clinic_is_told_on_where_the_patient_acknowledged_his_own_message(ill, http_sink):
    ill.contact(http_sink.url, role="patient", name="Ann")
    ill.contact(http_sink.url + "2", role="nurse")
    ill.contact(http_sink.url + "3", role="pharmacist", name="Ph")
    passes(ill, 0)
    ref = ref_of(ill, "Ann")

    ill.type(f"acknowledge {ref} --by Ann --on 2023-01-20")
    passes(ill, 60, every=60)
    ill.tick("2023-01-24T10:00:00+00:00")

    by = [(o["recipient"], o["stage"]) for o in ill.outbox("sent")
          if o["rule"] == "febrile-neutropenia"]  # fmt: skip
    assert by.count(("Ann", "warning")) == 1
    assert ("Ph", "escalated") in by
    assert [who for who, _ in by].count("Ward 3") >= 2


def test_a_nurse_who_acknowledges_quiets_everybody(ill, http_sink):
    ill.contact(http_sink.url, role="patient", name="Ann")
    ill.contact(http_sink.url + "2", role="nurse")
    ill.contact(http_sink.url + "3", role="pharmacist", name="Ph")
    passes(ill, 0)
    ref = ref_of(ill, "Ward 3")

    ill.type(f"acknowledge {ref} --by N --on 2023-01-20")
    ill.tick("2023-01-24T10:00:00+00:00")

    assert told(ill, "sent") == {("febrile-neutropenia", "Ann"), ("febrile-neutropenia", "Ward 3")}


def test_what_was_not_delivered_is_escalated_after_an_hour_all_the_same(ill, http_sink):
    ill.contact(DEAD, role="nurse")
    ill.contact(http_sink.url, role="pharmacist", name="Ph")

    passes(ill, 61, every=61)

    assert ("febrile-neutropenia", "Ph") in told(ill, "sent")


def test_what_is_gravest_stands_first_whatever_its_name_and_day(ward, http_sink):
    day = (FEVER - timedelta(days=1)).date().isoformat()
    ward.load(patient_lines("P-1", fever(FEVER.isoformat()), lvef("45", day)))
    ward.add("P-1", {"symptom": {"code": "breathlessness", "at": FEVER.isoformat()}})
    ward.contact(http_sink.url, private=True)

    passes(ward, 0)

    (body,) = [r["body"]["body"] for r in http_sink.requests if r["body"]["urgency"] != "routine"]
    severities = re.findall(r", (emergency|urgent), since", body)
    assert severities == sorted(severities)
    assert severities[0] == "emergency" != severities[-1]
    assert body.index("febrile-neutropenia") < body.index("cardiac-symptom")


def test_what_is_urgent_at_once_is_one_message_led_by_the_gravest(ill, http_sink):
    ill.add("P-1", lvef("45", "2023-01-19"))
    ill.contact(http_sink.url, private=True)

    passes(ill, 10, every=10)

    (body,) = [r["body"] for r in http_sink.requests if r["body"]["urgency"] != "routine"]
    assert body["urgency"] == "emergency"
    assert body["body"].index("febrile-neutropenia") < body["body"].index("low-lvef")
    assert "urgent" not in {r["body"]["urgency"] for r in http_sink.requests}
