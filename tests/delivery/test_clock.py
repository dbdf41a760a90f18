"""R5: the clock jumps. Nothing is lost, nothing repeated; a jump back is said."""

from datetime import datetime, timedelta

import pytest

from monitor.delivery import tick
from tests import postgresql
from tests.delivery.ward import fever, lvef, patient_lines

DUE = datetime.fromisoformat("2023-01-20T10:00:00+00:00")
JUMPS = [
    timedelta(seconds=1),
    timedelta(minutes=5),
    timedelta(hours=3),
    timedelta(days=1),
    timedelta(days=40),
    timedelta(days=5 * 365),
]
BACK = "monitor: the clock lies before the last pass; everybody was checked anew\n"


@pytest.fixture
def told(ward, http_sink):
    """A nurse who was told what is due on DUE, and of a weak heart."""
    ward.load(patient_lines("P-1", lvef("45", "2023-01-19")))
    ward.contact(http_sink.url)
    ward.tick("2023-01-18")
    ward.tick(DUE.isoformat())
    return ward


def keys(sink) -> list[str]:
    return [request["body"]["key"] for request in sink.requests]


# The clocks of several machines on one server may be a few seconds apart.
@pytest.mark.parametrize("jump", JUMPS[bool(postgresql.URL) :], ids=str)
def test_a_jump_back_repeats_nothing_and_is_said(told, http_sink, jump):
    before = keys(http_sink)

    told.tick((DUE - jump).isoformat())
    said = told.err
    told.tick(DUE.isoformat())
    afterwards = told.err

    assert BACK in said
    assert BACK not in afterwards
    assert keys(http_sink) == before


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_jump_forward_and_back_loses_nothing_and_repeats_nothing(told, http_sink, jump):
    told.tick((DUE + jump).isoformat())
    told.tick((DUE + timedelta(seconds=1)).isoformat())

    told.tick("2023-01-25")
    told.tick("2023-02-08")

    assert len(keys(http_sink)) == len(set(keys(http_sink)))
    told_of = {(one["rule"], one["stage"]) for one in told.outbox("sent")}
    assert {("cbc-nadir", stage) for stage in ("ahead", "due", "overdue", "escalated")} <= told_of


def test_small_jumps_to_and_fro_all_day_are_one_message(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url)

    for number in range(40):
        wobble = timedelta(seconds=(-1) ** number * 7 * number)
        ward.tick((DUE + timedelta(minutes=number) + wobble).isoformat())

    assert len(keys(http_sink)) == 1


def test_what_waits_for_a_moment_that_the_clock_went_back_from_is_tried_now(ward, http_sink):
    http_sink.status = 503
    ward.load(patient_lines("P-1", lvef("45", "2023-01-19")))
    ward.contact(http_sink.url)
    ward.tick((DUE + timedelta(days=900)).isoformat(), code=1)
    http_sink.status = 200

    ticked = ward.tick(DUE.isoformat())

    assert ticked["failed"] == 0
    assert {one["state"] for one in ward.outbox()} <= {"sent", "withdrawn"}
    assert "low-lvef" in {one["rule"] for one in ward.outbox("sent")}


def test_a_lease_taken_in_the_future_does_not_hold_a_message_for_years(
    ward, http_sink, leave_in_the_middle
):
    ward.load(patient_lines("P-1", lvef("45", "2023-01-19")))
    ward.contact(http_sink.url)
    ward.tick("2022-12-01")
    leave_in_the_middle("2033-01-20T10:00:00+00:00")

    later = [ward.tick((DUE + timedelta(minutes=m)).isoformat())["sent"] for m in (0, 3, 6)]

    assert sum(later) >= 1
    assert "low-lvef" in {one["rule"] for one in ward.outbox("sent")}


def test_what_was_told_in_the_future_still_escalates(ward, http_sink):
    ward.load(patient_lines("P-1", fever("2023-01-20T08:00:00+00:00")))
    ward.contact(http_sink.url)
    ward.contact(http_sink.url + "2", role="pharmacist", name="Ph")
    ward.tick("2023-01-25T10:00:00+00:00")  # days too far
    ward.tick("2023-01-20T10:00:00+00:00")

    ward.tick("2023-01-20T22:00:00+00:00")

    assert ("febrile-neutropenia", "escalated", "Ph") in [
        (one["rule"], one["stage"], one["recipient"]) for one in ward.outbox("sent")
    ]


def test_the_doctor_says_that_the_clock_lies_before_the_last_pass(told):
    told.tick("2099-01-01")

    beat = next(c for c in told.ask("doctor")["checks"] if c["name"] == "beat")

    assert beat["well"] is False
    assert "the clock lies before the last heartbeat, 2099-01-01" in beat["message"]


def test_the_log_says_how_far_the_clock_went_back(told, caplog):
    told.tick((DUE - timedelta(days=2)).isoformat())

    assert "the clock went back from 2023-01-20T10:00:00+00:00 to 2023-01-18" in caplog.text


@pytest.fixture
def bounded(monkeypatch):
    """Fail where a pass looks again and again without end."""
    asked = []

    def counted(*arguments, **options):
        asked.append(arguments)
        assert len(asked) < 100, "looks without end"
        return due(*arguments, **options)

    due = tick.wakeups.due
    monkeypatch.setattr(tick.wakeups, "due", counted)


def test_a_pass_ends_where_the_day_of_a_move_has_not_begun_yet(bounded, ward, http_sink):
    ward.load(patient_lines(timezone="Asia/Tokyo"))
    ward.contact(http_sink.url, role="patient", name="Ann")
    ward.type("patient change P-1 --timezone America/New_York --on 2023-01-18")

    sent = [ward.tick(f"2023-01-18T{hour:02}:30:00+00:00")["sent"] for hour in (0, 1, 6, 15)]

    assert sum(sent) == 1


def test_a_move_counts_from_its_day_on(bounded, ward, http_sink):
    ward.load(patient_lines(timezone="Asia/Tokyo"))
    ward.contact(http_sink.url, role="patient", name="Ann")
    ward.type("patient change P-1 --timezone America/New_York --on 2023-01-19")

    before = [ward.tick(f"2023-01-{day}T{hour}")["sent"] for day, hour in
              (("17", "23:59:00+00:00"), ("18", "00:00:00+00:00"))]  # fmt: skip
    after = [ward.tick(f"2023-01-20T{hour}")["sent"] for hour in
             ("00:30:00+00:00", "13:59:00+00:00", "14:00:00+00:00")]  # fmt: skip

    assert (before, after) == ([0, 1], [0, 0, 1])


def test_a_beat_in_the_future_is_no_sign_of_life(told, monitor):
    told.tick("2090-01-01")

    _, _, err = monitor("patient list")
    found = told.ask("doctor")

    assert "the last heartbeat lies in the future, 2090-01-01 10:00 UTC: check the clock" in err
    (beat,) = [one for one in found["checks"] if one["name"] == "beat"]
    assert not beat["well"]
