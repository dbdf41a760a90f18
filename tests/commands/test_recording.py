"""Commands that record: what they say, what they store, and that they exit 0 or 2."""

import inspect
import json
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.commands.amend import correct
from monitor.service.recording.input_lines import COMMANDED
from monitor.service.recording.lines.base import Line
from tests.behind import behind

RECORDED = {"event", "patient", "warnings", "checks"}
NOTHING = {"warnings": [], "advice": [], "remarks": []}  # a file that raises nothing

SAID = [
    (
        "patient add P-9 --sex female --born 1993-04-02 --can-conceive --name Ann --language fr",
        "registered P-9 (Ann, born 1993-04-02), as event 32\n",
    ),
    (
        "patient change P-1 --timezone Europe/Paris --on 2023-02-01",
        "recorded timezone Europe/Paris from 2023-02-01 on "
        "for P-1 (born 1993-04-02), as event 32\n",
    ),
    (
        "patient close P-1 --reason transferred --by 'Dr A' --on 2023-05-01",
        "closed on 2023-05-01: P-1 (born 1993-04-02), as event 32\n",
    ),
    (
        "course pause P-1 --on 2023-02-01",
        "paused on 2023-02-01 the course of P-1 (born 1993-04-02), as event 32\n",
    ),
    (
        # On the booked day: an earlier end would say that the booking stands.
        "course end P-1 --on 2023-04-10 --reason 'another drug'",
        "ended on 2023-04-10, while follow-up goes on, "
        "the course of P-1 (born 1993-04-02), as event 32\n",
    ),
    (
        "fact set P-1 ' active_infection = no ' --on 2023-02-01",
        "recorded active_infection no on 2023-02-01 for P-1 (born 1993-04-02), as event 32\n",
    ),
    (
        "infusion plan P-1 --on 2030-01-01",
        "booked the next infusion on 2030-01-01 for P-1 (born 1993-04-02), as event 32\n",
    ),
    (
        "result log P-1 haemoglobin 13.1 g/dL --on 2023-04-09 --lln 12 --uln 16 --method X",
        "recorded haemoglobin 13.1 g/dL on 2023-04-09 for P-1 (born 1993-04-02), as event 32\n",
    ),
    (
        "result log P-1 ANC 3.2 K/µL --on 2023-04-08",
        "recorded neutrophils 3.2 10*3/uL on 2023-04-08 for P-1 (born 1993-04-02), as event 32\n",
    ),
    (
        "result log P-1 Temp 98.6 F --on 2023-04-09",
        "recorded temperature 98.6 F (37 Cel) on 2023-04-09 "
        "for P-1 (born 1993-04-02), as event 32\n",
    ),
    (
        "result log P-1 ecg normal --on 2023-04-09",
        "recorded ecg normal on 2023-04-09 for P-1 (born 1993-04-02), as event 32\n",
    ),
    (
        "symptom log P-1 bruising --at 2023-04-09T10:00:00+01:00",
        "recorded bruising at 2023-04-09T10:00:00+01:00 for P-1 (born 1993-04-02), as event 32\n"
        "URGENT  bleeding-symptom: Call the patient; blood count now: bruising on 2023-04-09.\n"
        "  tell the patient: Call your clinic now. Have your blood counted today.\n"
        "overdue 2023-04-09  cbc-now: blood count now, after a symptom\n",
    ),
    (
        "retract 31 --reason 'wrong patient'",
        "took back event 31: next infusion booked for 2023-04-10, of P-2 (born 1980-01-01), "
        "as event 32\n",
    ),
    (
        "correct 23 --reason typo --value 1599",
        "corrected event 23, neutrophils 1499 /uL on 2023-04-09: value 1499 → 1599, "
        "for P-1 (born 1993-04-02), as event 32\n",
    ),
    (
        "correct 23 --reason typo --value '>1499'",
        "corrected event 23, neutrophils 1499 /uL on 2023-04-09: value 1499 → >1499, "
        "for P-1 (born 1993-04-02), as event 32\n",
    ),
    (
        "waive P-1 ecg --reason 'seen by cardiology' --by 'Dr A' --on 2023-04-10",
        "waived ecg 2 on 2023-04-10 for P-1 (born 1993-04-02), as event 32\n",
    ),
]


