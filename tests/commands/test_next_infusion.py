"""What a person types around the next infusion: bookings given up, parts, and what is left out."""

import json

GIVEN = "--dose-mg 18 --bsa-m2 1.75"


def test_an_infusion_that_takes_the_place_of_a_booking_says_so(clinic, monitor):
    code, _, err = monitor(f"infusion log P-1 --on 2023-03-25 {GIVEN}")

    assert code == 0
    assert "this infusion uses up the booking for 2023-04-10" in err


def test_what_went_against_the_gate_ends_with_one_full_stop(clinic, monitor):
    monitor("result log P-1 neutrophils 0.4 10*9/L")

    said = monitor(f"infusion log P-1 {GIVEN}")[1] + monitor("warnings P-1")[1]

    assert "given-against-gate" in said
    assert ".." not in said


def test_a_moved_and_a_cancelled_booking_name_the_day_that_was_booked(clinic, monitor):
    moved = monitor("infusion plan P-1 --on 2023-05-02")
    given_up = monitor("infusion cancel P-1")

    assert "this takes the place of the booking for 2023-04-10, event " in moved[2]
    assert "given up is the booking for 2023-05-02, event " in given_up[2]
    assert monitor("infusion plan P-1 --on +90d")[2] == ""  # nothing was booked
    assert monitor("correct 34 --on +91d --reason R")[2] == ""  # the echo names both days


def test_a_booking_more_than_a_year_away_is_asked_about(clinic, monitor):
    far, near = monitor("infusion plan P-1 --on +367d"), monitor("infusion plan P-1 --on +366d")

    assert far[0] == 0
    assert "is more than a year away: is the year right?" in far[2]
    assert "year" not in near[2]


def test_a_booking_that_is_taken_back_leaves_what_was_booked_before(clinic, monitor):
    monitor("infusion plan P-1 --on +30d --by N")
    first = monitor("undo --by N")
    monitor("infusion cancel P-1 --by N")
    second = monitor("undo --by N")
    last = monitor("retract 30 --reason R")

    assert "booked now is 2023-04-10, event 30" in first[2]
    assert "booked now is 2023-04-10, event 30" in second[2]
    assert "booked" not in last[2]  # nothing is


def test_a_cancelled_booking_leaves_the_usual_day_and_a_second_cancelling_is_refused(
    clinic, monitor
):
    monitor("infusion plan P-1 --on 2023-05-02")

    code, out, _ = monitor("infusion cancel P-1")
    asked = json.loads(monitor("upcoming P-1 --as-of 2023-02-20 --until 2023-06-30 --json")[1])
    again = monitor("infusion cancel P-1")

    assert code == 0
    assert " the booking of P-1 (" in out
    due = [check["due"] for check in asked["checks"] if check["rule"] == "next-infusion"]
    assert due == ["2023-04-10"]  # three months after 2023-01-10, not an earlier booking
    assert again[0] == 2
    assert "no infusion of P-1 is booked" in again[2]


def test_a_part_of_an_infusion_is_added_to_it(clinic, monitor):
    monitor("infusion cancel P-1")
    first = json.loads(monitor(f"infusion log P-1 --on 2023-04-10 {GIVEN} --json")[1])["event"]

    code, _, err = monitor(f"infusion log P-1 --on 2023-04-11 {GIVEN} --part-of {first} --confirm")

    assert (code, err) == (0, "")
    infusions = json.loads(monitor("exposure P-1 --json")[1])["infusions"]
    assert [(i["on"], i["mg"]) for i in infusions][1:] == [("2023-04-10", "36")]


def test_a_part_two_days_later_or_of_nothing_is_refused_in_two_lines_at_most(clinic, monitor):
    first = json.loads(monitor(f"infusion log P-1 --on 2023-04-10 {GIVEN} --json")[1])["event"]

    for day, named in (("2023-04-12", first), ("2023-04-10", 1), ("2023-04-10", "x")):
        code, _, err = monitor(f"infusion log P-1 --on {day} {GIVEN} --part-of {named} --confirm")
        assert code == 2
        assert "part_of" in err
        assert err.count("\n") <= 2


