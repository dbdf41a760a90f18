"""What is recorded of a patient is what was typed, and answers go by it."""

import json
import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("typed", "recorded"), [("--can-conceive", True), ("--cannot-conceive", False), ("", None)]
)
def test_whether_somebody_can_conceive_is_recorded_as_it_was_typed(typed, recorded, monitor, ask):
    assert monitor(f"patient add P-9 --sex female {typed}")[0] == 0

    assert ask("patient show P-9")[1]["can_conceive"] is recorded


def test_no_pregnancy_test_is_asked_of_a_woman_registered_as_unable_to_conceive(monitor, ask):
    monitor("patient add P-9 --sex female --cannot-conceive")
    monitor("course start P-9 --protocol example --on 2023-01-03")

    _, answer = ask("gate P-9 --on 2023-01-10")

    assert "pregnancy-test" not in {item["rule"] for item in answer["requirements"]}


def test_a_name_is_shown_where_only_ascii_is_spoken(monitor, database):
    monitor("patient add P-9 --name Zoë")
    asked = [sys.executable, "-m", "monitor", "patient", "show", "P-9", "--db", database]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}

    said = subprocess.run(asked, env=environment, capture_output=True, check=True).stdout
    answered = subprocess.run([*asked, "--json"], env=environment, capture_output=True, check=True)

    assert rb"Zo\xeb" in said
    assert json.loads(answered.stdout)["name"] == "Zoë"


def test_a_patient_without_a_course_is_shown_as_closed_too(monitor, ask):
    monitor("patient add P-9")
    monitor("patient close P-9 --reason transferred --by A --on 2023-02-01")

    _, answer = ask("patient show P-9")

    assert (answer["closed_on"], answer["closed_reason"]) == ("2023-02-01", "transferred")
    assert ask("patient show P-9 --as-of 2023-01-31")[1]["closed_on"] is None


def test_closing_a_patient_names_what_nobody_is_told_of_any_more(clinic, monitor):
    code, out, err = monitor("patient close P-2 --reason transferred --by A")

    assert (code, out.splitlines()[0].split(": ")[1][:3]) == (0, "P-2")
    assert "monitor: reminders stop for urgent low-lvef: No further dose;" in err
    assert monitor("patient close P-3 --reason transferred --by A")[2] == ""


@pytest.mark.parametrize("typed", ["warnings", "upcoming"])
def test_a_closed_patient_is_not_taken_for_a_calm_one(typed, clinic, monitor):
    assert monitor(f"{typed} P-2")[2] == ""
    monitor("patient close P-2 --reason transferred --by A --on 2023-05-01")

    for answer in ("", " --json"):
        code, _, err = monitor(f"{typed} P-2{answer}")
        assert code == 0
        assert err == "monitor: P-2 is closed since 2023-05-01 (transferred): nothing is watched\n"


def test_doctor_asks_for_a_service_where_somebody_is_on_record_with_no_course_and_no_contact(
    monitor, ask
):
    monitor("patient add Q-1 --sex female --born 1985-05-05")
    monitor("symptom log Q-1 fever 39.5 Cel --at 2023-05-01T05:00:00Z")

    code, answer = ask("doctor")

    (beat,) = [one for one in answer["checks"] if one["name"] == "beat"]
    assert (code, beat["well"]) == (1, False)
    assert beat["message"] == "nobody has sent reminders yet; start: monitor run"
