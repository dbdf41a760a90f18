"""What a person reads of a requirement: the days and amounts in its words, and its facts."""

from decimal import Decimal
from fractions import Fraction

import pytest

from monitor.domain.exposure import Surface
from monitor.domain.gate import Requirement
from monitor.domain.question import Proposal
from tests.facts import FIRST, after, all_tests, answer, gate, infusion, ready, result, symptom

ADULT = Surface(m2=Fraction(3, 2), on=FIRST, facts=())


def proposed(mg: str) -> Proposal:
    return Proposal(mg=Decimal(mg), surface=ADULT)


def requirement(rule: str, *facts, on=FIRST, proposal: Proposal | None = None) -> Requirement:
    answered = gate(*facts, on=on, proposal=proposal)
    (one,) = [r for r in answered.requirements if r.rule == rule]
    return one


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (10, "10 days after the infusion of 2023-01-10; not before 2023-01-31"),
        (80, "80 days after the infusion of 2023-01-10; usual is 3 months, on 2023-04-10"),
        (100, "100 days after the infusion of 2023-01-10"),
    ],
)
def test_the_interval_names_the_days(days, words):
    found = requirement("dose-interval", *ready(), infusion(), on=after(days))

    assert found.message == words
    assert [fact.on for fact in found.facts] == [FIRST]


@pytest.mark.parametrize(
    ("mg", "words"),
    [
        ("18.0", "12.00 mg/m2, at most 12.00 mg/m2"),
        ("18.1", "12.07 mg/m2 is above 12.00 mg/m2, within pharmacy rounding"),
        ("21.0", "14.00 mg/m2 is above 12.00 mg/m2; the largest dose is 18.0 mg"),
    ],
)
def test_the_size_of_a_dose_names_the_amounts(mg, words):
    found = requirement("dose-size", *ready(), proposal=proposed(mg))

    per_m2 = words.partition(" ")[0]
    assert found.message == words
    assert found.arithmetic() == [f"{mg} mg / 1.5000 m2 = {per_m2} mg/m2"]


def test_a_ceiling_writes_its_sum_line_by_line():
    found = requirement(
        "lifetime-dose", *ready(), infusion(), on=after(100), proposal=proposed("18.0")
    )

    assert found.message == "24.00 mg/m2 after this dose (ceiling 140 mg/m2)"
    assert found.arithmetic() == [
        "given before this record: 0 mg/m2",
        "2023-01-10: 18.0 mg / 1.5000 m2 = 12.00 mg/m2",
        "sum of what is known: 12.00 mg/m2",
        "proposed: 18.0 mg / 1.5000 m2 = 12.00 mg/m2",
        "ceiling: 140 mg/m2",
    ]


def test_a_ceiling_lists_what_the_dose_is_divided_by():
    size = [result("height", "162", on=after(-3)), result("weight", "50", on=after(-2))]

    found = requirement("lifetime-dose", *ready(), *size, proposal=Proposal(mg=Decimal("18.0")))
    without = requirement("lifetime-dose", *ready(), *size)

    assert [fact.on for fact in found.facts][-2:] == [after(-3), after(-2)]
    assert [fact.on for fact in without.facts] == [fact.on for fact in found.facts][:-2]


def test_a_result_from_before_the_last_infusion_is_listed_though_it_serves_no_more():
    found = requirement("ecg", *ready(), infusion(), on=after(90))

    assert found.message == "no ECG since the infusion of 2023-01-10; the last is of 2023-01-05"
    assert [fact.on for fact in found.facts] == [after(-5)]


def test_an_infection_is_listed_with_the_fact_that_says_so():
    ill = answer("active_infection", "yes", on=after(-1))
    cough = symptom("cough", on=after(-2))

    told = requirement("infection-screen", *ready(), ill)
    noticed = requirement("infection-screen", *ready(), cough)

    assert [(type(fact), fact.on) for fact in told.facts] == [(type(ill), after(-1))]
    assert [(type(fact), fact.on) for fact in noticed.facts] == [(type(cough), after(-2))]


def test_what_remains_in_mg_goes_by_the_surface_that_the_dose_is_divided_by():
    # Height and weight give 1.5 m2; the infusion after them was recorded with 2 m2.
    size = [result("height", "162", on=after(60)), result("weight", "50", on=after(60))]
    facts = [*ready(), infusion(), *size, infusion("24", bsa="2", on=after(70))]
    facts += all_tests(on=after(95))

    with_dose = gate(*facts, on=after(100), proposal=Proposal(mg=Decimal("18.0")))
    without = gate(*facts, on=after(100))

    assert with_dose.remaining_mg == (140 - 24) * Fraction(3, 2)
    assert without.remaining_mg == (140 - 24) * 2


def test_the_body_surface_is_shown_to_four_places():
    found = requirement("body-surface", *ready(), proposal=proposed("18.0"))

    assert found.message == "1.5000 m2"


def test_what_is_out_of_limits_names_the_limit_it_was_held_against_where_there_is_one():
    low = requirement("lvef", *ready(), result("lvef", "45", on=after(-1)))
    abnormal = requirement("ecg", *ready(), result("ecg", "abnormal", on=after(-1)))
    good = requirement("lvef", *ready())

    assert low.message == "lvef 45 % on 2023-01-09, at least 50 %"
    assert abnormal.message == "ecg abnormal on 2023-01-09"
    assert good.message == "lvef 62 % on 2023-01-05, at least 50 %"
