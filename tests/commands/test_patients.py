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
    monitor("course start P-9 --protocol mitoxantrone-ms-us --on 2023-01-03")

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
