"""A drug that is taken daily, on the command line: record, ask, explain, remind."""

import json
import time

import pytest


@pytest.fixture
def taking(monitor):
    monitor("db upgrade")
    for typed in (
        "patient add P-1 --sex female --timezone UTC",
        "course start P-1 --protocol clozapine-us --on 2025-01-02",
        "result log P-1 neutrophils 3200 /uL --on 2025-01-03",
        "dose start P-1 --on 2025-01-06 --dose-mg 12.5 --by 'Dr H'",
    ):
        code, _, err = monitor(typed)
        assert (code, err.count("no clozapine is on record")) == (0, typed[0] == "c"), typed
    return monitor


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "dose change P-1 --on 2025-01-20 --dose-mg 50",
            "change on 2025-01-20, 50 mg a day for P-1",
        ),
        (
            "dose interrupt P-1 --on 2025-01-20 --reason operation",
            "interrupt on 2025-01-20 for P-1",
        ),
        ("dose stop P-1 --on 2025-01-20", "stop on 2025-01-20 for P-1"),
    ],
)
def test_a_step_is_recorded_and_said_back(taking, typed, said):
    code, out, err = taking(typed)

    assert (code, err) == (0, "")
    assert out.startswith(f"recorded {said}, as event 5\n")


def test_a_year_of_weekly_counts_is_one_line_and_says_which_are_overdue(taking):
    taking("retract 4 --reason 'entered twice'")
    _, out, _ = taking("dose start P-1 --on 2025-01-06 --dose-mg 12.5")
    counts = [line for line in out.splitlines() if "blood-count" in line]

    assert counts[0].startswith("overdue 2025-01-13 and ")
    assert len(counts) <= 2  # what is overdue, and what lies ahead


def test_two_checks_of_one_rule_and_day_are_one_day(taking):
    typed = "result log P-1 neut=0.1:G/L plt=8:G/L --on 2025-01-03 --confirm --second"
    (repeat,) = [line for line in taking(typed)[1].splitlines() if "critical-repeat" in line]

    assert repeat == "overdue 2025-01-04  critical-repeat: repeat of a critical value"


TODAY = time.strftime("%Y-%m-%d", time.gmtime())


@pytest.mark.parametrize(
    ("on", "follows"),
    [(TODAY, ["fever-watch"]), ("2025-01-20", [])],  # two weeks long ago are over
    ids=["today", "long ago"],
)
def test_a_recorder_answers_as_the_others_do(taking, ask, on, follows):
    code, answer = ask(f"dose stop P-1 --on {on}")

    assert code == 0
    assert set(answer) == {"event", "patient", "warnings", "checks"}
    assert [w["rule"] for w in answer["warnings"]] == follows


def test_a_resumption_after_thirty_days_asks_for_weekly_counts_again(taking, ask):
    ask("dose interrupt P-1 --on 2025-03-01")

    _, answer = ask("dose resume P-1 --on 2025-03-31 --dose-mg 12.5")

    assert [c["due"] for c in answer["checks"]][:3] == ["2025-03-31", "2025-04-07", "2025-04-14"]


def test_a_step_that_does_not_fit_exits_2_and_stores_nothing(taking, ask):
    code, out, err = taking("dose resume P-1 --on 2025-01-20")

    assert (code, out) == (2, "")
    assert "clozapine is taken, since 2025-01-06" in err
    assert len(ask("history P-1")[1]["entries"]) == 4


def test_the_gate_of_a_daily_drug_keeps_its_form_without_what_belongs_to_infusions(taking, ask):
    code, answer = ask("gate P-1 --on 2025-01-10 --as-of 2025-01-10")

    assert (code, answer["verdict"]) == (0, "clear")
    assert answer["dose"] is answer["dose_advice"] is answer["exposure"] is None
    assert [r["rule"] for r in answer["requirements"]] == [
        "neutrophils",
        "count-schedule",
        "hypersensitivity",
    ]
    assert taking("gate P-1 --on 2025-01-10 --as-of 2025-01-10")[1].startswith(
        "CLEAR  P-1, dose on 2025-01-10  (clozapine-us"
    )


