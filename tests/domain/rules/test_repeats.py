"""What does the repeat of a sample that was not fit, in words of a protocol of an invented drug."""

from dataclasses import replace

import pytest

from monitor import protocols
from monitor.domain.assessment import Treatment, evaluate
from monitor.domain.facts import CourseStarted, Result
from monitor.domain.outcome import CheckState, State
from monitor.domain.rules.question import Proposal
from monitor.protocols.reader import read_protocol
from tests.exampline import head
from tests.facts import START, TESTS, after, result, timeline, warnings, woman

UNFIT = "unsuitable"
TEXT = (
    head("infusions")
    + """
checks:
  again:
    kind: sample_repeat
    title: again
    audience: [nurse]
    lead: 0 days
    of: grave
    not_of: [lvef]
    also_by:
      - {codes: [creatinine], panel: [urine_cells, urine_protein], word: normal}
      - {codes: [urine_cells], panel: [creatinine]}
    due: 1 day
    overdue_after: 2 days
    cites: [{source: LABEL, where: here, kind: stated, supports: [lead, due, overdue_after]}]
warnings:
  grave:
    kind: critical_result
    title: grave
    severity: urgent
    message: Call.
    emergency_message: Now.
    emergency_patient_message: Now.
    old_message: Repeat.
    old_after: 30 days
    symptom_within: 14 days
    rows: [{code: creatinine, above: 300 umol/L}]
    cites: [{source: LABEL, where: here, kind: stated, supports: [rows, old_after, symptom_within]}]
"""
)


def treated(*facts: Result) -> Treatment:
    begun = CourseStarted(
        event=0, on=START, recorded_on=START, protocol="exampline", version="1.0.0",
        digest="", drug="exampline",
    )  # fmt: skip
    protocol = read_protocol("exampline.yaml", TEXT, protocols.catalogue())
    folded = timeline(woman(), begun, *facts)
    pinned = {course.start.identity: protocol for course in folded.courses}
    return Treatment(timeline=folded, protocols=pinned)


def asked_again(*facts: Result) -> list[tuple[str, CheckState]]:
    found = evaluate(treated(*facts), after(9)).checks
    return [(check.about, check.state) for check in found if check.rule == "again"]


def is_open_at_the_gate(*facts: Result) -> bool:
    gate = treated(*facts).ask(on=after(9), today=after(9), proposal=Proposal())
    states = {r.rule: r.state for r in gate.requirements}
    assert states.get("grave") in (None, State.UNKNOWN)
    return "grave" in states


def cells(day: int, value: str = "normal", **other: str) -> Result:
    return result("urine_cells", value, on=after(day), **other)


def protein(day: int, value: str = "8") -> Result:
    return result("urine_protein", value, on=after(day))


@pytest.mark.parametrize(
    ("others", "is_done"),
    [
        ([], False),
        ([cells(1)], False),  # half a panel
        ([protein(1)], False),
        ([cells(1), protein(3)], True),
        ([cells(1, "red_cells"), protein(1)], False),
        ([cells(-1), protein(1)], False),
        ([cells(0), protein(0, "900")], True),
        ([cells(1, status="preliminary"), protein(1)], False),
        ([result("creatinine", "70", on=after(1))], True),
    ],
)
def test_a_whole_panel_that_says_the_word_stands_for_the_code(others, is_done):
    facts = [result("creatinine", "80", on=after(0), status=UNFIT), *others]

    state = CheckState.DONE if is_done else CheckState.OVERDUE
    assert asked_again(*facts) == [("creatinine", state)]
    assert is_open_at_the_gate(*facts) is not is_done


@pytest.mark.parametrize(("early", "is_done"), [("301", False), ("300", True)])
def test_of_what_was_critical_while_it_was_preliminary_only_its_own_code_does_it(early, is_done):
    def said(value: str, status: str) -> Result:
        return replace(result("creatinine", value, on=after(0), status=status), event=3)

    # Number 3 on record, after the patient and the course.
    unfit = replace(said("80", UNFIT), early=said(early, "preliminary"))
    facts = [unfit, cells(1), protein(3)]

    state = CheckState.DONE if is_done else CheckState.OVERDUE
    assert asked_again(*facts) == [("creatinine", state)]
    assert is_open_at_the_gate(*facts) is not is_done

    own = result("creatinine", "70", on=after(4))
    assert asked_again(*facts, own) == [("creatinine", CheckState.DONE)]
    assert not is_open_at_the_gate(*facts, own)


def test_a_panel_of_numbers_does_it_whatever_they_are():
    facts = [
        result("urine_cells", "normal", on=after(0), status=UNFIT),
        result("creatinine", "290", on=after(1)),
    ]

    assert asked_again(*facts) == [("urine_cells", CheckState.DONE)]


def test_what_is_measured_and_not_drawn_is_not_asked_for():
    facts = [
        result("lvef", "60", on=after(0), status=UNFIT),
        result("weight", "60", on=after(0), status=UNFIT),
    ]

    assert asked_again(*facts) == [("weight", CheckState.OVERDUE)]


@pytest.mark.parametrize(
    ("code", "before", "critical", "values"),
    [
        ("platelets", "240", "40", ["40"]),
        ("alt", "30", "700", ["700"]),
        ("creatinine", "70", "200", ["70", "200"]),  # held against it
        ("haemoglobin", "130", "105", ["130", "105"]),
    ],
)
def test_the_value_before_is_a_fact_where_a_fall_or_rise_is_held_against_it(
    code, before, critical, values
):
    facts = [result(code, before, on=TESTS), result(code, critical, on=after(1))]

    (warning,) = [w for w in warnings(*facts, on=after(2)) if w.rule == "critical-result"]

    assert [str(fact.value) for fact in warning.facts] == values
    assert f"{code} {before} " in warning.message
