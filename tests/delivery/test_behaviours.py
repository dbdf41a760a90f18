"""What others got wrong: a test for each line of that table in docs/reliability.md."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from monitor.bootstrap import recording
from monitor.commands.options import now
from monitor.store import contacts
from tests.delivery.sinks import HttpSink
from tests.delivery.ward import count, lvef, patient_lines

BEGIN = datetime(2023, 1, 20, 0, 0, tzinfo=UTC)


def hours(number: int, since: datetime = BEGIN):
    return [(since + timedelta(hours=n)).isoformat() for n in range(number)]


def keys(sink) -> list[str]:
    return [request["body"]["key"] for request in sink.requests]


def test_one_patient_without_a_channel_does_not_stop_the_others(ward, http_sink):
    ward.load(*(patient_lines(f"P-{n}") for n in (1, 2, 3)))
    ward.contact(http_sink.url, "P-1", role="patient", name="Ann")
    ward.contact(http_sink.url, "P-3", role="patient", name="Cleo")

    ticked = ward.tick("2023-01-20")

    assert ticked["sent"] == 2
    assert {one["patient"] for one in ward.outbox("sent")} == {"P-1", "P-3"}


@pytest.mark.parametrize("down", [timedelta(minutes=5), timedelta(days=3)])
def test_what_a_channel_was_down_for_is_delivered_later_and_once(ward, start, down):
    sink = start(HttpSink)
    port = sink.port
    ward.load(patient_lines())
    ward.contact(sink.url)
    sink.stop()
    begin = BEGIN + timedelta(hours=10)
    ward.tick(begin.isoformat(), code=1)
    ward.tick((begin + down / 2).isoformat(), code=None)

    back = start(HttpSink, port=port)
    for late in (down, down + timedelta(minutes=10), down + timedelta(hours=5)):
        ward.tick((begin + late).isoformat())

    assert len(keys(back)) == 1
    assert {one["state"] for one in ward.outbox()} == {"sent"}


def test_after_ten_days_down_all_is_still_due_in_one_message_the_most_urgent_first(ward, http_sink):
    ward.load(patient_lines("P-1", lvef("45", "2023-04-02")))
    ward.contact(http_sink.url, private=True)
    ward.tick("2023-04-01")
    before = len(http_sink.requests)

    ward.tick("2023-04-11")

    urgent, routine = (request["body"] for request in http_sink.requests[before:])
    assert (urgent["urgency"], routine["urgency"]) == ("urgent", "routine")
    told = [
        line.split(", due ")[1][:10] for line in routine["body"].splitlines() if ", due " in line
    ]
    assert told[0] == "2023-01-20"  # overdue comes before what is due
    assert told == sorted(told)
    assert "2023-04-10" in told


def test_the_last_check_of_a_series_that_was_missed_stays_open(ward, http_sink):
    course = {"course": {"on": "2016-01-03", "facts": {"ms_type": "secondary_progressive"}}}
    infusion = {"infusion": {"on": "2016-01-10", "dose_mg": "18.0", "bsa_m2": "1.5"}}
    ward.load(patient_lines("P-1", course, infusion, include=()))
    ward.contact(http_sink.url, private=True)

    ward.tick("2024-01-20")  # two years after the last blood count of six years

    follow_up = [one for one in ward.outbox() if one["rule"] == "cbc-follow-up"]
    assert [(one["occurrence"], one["stage"]) for one in follow_up] == [(24, "escalated")]
    assert "And 23 earlier of the same kind." in http_sink.requests[0]["body"]["body"]
    assert ward.ask("upcoming P-1 --as-of 2024-01-20")["checks"]


def test_a_result_two_years_late_is_still_taken(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-01-20")
    ward.add("P-1", *count("2025-01-19"))

    ward.tick("2025-01-20")

    assert "cbc-nadir" not in {one["rule"] for one in ward.outbox() if one["due_at"] > "2025"}
    done = ward.ask("upcoming P-1 --as-of 2025-01-20 --state done")["checks"]
    assert ("cbc-nadir", "2025-01-19", True) in [(c["rule"], c["done_on"], c["late"]) for c in done]


def test_a_check_due_in_five_years_is_visible_today(ward):
    ward.load(patient_lines())

    checks = ward.ask("upcoming P-1 --as-of 2023-02-01 --until 2028-02-01")["checks"]

    assert max(check["due"] for check in checks if check["rule"] == "lvef-follow-up") > "2028"


def test_a_tick_every_hour_for_two_days_gives_one_message_an_occurrence_stage_and_channel(
    ward, start
):
    nurse, patient = start(HttpSink), start(HttpSink)
    ward.load(patient_lines())
    ward.contact(nurse.url)
    ward.contact(patient.url, role="patient", name="Ann")

    for moment in hours(48):
        ward.tick(moment)

    assert (len(keys(nurse)), len(keys(patient))) == (1, 1)
    told = [(one["rule"], one["stage"], one["recipient"]) for one in ward.outbox()]
    assert sorted(told) == [("cbc-nadir", "due", "Ann"), ("cbc-nadir", "due", "Ward 3")]


def test_sending_changes_no_clinical_fact(ward, http_sink):
    ward.load(patient_lines("P-1", lvef("45", "2023-01-19")))
    ward.contact(http_sink.url)
    asked = ["gate P-1 --on 2023-01-25", "upcoming P-1 --as-of 2023-01-25", "exposure P-1",
             "warnings P-1 --as-of 2023-01-25 --all"]  # fmt: skip
    before = [ward.ask(typed) for typed in asked]
    facts = [e for e in ward.ask("history P-1")["entries"] if e["event"] is not None]

    ward.tick("2023-01-20")
    ward.tick("2023-01-25")

    assert http_sink.requests
    assert [ward.ask(typed) for typed in asked] == before
    after = [e for e in ward.ask("history P-1")["entries"] if e["event"] is not None]
    assert [e for e in after if e["kind"] != "reminder"] == facts


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2024-03-30", ["30T08", "31T07", "01T07"]), ("2024-10-26", ["26T07", "27T08", "28T08"])],
)
def test_nine_o_clock_stays_nine_o_clock_across_both_clock_changes(ward, http_sink, day, expected):
    ward.load(patient_lines())
    ward.contact(http_sink.url, role="operator", name="IT", zone="Europe/Berlin")  # told daily
    first = datetime.fromisoformat(f"{day}T00:00:00+00:00")

    sent = [moment[8:13] for moment in hours(72, first) if ward.tick(moment)["sent"]]

    assert sent == expected


def test_nine_o_clock_stays_nine_o_clock_when_the_patient_moves_zone(ward, http_sink):
    ward.load(patient_lines(timezone="Europe/Berlin"))
    ward.contact(http_sink.url, role="patient", name="Ann")
    ward.tick("2023-01-20T07:59:00+00:00")
    assert keys(http_sink) == []
    ward.tick("2023-01-20T08:00:00+00:00")
    ward.type("patient change P-1 --timezone America/New_York --on 2023-01-21")

    sent = [ward.tick(f"2023-01-25T{hour}:00:00+00:00")["sent"] for hour in (8, 13, 14, 15)
            if hour > 9] + [ward.tick("2023-01-26T08:00:00+00:00")["sent"]]  # fmt: skip

    assert sent == [0, 1, 0, 0]


@pytest.fixture(params=["Pacific/Kiritimati", "UTC", "Pacific/Pago_Pago"])
def server_zone(request):
    """Run the test as on a server in another zone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