@pytest.mark.parametrize(("typed", "said"), SAID, ids=lambda text: text[:30])
def test_recording_says_what_was_stored_and_what_follows(typed, said, clinic, monitor, count):
    code, out, err = monitor(typed)

    booked = (
        "monitor: the booked day 2030-01-01 is more than a year away: is the year right?\n"
        "monitor: this takes the place of the booking for 2023-04-10, event 30\n"
    )
    assert (code, out, err) == (0, said, booked if "infusion plan" in typed else "")
    assert count() == 32


def test_a_value_that_cannot_be_is_refused_as_such_beside_another_of_that_day(clinic, monitor):
    monitor("result log P-1 neutrophils 3.2 10*9/L --on 2023-04-09")

    for typed in ("neutrophils 3.2 mg", "neutrophils=3.2:mg"):
        code, _, err = monitor(f"result log P-1 {typed} --on 2023-04-09")
        assert code == 2
        assert "not 'mg'" in err
        assert "has other values" not in err


def test_a_count_below_a_number_is_answered_as_what_it_may_be(clinic, monitor):
    code, out, _ = monitor("result log P-1 neutrophils '<0.1' 10*9/L --on today --by N")

    assert code == 0
    assert "recorded neutrophils <0.1 10*9/L on " in out
    assert "severe-neutropenia: " in out
    assert (
        "neutrophils <0.1 10*9/L, judged as beyond every limit"
        in (monitor("explain P-1 neutrophils")[1])
    )
    monitor("result log P-1 lvef '>55' % --on today")
    assert "lvef >55 %, judged as 55 %" in monitor("explain P-1 lvef")[1]


@pytest.mark.parametrize("typed", [typed for typed, _ in SAID], ids=lambda text: text[:30])
def test_recording_with_json_prints_one_document(typed, clinic, monitor):
    code, out, _ = monitor(f"{typed} --json")
    answer = json.loads(out)

    assert code == 0
    besides = {
        "symptom": {"advice"},
        "correct": {"old", "new", "ended"},
        "retract": {"old", "ended"},
    }
    assert set(answer) - {"name", "born", "closed_on", "closed_reason"} == RECORDED | besides.get(
        typed.split()[0], set()
    )
    assert answer["event"] == 32


@pytest.mark.parametrize(
    "typed",
    [typed for typed, _ in SAID],
    ids=lambda text: text[:30],
)
def test_an_equal_fact_is_refused_the_second_time(typed, clinic, monitor, count):
    assert monitor(typed)[0] == 0

    code, out, err = monitor(typed)

    assert (code, out) == (2, "")
    assert err
    assert count() == 32


def test_an_infusion_is_recorded_whatever_the_gate_says(clinic, monitor):
    typed = "infusion log P-1 --on 2023-04-10 --dose-mg 21 --height-cm 175 --weight-kg 63"

    code, out, err = monitor(f"{typed} --despite 'the patient insists'")

    assert (code, err) == (0, "")
    first, *rest = out.splitlines()
    assert first == "recorded 21 mg on 2023-04-10 for P-1 (born 1993-04-02), as event 32"
    assert rest[0].startswith(
        "CAUTION  given-against-gate: A person must look at this: "
        "infusion of 21 mg (BSA 1.7500 m2) on 2023-04-10: "
    )
    assert "neutrophils 1499 /uL on 2023-04-09" in rest[0]
    assert rest[0].endswith("Reason given: the patient insists.")
    assert "overdue 2023-04-20  cbc-nadir: nadir blood count" in rest
    assert "overdue 2023-07-10  next-infusion: next infusion" in rest


def test_an_infusion_with_unknown_body_surface_makes_exposure_unknown(clinic, monitor, ask):
    code, out, _ = monitor("infusion log P-1 --on 2023-04-10 --dose-mg 21 --bsa-unknown")

    assert code == 0
    assert "CAUTION  exposure-unknown: The lifetime dose cannot be told: " in out
    exposure = ask("exposure P-1")[1]
    assert (exposure["total"], exposure["at_least"]) == (None, "12.00")


