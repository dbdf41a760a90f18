"""What ends an urgent warning names it, newer or in another fact's place: a slip is seen."""

import json
from datetime import timedelta

import pytest

from monitor.commands.options import now

TODAY = f"{now():%Y-%m-%d}"


@pytest.fixture
def low(clinic, monitor):
    """Have 12 platelets of yesterday on record, an emergency; gives the day and the event."""
    day = f"{now() - timedelta(days=1):%Y-%m-%d}"
    code, out, _ = monitor(f"result log P-1 platelets 12 10*9/L --on {day} --json")
    assert code == 0
    answer = json.loads(out)
    assert "emergency" in {one["severity"] for one in answer["warnings"]}
    assert "ended" not in answer  # nothing stood before it
    return day, answer["event"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("retract {event} --reason slip", "ended: EMERGENCY  critical-result: "),
        ("correct {event} --reason slip --value 240", "ended: EMERGENCY  critical-result: "),
        ("correct {event} --reason slip --value 24", "critical-result (now urgent): "),
        (
            "result log P-1 platelets 240 10*9/L --on {day} --status corrected",
            "ended: EMERGENCY  critical-result: ",
        ),
        ("result log P-1 platelets 240 10*9/L --on {today}", "ended: EMERGENCY  critical-result: "),
        ("result log P-1 platelets 24 10*9/L --on {today}", "critical-result (now urgent): "),
    ],
)
def test_an_emergency_that_ends_by_it_is_named_with_what_it_said(low, monitor, typed, words):
    code, out, _ = monitor(typed.format(day=low[0], event=low[1], today=TODAY))

    assert code == 0
    (line,) = [line for line in out.splitlines() if line.startswith("ended: ")]
    assert words in line
    assert "platelets 12 10*9/L" in line


def test_the_document_says_what_ended_and_what_is_left_of_it(low, monitor):
    day, event = low

    answer = json.loads(monitor(f"correct {event} --reason slip --value 24 --json")[1])

    (ended,) = answer["ended"]
    assert "platelets 12 10*9/L" in ended.pop("message")
    assert ended == {
        "rule": "critical-result", "severity": "emergency", "since": day, "now": "urgent",
    }  # fmt: skip


@pytest.mark.parametrize(
    "typed",
    ["correct {event} --reason slip --value 11 --confirm", "retract 23 --reason slip"],
)
def test_nothing_is_said_to_have_ended_that_still_stands(low, monitor, typed):
    answer = json.loads(monitor(typed.format(event=low[1]) + " --json")[1])

    assert answer["ended"] == []


@pytest.mark.parametrize(
    "typed",
    [
        "result log P-1 platelets 11 10*9/L --on {today}",
        "result log P-1 neutrophils 3.2 10*9/L --on {today}",
        "result log P-1 platelets 240 10*9/L --on {today} --status preliminary",
        "symptom log P-1 fever 38.4 Cel --at {today}T00:00:00Z",
    ],
)
def test_a_newer_fact_that_ends_nothing_names_nothing(low, monitor, typed):
    code, out, _ = monitor(typed.format(today=TODAY) + " --json")

    assert code == 0
    assert "ended" not in json.loads(out)


def test_what_goes_on_as_an_emergency_has_not_ended(clinic, monitor):
    monitor(f"symptom log P-2 fever 38.4 Cel --at {TODAY}T00:00:00Z")
    before = json.loads(monitor("warnings P-2 --json")[1])["warnings"]

    answer = json.loads(monitor(f"result log P-2 neutrophils 0.3 10*9/L --on {TODAY} --json")[1])

    assert "infection-symptom" in {one["rule"] for one in before}
    assert "febrile-neutropenia" in {one["rule"] for one in answer["warnings"]}
    assert "ended" not in answer


@pytest.mark.parametrize("newer", [False, True])
def test_a_file_of_corrected_or_newer_values_names_them_too(low, monitor, tmp_path, newer):
    file = tmp_path / "facts.jsonl"
    content = {"kind": "result", "patient": "P-1", "on": low[0], "code": "platelets"}
    content |= {"value": "240", "unit": "10*9/L"}
    content |= {"on": TODAY} if newer else {"status": "corrected"}
    file.write_text(json.dumps(content))

    said = monitor(f"import {file}")[2]

    assert "monitor: P-1: ended: EMERGENCY  critical-result: " in said


def test_a_picture_of_two_lines_goes_on_with_another_value_of_the_day(clinic, monitor):
    typed = f"result log P-1 plt=90:10*9/L hb=90:g/L --on {TODAY}"
    assert "suspected-leukaemia" in monitor(typed)[1]

    code, out, _ = monitor(f"result log P-1 platelets 85 10*9/L --on {TODAY} --second")

    assert code == 0
    assert "URGENT  suspected-leukaemia: " in out
    assert "ended: " not in out


def test_who_waives_an_urgent_warning_sees_what_it_said(clinic, monitor):
    day = f"{now() - timedelta(days=1):%Y-%m-%d}"
    monitor(f"result log P-1 blasts present --on {day}")

    code, out, _ = monitor("waive P-1 suspected-leukaemia --reason 'not his' --by 'Dr A'")

    assert code == 0
    assert "ended: URGENT  suspected-leukaemia: " in out
    assert f"blasts present on {day}" in out