@pytest.mark.parametrize(
    ("mg", "steps", "asked"),
    [
        ("124", (), None),
        ("125", (), "125 mg a day after 12.5 mg on 2025-01-06"),
        ("1.25", (), "1.25 mg a day after 12.5 mg on 2025-01-06"),
        ("30", ("change P-1 --on 2025-01-08 --dose-mg 100 --confirm",), None),
        ("1000", ("change P-1 --on 2025-01-08 --dose-mg 100 --confirm",), "after 100 mg"),
        # as of a step on record: begun again, low is right; one of the next day is not known yet
        ("1.25", ("interrupt P-1 --on 2025-01-09",), None),
        ("125", ("interrupt P-1 --on 2025-01-09",), "125 mg a day after 12.5 mg"),
        ("125", ("change P-1 --on 2025-01-11 --dose-mg 50",), "125 mg a day after 12.5 mg"),
    ],
)
def test_a_slip_of_ten_is_asked_about_at_the_gate_as_it_is_in_a_recording(taking, mg, steps, asked):
    for typed in steps:
        assert taking(f"dose {typed}")[0] == 0
    question = f"gate P-1 --on 2025-01-10 --as-of 2025-01-10 --dose-mg {mg}"

    code, out, err = taking(question)

    if asked is None:
        assert (code, err) == (0, "")
    else:
        assert (code, out) == (2, "")
        assert asked in err
        assert "--confirm" in err
        assert taking(f"{question} --confirm")[0] in (0, 1)


def test_a_dose_that_no_rule_limits_is_not_said_to_be_clear_without_a_word(taking, ask):
    question = "gate P-1 --on 2025-01-10 --as-of 2025-01-10 --dose-mg 25"
    said = "not judged: 25 mg: no rule of clozapine-us limits this dose"

    assert f"\n  {said}\n" in taking(question)[1]
    assert ask(question)[1]["notes"] == [said]


def test_an_overdue_count_is_explained_waived_and_then_a_caution(taking, ask):
    _, explained = ask("explain P-1 count-schedule --as-of 2025-01-16")
    assert explained["answer"] == "unknown"
    assert explained["because"] == [
        "gate: unknown, the newest is of 2025-01-03, the next one was needed by 2025-01-15"
    ]

    code, out, _ = taking("waive P-1 blood-count --reason away --by 'Dr H' --on 2025-01-16")
    assert (code, out) == (0, "waived blood-count 2 on 2025-01-16 for P-1, as event 5\n")

    code, answer = ask("gate P-1 --on 2025-01-16 --as-of 2025-01-16")
    assert (code, answer["verdict"]) == (0, "caution")


def test_the_requirement_itself_cannot_be_waived_only_its_check(taking):
    code, _, err = taking("waive P-1 count-schedule --reason away --by 'Dr H' --on 2025-01-16")

    assert code == 2
    assert "count-schedule cannot be waived: the newest is of 2025-01-03" in err


def test_a_lifetime_dose_is_not_added_up(taking):
    code, _, err = taking("exposure P-1")

    assert code == 2
    assert "limits no lifetime dose" in err


def test_a_count_that_comes_due_is_reminded_of_once(taking):
    taking("contact add P-1 --role nurse --name N --channel console: --private")

    code, first, _ = taking("tick --now 2025-01-13T09:00:00Z")
    _, again, _ = taking("tick --now 2025-01-13T10:00:00Z")

    assert code == 0
    assert "neutrophils" in first
    assert "0 messages queued" in again
    outbox = json.loads(taking("outbox --json")[1])
    stages = {(r["rule"], r["occurrence"], r["stage"]) for r in outbox["reminders"]}
    assert ("blood-count", 2, "due") in stages


def test_the_projection_and_the_chain_are_whole_after_every_kind_of_step(taking):
    for typed in (
        "dose change P-1 --on 2025-01-20 --dose-mg 50",
        "dose interrupt P-1 --on 2025-02-01",
        "dose resume P-1 --on 2025-02-10",
        "dose stop P-1 --on 2025-03-01",
        "correct 8 --on 2025-03-02 --reason 'a day late'",
        "retract 9 --reason 'did not stop'",
    ):
        assert taking(typed)[0] == 0, typed

    code, out, err = taking("db verify")

    assert (code, err) == (0, "")
    assert "no fault found" in out