def test_an_infusion_without_a_running_course_is_recorded_with_a_warning(clinic, monitor):
    monitor("course end P-1 --on 2023-02-01 --reason done")

    code, out, _ = monitor("infusion log P-1 --on 2023-04-10 --dose-mg 21 --bsa-m2 1.75")

    assert code == 0
    assert "the course ended on 2023-02-01" in out


def test_an_infusion_without_any_course_is_refused(clinic, monitor, count):
    code, out, err = monitor("infusion log P-3 --on 2023-04-10 --dose-mg 21 --bsa-m2 1.75")

    assert (code, out) == (2, "")
    assert err == (
        "monitor: P-3 has no course; type: monitor course start P-3 --protocol NAME --on DATE\n"
    )
    assert count() == 31


def test_a_fever_in_the_dangerous_weeks_is_answered_at_once(clinic, monitor):
    code, out, err = monitor("symptom log P-1 fever 38.4 Cel --at 2023-01-25T20:00:00+00:00")

    assert (code, err) == (0, "")
    assert out == (
        "recorded fever 38.4 Cel at 2023-01-25T20:00:00+00:00 "
        "for P-1 (born 1993-04-02), as event 32\n"
        "EMERGENCY  febrile-neutropenia: Emergency: admit now. "
        "Fever on 2023-01-25, suspected, count unknown.\n"
        "  tell the patient: Call your clinic or the emergency number now.\n"
        "overdue 2023-01-25  cbc-now: blood count now, after a symptom\n"
    )


def test_a_symptom_with_json_gives_event_warnings_and_checks(clinic, ask):
    code, answer = ask("symptom log P-1 palpitations --at 2023-03-01T20:00:00+00:00")

    assert code == 0
    assert [warning["rule"] for warning in answer["warnings"]] == ["cardiac-symptom"]
    assert [check["rule"] for check in answer["checks"]] == ["lvef-now"]


def test_a_symptom_of_a_patient_without_a_course_is_answered_too(clinic, monitor):
    assert monitor("symptom log P-3 fever --at 2023-03-01T20:00:00+00:00") == (
        0,
        "recorded fever at 2023-03-01T20:00:00+00:00 for P-3, as event 32\n"
        "URGENT  infection-symptom: Call the patient; blood count now: fever on 2023-03-01.\n"
        "  tell the patient: Call your clinic now. Have your blood counted today. "
        "Measure your temperature again in one hour.\n",
        "",
    )
    assert monitor("symptom log P-3 fatigue --at 2023-03-01T20:00:00+00:00") == (
        0,
        "recorded fatigue at 2023-03-01T20:00:00+00:00 for P-3, as event 33\n"
        "Tell a clinician; with no other cause take a blood count.\n"
        "tell the patient: Tell your clinic. Call at once with fever, bleeding or bruises.\n",
        "",
    )


def test_what_is_implausible_is_stored_only_when_confirmed(clinic, monitor, count):
    typed = "result log P-1 weight 250 kg --on 2023-04-09"

    code, out, err = monitor(typed)

    assert (code, out) == (2, "")
    assert "--confirm" in err
    assert count() == 31
    assert monitor(f"{typed} --confirm")[0] == 0


def test_a_course_is_paused_resumed_and_ended(clinic, monitor, ask):
    def state() -> str:
        return ask("patient show P-1")[1]["courses"][0]["state"]

    assert state() == "running"
    assert monitor("course pause P-1 --on 2023-02-01")[0] == 0
    assert state() == "paused"
    assert monitor("course resume P-1 --on 2023-02-02")[0] == 0
    assert state() == "running"
    assert monitor("course end P-1 --on 2023-02-03 --reason done")[0] == 0
    assert state() == "ended"


