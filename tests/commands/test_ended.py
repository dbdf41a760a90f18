"""What takes a fact's place names the urgent warnings that end by it: a slip is seen."""

import json
from datetime import timedelta

import pytest

from monitor.commands.options import now


@pytest.fixture
def low(clinic, monitor):
    """Have 12 platelets of yesterday on record, an emergency; gives the day and the event."""
    day = f"{now() - timedelta(days=1):%Y-%m-%d}"
    code, out, _ = monitor(f"result log P-1 platelets 12 10*9/L --on {day} --json")
    assert code == 0
    answer = json.loads(out)
    assert "emergency" in {one["severity"] for one in answer["warnings"]}
    assert "ended" not in answer  # it takes no other's place
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
    ],
)
def test_an_emergency_that_ends_by_it_is_named_with_what_it_said(low, monitor, typed, words):
    code, out, _ = monitor(typed.format(day=low[0], event=low[1]))

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


def test_a_file_of_corrected_values_names_them_too(low, monitor, tmp_path):
    file = tmp_path / "facts.jsonl"
    content = {"kind": "result", "patient": "P-1", "on": low[0], "code": "platelets"}
    content |= {"value": "240", "unit": "10*9/L", "status": "corrected"}
    file.write_text(json.dumps(content))

    said = monitor(f"import {file}")[2]

    assert "monitor: P-1: ended: EMERGENCY  critical-result: " in said
