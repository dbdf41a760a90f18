"""Messages on wrong facts: who was told hears that it no longer applies, once, and never else."""

import pytest

from tests.delivery.ward import count, fever, lvef, patient_lines

ROUTINE = "A scheduled check is due."
STAFF = "A patient needs action today."
INFUSION = "infusion of 18"


def said(sink) -> list[str]:
    """Give the sentences without their references."""
    return [request["body"]["body"].partition(" Ref ")[0] for request in sink.requests]


@pytest.fixture
def told(ward, http_sink):
    """A nurse who was told of an ejection fraction of 45 that was a slip of the pen."""
    ward.load(patient_lines("P-1", lvef("45", "2023-03-01")))
    ward.contact(http_sink.url)
    ward.type("waive P-1 cbc-nadir --reason 'done elsewhere' --by 'Dr A' --on 2023-02-01")
    ward.tick("2023-03-01")
    assert said(http_sink) == [STAFF]
    return ward


def correct(ward, what: str, new: str) -> None:
    ward.type(f"correct {ward.event(what)} --reason misread {new} --confirm")


@pytest.mark.parametrize("typed", ["correct {} --reason misread --value 55",
                                   "retract {} --reason 'wrong patient'"])  # fmt: skip
def test_who_was_told_on_a_fact_that_was_corrected_is_told_so_once(told, http_sink, typed):
    told.type(typed.format(told.event("lvef 45")))

    ticked = told.tick("2023-03-02")
    again = told.tick("2023-03-03")

    first, second = (request["body"] for request in http_sink.requests)
    assert second["body"] == f"An earlier message, Ref {first['ref']}, no longer applies."
    assert second["key"] != first["key"]
    assert (ticked["sent"], again["sent"]) == (1, 0)


def test_a_corrected_result_of_the_laboratory_takes_back_what_was_sent_on_the_wrong_one(
    told, http_sink
):
    told.type("result log P-1 lvef 55 % --on 2023-03-01 --status corrected")
    told.type("result log P-1 lvef 56 % --on 2023-02-20 --status corrected")  # of another day

    ticked = told.tick("2023-03-02")

    first, second = (request["body"] for request in http_sink.requests)
    assert second["body"] == f"An earlier message, Ref {first['ref']}, no longer applies."
    assert ticked["sent"] == 1


@pytest.mark.parametrize("then", ["2023-03-01T22:00:00+00:00", "2023-03-02T03:00:00+00:00"])
def test_what_was_urgent_is_taken_back_at_any_hour(told, http_sink, then):
    correct(told, "lvef 45", "--value 55")

    assert told.tick(then)["sent"] == 1