def test_a_closed_patient_is_held_until_reopened(clinic, monitor, ask):
    on = "--on 2023-04-10 --as-of 2023-04-10"
    monitor("patient close P-1 --reason withdrew-consent --by 'Dr A' --on 2023-03-01")

    assert ask(f"gate P-1 {on}")[1]["notes"] != []
    out = monitor("upcoming P-1 --as-of 2023-04-10 --json")[1]
    assert json.loads(out)["checks"] == []
    assert monitor("patient reopen P-1 --by 'Dr A' --on 2023-03-02")[:2] == (
        0,
        "reopened on 2023-03-02: P-1 (born 1993-04-02), as event 33\n",
    )
    assert ask(f"gate P-1 {on}")[1]["notes"] == []


def test_a_closing_before_the_reopening_is_refused_as_it_would_change_nothing(clinic, monitor):
    monitor("patient close P-1 --reason withdrew-consent --by 'Dr A' --on 2023-03-01")
    monitor("patient reopen P-1 --by 'Dr A' --on 2023-03-05")

    code, _, err = monitor("patient close P-1 --reason died --by 'Dr A' --on 2023-02-01")

    assert code == 2
    assert "closed or reopened on 2023-03-05; write that day or a later one" in err
    assert monitor("patient close P-1 --reason died --by 'Dr A' --on 2023-03-05")[0] == 0


def test_who_records_is_kept(clinic, monitor, ask):
    monitor("fact set P-1 active_infection=no --on 2023-02-01 --by 'Nurse N'")

    assert ask("history P-1")[1]["entries"][-1]["by"] == "Nurse N"


def test_the_first_recording_creates_the_database_for_its_owner_only(monitor, tmp_path):
    code, out, err = monitor(f"patient add P-1 --db sqlite:///{tmp_path}/new/clinic.db")

    file = tmp_path / "new" / "clinic.db"
    assert (code, out) == (0, "registered P-1, as event 1\n")
    assert err == f"monitor: created the database {file}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_without_a_word_about_it_the_database_is_in_the_data_folder(
    monitor, monkeypatch, fresh_home
):
    monkeypatch.delenv("MONITOR_DB")

    assert monitor("patient add P-1")[0] == 0

    assert (fresh_home / "data/infusion-monitor/monitor.db").exists()


