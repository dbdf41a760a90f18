"""Bookings and infusions whose day is odd are recorded, and not in silence."""

import json
from datetime import UTC, datetime, timedelta

import pytest


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "infusion plan P-1 --on 2023-05-02",
            "the booked day 2023-05-02 has passed already",
        ),
        (
            "infusion plan P-1 --on 2023-01-12",
            "the infusion of 2023-01-10 has used this booking up",
        ),
        (
            "infusion plan P-1 --on 2022-12-30",
            "no course runs on 2022-12-30: this booking creates no checks",
        ),
        (
            "infusion log P-1 --on 2022-12-30 --dose-mg 21 --bsa-m2 1.75",
            "no course ran on 2022-12-30; it counts to the one begun on 2023-01-03; if that day "
            "was entered wrongly: monitor correct 2 --on DATE --reason WHY",
        ),
    ],
)
def test_an_odd_day_is_remarked_on(typed, said, clinic, monitor):
    code, _, err = monitor(typed)

    assert code == 0
    assert f"monitor: {said}\n" in err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("plan P-1 --on 2030-01-01", "no course runs on 2030-01-01: this booking creates no"),
        (
            "log P-1 --on 2023-07-01 --dose-mg 21 --bsa-m2 1.75 --json",
            "no course ran on 2023-07-01; it counts to the one that ended on 2023-06-01",
        ),
    ],
)
def test_so_is_what_comes_after_the_end_of_the_course(typed, said, clinic, monitor):
    monitor("course end P-1 --on 2023-06-01 --reason 'another drug'")

    code, _, err = monitor(f"infusion {typed}")

    assert code == 0
    assert said in err


@pytest.mark.parametrize(
    "typed",
    ["plan P-1 --on +90d", "log P-1 --on 2023-04-10 --dose-mg 21 --bsa-m2 1.75"],
)
def test_nothing_is_said_of_an_ordinary_day(typed, clinic, monitor):
    if typed.startswith("plan"):
        monitor("infusion cancel P-1")  # else the booking that was is named

    code, _, err = monitor(f"infusion {typed}")

    assert (code, err) == (0, "")


@pytest.mark.parametrize(
    ("typed", "severity"),
    [
        ("platelets 49 10*9/L", "URGENT"),
        ("platelets 19000 /uL", "EMERGENCY"),
        ("leucocytes 0.9 10*9/L", "URGENT"),
    ],
)
def test_a_preliminary_value_does_not_count_and_is_said_if_a_laboratory_would_telephone_it(
    typed, severity, clinic, monitor, ask
):
    now = datetime.now(UTC)  # noqa: TID251  # what is old when it is first seen is a caution
    day = now.date() - timedelta(1)
    code, out, err = monitor(f"result log P-1 {typed} --on {day} --status preliminary")

    told = f"monitor: {typed} (preliminary) on {day} does not count until it is final"
    assert code == 0
    assert told in err
    assert f"monitor: if it is true: {severity} critical-result: " in err
    assert "critical-result" not in out
    assert "critical-result" not in {w["rule"] for w in ask("warnings P-1")[1]["warnings"]}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("platelets 50 10*9/L --status preliminary", "(preliminary) on 2023-04-20 does not count"),
        ("platelets 5 10*9/L --status unsuitable", "(unsuitable) on 2023-04-20 does not count"),
    ],
)
def test_of_what_is_not_critical_or_could_not_be_measured_no_more_is_said(
    typed, said, clinic, monitor
):
    code, _, err = monitor(f"result log P-1 {typed} --on 2023-04-20 --confirm")

    assert code == 0
    assert said in err
    assert "if it is true" not in err


@pytest.mark.parametrize(
    ("unfit", "said", "is_asked_for"),
    [
        ("{day} --second", "another is needed", True),
        ("{before}", "what counts is platelets 250 10*9/L on {day}", False),
    ],
)
def test_another_sample_is_called_needed_where_the_calendar_asks_for_it(
    unfit, said, is_asked_for, clinic, monitor, ask
):
    now = datetime.now(UTC)  # noqa: TID251  # what is old when it is first seen is not asked for
    named = {"day": now.date() - timedelta(1), "before": now.date() - timedelta(2)}
    monitor("result log P-1 platelets 250 10*9/L --on {day}".format(**named))

    typed = f"result log P-1 platelets 240 10*9/L --status unsuitable --on {unfit}"
    told = monitor(typed.format(**named))[2]

    assert f"the sample was unsuitable; {said.format(**named)}" in told
    _, listed = ask("upcoming P-1")
    assert ("sample-repeat" in {check["rule"] for check in listed["checks"]}) is is_asked_for


