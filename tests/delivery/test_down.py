"""What happens while nobody sends, or a channel fails: late, once, the most urgent first."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.delivery import sender
from monitor.delivery import tries as trying
from monitor.delivery.retry import next_try
from monitor.domain.outcome import Urgency
from tests.delivery.sending import VIA, a_message
from tests.delivery.sinks import HttpSink
from tests.delivery.ward import fever, lvef, patient_lines

BEGIN = datetime(2023, 1, 20, 10, 0, tzinfo=UTC)

# a sender that died


def test_a_routine_message_whose_sender_died_in_the_evening_waits_for_the_morning(
    ward, http_sink, leave_in_the_middle
):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    leave_in_the_middle("2023-01-20T19:59:30+00:00")

    evening = ward.tick("2023-01-20T20:30:00+00:00")
    morning = ward.tick("2023-01-21T09:00:00+00:00")

    assert (evening["sent"], morning["sent"]) == (0, 1)
    assert len(http_sink.requests) == 1


@pytest.mark.parametrize("passed", [0, 1, 30, 60 * 24 * 20])
def test_what_was_half_sent_when_a_patient_is_closed_is_not_sent_again(
    ward, http_sink, leave_in_the_middle, passed
):
    ward.load(patient_lines("P-1", lvef("45", "2023-01-19")))
    ward.contact(http_sink.url)
    leave_in_the_middle(BEGIN.isoformat())
    ward.type("patient close P-1 --reason died --by 'Dr A' --on 2023-01-20")

    ticked = ward.tick((BEGIN + timedelta(minutes=passed)).isoformat())

    assert (ticked["sent"], http_sink.requests) == (0, [])


# nobody sends for a while


@pytest.mark.parametrize("patients", [pytest.param(1, marks=pytest.mark.faults), 6])
@pytest.mark.parametrize("down", [timedelta(hours=1), timedelta(days=3), timedelta(days=40),
                                  timedelta(days=400)], ids=str)  # fmt: skip
def test_after_any_time_down_a_recipient_gets_one_message_the_missed_stages_folded(
    ward, start, down, patients
):
    nurse, others = start(HttpSink), start(HttpSink)
    who = [f"P-{n}" for n in range(patients)]
    ward.load(*(patient_lines(one, include=("ex-course", "infusion-jan")) for one in who))
    for one in who:
        ward.contact(nurse.url, one)
        ward.contact(others.url, one, role="patient", name="Ann")
    ward.tick("2023-01-19T10:00:00+00:00")
    before = len(nurse.requests), len(others.requests)

    ticked = ward.tick((BEGIN + down).isoformat())

    assert (before, ticked["failed"]) == ((1, patients), 0)
    assert len(nurse.requests) - 1 == 1
    assert len(others.requests) - patients == patients
    nadir = [o for o in ward.outbox() if o["rule"] == "cbc-nadir" and o["recipient"] == "Ward 3"]
    assert len(nadir) == 2 * patients  # ahead, and the highest stage reached


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2023-01-20", None),
        ("2023-01-21", "This message is delayed 1 day."),
        ("2023-01-24", "This message is delayed 4 days."),
        ("2023-01-25", "This message is delayed 5 days."),  # overdue from today on
        ("2023-01-28", "This message is delayed 8 days."),
        ("2023-02-08", "This message is delayed 19 days."),  # escalated from today on
        ("2024-02-07", "This message is delayed 383 days."),  # to be repeated today
    ],
)
def test_a_message_that_comes_late_says_how_late(ward, http_sink, now, words):
    ward.load(patient_lines())
    ward.contact(http_sink.url, private=True)
    ward.tick("2023-01-18")

    ward.tick(now)

    body = http_sink.requests[-1]["body"]["body"]
    assert words in body if words else "delayed" not in body


@pytest.mark.parametrize(
    ("now", "late"), [("2023-01-20", None), ("2023-01-30", 10), ("2023-02-08", 19)]
)
def test_the_first_pass_of_all_counts_from_the_day_a_check_was_due(ward, http_sink, now, late):
    ward.load(patient_lines())
    ward.contact(http_sink.url, private=True)

    ward.tick(now)

    body = http_sink.requests[0]["body"]["body"]
    assert f"This message is delayed {late} days." in body if late else "delayed" not in body


def test_who_is_not_told_ahead_was_not_kept_waiting_for_that(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url, role="prescriber", private=True)
    ward.contact(http_sink.url, role="nurse")
    ward.tick("2023-01-17")

    ward.tick("2023-01-21")

    private = [r["body"]["body"] for r in http_sink.requests if "cbc-nadir" in r["body"]["body"]]
    assert ["This message is delayed 1 day." in body for body in private] == [True]


def test_what_was_quiet_after_an_acknowledgement_is_late_only_from_the_end_of_that(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url, private=True)
    ward.tick("2023-01-20")
    ref = http_sink.requests[0]["body"]["ref"]
    ward.type(f"acknowledge {ref} --by 'Dr A' --on 2023-01-20")  # quiet for seven days

    ward.tick("2023-01-30")

    assert "This message is delayed 3 days." in http_sink.requests[-1]["body"]["body"]


def test_a_warning_that_nobody_could_send_says_how_late_it_is(ward, http_sink):
    ward.load(patient_lines("P-1", lvef("45", "2023-01-23"), include=("ex-course",)))
    ward.contact(http_sink.url, private=True)
    ward.tick("2023-01-20")
    ward.tick("2023-01-28")

    body = http_sink.requests[-1]["body"]["body"]
    assert "This message is delayed 5 days." in body


def test_an_escalation_in_time_is_not_late(ward, http_sink):
    ward.load(patient_lines("P-1", lvef("45", "2023-01-20"), include=("ex-course",)))
    ward.contact(http_sink.url, private=True)
    for moment in ("20T10:00", "20T22:00", "21T10:00"):
        ward.tick(f"2023-01-{moment}:00+00:00")

    assert [one["stage"] for one in ward.outbox("sent")] == ["warning", "escalated"]
    assert not any("delayed" in request["body"]["body"] for request in http_sink.requests)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati"])
def test_what_comes_in_time_is_not_late_in_any_zone(ward, http_sink, zone):
    ward.load(patient_lines("P-1", lvef("45", "2023-01-14"), timezone=zone))
    ward.contact(http_sink.url, private=True)

    for hour in range(0, 24, 3):
        ward.tick(f"2023-01-17T{hour:02}:00:00+00:00")

    assert len(http_sink.requests) >= 1
    assert not any("delayed" in request["body"]["body"] for request in http_sink.requests)


def test_the_gravest_goes_first_and_the_oldest_first_among_equals(ward, http_sink):
    ward.load(
        patient_lines("P-1"),
        patient_lines("P-2", lvef("45", "2023-01-19"), include=("ex-course",)),
        patient_lines("P-3", fever("2023-01-19T20:00:00+00:00")),
    )
    for who in ("P-1", "P-2", "P-3"):
        ward.contact(http_sink.url, who)

    ward.tick("2023-01-21")

    urgencies = [request["body"]["urgency"] for request in http_sink.requests]
    assert urgencies == ["emergency", "urgent", "routine"]  # one fever is one message


# a channel that fails


@pytest.mark.parametrize(
    ("status", "error"), [(404, "answered 404"), (500, "answered 500"), (429, "answered 429")]
)
def test_an_answer_that_is_not_2xx_is_tried_again_under_the_same_key(
    ward, http_sink, status, error
):
    http_sink.status = status
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-01-20", code=1)
    http_sink.status = 200

    ward.tick("2023-01-20T10:02:00+00:00")

    assert len({request["body"]["key"] for request in http_sink.requests}) == 1
    (one,) = ward.outbox()
    assert [t["error"] for t in one["attempts"]] == [error, None]
    assert one["state"] == "sent"


def test_what_the_far_end_asks_to_wait_is_waited(ward, http_sink):
    http_sink.status, http_sink.headers = 429, {"Retry-After": "3600"}
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-01-20", code=1)
    http_sink.status = 200

    early = ward.tick("2023-01-20T10:59:59+00:00")["sent"]
    later = ward.tick("2023-01-20T11:00:00+00:00")["sent"]

    assert (early, later) == (0, 1)


@pytest.mark.parametrize("manner", ["hang", pytest.param("drip", marks=pytest.mark.faults), "drop"])
def test_a_channel_that_never_answers_is_given_up_in_time_and_stops_nobody(
    ward, start, manner, monkeypatch
):
    if manner != "drop":  # where nobody is waited for, nobody may be thought slow
        monkeypatch.setattr(sender, "_DEADLINE", timedelta(seconds=2))
        monkeypatch.setattr(trying, "_SLOW", 1.0)
    slow, well = start(HttpSink), start(HttpSink)
    slow.manner = manner
    ward.load(*(patient_lines(f"P-{n}") for n in range(6)))
    for n in range(6):
        ward.contact((slow if n < 5 else well).url, f"P-{n}", role="patient", name="Ann")

    ticked = ward.tick("2023-01-20", code=1)
    slow.closing.set()

    tries = 5 if manner == "drop" else 1  # a slow one is not waited for five times
    assert (ticked["sent"], ticked["failed"], len(slow.requests)) == (1, tries, tries)


def test_an_urgent_message_goes_over_to_the_next_channel_in_the_same_pass(ward, start):
    down, next_one = start(HttpSink), start(HttpSink)
    down.status = 500
    ward.load(patient_lines("P-1", lvef("45", "2023-01-19"), include=("ex-course",)))
    ward.contact(down.url)
    ward.contact(next_one.url)

    ticked = ward.tick("2023-01-20", code=1)

    assert (ticked["sent"], ticked["failed"]) == (1, 1)
    assert down.requests[0]["body"]["key"] == next_one.requests[0]["body"]["key"]


def test_a_routine_message_goes_over_after_three_tries(ward, start):
    down, next_one = start(HttpSink), start(HttpSink)
    down.status = 500
    ward.load(patient_lines())
    ward.contact(down.url)
    ward.contact(next_one.url)

    for minutes in (0, 2, 6, 12):
        ward.tick(f"2023-01-20T10:{minutes:02}:00+00:00", code=None)

    assert (len(down.requests), len(next_one.requests)) == (3, 1)


def test_a_message_is_tried_for_seven_days_then_given_up_and_others_are_told(ward, start):
    down, others = start(HttpSink), start(HttpSink)
    down.status = 500
    ward.load(patient_lines("P-1", lvef("45", "2023-03-01"), include=("ex-course",)))
    ward.contact(down.url)
    ward.contact(others.url, role="pharmacist", name="Ph", private=True)
    ward.contact(others.url, role="operator", name="IT")
    moment = datetime.fromisoformat("2023-03-01T10:00:00+00:00")
    states, tried_for = {}, timedelta(days=7)  # whatever stages it went through meanwhile

    for number in range(40):
        now = moment + timedelta(hours=6 * number)
        ward.tick(now.isoformat(), code=None)
        states[now - moment] = {o["state"] for o in ward.outbox() if o["recipient"] == "Ward 3"}

    assert all("failed" not in found for age, found in states.items() if age < tried_for)
    assert "failed" in states[tried_for]
    told = {(o["recipient"], o["stage"]) for o in ward.outbox("sent")}
    assert {("Ph", "escalated"), ("IT", "escalated")} <= told
    assert any("Ward 3 could not be reached." in r["body"]["body"] for r in others.requests)
    outbox = next(c for c in ward.ask("doctor")["checks"] if c["name"] == "outbox")
    assert (outbox["well"], "given up" in outbox["message"]) == (False, True)
    assert ward.monitor("doctor")[0] == 1


@pytest.mark.parametrize("hours", [6, 24])
def test_a_dead_channel_is_given_up_after_seven_days_whatever_stages_pass_meanwhile(
    ward, http_sink, hours
):
    http_sink.status = 500
    ward.load(patient_lines())
    ward.contact(http_sink.url)

    for passed in range(0, 7 * 24 + 1, hours):  # overdue on the fifth day
        ward.tick((BEGIN + timedelta(hours=passed)).isoformat(), code=None)

    (failed,) = ward.outbox("failed")
    first, *_, last = (datetime.fromisoformat(one["at"]) for one in failed["attempts"])
    assert (failed["stage"], last - first) == ("due", timedelta(days=7))
    assert ward.tick((BEGIN + timedelta(days=8)).isoformat(), code=1)["given_up"] == 0
    assert [one["stage"] for one in ward.outbox("owed")] == ["overdue"]


@pytest.mark.parametrize(
    ("facts", "days"),
    [((), 6), ((), 12), ((lvef("45", "2023-01-20"),), 3)],
    ids=["overdue meanwhile", "a repeat meanwhile", "escalated meanwhile"],
)
def test_what_arrives_when_the_next_stage_has_begun_stands_for_it(ward, http_sink, facts, days):
    include = ("ex-course",) if facts else ("ex-course", "asked", "tests-jan", "infusion-jan")
    ward.load(patient_lines("P-1", *facts, include=include))
    ward.contact(http_sink.url)
    begin = BEGIN + timedelta(days=5 if days == 12 else 0)
    http_sink.status = 500
    ward.tick(begin.isoformat(), code=1)
    ward.tick((begin + timedelta(days=days - 1)).isoformat(), code=1)
    http_sink.status, tried = 200, len(http_sink.requests)

    for hours in (0, 1, 5, 24, 28):
        ward.tick((begin + timedelta(days=days, hours=hours)).isoformat())

    told = {request["body"]["key"] for request in http_sink.requests[tried:]}
    assert (len(http_sink.requests) - tried, len(told)) == (1, 1)


def test_once_somebody_is_reached_again_nobody_else_hears_that_they_could_not_be(ward, http_sink):
    http_sink.status = 500
    ward.load(patient_lines("P-1", lvef("45", "2023-03-01"), include=("ex-course",)))
    ward.contact(http_sink.url)
    for day in range(1, 12):
        ward.tick(f"2023-03-{day:02}", code=1)
    ill = [c["well"] for c in ward.ask("doctor")["checks"] if c["name"] == "outbox"]
    http_sink.status = 200
    for day in range(12, 20):
        ward.tick(f"2023-03-{day:02}")

    ward.contact(http_sink.url, role="operator", name="IT")
    ward.tick("2023-03-20")

    told = {one["rule"] for one in ward.outbox() if one["recipient"] == "IT"}
    assert told == {"alive"}
    assert ward.outbox("failed")  # it stays on the list
    assert ill == [False]
    assert [c["well"] for c in ward.ask("doctor")["checks"] if c["name"] == "outbox"] == [True]


# who is told changes while something is owed


@pytest.mark.parametrize("hours", [1, 24 * 8])
def test_a_contact_whose_address_was_wrong_is_told_at_the_right_one(ward, start, hours):
    wrong, right = start(HttpSink), start(HttpSink)
    wrong.status = 500
    ward.load(patient_lines("P-1", lvef("45", "2023-03-01"), include=("ex-course",)))
    number = ward.contact(wrong.url)
    begin = datetime.fromisoformat("2023-03-01T10:00:00+00:00")
    for passed in (0, hours // 2, hours // 2 + 1, hours):
        ward.tick((begin + timedelta(hours=passed)).isoformat(), code=None)
    tried = len(wrong.requests)
    ward.type(f"contact remove {number}")
    ward.contact(right.url)

    ward.tick((begin + timedelta(hours=hours, minutes=1)).isoformat())

    assert len(wrong.requests) == tried
    assert "urgent" in [request["body"]["urgency"] for request in right.requests]


def test_nothing_goes_to_a_removed_contact_though_its_sender_died(ward, start, leave_in_the_middle):
    old, new = start(HttpSink), start(HttpSink)
    ward.load(patient_lines("P-1", lvef("45", "2023-03-01"), include=("ex-course",)))
    number = ward.contact(old.url)
    leave_in_the_middle("2023-03-01T10:00:00+00:00")
    ward.type(f"contact remove {number}")
    ward.contact(new.url)

    ward.tick("2023-03-01T10:30:00+00:00")

    assert (len(old.requests), len(new.requests)) == (0, 1)


def test_a_removed_operator_hears_nothing_more_not_even_what_was_owed(ward, http_sink):
    http_sink.status = 500
    ward.load(patient_lines("P-1"), patient_lines("P-2"))
    number = ward.contact(http_sink.url, "P-1", role="operator", name="IT")
    ward.tick("2023-01-20", code=1)
    assert {one["patient"] for one in ward.outbox()} == {None, "P-1", "P-2"}
    tried = len(http_sink.requests)
    ward.type(f"contact remove {number}")

    ward.tick("2023-01-20T12:00:00+00:00")

    assert len(http_sink.requests) == tried


def test_the_daily_word_of_the_days_a_channel_was_down_is_not_said_afterwards(ward, http_sink):
    http_sink.status = 500
    ward.load(patient_lines(include=()))
    ward.contact(http_sink.url, role="operator", name="IT")
    for day in range(10, 20):
        ward.tick(f"2023-01-{day}", code=1)
    http_sink.status = 200

    ticked = ward.tick("2023-01-20")

    assert ticked["sent"] == 1


def test_repeats_come_on_after_a_policy_that_repeated_daily_was_taken_back(
    ward, http_sink, monkeypatch, tmp_path
):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    (tmp_path / "daily.toml").write_text(
        ward.type("policy show").replace("repeat_days = 7", "repeat_days = 1")
    )
    monkeypatch.setenv("MONITOR_POLICY", str(tmp_path / "daily.toml"))
    daily = [ward.tick(f"2023-02-{day:02}")["sent"] for day in range(8, 20)]
    monkeypatch.delenv("MONITOR_POLICY")

    weekly = [ward.tick(f"2023-{day}")["sent"] for day in ("02-22", "03-01", "03-08", "03-15")]

    assert daily == [1] * 12
    assert weekly == [1] * 4


def test_where_only_operators_are_known_they_are_told_of_everybodys_checks(ward, http_sink):
    ward.load(patient_lines("P-1"), patient_lines("P-2"))
    ward.tick("2023-01-19")
    ward.contact(http_sink.url, "P-1", role="operator", name="IT")

    ward.tick("2023-01-20")

    assert {(one["patient"], one["rule"]) for one in ward.outbox("sent")} == {
        (None, "alive"),
        ("P-1", "cbc-nadir"),
        ("P-2", "cbc-nadir"),
    }


@pytest.mark.parametrize(
    ("fact", "hours"),
    [(lvef("45", "2023-03-01"), 12), (fever("2023-01-15T09:00:00+00:00"), 1)],
    ids=["urgent", "emergency"],
)
def test_a_warning_that_nobody_acknowledges_escalates_to_the_minute(ward, start, fact, hours):
    nurse, pharmacist = start(HttpSink), start(HttpSink)
    ward.load(patient_lines("P-1", lvef("44", "2022-12-01"), fact))
    ward.contact(nurse.url)
    day = "2023-01-15" if hours == 1 else "2023-03-01"
    begin = datetime.fromisoformat(f"{day}T10:00:00+00:00")
    ward.tick((begin - timedelta(days=2)).isoformat())  # told of an older one before
    ward.contact(pharmacist.url, role="pharmacist", name="Ph")
    ward.tick(begin.isoformat())
    rule = "febrile-neutropenia" if hours == 1 else "low-lvef"

    def escalated() -> bool:
        return (rule, "escalated", "Ph") in [
            (one["rule"], one["stage"], one["recipient"])
            for one in ward.outbox("sent")
            if one["due_at"] >= begin.isoformat()
        ]

    ward.tick((begin + timedelta(hours=hours, minutes=-1)).isoformat())
    before = escalated()
    ward.tick((begin + timedelta(hours=hours)).isoformat())

    assert (before, escalated()) == (False, True)


def test_what_has_escalated_stays_so_while_its_channel_is_down(ward, start):
    down, pharmacist = start(HttpSink), start(HttpSink)
    down.status = 500
    ward.load(patient_lines("P-1", lvef("45", "2023-03-01"), include=("ex-course",)))
    ward.contact(down.url)
    ward.contact(pharmacist.url, role="pharmacist", name="Ph")

    for day in range(1, 15):
        ward.tick(f"2023-03-{day:02}", code=None)

    told = [(one["stage"], one["repeat"]) for one in ward.outbox() if one["recipient"] == "Ward 3"]
    assert told == [("warning", 0), ("escalated", 1)]  # the first was tried for seven days


@pytest.mark.parametrize("change", ["a channel more", "a move"])
def test_who_had_the_message_of_the_day_gets_no_other_because_the_address_changed(
    ward, http_sink, change
):
    ward.load(patient_lines())
    ward.contact(http_sink.url, role="patient", name="Ann")
    ward.tick("2023-01-18")
    if change == "a move":
        ward.type("patient change P-1 --timezone Europe/Berlin --on 2023-01-18")
    else:
        ward.contact(http_sink.url + "2", role="patient", name="Ann")
    ward.add("P-1", {"symptom": {"code": "cough", "at": "2023-01-18T10:30:00+00:00"}})

    # not well: of what is urgent nobody of the clinic hears
    sent = [ward.tick(f"2023-01-{when}:00:00+00:00", code=1)["sent"] for when in
            ("18T12", "18T18", "19T07", "19T12")]  # fmt: skip

    routine = [r for r in http_sink.requests if r["body"]["urgency"] == "routine"]
    assert len(routine) == 2  # of the 18th, and of the 19th
    assert sent[:2] == [1, 0]  # the urgent one only


# when to try again (pure)


def retry(*, now=BEGIN, retry_after=None, channels=1, **changes):
    failed = a_message(channels=(VIA,) * channels, **changes)
    return next_try(failed, first_try_at=BEGIN, now=now, retry_after=retry_after)


@pytest.mark.parametrize(
    ("urgency", "longest"),
    [(Urgency.ROUTINE, 360), (Urgency.URGENT, 15), (Urgency.EMERGENCY, 5)],
)
def test_the_wait_doubles_from_a_minute_up_to_its_longest_with_a_fifth_of_jitter(urgency, longest):
    for tries in range(1, 30):
        wait = retry(tries=tries, urgency=urgency) - BEGIN

        whole = timedelta(minutes=min(longest, 2 ** (tries - 1)))
        assert whole * 0.8 <= wait <= whole


def test_many_that_failed_together_do_not_come_back_together():
    moments = {retry(key=f"key {number}", tries=8) for number in range(50)}

    assert len(moments) == 50
    assert retry(key="a", tries=3) == retry(key="a", tries=3)


@pytest.mark.parametrize("urgency", list(Urgency))
@pytest.mark.parametrize("tries", [3, 10, 10_000])
def test_nothing_is_given_up_before_seven_days(urgency, tries):
    almost = BEGIN + timedelta(days=7, microseconds=-1)

    assert retry(tries=tries, urgency=urgency, now=almost) is not None
    assert retry(tries=tries, urgency=urgency, now=BEGIN + timedelta(days=7)) is None


def test_nothing_is_given_up_before_three_tries_however_long_nobody_sent():
    assert retry(tries=2, now=BEGIN + timedelta(days=400)) is not None


@pytest.mark.parametrize("urgency", [Urgency.URGENT, Urgency.EMERGENCY])
def test_urgent_ones_go_over_at_once_as_long_as_there_is_an_untried_channel(urgency):
    assert retry(urgency=urgency, tries=1, channels=3) == BEGIN
    assert retry(urgency=urgency, tries=2, channels=3) == BEGIN
    assert retry(urgency=urgency, tries=3, channels=3) > BEGIN


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=4000)), st.integers(1, 40),
       st.sampled_from(Urgency))  # fmt: skip
def test_no_far_end_makes_a_message_wait_longer_than_its_longest(asked, tries, urgency):
    longest = {"routine": 360, "urgent": 15, "emergency": 5}[urgency]

    wait = retry(tries=tries, urgency=urgency, retry_after=asked) - BEGIN

    assert timedelta(0) < wait <= timedelta(minutes=longest)
    assert wait >= min(asked, timedelta(minutes=longest))