REFUSED = [
    ("patient add P-1 --sex male", "P-1 is already registered with other values"),
    (
        "patient add ''",
        "id: '' is not a valid identifier; use letters, digits and . _ / @ + -, at",
    ),
    ("patient add 'P 4'", "id: 'P 4' is not a valid identifier; use letters"),
    ("patient add P-4 --sex femal", "sex: 'femal' is not one of female, male, other, unknown"),
    ("patient add P-4 --born 1993", "born: '1993' is not a date; write YYYY-MM-DD"),
    ("patient add P-4 --born 2093-01-01", "born: 2093-01-01 cannot be"),
    (
        "patient add P-4 --timezone Europe/Lodnon",
        "timezone: 'Europe/Lodnon' is not a time zone; did you mean Europe/London?",
    ),
    ("patient add P-4 --name ''", "name: is empty"),
    ("patient add P-4 --by ''", "by: is empty"),
    ("patient change P-1 --on 2023-02-01", "nothing to change; say what is new"),
    ("patient close P-1 --reason tired --by X", "reason: 'tired' is not one of died, transferred"),
    ("course start P-3 --protocol mitoxantron-ms-us --on 2023-02-01", "names no protocol; choose"),
    ("course start P-3 --protocol Novantrone --on 2023-02-01", "names several protocols; choose"),
    ("course start P-3 --protocol example --on 3.1.2023", "is not a date; write YYYY"),
    ("course start P-3 --protocol example --on 2023-02-30", "2023-02-30 is not a date"),
    ("course start P-3 --protocol example --on 2999-01-01", "is in the future; today"),
    ("course start P-1 --protocol example --on 2023-02-01", "P-1"),
    (
        "course start P-3 --protocol example --on 2023-02-01 --fact ms_type",
        "'ms_type' is not K=V; write for instance hypersensitivity=no",
    ),
    (
        "course start P-3 --protocol example --on 2023-02-01 --fact a=b --fact a=c",
        "--fact: the same fact twice; keep one",
    ),
    ("course resume P-1 --on 2023-02-01", "the course is not paused"),
    ("course end P-1 --on 2023-02-01 --reason ''", "reason: "),
    ("fact set P-1 active_infection=maybe --on 2023-02-01", "is yes, no, unknown, not 'maybe'"),
    ("fact set P-1 activ_infection=no --on 2023-02-01", "did you mean 'active_infection'?"),
    ("fact set P-1 active_infection= --on 2023-02-01", "is not K=V; write for instance"),
    ("fact set P-1 prior_mitoxantrone_mg_m2=-3 --on 2023-02-01", "'-3' is not a number"),
    (
        "infusion log P-1 --on 2023-04-10 --dose-mg 21",
        "no body surface: give --height-cm and --weight-kg, or --bsa-m2, or --bsa-unknown",
    ),
    (
        "infusion log P-1 --on 2023-04-10 --dose-mg 21 --bsa-m2 1.7 --bsa-unknown",
        "--bsa-unknown: a body surface is given; leave one of the two out",
    ),
    ("infusion log P-1 --on 2023-04-10 --dose-mg -21 --bsa-m2 1.7", "'-21' is not a number"),
    ("infusion log P-1 --on 2023-04-10 --dose-mg 0 --bsa-m2 1.7", "0"),
    ("infusion log P-1 --on 2023-04-10 --dose-mg 21 --height-cm 175", "weight_kg"),
    ("infusion log P-1 --on 2023-04-10 --dose-mg 21,5 --bsa-m2 1.7", "'21,5' is not a number"),
    (
        "infusion log P-1 --on 2023-04-10 --dose-mg 21 --height-cm 1 --weight-kg 2 --bsa-formula x",
        "'x' is not one of mosteller, dubois",
    ),
    ("infusion log P-1 --on 2023-01-10 --dose-mg 20 --bsa-m2 1.7", "event 24 has other values"),
    ("result log P-1 neutrofil 3.2 10*9/L --on 2023-04-10", "did you mean 'neutrophils'?"),
    ("result log P-1 neutrophils 3.2 --on 2023-04-10", "unit: missing; neutrophils is given in"),
    ("result log P-1 neutrophils 3.2 g/L --on 2023-04-10", "not 'g/L'"),
    ("result log P-1 neutrophils 3200 10*9/L --on 2023-04-10", "did you mean 3200 /uL?"),
    ("result log P-1 neutrophils '' 10*9/L --on 2023-04-10", "value: is empty"),
    ("result log P-1 neutrophils 9 10*9/L --on 2023-04-09", "event 23 has other values"),
    ("result log P-1 ecg fine --on 2023-04-10", "ecg is normal or abnormal, not 'fine'"),
    ("result log P-1 lvef 55 % --on 2023-04-10 --status done", "'done' is not one of final"),
    ("symptom log P-1 fever --at 2023-04-10", "is not a date and time; write for instance"),
    ("symptom log P-1 fever --at 24:30", "is not a date and time; write for instance 07:00"),
    ("symptom log P-1 fevr --at 2023-04-10T10:00:00Z", "no symptom 'fevr'; did you mean 'fever'?"),
    ("correct 99 --reason x --value 3", "no event 99; see: monitor history PATIENT"),
    ("correct 23 --reason x", "no new value; say what is right, for instance --value 3.2"),
    ("correct 23 --reason '' --value 3", "--reason: is empty"),
    ("correct 23 --reason x --dose-mg 3", "--dose-mg: a result has no such value"),
    ("retract 99 --reason x", "no event 99; see: monitor history PATIENT"),
    ("waive P-1 lvef --reason x --by ''", "--by: is empty"),
    ("waive P-1 lvf --reason x --by 'Dr A'", "no rule 'lvf'"),
    ("waive P-2 lvef --reason x --by 'Dr A'", "lvef cannot be waived"),
]


@pytest.mark.parametrize(("typed", "said"), REFUSED)
def test_what_is_refused_names_what_would_be_right_and_stores_nothing(
    typed, said, clinic, monitor, count
):
    code, out, err = monitor(typed)

    assert (code, out) == (2, "")
    assert said in err
    assert err.startswith("monitor: ")
    assert err.count("\n") == 1
    assert count() == 31