def test_the_end_of_a_course_says_that_the_drug_is_not_stopped(taking):
    said = "is not recorded as stopped, and its checks may go on; if it is taken no more: monitor"

    _, out, err = taking("course end P-1 --on 2025-02-01 --reason over")
    assert said in err
    for typed in (f"retract {out.split()[-1]} --reason slip", "dose stop P-1 --on 2025-02-01"):
        assert taking(typed)[0] == 0, typed
    assert said not in taking("course end P-1 --on 2025-02-01 --reason over")[2]


def test_a_daily_protocol_is_played_through_from_one_start(monitor, ask):
    typed = "protocol simulate clozapine-us --start 2025-08-31 --years 2"

    code, sheet = ask(typed)

    assert code == 0
    due = [c["due"] for c in sheet["checks"]]
    assert len(due) == 1 + 26 + 14 + 12
    assert due[-1] == "2027-08-31"
    assert sheet["infusions"] == []
    assert ask(f"{typed} --infusions 1 --every '1 month'") == (0, sheet)
    code, _, err = monitor(f"{typed} --infusions 2")
    assert (code, err) == (2, "monitor: --infusions: clozapine-us is taken daily: leave it out\n")
    assert "INFUSIONS" not in monitor(typed)[1]


def test_what_becomes_of_a_daily_drug_is_played_through(ask):
    typed = "protocol simulate clozapine-us --start 2025-01-10 --years 1 --dose 2025-01-10=12.5"
    steps = "--dose 2025-06-01=stop --dose 2025-02-01=300 --dose 2025-04-01=interrupt"

    _, sheet = ask(f"{typed} {steps} --dose 2025-05-10=12.5")

    assert sheet["assumed"] == [
        "taken daily; age not recorded; no test is done",
        "start on 2025-01-10, 12.5 mg a day",
        "change on 2025-02-01, 300 mg a day",
        "interrupt on 2025-04-01",
        "resume on 2025-05-10, 12.5 mg a day",
        "stop on 2025-06-01",
    ]
    counted = {c["counted_from"] for c in sheet["checks"] if c["rule"] == "blood-count"}
    assert counted == {"2025-01-10", "2025-05-10"}  # after so long a rest it begins anew


@pytest.mark.parametrize(
    ("dose", "said"),
    [
        ("2025-02-01=resume", "'2025-02-01=resume' does not fit: write milligrams a day, inter"),
        ("2025-02-01=0", "'2025-02-01=0' does not fit: write milligrams a day, interrupt or stop"),
        ("2025-02-01=NaN", "'2025-02-01=NaN' does not fit: write milligrams a day, interrupt or"),
        ("2025-02-01=300 --dose 2025-02-01=stop", "the same day twice; keep one"),
        ("tomorrow=300", "'tomorrow=300' is not a day and a dose: write for instance 2025-03-01"),
        ("2024-12-01=300", "'2024-12-01' must be between 2025-01-10 and 2035-01-10"),
    ],
)
def test_a_step_that_does_not_fit_is_refused(dose, said, monitor):
    code, out, err = monitor(f"protocol simulate clozapine-us --start 2025-01-10 --dose {dose}")

    assert (code, out) == (2, "")
    assert err.startswith(f"monitor: --dose: {said}")
    assert err.count("\n") == 1


def test_an_import_line_of_a_step_may_have_these_keys(monitor, tmp_path):
    lines = [
        {"kind": "patient", "id": "P-1"},
        {"kind": "course", "patient": "P-1", "protocol": "clozapine-us", "on": "2025-01-02"},
        {"kind": "dose", "patient": "P-1", "action": "start", "on": "2025-01-06",
         "dose_mg": "12.5", "by": "Dr H", "reason": "first", "protocol": "clozapine-us", "id": "s"},
    ]  # fmt: skip
    file = tmp_path / "facts.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")

    assert monitor(f"import {file}")[0] == 0
    assert monitor(f"import {file}")[1].startswith("3 lines: stored 0, skipped 3")