def test_the_first_part_of_an_infusion_is_not_moved_away_from_the_others(clinic, monitor):
    first = json.loads(monitor(f"infusion log P-1 --on 2023-04-10 {GIVEN} --json")[1])["event"]
    monitor(f"infusion log P-1 --on 2023-04-11 {GIVEN} --part-of {first} --confirm")

    far, _, err = monitor(f"correct {first} --reason typed --on 2023-03-10 --confirm")
    near, _, _ = monitor(f"correct {first} --reason typed --on 2023-04-11 --confirm")

    assert (far, near) == (2, 0)
    assert "a part is given on the same or the next day" in err
    assert err.count("\n") <= 2


def test_two_infusions_a_day_apart_are_remarked_on(clinic, monitor):
    monitor(f"infusion log P-1 --on 2023-04-10 {GIVEN}")

    err = monitor(f"infusion log P-1 --on 2023-04-11 {GIVEN}")[2]

    assert "if this is a part of it: monitor retract" in err


def test_the_gate_names_what_it_leaves_out_of_the_day(clinic, monitor):
    answer = json.loads(monitor("gate P-1 --on 2023-01-10 --as-of 2023-01-10 --json")[1])
    said = monitor("gate P-1 --on 2023-01-10 --as-of 2023-01-10")[1]

    (left_out,) = answer["left_out"]
    assert left_out["on"] == "2023-01-10"
    assert answer["verdict"] != "clear"
    assert f"of that day (event {left_out['event']}) is on record and left out" in said


def test_an_undone_count_says_of_which_days_its_parts_are(clinic, monitor):
    monitor("course start P-3 --protocol example --on 2023-01-03")
    monitor(f"infusion log P-3 --on 2023-01-10 {GIVEN}")
    monitor("result log P-3 neutrophils 2.1 10*9/L --on 2023-01-20")
    monitor("result log P-3 platelets 210 10*9/L --on 2023-01-21")

    said = monitor("explain P-3 cbc-nadir --as-of 2023-01-26")[1]

    assert "neutrophils 2.1 10*9/L of 2023-01-20: all parts must be of the same day" in said
    assert "platelets 210 10*9/L of 2023-01-21: all parts must be of the same day" in said


def test_a_plain_gate_means_the_drug_whose_course_runs(clinic, monitor):
    monitor("course start P-3 --protocol doxorubicin-us --on 2020-01-01")
    monitor("infusion log P-3 --on 2020-01-10 --dose-mg 100 --bsa-m2 2")
    monitor("course end P-3 --on 2020-06-01 --reason done")
    monitor("course start P-3 --protocol example --on 2023-01-03")

    answer = json.loads(monitor("gate P-3 --on 2023-01-10 --as-of 2023-01-10 --json")[1])

    assert answer["protocol"] == "example"


def test_a_changed_sex_says_that_the_ability_to_conceive_is_an_open_question(clinic, monitor):
    monitor("patient add P-7 --sex female")

    said = monitor("patient change P-7 --sex male --on 2023-01-05")[2]
    settled = monitor("patient change P-7 --sex male --cannot-conceive --on 2023-01-06")[2]

    assert "whether P-7 can conceive is not recorded: pregnancy tests are asked for" in said
    assert "can conceive is not recorded" not in settled


def test_two_running_courses_still_ask_which_one_is_meant(clinic, monitor):
    monitor("course start P-3 --protocol doxorubicin-us --on 2020-01-01")
    monitor("course start P-3 --protocol example --on 2023-01-03")

    code, _, err = monitor("gate P-3 --on 2023-01-10 --as-of 2023-01-10")

    assert code == 2
    assert "--protocol NAME" in err


def test_who_is_booked_stays_in_the_list_when_the_course_has_ended(clinic, monitor):
    code, _, err = monitor("course end P-1 --on 2023-04-01 --reason switched")
    assert code == 0
    assert (
        "an infusion is booked for 2023-04-10, after the end of the course; "
        "to cancel it: monitor infusion cancel P-1" in err
    )

    code, out, _ = monitor("gate --on 2023-04-10 --as-of 2023-04-08")
    assert code == 1
    assert "the course ended on 2023-04-01" in out

    assert monitor("infusion cancel P-1")[0] == 0
    assert "P-1" not in monitor("gate --on 2023-04-10 --as-of 2023-04-08")[1]