UNKNOWN = [
    "patient show P-7",
    "patient change P-7 --sex male --on 2023-02-01",
    "patient close P-7 --reason died --by X",
    "patient reopen P-7 --by X",
    "course start P-7 --protocol example --on 2023-02-01",
    "course pause P-7 --on 2023-02-01",
    "course resume P-7 --on 2023-02-01",
    "course end P-7 --on 2023-02-01 --reason x",
    "fact set P-7 active_infection=no --on 2023-02-01",
    "infusion plan P-7 --on 2030-01-01",
    "infusion log P-7 --on 2023-04-10 --dose-mg 21 --bsa-m2 1.7",
    "result log P-7 ecg normal --on 2023-04-10",
    "symptom log P-7 fever --at 2023-04-10T10:00:00Z",
    "waive P-7 lvef --reason x --by X",
    "gate P-7 --on 2023-04-10",
    "upcoming P-7",
    "warnings P-7",
    "exposure P-7",
    "explain P-7 lvef",
    "history P-7",
]


@pytest.mark.parametrize("typed", UNKNOWN)
@pytest.mark.parametrize("json_too", ["", " --json"])
def test_an_unknown_patient_is_refused_everywhere(typed, json_too, clinic, monitor, count):
    code, out, err = monitor(typed + json_too)

    assert (code, out) == (2, "")
    assert err.startswith("monitor: no patient 'P-7' in the record; did you mean P-")
    assert err.count("\n") == 1
    assert count() == 31


def write(folder: Path, *lines) -> str:
    file = folder / "facts.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(file)


NEW = {"kind": "patient", "id": "P-8"}
ECG = {"kind": "result", "patient": "P-8", "code": "ecg", "value": "normal", "on": "2023-02-01"}


def test_a_file_is_recorded_once(clinic, monitor, ask, tmp_path):
    file = write(tmp_path, ECG, NEW)

    assert monitor(f"import {file}") == (
        0,
        "2 lines: stored 2, skipped 0 already on record\n",
        "",
    )
    assert ask(f"import {file}") == (0, {"lines": 2, "stored": 0, "skipped": 2, **NOTHING})


def test_a_dry_run_checks_and_stores_nothing(clinic, monitor, ask, count, tmp_path):
    file = write(tmp_path, NEW, ECG)

    assert monitor(f"import {file} --dry-run") == (
        0,
        "2 lines: would store 2, skipped 0 already on record\n",
        "",
    )
    assert ask(f"import {file} --dry-run") == (
        0,
        {"lines": 2, "stored": 2, "skipped": 0, **NOTHING},
    )
    assert count() == 31


@pytest.mark.usefixtures("new")
def test_a_dry_run_creates_no_database(monitor, tmp_path):
    assert monitor(f"import {write(tmp_path, NEW)} --dry-run")[0] == 0
    assert not (tmp_path / "clinic.db").exists()


@pytest.mark.parametrize("options", ["", " --dry-run", " --json"])
def test_a_file_with_a_fault_names_file_line_and_key_and_stores_nothing(
    options, clinic, monitor, count, tmp_path
):
    file = write(tmp_path, NEW, {**ECG, "code": "ekg"}, {**ECG, "colour": "blue"})

    code, out, err = monitor(f"import {file}{options}")

    assert (code, out) == (2, "")
    assert err.startswith("monitor: facts.jsonl:")
    assert ":3: colour: unknown key; known are " in err
    assert count() == 31


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"hello\n", "bad.jsonl:1: not a JSON object"),
        (b"[1]\n", "bad.jsonl:1: not a JSON object"),
        (b'{"kind":"patient","id":"P-8"}\n\xff\n', "bad.jsonl:2: not UTF-8"),
        (b"{" * 1_000_001, "bad.jsonl:1: longer than 1000000 characters"),
        (b" " * 10_000_001, "bad.jsonl:1: longer than 10000000 bytes"),
    ],
)
def test_what_is_no_file_of_facts_is_refused(content, said, clinic, monitor, count, tmp_path):
    (tmp_path / "bad.jsonl").write_bytes(content)

    code, out, err = monitor(f"import {tmp_path}/bad.jsonl")

    assert (code, out) == (2, "")
    assert said in err
    assert count() == 31


