"""Doses given against the gate: what is named, and which waiver ends which warning."""

from dataclasses import replace

from monitor.domain.facts import Dosing, Event, Infusion
from monitor.domain.rules.warning import SafetyWarning
from tests.daily import DAILY
from tests.facts import (
    after,
    all_tests,
    infusion,
    numbered,
    ready,
    result,
    started,
    step,
    waiver,
    warnings,
)
from tests.other_drugs import OTHERS

RULE = "given-against-gate"
LOW = result("lvef", "48", on=after(-2))
TWICE = [
    *ready(), LOW, infusion(), *all_tests(on=after(85)), result("lvef", "45", on=after(86)),
    infusion(on=after(90)),
]  # fmt: skip


def against(*facts: Event, on: int) -> list[SafetyWarning]:
    return [warning for warning in warnings(*facts, on=after(on)) if warning.rule == RULE]


def days(*facts: Event, on: int = 100) -> list[int]:
    return [(warning.since - after(0)).days for warning in against(*facts, on=on)]


def anchors(*facts: Event) -> list[int]:
    return [f.event for f in numbered(facts) if isinstance(f, Infusion | Dosing)]


def test_a_waiver_ends_the_warning_of_its_own_infusion_from_its_day_on():
    first, second = anchors(*TWICE)

    def waived(occurrence: int, anchor: int, *, rule: str = RULE, on: int = 95) -> list[int]:
        decided = waiver(rule, on=after(on), occurrence=occurrence, anchor=anchor)
        return days(*TWICE, decided, on=95)

    assert days(*TWICE) == [0, 90]
    assert waived(1, first) == [90]
    assert waived(2, second) == [0]
    assert waived(2, second, on=96) == [0, 90]  # not yet
    assert waived(1, second) == waived(2, first) == [0, 90]
    assert waived(1, first, rule="lvef") == [0, 90]


def test_the_warning_lists_the_infusion_and_what_spoke_against_it():
    (found,) = against(*ready(), LOW, infusion(), on=1)

    assert found.message == (
        "A person must look at this: infusion of 18.0 mg (BSA 1.5000 m2) on 2023-01-10: "
        "lvef: lvef 48 % on 2023-01-08, below 50 %."
    )
    assert [type(fact).__name__ for fact in found.facts] == ["Infusion", "Result"]


def test_the_reason_that_was_given_is_shown():
    (found,) = against(*ready(), LOW, infusion(despite="no other drug"), on=1)

    assert found.message.endswith("below 50 %. Reason given: no other drug.")


def test_a_start_is_asked_as_of_the_moment_before_it():
    low = result("neutrophils", "1.4", on=after(-1))
    facts = [started(DAILY, on=after(-9)), low, step("start", on=after(0))]

    (found,) = against(*facts, step("change", on=after(5), mg="25"), on=6)

    assert "neutrophils: before a start: neutrophils 1.4 10*9/L on 2023-01-09" in found.message
    assert replace(low, event=2) in found.facts


# ── what spoke against the first day of a round ──

CLADRIBINE = OTHERS["cladribine-ms-us"]
LIVER = "liver_tests"  # asked for once a round


def without_liver(*doses: int) -> list[Event]:
    return [f for f in CLADRIBINE.history(*doses) if getattr(f, "code", "") != LIVER]


def test_what_was_missing_before_a_round_is_said_of_its_first_day_only():
    assert days(*without_liver(0, 1, 2), on=3) == [0]
    assert days(*without_liver(0, 1, 24), on=25) == [0]  # its second part


def test_a_waiver_of_the_first_day_is_for_that_reason_on_the_later_days_too():
    facts = without_liver(0, 1)
    decided = replace(
        waiver(RULE, on=after(1), occurrence=1, anchor=anchors(*facts)[0]), drug="cladribine"
    )

    assert days(*facts, decided, on=2) == []


def test_a_sample_that_was_not_fit_since_the_first_day_is_said_of_the_day_after():
    unfit = result(LIVER, "normal", on=after(1), status="unsuitable")

    assert days(*without_liver(0), unfit, CLADRIBINE.dose(after(1)), on=2) == [0, 1]


def test_a_round_begun_too_soon_is_said_once_and_so_is_a_low_count_of_a_later_day():
    tests = [CLADRIBINE.measured(code, value, after(58)) for code, value in
             (("lymphocytes", "0.9"), (LIVER, "normal"), ("hcg", "negative"))]  # fmt: skip
    low = result("lymphocytes", "0.199", on=after(61))
    doses = [CLADRIBINE.dose(after(n)) for n in (60, 61, 62)]
    begun = [*CLADRIBINE.history(0, 23), *tests, doses[0]]

    assert days(*begun, *doses[1:]) == [60]
    assert days(*begun, low, *doses[1:]) == [60, 61, 62]
    assert "rounds" not in against(*begun, low, *doses[1:], on=100)[1].message