def test_liver_tests_read_as_normal_count_in_the_place_of_an_unfit_enzyme(clinic, monitor):
    monitor("result log P-1 liver_tests normal --on 2023-04-20")

    told = monitor("result log P-1 alt 30 U/L --status unsuitable --on 2023-04-20")[2]

    assert "the sample was unsuitable; what counts is liver_tests normal on 2023-04-20" in told


def test_of_what_is_not_drawn_no_other_sample_is_called_needed(clinic, monitor):
    told = monitor("result log P-1 temperature 39 Cel --status unsuitable --on 2023-04-20")[2]

    assert "temperature 39 Cel (unsuitable) on 2023-04-20 does not count" in told
    assert told.endswith("the sample was unsuitable; measure again\n")


def test_a_final_value_counts_without_a_word(clinic, monitor):
    assert monitor("result log P-1 platelets 250 10*9/L --on 2023-04-20")[2] == ""


def test_an_import_says_so_of_its_lines(clinic, monitor, tmp_path):
    file = tmp_path / "early.jsonl"
    file.write_text(
        '{"kind":"result","patient":"P-1","code":"blasts","value":"present",'
        '"on":"2023-04-20","status":"preliminary"}\n'
    )

    code, _, err = monitor(f"import {file}")

    assert code == 0
    assert "monitor: P-1: blasts present (preliminary) on 2023-04-20 does not count" in err
    assert "monitor: P-1: if it is true: URGENT suspected-leukaemia: Haematology now" in err


def test_who_corrects_one_of_several_second_samples_hears_that_nobody_knows_which(clinic, monitor):
    for value in ("12", "140"):
        monitor(f"result log P-1 platelets {value} 10*9/L --on 2023-04-20 --second --confirm")
    corrected = "result log P-1 platelets 151 10*9/L --on 2023-04-20 --second --status corrected"

    code, _, err = monitor(f"{corrected} --confirm")

    assert code == 0
    assert (
        "monitor: platelets 151 10*9/L (corrected) on 2023-04-20: it does not say which second "
        "sample of that day it corrects, so the worst one counts; to correct one: "
        "monitor correct 32 or 33 --reason WHY …\n"
    ) in err


def test_so_does_who_imports_it(clinic, monitor, tmp_path):
    for value in ("12", "140"):
        monitor(f"result log P-1 platelets {value} 10*9/L --on 2023-04-20 --second --confirm")
    line = (
        '{"kind":"result","patient":"P-1","on":"2023-04-20","code":"platelets","value":"151",'
        '"unit":"10*9/L","status":"corrected","second":true,"confirm":true}'
    )
    (tmp_path / "facts.jsonl").write_text(line)

    _, _, err = monitor(f"import {tmp_path / 'facts.jsonl'}")

    assert (
        "monitor: P-1: platelets 151 10*9/L (corrected) on 2023-04-20: it does not say which" in err
    )


def test_beside_the_emergency_that_a_preliminary_value_makes_nobody_reads_that_it_does_not_count(
    clinic, monitor
):
    now = datetime.now(UTC)  # noqa: TID251  # what is old when it is first seen is a caution
    day = now.date() - timedelta(1)
    monitor(f"symptom log P-1 bleeding --at {day}T08:00:00+00:00")

    code, out, err = monitor(
        f"result log P-1 platelets 8 10*9/L --on {day} --status preliminary --confirm"
    )

    assert code == 0
    assert "EMERGENCY  critical-result: " in out
    assert "does not count" not in err
    assert "critical-result" not in err
    assert f"platelets 8 10*9/L (preliminary) on {day} is not final but raises a warning" in err


# ── what does not pass, and what is not watched yet ──

PASSES_NOT = ", and that does not change with time. If "