def test_the_due_day_does_not_depend_on_the_hour_or_the_zone_of_the_server(
    server_zone, ward, http_sink
):
    ward.load(patient_lines(timezone="UTC"))
    ward.contact(http_sink.url)

    stages = []
    for day in (17, 18, 19, 20, 21):
        for hour in (0, 9, 19):
            ward.tick(f"2023-01-{day}T{hour:02}:30:00+00:00")
            stages.append([one["stage"] for one in ward.outbox("sent")])

    assert [len(found) for found in stages] == [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]


def test_two_rules_that_ask_for_the_same_test_make_one_message_with_both_reasons(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url, private=True)
    ward.type("waive P-1 cbc-nadir --reason 'done elsewhere' --by 'Dr A' --on 2023-02-01")

    ward.tick("2023-04-10")

    (request,) = http_sink.requests
    assert "rule cbc-follow-up 1" in request["body"]["body"]
    assert "rule neutrophils 2" in request["body"]["body"]


def test_a_state_that_changes_by_time_alone_is_reported_without_any_new_data(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url, private=True)

    sent = {day: ward.tick(f"2023-{day}")["sent"] for day in
            ("01-17", "01-18", "01-20", "01-24", "01-25", "01-31", "02-08")}  # fmt: skip

    assert [day for day, number in sent.items() if number] == ["01-18", "01-20", "01-25", "02-08"]
    assert [one["stage"] for one in ward.outbox()] == ["ahead", "due", "overdue", "escalated"]


def test_a_condition_already_true_at_the_start_still_warns(ward, http_sink):
    ward.load(patient_lines("P-1", lvef("45", "2023-03-01")))
    ward.contact(http_sink.url)

    ward.tick("2023-06-01")

    assert "low-lvef" in {one["rule"] for one in ward.outbox("sent")}


def test_an_acknowledgement_survives_a_restart(ward, http_sink):
    ward.load(patient_lines("P-1", lvef("45", "2023-03-01"), include=("ex-course",)))
    ward.contact(http_sink.url)
    ward.tick("2023-03-01")
    ref = http_sink.requests[0]["body"]["ref"]
    ward.type(f"acknowledge {ref} --by 'Dr A' --on 2023-03-01")

    sent = [ward.tick(f"2023-03-{day:02}")["sent"] for day in range(2, 16)]  # a program each

    assert sent == [0] * 13 + [1]


def test_a_repeat_says_which_one_it_is_and_names_the_original_due_day(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url, private=True)
    for day in ("01-18", "01-20", "01-25", "02-01"):
        ward.tick(f"2023-{day}")

    bodies = [request["body"]["body"] for request in http_sink.requests]

    assert len(bodies) == 4
    assert all("due 2023-01-20" in body for body in bodies)
    assert [f"This is reminder {n} about it." in bodies[n - 1] for n in (2, 3, 4)] == [True] * 3
    assert "This is reminder" not in bodies[0]