def test_a_missing_file_or_a_folder_is_refused(clinic, monitor, tmp_path):
    assert monitor("import nowhere.jsonl") == (2, "", "monitor: there is no file nowhere.jsonl\n")
    assert monitor(f"import {tmp_path}") == (
        2,
        "",
        f"monitor: {tmp_path} is a folder; name a file in it\n",
    )


def test_facts_are_never_changed_by_what_comes_later(clinic, database, monitor):
    with behind(database) as connection:
        before = connection.execute(text("SELECT * FROM fact ORDER BY 1")).all()

    monitor("correct 23 --reason typo --value 1599")
    monitor("retract 31 --reason x")

    with behind(database) as connection:
        after = connection.execute(text("SELECT * FROM fact ORDER BY 1")).all()
    assert after[: len(before)] == before
    assert len(after) == len(before) + 2


@pytest.mark.parametrize("code", ["platelets", "ecg", "weight"])
def test_a_report_that_only_says_not_fit_needs_no_value(code, clinic, monitor, tmp_path):
    file = tmp_path / "unfit.jsonl"
    line = {"kind": "result", "patient": "P-1", "code": code, "on": "2023-04-20"}
    file.write_text(json.dumps({**line, "status": "unsuitable"}) + "\n")

    typed = monitor(f"result log P-1 {code} --on 2023-04-19 --status unsuitable")
    read = monitor(f"import {file}")

    assert (typed[0], read[0]) == (0, 0)
    assert f"recorded {code} (unsuitable) on 2023-04-19 for P-1" in typed[1]
    assert (
        f"{code} (unsuitable) on 2023-04-19 does not count: the sample was unsuitable" in typed[2]
    )
    assert f"{code} (unsuitable) on 2023-04-20 does not count: the sample was unsuitable" in read[2]
    assert monitor("history P-1")[1].count(f" {code} (unsuitable)\n") == 2


def test_a_report_that_is_not_fit_may_say_why(clinic, monitor):
    typed = "result log P-1 platelets clotted 10*9/L --on 2023-04-19 --status unsuitable"
    code, out, err = monitor(typed)

    assert code == 0
    assert "recorded platelets clotted (unsuitable) on 2023-04-19 for P-1" in out
    assert "platelets clotted (unsuitable) on 2023-04-19 does not count" in err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "value: missing; only an unsuitable sample may have none"),
        ("--status preliminary", "value: missing"),
        ("--status corrected", "value: missing"),
        ("--status unsuitable --uln 400", "uln: a result without a value has none"),
    ],
)
def test_without_a_value_anything_else_is_refused(typed, said, clinic, monitor, count):
    code, out, err = monitor(f"result log P-1 platelets --on 2023-04-20 {typed}")

    assert (code, out) == (2, "")
    assert err.startswith(f"monitor: {said}")
    assert count() == 31


def test_it_is_made_final_with_its_value_and_not_without(clinic, monitor):
    monitor("result log P-1 platelets --on 2023-04-20 --status unsuitable")

    refused = monitor("correct 32 --status final --reason x")
    code, out, _ = monitor("correct 32 --status final --value 250 --unit 10*9/L --reason x")

    assert refused[0] == 2
    assert "value: missing" in refused[2]
    assert code == 0
    assert "value not recorded → 250" in out


# What names a fact, and no value of it: where it is wrong another fact was meant.
NAMING = {"patient", "protocol", "code", "fact", "facts", "action", "reason", "part_of"}
NAMING |= {"course", "version", "digest"}
CORRECTABLE = [line for line in COMMANDED.values() if line.instead is None]


@pytest.mark.parametrize("line", CORRECTABLE, ids=lambda line: line.kind.value)
def test_every_value_of_a_fact_that_can_be_corrected_has_an_option(line):
    values = {*line.model_fields} - {*Line.model_fields} - NAMING

    missing = values - {*inspect.signature(correct).parameters}
    assert not missing, f"give `correct` in commands/amend.py the options {sorted(missing)}"