def test_what_was_routine_is_taken_back_in_the_morning(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-01-20")
    ward.type(f"retract {ward.event(INFUSION)} --reason 'wrong patient'")

    evening = ward.tick("2023-01-20T20:30:00+00:00")
    morning = ward.tick("2023-01-21T09:00:00+00:00")

    assert (evening["sent"], morning["sent"]) == (0, 1)


@pytest.mark.parametrize("fact", [lvef("60", "2023-03-02"), lvef("60", "2023-02-20")],
                         ids=["newer", "older"])  # fmt: skip
def test_a_fact_that_was_added_takes_nothing_back(told, http_sink, fact):
    told.add("P-1", fact)

    told.tick("2023-03-02")

    assert set(said(http_sink)) == {STAFF}  # the older one leaves the warning, which escalates


def test_a_result_that_was_entered_late_takes_nothing_back(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-01-20")
    ward.add("P-1", *count("2023-01-18"))

    ward.tick("2023-01-21")

    assert said(http_sink) == [ROUTINE]


def test_a_waiver_takes_nothing_back(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-01-20")
    ward.type("waive P-1 cbc-nadir --reason 'done elsewhere' --by 'Dr A' --on 2023-01-20")

    ward.tick("2023-01-21")

    assert said(http_sink) == [ROUTINE]


def test_nothing_is_taken_back_from_the_dead(told, http_sink):
    correct(told, "lvef 45", "--value 55")
    told.type("patient close P-1 --reason died --by 'Dr A' --on 2023-03-01")

    told.tick("2023-03-02")

    assert said(http_sink) == [STAFF]


def test_what_was_owed_and_never_tried_is_withdrawn_without_a_word(ward, http_sink, owe):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    owe("2023-01-20T10:00:00+00:00")
    ward.type(f"retract {ward.event(INFUSION)} --reason 'wrong patient'")

    ticked = ward.tick("2023-01-20")

    assert (ticked["sent"], ticked["withdrawn"]) == (0, 1)
    assert http_sink.requests == []


def test_what_may_have_arrived_is_taken_back(ward, http_sink):
    http_sink.status = 500  # it took the message all the same
    ward.load(patient_lines("P-1", lvef("45", "2023-03-01"), include=("ex-course",)))
    ward.contact(http_sink.url)
    ward.tick("2023-03-01", code=1)
    correct(ward, "lvef 45", "--value 55")
    http_sink.status = 200

    ward.tick("2023-03-02")
    ward.tick("2023-03-09")

    assert said(http_sink) == [STAFF, "An earlier message,"]


@pytest.mark.parametrize(
    ("what", "new"),
    [("lvef 45", "--value 44"), (INFUSION, "--dose-mg 17"), ("ecg normal", "--value abnormal")],
)
def test_a_correction_that_leaves_the_need_takes_nothing_back(told, http_sink, what, new):
    correct(told, what, new)

    told.tick("2023-03-02")

    assert "An earlier message," not in said(http_sink)


def test_a_message_that_was_too_early_is_taken_back_and_comes_on_its_days(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-01-18")
    ward.tick("2023-01-20")
    correct(ward, INFUSION, "--on 2023-01-13")  # due on the 23rd, heard of from the 21st

    days = {day: ward.tick(f"2023-01-{day}")["sent"] for day in (20, 21, 22, 23, 24)}

    assert days == {20: 2, 21: 1, 22: 0, 23: 1, 24: 0}
    assert said(http_sink) == [
        ROUTINE,
        ROUTINE,
        "An earlier message,",
        "An earlier message,",
        ROUTINE,
        ROUTINE,
    ]


def test_a_message_that_was_too_late_is_not_taken_back(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-01-18")  # ahead
    correct(ward, INFUSION, "--on 2023-01-05")  # it was due on the 15th

    ward.tick("2023-01-19")

    assert said(http_sink) == [ROUTINE, ROUTINE]


def test_an_escalation_is_taken_back_where_the_check_was_only_near(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-02-08")
    correct(ward, INFUSION, "--on 2023-01-30")

    ward.tick("2023-02-09")

    assert said(http_sink) == [ROUTINE, "An earlier message,", ROUTINE]


def test_a_warning_that_stands_again_is_told_again(told, http_sink):
    correct(told, "lvef 45", "--value 55")
    told.tick("2023-03-01T11:00:00+00:00")
    correct(told, "lvef 55", "--value 45")

    told.tick("2023-03-01T12:00:00+00:00")
    told.tick("2023-03-01T13:00:00+00:00")

    assert said(http_sink) == [STAFF, "An earlier message,", STAFF]
    assert len({request["body"]["key"] for request in http_sink.requests}) == 3


def test_what_is_due_by_now_is_said_again_after_it_was_taken_back(ward, http_sink):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-01-20")
    correct(ward, INFUSION, "--on 2023-01-11")  # due on the 21st, not on the 20th

    ward.tick("2023-01-21")
    ward.tick("2023-01-22")

    assert sorted(said(http_sink)) == [ROUTINE, ROUTINE, "An earlier message,"]


def test_a_warning_that_was_retracted_and_recorded_anew_is_told_anew(told, http_sink):
    told.type(f"retract {told.event('lvef 45')} --reason 'wrong patient'")
    told.tick("2023-03-02")
    told.add("P-1", lvef("45", "2023-03-02"))

    told.tick("2023-03-02T11:00:00+00:00")

    assert said(http_sink) == [STAFF, "An earlier message,", STAFF]


def test_of_a_message_about_several_only_the_wrong_part_is_taken_back(ward, http_sink):
    ward.load(patient_lines("P-1"), patient_lines("P-2"))
    ward.contact(http_sink.url, "P-1")
    ward.contact(http_sink.url, "P-2")
    ward.tick("2023-01-20")
    ward.type(f"retract {ward.event(INFUSION)} --reason 'wrong patient'")

    ward.tick("2023-01-20T11:00:00+00:00")

    first, second = (request["body"] for request in http_sink.requests)
    assert second["body"] == f"Part of an earlier message, Ref {first['ref']}, no longer applies."


def test_once_all_the_rest_of_it_is_wrong_too_that_is_said_as_well(ward, http_sink):
    ward.load(patient_lines("P-1"), patient_lines("P-2"))
    ward.contact(http_sink.url, "P-1")
    ward.contact(http_sink.url, "P-2")
    ward.tick("2023-01-20")
    for who, hour in (("P-1", 11), ("P-2", 12)):
        ward.type(f"retract {ward.event(INFUSION, who)} --reason 'wrong patient'")
        ward.tick(f"2023-01-20T{hour}:00:00+00:00")

    assert said(http_sink) == [ROUTINE, "Part of an earlier message,", "An earlier message,"]


def test_another_policy_takes_nothing_back(ward, http_sink, monkeypatch, tmp_path):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-01-18")
    shipped = ward.type("policy show")
    changed = shipped.replace("after_each_infusion = 2", "after_each_infusion = 1")
    (tmp_path / "policy.toml").write_text(changed)
    monkeypatch.setenv("MONITOR_POLICY", str(tmp_path / "policy.toml"))
    correct(ward, "ecg normal", "--value abnormal")

    ward.tick("2023-01-19")

    assert "An earlier message," not in said(http_sink)


def test_a_private_channel_hears_what_was_wrong_and_of_no_delay(ward, http_sink):
    ward.load(patient_lines("P-1", lvef("45", "2023-03-01"), include=("ex-course",)))
    ward.contact(http_sink.url, private=True)
    ward.tick("2023-03-01")
    correct(ward, "lvef 45", "--value 55")

    ward.tick("2023-03-05")

    words = http_sink.requests[-1]["body"]["body"]
    assert (
        "It was sent on facts that have been corrected since. It said:\nP-1 (born 1993-04-02), "
        in words
    )
    assert "low-lvef" in words
    assert "delayed" not in words


def test_the_number_of_a_reminder_does_not_count_what_was_taken_back(ward, http_sink):
    ward.load(patient_lines("P-1", lvef("45", "2023-03-01"), include=("ex-course",)))
    ward.contact(http_sink.url, private=True)
    ward.tick("2023-03-01")
    correct(ward, "lvef 45", "--value 55")
    ward.tick("2023-03-02")
    correct(ward, "lvef 55", "--value 45")

    ward.tick("2023-03-03")

    assert "This is reminder" not in http_sink.requests[-1]["body"]["body"]


def test_an_emergency_is_taken_back_from_patient_and_staff(ward, http_sink, smtp_sink):
    ward.load(patient_lines("P-1", fever("2023-01-15T20:00:00+00:00")))
    ward.contact(http_sink.url)
    ward.contact(smtp_sink.url, role="patient", name="Ann")
    ward.tick("2023-01-15T21:00:00+00:00")
    ward.type(f"retract {ward.event('fever')} --reason 'wrong patient'")

    ward.tick("2023-01-15T22:00:00+00:00")

    for heard in (said(http_sink), [m["body"].partition(" Ref ")[0] for m in smtp_sink.messages]):
        assert len(heard) == 2  # one fever is one message
        assert heard[1:] == ["An earlier message,"]


def test_what_is_taken_back_is_nothing_to_acknowledge(told, http_sink):
    correct(told, "lvef 45", "--value 55")
    told.tick("2023-03-02")

    code, _, err = told.monitor(f"acknowledge {http_sink.requests[-1]['body']['ref']} --by 'Dr A'")

    assert code == 2
    assert "has nothing to acknowledge" in err


def test_once_closed_not_even_a_half_sent_retraction_leaves(told, http_sink, leave_in_the_middle):
    correct(told, "lvef 45", "--value 55")
    leave_in_the_middle("2023-03-02T10:00:00+00:00")
    told.type("patient close P-1 --reason died --by 'Dr A' --on 2023-03-02")

    told.tick("2023-03-02T10:30:00+00:00")

    assert said(http_sink) == [STAFF]


def test_what_was_corrected_while_closed_is_taken_back_once_reopened(told, http_sink):
    told.type("patient close P-1 --reason transferred --by 'Dr A' --on 2023-03-01")
    correct(told, "lvef 45", "--value 55")
    told.tick("2023-03-02")
    told.type("patient reopen P-1 --by 'Dr A' --on 2023-03-03")

    told.tick("2023-03-03")

    assert said(http_sink) == [STAFF, "An earlier message,"]