@pytest.mark.parametrize(
    ("first", "told"), [("2023-01-10", ["10", "17"]), ("2023-01-18", ["18"])], ids=str
)
def test_a_patient_is_reminded_of_the_risk_of_infection_when_its_worst_week_begins(
    ward, http_sink, first, told
):
    ward.load(patient_lines())
    ward.contact(http_sink.url, role="patient", name="Ann", private=True)
    days = [f"2023-01-{day}" for day in range(10, 32) if f"2023-01-{day}" >= first]

    sent = []
    for day in days:
        ward.tick(day)
        bodies = [request["body"]["body"] for request in http_sink.requests]
        sent += [day[-2:]] * ("infections are more likely" in "".join(bodies))
        http_sink.requests.clear()

    assert sent == told


@pytest.mark.parametrize("reason", ["died", "transferred", "withdrew-consent"])
def test_death_transfer_or_withdrawn_consent_stops_messages_at_once(ward, start, reason):
    sink = start(HttpSink)
    sink.status = 500
    ward.load(patient_lines("P-1", lvef("45", "2023-01-19")))
    for role in ("nurse", "patient", "prescriber"):
        ward.contact(sink.url, role=role, name=role)
    ward.tick("2023-01-20", code=1)
    sink.status, tried = 200, len(sink.requests)

    ward.type(f"patient close P-1 --reason {reason} --by 'Dr A'")  # today; the ticks lie before

    for day in ("2023-01-20T11:00:00+00:00", "2023-01-25", "2024-01-01"):
        assert ward.tick(day)["sent"] == 0
    assert len(sink.requests) == tried
    assert {one["state"] for one in ward.outbox()} == {"withdrawn"}


def test_who_is_reopened_is_told_again_what_is_still_to_be_told(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-01-18")
    ward.type("patient close P-1 --reason transferred --by 'Dr A' --on 2023-01-19")
    closed = ward.tick("2023-01-20")["sent"]
    ward.type("patient reopen P-1 --by 'Dr A' --on 2023-01-20")

    reopened = ward.tick("2023-01-20T11:00:00+00:00")["sent"]

    assert (closed, reopened) == (0, 1)
    assert [one["stage"] for one in ward.outbox("sent")] == ["ahead", "due"]


def test_a_failed_delivery_shows_in_the_log_the_list_and_the_exit_code(ward, http_sink, caplog):
    http_sink.status = 503
    ward.load(patient_lines())
    ward.contact(http_sink.url)

    ward.tick("2023-01-20", code=1)

    (one,) = ward.outbox()
    assert f"message {one['ref']}: try 1 failed: answered 503" in caplog.text
    assert one["attempts"][0]["error"] == "answered 503"
    assert "answered 503" in ward.monitor("outbox")[1]


def test_the_message_of_a_day_is_one_though_hundreds_of_patients_are_due(ward, http_sink, database):
    patients = [f"P-{n}" for n in range(120)]
    ward.load(*(patient_lines(who, include=("ex-course", "infusion-jan")) for who in patients))
    told = {"role": "nurse", "name": "Ward 3", "channel": http_sink.url, "is_private": False}
    with recording(database) as connection:
        for who in patients:
            contacts.add(connection, patient=who, **told, timezone=None, by=None, now=now())

    ticked = ward.tick("2023-01-20")

    assert (ticked["courses"], ticked["sent"]) == (120, 1)
    assert len(ward.outbox("sent")) >= 120


def test_two_equal_infusions_count_twice_and_one_entered_twice_is_refused(ward):
    ward.load(patient_lines(include=("ex-course", "asked")))
    given = "infusion log P-1 --on 2023-01-10 --dose-mg 21 --bsa-m2 1.75"
    ward.type(given)

    refused, _, why = ward.monitor(given)
    once = ward.ask("exposure P-1")
    ward.type(f"{given} --second")
    twice = ward.ask("exposure P-1")

    assert refused == 2
    assert "already recorded" in why
    assert "--second" not in why  # never advised for an infusion
    assert (once["total"], len(once["infusions"])) == ("12.00", 1)
    assert (twice["total"], len(twice["infusions"])) == ("24.00", 2)


def test_the_answer_as_of_a_past_day_stays_the_same_after_later_corrections(ward):
    ward.load(patient_lines("P-1", lvef("45", "2023-02-01")))
    asked = "warnings P-1 --all --as-of 2023-02-02"
    known = ward.ask("history P-1")["entries"][-1]["recorded_at"]
    before = ward.ask(asked)

    ward.type(f"correct {ward.event('lvef 45')} --reason 'misread' --by Dr --value 55")

    assert "low-lvef" in {one["rule"] for one in before["warnings"]}
    assert "low-lvef" not in {one["rule"] for one in ward.ask(asked)["warnings"]}
    assert ward.ask(f"{asked} --known-at {known}") == before
