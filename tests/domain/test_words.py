"""What a person reads of a requirement: the days and amounts in its words, and its facts."""

from decimal import Decimal
from fractions import Fraction

import pytest

from monitor.domain.rules.answer import Requirement
from monitor.domain.rules.question import Proposal
from monitor.domain.surface import Surface
from tests.facts import (
    FIRST,
    after,
    all_tests,
    answer,
    asked,
    gate,
    infusion,
    ready,
    requirement_of,
    result,
    started,
    symptom,
    warnings,
    woman,
)

ADULT = Surface(m2=Fraction(3, 2), on=FIRST, facts=())


def proposed(mg: str) -> Proposal:
    return Proposal(mg=Decimal(mg), surface=ADULT)


def requirement(rule: str, *facts, on=FIRST, proposal: Proposal | None = None) -> Requirement:
    return requirement_of(gate(*facts, on=on, proposal=proposal), rule)


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
        ("18.1", "12.07 mg/m2 is above 12.00 mg/m2, within pharmacy rounding of 2.5 %"),
        ("18.6", "12.40 mg/m2 is above 12.00 mg/m2, by at most 5 %"),
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

    assert low.message == "lvef 45 % on 2023-01-09, below 50 %"
    assert abnormal.message == "ecg abnormal on 2023-01-09"
    assert good.message == "lvef 62 % on 2023-01-05, at least 50 %"


def test_an_abnormal_part_of_a_panel_stands_until_the_panel_is_whole_again():
    high = result("alt", "60", uln="40", on=after(-3))
    normal = result("alt", "30", uln="40", on=after(-2))

    found = requirement("liver-tests", *ready(), high, normal)

    assert found.message == (
        "alt 60 U/L on 2023-01-07, above the upper limit of normal 40 U/L; "
        "no newer complete normal one"
    )


def test_of_a_panel_of_several_codes_only_the_values_and_their_age_are_named():
    facts = [woman(), started(), *asked(), *all_tests(liver_tests=None)]
    facts += [result(code, "20", uln="40", on=after(-4)) for code in ("alt", "ast", "bilirubin")]

    found = requirement("liver-tests", *facts)

    assert found.message == "alt 20 U/L, ast 20 U/L, bilirubin 20 umol/L on 2023-01-06"


def test_an_answer_that_holds_is_named_by_its_question():
    found = requirement("infection-screen", *ready(), answer("active_infection", "yes", on=FIRST))

    assert found.message == "active infection: yes on 2023-01-10, and no newer answer"


def test_a_lifetime_ceiling_says_what_is_missing_and_what_is_known():
    earlier = infusion(bsa=None, on=after(-100))

    found = requirement("lifetime-dose", *ready(), earlier, infusion(on=after(-50)), on=FIRST)

    assert found.message == (
        "unknown: not every dose and earlier exposure is recorded per m2; "
        "at least 12.00 mg/m2 (ceiling 140 mg/m2)"
    )


def test_the_size_of_a_dose_lists_what_the_surface_was_measured_by():
    size = [result("height", "162", on=after(-3)), result("weight", "50", on=after(-2))]

    found = requirement("dose-size", *ready(), *size, proposal=Proposal(mg=Decimal("18.0")))

    assert [fact.on for fact in found.facts] == [after(-3), after(-2)]


def test_a_symptom_that_asks_for_a_test_anew_is_listed_with_what_was_done_before_it():
    felt = symptom("bleeding", on=after(-1))

    found = requirement("platelets", *ready(), felt)

    assert found.message == "none since the bleeding symptom of 2023-01-09"
    assert [fact.on for fact in found.facts] == [after(-1), after(-5)]


def test_warnings_name_the_values_and_symptoms_they_stand_on():
    felt = [symptom("cough", on=after(1)), symptom("chills", on=after(1))]
    positive = [result("hcg", "positive", on=after(n)) for n in (2, 3)]

    told = {
        w.rule: w.message for w in warnings(*ready(), infusion(), *felt, *positive, on=after(4))
    }

    assert told["infection-symptom"].endswith("cough, chills on 2023-01-11.")
    assert told["positive-pregnancy-test"].endswith(
        "hcg positive on 2023-01-12, hcg positive on 2023-01-13."
    )


def test_the_days_with_symptoms_are_counted_from_one():
    felt = [symptom("cough", on=after(day)) for day in (1, 3)]

    found = warnings(*ready(), infusion(), *felt, on=after(4))

    assert [w.occurrence for w in found if w.rule == "infection-symptom"] == [1, 2]


def test_what_was_never_measured_is_missing_since_the_infusion_or_on_record():
    begun = [woman(), started(), *asked(), *all_tests(cardiac_exam=None)]

    before = requirement("cardiac-exam", *begun)
    later = requirement("cardiac-exam", *begun, infusion(), on=after(90))

    assert before.message.endswith(" on record")
    assert later.message.endswith(" since the infusion of 2023-01-10")


def test_nothing_remains_once_the_ceiling_is_reached():
    reached = gate(*ready(), infusion("210", bsa="1.5"), on=after(90))

    assert reached.exposure.left_of(reached.ceiling) == 0


def test_a_value_below_a_lower_limit_that_nobody_asks_for_is_good():
    facts = [woman(), started(), *asked(), *all_tests(liver_tests=None)]
    codes = ("alt", "ast", "bilirubin")
    facts += [result(code, "5", uln="40", lln="10", on=after(-4)) for code in codes]

    assert requirement("liver-tests", *facts).state.value == "met"


STALE = [woman(), started(on=after(-90)), *asked(on=after(-90)), *all_tests(on=after(-50))]


@pytest.mark.parametrize(
    ("rule", "facts", "state", "days"),
    [
        ("lvef", [*ready(), result("lvef", "45", on=after(-1))], "not_met", [-1]),
        ("lvef", ready(), "met", [-5]),
        ("lvef", STALE, "unknown", [-50]),
        ("lvef", [*ready(), result("lvef", "51", on=after(-1))], "caution", [-5, -1]),
        ("pregnancy-test", [*STALE, result("hcg", "indeterminate", on=FIRST)], "unknown", [0]),
    ],
)
def test_a_result_is_listed_whatever_it_says(rule, facts, state, days):
    found = requirement(rule, *facts)

    assert (found.state.value, [fact.on for fact in found.facts]) == (
        state,
        [after(day) for day in days],
    )


def test_a_positive_test_behind_one_that_cannot_be_read_holds_and_stops_no_more():
    positive = result("hcg", "positive", on=after(-3))
    unclear = result("hcg", "indeterminate", on=after(-1))

    assert requirement("pregnancy-test", *ready(), positive).verdict.value == "stop"
    assert requirement("pregnancy-test", *ready(), positive, unclear).verdict.value == "hold"


def test_what_a_waiver_must_have_seen_is_less_than_what_is_listed():
    low, good = result("lvef", "45", on=after(-4)), result("lvef", "60", on=after(-3))

    found = requirement("lvef", *ready(), low, good)

    assert [fact.on for fact in found.facts] == [after(-4), after(-3)]
    assert [fact.on for fact in found.against] == [after(-4)]