@pytest.mark.parametrize(
    ("fact", "before", "now", "is_said"),
    [
        ("hypersensitivity", "yes", "no", True),
        ("hypersensitivity", "yes", "unknown", True),
        ("hypersensitivity", "yes", "yes", False),
        ("hypersensitivity", "no", "yes", False),
        ("prior_mitoxantrone_mg_m2", "60", "59.99", True),
        ("prior_mitoxantrone_mg_m2", "60", "60", False),
        ("prior_mitoxantrone_mg_m2", "60", "60.01", False),
        ("hiv", "yes", "no", True),
        ("breast_feeding", "yes", "no", False),  # it passes
    ],
)
@pytest.mark.parametrize("way", ["typed", "imported"])
def test_an_answer_that_calms_what_does_not_pass_is_remarked_on(
    fact, before, now, is_said, way, clinic, monitor, tmp_path
):
    monitor(f"fact set P-1 {fact}={before} --on 2023-02-01 --by 'Dr A' --confirm")
    if way == "typed":
        code, _, said = monitor(f"fact set P-1 {fact}={now} --on 2023-02-02 --confirm")
    else:
        line = {"kind": "fact", "patient": "P-1", "fact": fact, "value": now, "on": "2023-02-02"}
        line["confirm"] = True
        (tmp_path / "more.jsonl").write_text(json.dumps(line) + "\n")
        code, *both = monitor(f"import {tmp_path}/more.jsonl")
        said = "".join(both)

    assert code == 0, said
    assert (f"{fact} {now} on 2023-02-02 (event " in said) == is_said
    assert (f": it was {before} on 2023-02-01 (event " in said) == is_said
    assert (PASSES_NOT in said) == is_said
    assert ("by Dr A" in said) == is_said


def test_neither_an_unknown_between_them_nor_one_file_hides_it(clinic, monitor, tmp_path):
    monitor("fact set P-1 hypersensitivity=yes --on 2023-02-01")
    unknown = monitor("fact set P-1 hypersensitivity=unknown --on 2023-02-02")[2]
    no = monitor("fact set P-1 hypersensitivity=no --on 2023-02-03")[2]
    lines = [
        {"kind": "fact", "patient": "P-1", "fact": "hiv", "value": value, "on": f"2023-02-0{day}"}
        for day, value in ((1, "yes"), (2, "no"))
    ]
    (tmp_path / "more.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    filed = "".join(monitor(f"import {tmp_path}/more.jsonl")[1:])

    assert "If yes was wrong: monitor retract " in unknown
    assert "--value no" in no
    assert all(PASSES_NOT in said for said in (unknown, no, filed))


def test_to_correct_an_answer_is_no_news(clinic, monitor):
    said = monitor("fact set P-1 hypersensitivity=yes --on 2023-02-01")[1]
    event = said.rpartition("event ")[2].split()[0]

    code, _, err = monitor(f"correct {event} --value no --reason misread")

    assert (code, PASSES_NOT in err) == (0, False)


NOTHING_GIVEN = "no clozapine is on record: this course creates no checks until a dose is"


def test_who_starts_a_course_hears_what_begins_the_watch(clinic, monitor):
    code, out, err = monitor("course start P-1 --protocol clozapine-us --on 2023-03-01")
    monitor("dose start P-1 --dose-mg 12.5 --on 2023-03-02 --protocol clozapine-us")
    monitor("course end P-1 --protocol clozapine-us --on 2023-03-03 --reason x")
    again = monitor("course start P-1 --protocol clozapine-us --on 2023-03-05 --json")

    assert (code, NOTHING_GIVEN in err) == (0, True)
    assert out.startswith("started a course under clozapine-us on 2023-03-01 for P-1 ")
    assert (again[0], again[2], list(json.loads(again[1]))[:2]) == (0, "", ["event", "patient"])


def test_a_course_before_the_running_one_is_refused_with_the_day_of_that_one(clinic, monitor):
    code, _, err = monitor("course start P-1 --protocol example --on 2023-01-01")

    assert code == 2
    assert "a course under example begins on 2023-01-03; if it began earlier: " in err
    assert "monitor correct 2 --on DATE" in err


def test_a_waiver_says_what_it_leaves_and_how_another_is_recorded(monitor):
    for typed in [
        "patient add P-9 --sex male --born 1980-01-01",
        "course start P-9 --protocol clozapine-us --on 2022-01-01",
        "result log P-9 neutrophils 3.2 10*9/L --on 2022-01-02",
        "dose start P-9 --on 2022-01-05 --dose-mg 12.5",
        "result log P-9 neutrophils 0.4 10*9/L --on 2022-01-12",
        "dose stop P-9 --on 2022-01-12",
        "result log P-9 neutrophils 1.6 10*9/L --on 2022-01-14",
    ]:
        assert monitor(typed)[0] == 0
    waive = "waive P-9 neutrophils --reason rechallenge --by DrA"

    code, _, err = monitor(waive)
    assert code == 0
    assert "monitor: neutrophils still holds: before a start: neutrophils 1.6 10*9/L" in err
    assert "(another waiver is for this); waived by DrA on" in err

    code, _, err = monitor(waive)
    assert code == 2
    assert "already recorded as event 8; another decision has another reason, or another day" in err

    code, _, err = monitor(waive.replace("rechallenge", "'count comes tomorrow'"))
    assert (code, err) == (0, "")
