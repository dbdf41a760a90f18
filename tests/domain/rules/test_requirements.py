"""Boundaries of contract §6 that the clinical cases do not hold yet: each figure, and one more."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from monitor import protocols
from monitor.domain.assessment import Treatment, evaluate
from monitor.domain.checks import before_infusion
from monitor.domain.outcome import Outcome
from monitor.domain.protocol import Protocol
from monitor.domain.rules.dose_rows import Decision
from monitor.domain.rules.limits import Limit
from monitor.domain.rules.question import Proposal
from monitor.domain.rules.warning import SafetyWarning
from monitor.domain.surface import Surface
from tests import example
from tests.facts import (
    FIRST,
    NORMAL,
    TESTS,
    after,
    all_tests,
    answer,
    asked,
    checks,
    closed,
    ended,
    found,
    gate,
    infusion,
    man,
    paused,
    planned,
    ready,
    result,
    started,
    symptom,
    timeline,
    treatment,
    view,
    waiver,
    warnings,
    woman,
)
from tests.other_drugs import OTHERS

FRESH = {  # rule -> code, days
    "lvef": ("lvef", 42),
    "ecg": ("ecg", 42),
    "liver-tests": ("liver_tests", 28),
    "cardiac-exam": ("cardiac_exam", 14),
    "infection-screen": ("urinalysis", 14),
    "pregnancy-test": ("hcg", 7),
    "neutrophils": ("neutrophils", 14),
    "platelets": ("platelets", 14),
}
FRESHNESS = [(rule, code, days) for rule, (code, days) in FRESH.items()]
SECOND = after(90)


def old(code: str, *, days: int, on: date = FIRST) -> list:
    """Begin a course where every test is of the day before, but one is so many days old."""
    return [
        woman(),
        started(on=after(-60)),
        *asked(),
        *all_tests(on=on - timedelta(1), **{code: None}),
        result(code, NORMAL[code], on=on - timedelta(days)),
    ]


# ── fresh before an infusion ──


@pytest.mark.parametrize(("rule", "code", "days"), FRESHNESS)
def test_before_the_first_infusion_exactly_the_figure_is_still_fresh(rule, code, days):
    answered = gate(*old(code, days=days))

    assert found(answered, rule)[0] == "met"
    assert answered.verdict == "clear"


@pytest.mark.parametrize(("rule", "code", "days"), FRESHNESS)
def test_before_the_first_infusion_one_day_more_is_unknown_and_holds(rule, code, days):
    answered = gate(*old(code, days=days + 1))

    assert found(answered, rule)[:2] == ("unknown", "hold")
    assert answered.verdict == "hold"


@pytest.mark.parametrize(
    ("days", "stands"),
    [(42, "met"), (43, "caution"), (90, "caution"), (91, "unknown")],
)
def test_at_a_later_infusion_an_lvef_ages_from_met_through_caution_to_unknown(days, stands):
    facts = [*old("lvef", days=days, on=after(200)), infusion(on=after(0))]

    assert found(gate(*facts, on=after(200)), "lvef")[0] == stands


def test_the_value_comes_before_the_age():
    facts = old("platelets", days=1)[:-1]
    old_and_low = result("neutrophils", "1.4", on=after(-90))
    fresh_tests = [f for f in facts if getattr(f, "code", None) != "neutrophils"]

    state, verdict, message = found(gate(*fresh_tests, old_and_low), "neutrophils")

    assert (state, verdict) == ("not_met", "hold")
    assert "1.4" in message


def test_a_value_that_is_only_a_caution_does_not_excuse_its_age():
    fresh = [*ready(), result("platelets", "98", on=after(-1))]
    aged = [woman(), started(), *asked(), *all_tests(platelets=None)]
    aged.append(result("platelets", "98", on=after(-15)))

    assert found(gate(*fresh), "platelets")[0] == "caution"
    assert found(gate(*aged), "platelets")[0] == "unknown"


# ── liver tests ──


def liver(*results) -> tuple[str, str, str]:
    facts = [woman(), started(), *asked(), *all_tests(liver_tests=None), *results]
    return found(gate(*facts), "liver-tests")


def enzymes(*, on: date = TESTS, **other: tuple[str, str | None]) -> list:
    panel = {"alt": ("20", "40"), "ast": ("25", "40"), "bilirubin": ("12", "17"), **other}
    return [result(code, value, uln=uln, on=on) for code, (value, uln) in panel.items()]


@pytest.mark.parametrize("code", ["alt", "ast", "bilirubin"])
@pytest.mark.parametrize(
    ("value", "uln", "stands"),
    [
        ("40", "40", ("met", "clear")),
        ("40.1", "40", ("not_met", "hold")),
        ("40", None, ("unknown", "hold")),
    ],
)
def test_each_liver_value_is_held_against_its_own_upper_limit(code, value, uln, stands):
    assert liver(*enzymes(**{code: (value, uln)}))[:2] == stands


@pytest.mark.parametrize(
    ("value", "uln", "stands"), [("120", "120", "met"), ("121", "120", "not_met")]
)
def test_an_alp_with_its_own_limit_counts_when_it_is_high(value, uln, stands):
    assert liver(*enzymes(), result("alp", value, uln=uln, on=after(-5)))[0] == stands


def test_an_alp_without_a_limit_says_nothing():
    assert liver(*enzymes(), result("alp", "999", on=after(-5)))[0] == "met"


def test_liver_values_that_cannot_be_judged_are_named():
    state, _, message = liver(result("alt", "20", uln="40", on=after(-5)))

    assert state == "unknown"
    assert "no complete liver tests" in message
    assert f"alt 20 U/L on {after(-5)}" in message


def test_a_raised_alt_of_the_same_day_is_not_read_as_normal():
    raised = result("alt", "90", uln="40", on=after(-5))

    state, _, message = liver(result("liver_tests", "normal", on=after(-5)), raised)

    assert state == "not_met"
    assert "upper limit of normal 40 U/L" in message


def test_the_newer_of_two_raised_values_is_the_one_that_is_shown():
    older, newer = (
        result("ast", "95", uln="40", on=after(-9)),
        result("alt", "90", uln="40", on=after(-5)),
    )

    assert "alt 90" in liver(older, newer)[2]
    assert "alt 90" in liver(newer, older)[2]


def test_a_panel_is_as_old_as_its_oldest_part():
    parts = enzymes(on=after(-28), bilirubin=("12", "17"))
    facts = [woman(), started(on=after(-60)), *asked(), *all_tests(liver_tests=None)]
    too_old = [result("alt", "20", uln="40", on=after(-29)), *enzymes(on=after(-1))[1:]]

    assert found(gate(*facts, *parts), "liver-tests")[0] == "met"
    assert found(gate(*facts, *too_old), "liver-tests")[0] == "unknown"


# ── infection ──


@pytest.mark.parametrize(("value", "stands"), [("37.9", "met"), ("38.0", "not_met")])
def test_a_temperature_of_38_spoils_the_infection_screen(value, stands):
    facts = [*ready(), result("temperature", value, on=after(-2))]

    assert found(gate(*facts), "infection-screen")[0] == stands


@pytest.mark.parametrize(("days", "stands"), [(14, "not_met"), (15, "met")])
def test_a_fever_spoils_the_infection_screen_for_14_days(days, stands):
    facts = [*ready(), result("temperature", "38.5", on=after(-days))]

    assert found(gate(*facts), "infection-screen")[0] == stands


def test_an_active_infection_lasts_until_a_newer_answer_says_no():
    infected = [*ready(), answer("active_infection", "yes", on=after(-40))]
    cured = [*infected, answer("active_infection", "no", on=FIRST)]

    assert found(gate(*infected), "infection-screen")[0] == "not_met"
    assert found(gate(*cured), "infection-screen")[0] == "met"


# ── LVEF ──


def test_an_lvef_without_a_number_on_record_falls_from_nothing():
    state, _, message = found(gate(woman(), started(), *asked(), *all_tests(lvef=None)), "lvef")

    assert (state, message) == ("unknown", "no LVEF on record")


@pytest.mark.parametrize(
    ("first", "now", "stands"),
    [("70", "60.1", "met"), ("70", "60", "caution"), ("60", "50", "caution"), ("59", "50", "met")],
)
def test_a_fall_of_ten_points_from_the_first_lvef_is_a_caution(first, now, stands):
    facts = [*ready(), result("lvef", first, on=after(-300)), result("lvef", now, on=after(-1))]

    assert found(gate(*facts), "lvef")[0] == stands


@pytest.mark.parametrize(("on", "stands"), [(-3, "unknown"), (-2, "met"), (-1, "met")])
def test_after_a_cardiac_symptom_only_an_lvef_of_that_day_or_later_counts(on, stands):
    facts = [*ready(), symptom("palpitations", on=after(-2)), result("lvef", "60", on=after(on))]

    assert found(gate(*facts), "lvef")[0] == stands


# ── age ──


@pytest.mark.parametrize(
    ("born", "stands"),
    [
        (date(2005, 1, 10), "met"),
        (date(2005, 1, 11), "caution"),
        (date(2004, 2, 29), "met"),
    ],
)
def test_eighteen_years_are_eighteen_years_to_the_day(born, stands):
    facts = [woman(born=born), *ready()[1:]]

    assert found(gate(*facts), "age")[0] == stands


def test_somebody_born_on_29_february_is_of_age_on_28_february():
    facts = [woman(born=date(2005, 2, 28)), *ready()[1:]]
    leap = [woman(born=date(2004, 2, 29)), started(on=date(2022, 1, 1))]

    assert found(gate(*facts), "age")[0] == "caution"
    assert found(gate(*leap, on=date(2022, 2, 27)), "age")[0] == "caution"
    assert found(gate(*leap, on=date(2022, 2, 28)), "age")[0] == "met"


# ── answers ──


@pytest.mark.parametrize("later", ["unknown", "no"])
def test_a_later_unknown_does_not_clear_a_yes_but_a_later_no_does(later):
    facts = [*ready(), answer("hypersensitivity", "yes", on=after(-6))]
    facts.append(answer("hypersensitivity", later, on=after(-1)))

    state, verdict, message = found(gate(*facts), "hypersensitivity")

    if later == "unknown":
        assert (state, verdict) == ("not_met", "stop")
        assert f"yes on {after(-6)}" in message
    else:
        assert (state, verdict) == ("met", "clear")


def test_a_later_unknown_takes_a_no_back():
    facts = [*ready(), answer("hypersensitivity", "unknown", on=after(-1))]

    state, verdict, message = found(gate(*facts), "hypersensitivity")

    assert (state, verdict) == ("unknown", "hold")
    assert "answered 'unknown'" in message


# ── dose ──


@pytest.mark.parametrize("code", ["height", "weight"])
@pytest.mark.parametrize(("days", "stands"), [(42, "met"), (43, "unknown")])
def test_height_and_weight_serve_for_42_days(code, days, stands):
    sizes = {"height": "162", "weight": "50"}
    facts = [
        *ready(),
        *(result(c, v, on=after(-days if c == code else -1)) for c, v in sizes.items()),
    ]

    answered = gate(*facts, mg="18.0")

    assert found(answered, "body-surface")[0] == stands
    assert found(answered, "dose-size")[0] == stands
    assert found(answered, "lifetime-dose")[0] == stands


def dose(mg: str, m2: str) -> Proposal:
    return Proposal(mg=Decimal(mg), surface=Surface(m2=Fraction(m2), on=FIRST, facts=()))


@pytest.mark.parametrize(
    ("mg", "stands"),
    [
        ("18.00", ("met", "clear")),
        ("18.45", ("met", "clear")),
        ("18.4500001", ("caution", "caution")),
        ("18.90", ("caution", "caution")),
        ("18.9000001", ("not_met", "hold")),
    ],
)
def test_pharmacy_rounding_is_2_5_percent_and_5_are_a_caution_compared_unrounded(mg, stands):
    answered = gate(*ready(), proposal=dose(mg, "1.5"))

    assert found(answered, "dose-size")[:2] == stands


def test_20_8_mg_at_169_cm_and_64_kg_are_met_because_the_surface_is_exact():
    facts = [*ready(), result("height", "169", on=FIRST), result("weight", "64", on=FIRST)]

    assert found(gate(*facts, mg="20.8"), "dose-size")[2] == "12.00 mg/m2, at most 12.00 mg/m2"
    assert "rounding" in found(gate(*facts, mg="20.8001"), "dose-size")[2]


@pytest.mark.parametrize(
    ("mg", "stands"), [("20", "met"), ("20.01", "not_met"), ("20.0000001", "not_met")]
)
def test_in_france_20_mg_have_no_tolerance(mg, stands):
    answered = gate(*ready("fr"), proposal=dose(mg, "1.8"))

    assert found(answered, "dose-size")[0] == stands


def test_the_largest_dose_is_named_rounded_down():
    _, _, by_surface = found(gate(*ready(), proposal=dose("30", "1.6666")), "dose-size")
    _, _, by_mg = found(gate(*ready("fr"), proposal=dose("30", "1.8")), "dose-size")
    _, _, without = found(gate(*ready("fr"), mg="30"), "dose-size")

    assert by_surface.endswith("the largest dose is 19.9 mg")
    assert by_mg.endswith("the largest dose is 20.0 mg")
    assert without.endswith("the largest dose is 20.0 mg")


def test_a_ceiling_says_the_largest_dose_that_fits():
    given = [infusion(on=after(31 * n)) for n in range(5)]
    facts = [*ready("fr"), *given]
    on = after(31 * 5)

    sized = gate(*facts, on=on, proposal=dose("19", "1.5"))
    unsized = gate(*facts, on=on, mg="31")

    assert "at most 18.0 mg remains" in found(sized, "lifetime-dose")[2]
    assert "at most 30.00 mg remains" in found(unsized, "lifetime-mg")[2]
    assert sized.remaining_mg == 18


def arithmetic(answered, rule: str) -> list[str]:
    """Work out the sum of a requirement, line by line."""
    (lines,) = [r.arithmetic() for r in answered.requirements if r.rule == rule]
    return list(lines)


def test_the_sum_of_the_lifetime_dose_is_written_line_by_line():
    prior = answer("prior_mitoxantrone_mg_m2", "36", on=after(-6))
    facts = [*ready(), prior, infusion(), infusion("20", bsa=None, on=after(90))]

    lines = arithmetic(gate(*facts, on=after(180), proposal=dose("21", "1.75")), "lifetime-dose")

    assert lines == [
        "given before this record: 36 mg/m2",
        "2023-01-10: 18.0 mg / 1.5000 m2 = 12.00 mg/m2",
        "2023-04-10: 20 mg, BSA not recorded",
        "sum of what is known: 48.00 mg/m2",
        "proposed: 21 mg / 1.7500 m2 = 12.00 mg/m2",
        "ceiling: 140 mg/m2",
    ]


def test_a_sum_names_the_related_drugs_that_cannot_be_added():
    facts = [
        *OTHERS["doxorubicin-us"].beginning(),
        answer("prior_epirubicin_mg_m2", "90", on=after(-3)),
    ]

    lines = arithmetic(gate(*facts), "lifetime-dose")

    assert lines[2] == (
        "related drugs that cannot be added: prior_epirubicin_mg_m2 90 on 2023-01-07"
    )


def test_a_sum_without_an_earlier_exposure_or_a_dose_says_only_what_is_known():
    facts = [fact for fact in ready() if getattr(fact, "fact", "") != "prior_mitoxantrone_mg_m2"]

    lines = arithmetic(gate(*facts), "lifetime-dose")

    assert lines == ["sum of what is known: 0.00 mg/m2", "ceiling: 140 mg/m2"]


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        ("lifetime-mg", ["given: 18.00 mg", "ceiling: 120 mg"]),
        ("infusion-count", ["given: 1 infusions", "ceiling: 6 infusions"]),
        ("route", []),
    ],
)
def test_the_other_french_ceilings_say_what_was_given(rule, lines):
    answered = gate(*ready("fr"), infusion(), on=after(40), proposal=dose("18", "1.5"))

    assert arithmetic(answered, rule) == lines


def test_in_france_what_remains_is_the_least_that_any_ceiling_leaves():
    given = [infusion("23.9", bsa="2.3", on=after(31 * n)) for n in range(4)]
    facts = [*ready("fr"), *given]

    answered = gate(*facts, on=after(31 * 4), proposal=dose("20", "2.3"))

    assert answered.remaining_mg == 120 - 4 * Decimal("23.9")


def test_in_france_nothing_remains_after_six_infusions_whatever_the_surface():
    given = [infusion("10", bsa=None, on=after(31 * n)) for n in range(6)]

    answered = gate(*ready("fr"), *given, on=after(31 * 6))

    assert found(answered, "infusion-count")[:2] == ("not_met", "stop")
    assert answered.remaining_mg == 0
    assert answered.exposure.left_of(140) is None


def test_without_any_surface_the_remaining_milligrams_are_unknown():
    answered = gate(*ready())

    assert answered.exposure.left_of(140) == 140
    assert answered.remaining_mg is None


@pytest.mark.parametrize(
    ("days", "stands"),
    [
        (20, ("not_met", "hold")),
        (21, ("caution", "caution")),
        (82, ("caution", "caution")),  # 3 months after 10 January are 90 days
        (83, ("met", "clear")),
    ],
)
def test_the_interval_since_the_last_infusion(days, stands):
    answered = gate(*ready(), infusion(), on=after(days))

    assert found(answered, "dose-interval")[:2] == stands


# ── the European dose table ──


@pytest.mark.parametrize(
    ("code", "value", "grade"),
    [
        ("neutrophils", "2.0", 0),
        ("neutrophils", "1.99", 1),
        ("neutrophils", "1.5", 1),
        ("neutrophils", "1.49", 2),
        ("neutrophils", "1.0", 2),
        ("neutrophils", "0.99", 3),
        ("neutrophils", "0.5", 3),
        ("neutrophils", "0.49", 4),
        ("neutrophils", "0", 4),
        ("leucocytes", "4.0", 0),
        ("leucocytes", "3.99", 1),
        ("leucocytes", "3.0", 1),
        ("leucocytes", "2.99", 2),
        ("leucocytes", "2.0", 2),
        ("leucocytes", "1.99", 3),
        ("leucocytes", "1.0", 3),
        ("leucocytes", "0.99", 4),
    ],
)
def test_counts_are_graded_half_open_as_who_does(code, value, grade):
    table = protocols.load("mitoxantrone-ms-eu").dose_table
    assert table is not None
    (scale,) = [scale for scale in table.counts if scale.code == code]

    assert scale.grade(Decimal(value)) == grade


def advice(*facts, on: date = SECOND):
    return gate(*ready("eu"), infusion(), *facts, on=on).advice


@pytest.mark.parametrize(("day", "decision"), [(7, "stop"), (8, "clinician")])
def test_infection_and_grade_3_stop_within_7_days_before_the_next_infusion(day, decision):
    on = after(90 - day)

    found_advice = advice(symptom("fever", on=on), result("neutrophils", "0.7", on=on))

    assert found_advice is not None
    assert found_advice.decision == decision


def test_a_stop_of_the_table_stops_the_gate():
    on = after(85)
    facts = [symptom("fever", on=on), result("neutrophils", "0.7", on=on)]

    answered = gate(*ready("eu"), infusion(), *facts, on=SECOND)

    assert answered.advice is not None
    assert answered.advice.message.endswith("stop therapy")
    assert answered.verdict == "stop"


def test_a_count_of_the_day_of_the_last_infusion_was_taken_before_it():
    same_day = advice(symptom("cough", on=after(0)), result("neutrophils", "0.7", on=after(0)))
    day_after = advice(symptom("cough", on=after(1)), result("neutrophils", "0.7", on=after(1)))

    assert same_day is None
    assert day_after is not None
    assert day_after.mg_per_m2 == 10


def test_of_several_counts_in_a_window_the_worst_is_read():
    found_advice = advice(
        symptom("cough", on=after(9)),
        result("neutrophils", "0.4", on=after(10)),
        result("neutrophils", "0.8", on=after(12)),
    )

    assert found_advice is not None
    assert (found_advice.decision, found_advice.mg_per_m2) == (Decision.REDUCE, 8)


def test_of_two_windows_the_graver_counts():
    found_advice = advice(
        symptom("cough", on=after(9)),
        result("neutrophils", "0.4", on=after(10)),  # 8 mg/m2
        symptom("cough", on=after(85)),
        result("neutrophils", "1.2", on=after(86)),  # 6 mg/m2
    )

    assert found_advice is not None
    assert found_advice.mg_per_m2 == 6


def test_an_infection_between_the_windows_without_any_count_is_for_the_clinician():
    without = advice(symptom("cough", on=after(40)))
    counted = advice(symptom("cough", on=after(40)), result("neutrophils", "3.0", on=after(41)))
    counted_elsewhere = advice(
        symptom("cough", on=after(40)), result("neutrophils", "3.0", on=after(9))
    )

    assert without is not None
    assert without.decision == Decision.CLINICIAN
    assert counted is None
    assert counted_elsewhere is None


def test_where_the_windows_meet_there_is_nothing_between_them():
    found_advice = advice(
        symptom("cough", on=after(20)), result("neutrophils", "3.0", on=after(20)), on=after(28)
    )

    assert found_advice is None


def test_a_reduction_is_a_caution_until_a_dose_is_given_to_compare():
    facts = [*ready("eu"), infusion(), *all_tests(on=after(89), neutrophils=None)]
    facts += [symptom("cough", on=after(9)), result("neutrophils", "0.4", on=after(9))]
    facts += [result("neutrophils", "3.0", on=after(89))]

    general = gate(*facts, on=SECOND)
    fits = gate(*facts, on=SECOND, proposal=dose("12.00", "1.5"))
    too_much = gate(*facts, on=SECOND, proposal=dose("12.01", "1.5"))

    assert general.verdict == "caution"
    assert fits.verdict == "clear"
    assert found(too_much, "dose-size")[:2] == ("not_met", "hold")
    assert found(too_much, "dose-size")[2].endswith("the largest dose is 12.0 mg")


# ── circumstances ──


def test_a_gate_before_any_course_holds_and_says_so():
    answered = treatment(woman(), started(on=after(10)), *asked(), *all_tests()).ask(
        on=FIRST, today=FIRST, proposal=Proposal()
    )

    assert answered.verdict == "hold"
    assert answered.notes == ("no course had been started",)


@pytest.mark.parametrize(
    ("fact", "note"),
    [
        (paused(on=after(-1)), f"the course is paused since {after(-1)}"),
        (ended(on=after(-1)), f"the course ended on {after(-1)}"),
        (closed(on=after(-1)), f"the patient is closed since {after(-1)} (transferred)"),
    ],
)
def test_what_interrupts_a_course_holds_though_every_requirement_is_met(fact, note):
    answered = gate(*ready(), fact)

    assert {r.verdict.value for r in answered.requirements} == {"clear"}
    assert answered.verdict == "hold"
    assert answered.notes == (note,)


def test_on_the_very_day_a_course_ends_its_infusion_is_still_judged():
    answered = gate(*ready(), ended(on=FIRST))

    assert answered.verdict == "clear"
    assert answered.notes == ()


# ── waivers ──


def waived_ecg(*, on: int = -1, occurrence: int = 1, anchor: int = 2, late: bool = False):
    """Waive a missing ECG; the course is fact 2."""
    decided = waiver("ecg", on=after(on), occurrence=occurrence, anchor=anchor)
    facts = [woman(), started(), *asked(), *all_tests(ecg=None), decided]
    if late:
        facts.append(result("ecg", "abnormal", on=after(-2)))
    return found(gate(*facts), "ecg")


def test_a_waiver_turns_unknown_into_a_caution_and_names_who_and_why():
    state, verdict, message = waived_ecg()

    assert (state, verdict) == ("caution", "caution")
    assert message.startswith(f"waived by Dr A on {after(-1)} (decided): no ECG")


@pytest.mark.parametrize(
    ("wrong", "stands"),
    [
        ({"on": 1}, "unknown"),  # decided tomorrow
        ({"on": 0}, "caution"),
        ({"occurrence": 2}, "unknown"),
        ({"anchor": 1}, "unknown"),
        ({"late": True}, "not_met"),  # it cannot have seen what was recorded after it
    ],
)
def test_a_waiver_covers_its_own_occurrence_its_anchor_and_what_it_could_see(wrong, stands):
    assert waived_ecg(**wrong)[0] == stands


def test_a_requirement_that_is_met_stays_met_though_it_was_waived():
    decided = waiver("ecg", on=after(-1), anchor=2)

    assert found(gate(*ready(), decided), "ecg")[0] == "met"


# ── the calendar: every window, one day to each side ──

CALENDAR = [
    # rule, occurrence, opens, due, overdue after: days from the infusion of 10 January
    ("cbc-nadir", 1, 7, 10, 14),
    ("cbc-follow-up", 1, 90 - 21, 90, 90 + 14),
    ("cbc-follow-up", 4, 365 - 21, 365, 365 + 14),
    ("lvef-follow-up", 1, 365 - 60, 365, 365 + 30),
    ("lvef-follow-up", 10, 3653 - 60, 3653, 3653 + 30),
    ("next-infusion", 2, 90 - 14, 90, 90 + 14),
    *((rule, 2, 90 - days, 90, 90 + 14) for rule, _, days in FRESHNESS),
]


def state_of(*facts, rule: str, occurrence: int, on: date) -> str | None:
    listed = [
        c.state.value
        for c in checks(*facts, on=on, until=after(5000))
        if (c.rule, c.occurrence) == (rule, occurrence)
    ]
    return listed[0] if listed else None


@pytest.mark.parametrize(("rule", "occurrence", "opens", "due", "last"), CALENDAR)
def test_a_check_opens_is_due_and_is_overdue_on_its_days(rule, occurrence, opens, due, last):
    facts = [woman(), started(), *asked(), infusion()]
    wanted = {"rule": rule, "occurrence": occurrence}

    stands = [state_of(*facts, **wanted, on=after(n)) for n in (opens, due, last, last + 1)]
    before = state_of(*facts, **wanted, on=after(opens - 1))
    (check,) = [
        c
        for c in checks(*facts, on=after(due), until=after(5000))
        if (c.rule, c.occurrence) == (rule, occurrence)
    ]

    assert stands == ["open", "open", "open", "overdue"]
    assert before == "ahead"
    assert (check.opens, check.due, check.overdue_after) == (after(opens), after(due), after(last))


def test_a_series_has_so_many_occurrences_and_no_more():
    facts = [woman(), started(), *asked(), infusion()]
    rule, last = "cbc-follow-up", 24  # every 3 months for 72

    numbers = [c.occurrence for c in checks(*facts, on=FIRST, until=after(9999)) if c.rule == rule]

    assert numbers == list(range(1, last + 1))


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        ("fever", {"cbc-now"}),
        ("frequent_urination", {"cbc-now"}),
        ("bruising", {"cbc-now"}),
        ("ankle_swelling", {"lvef-now"}),
        ("fatigue", set()),
    ],
)
def test_a_symptom_asks_for_a_test_on_its_day_overdue_after_the_next(code, rules):
    facts = [woman(), started(), *asked(), infusion(), symptom(code, on=after(40))]

    listed = [
        [c.state.value for c in checks(*facts, on=after(n)) if c.rule in {"cbc-now", "lvef-now"}]
        for n in (39, 40, 41, 42)
    ]

    assert {c.rule for c in checks(*facts, on=after(40))} & {"cbc-now", "lvef-now"} == rules
    assert listed == [[], *([state] * len(rules) for state in ("open", "open", "overdue"))]


@pytest.mark.parametrize(("days", "state"), [(14, "done"), (15, "overdue")])
def test_once_the_day_has_passed_a_result_does_its_check_only_while_fresh(days, state):
    facts = [woman(), started(), *asked(), infusion(), result("cardiac_exam", "normal", on=SECOND)]

    stands = state_of(*facts, rule="cardiac-exam", occurrence=2, on=after(90 + days))

    assert stands == state


@pytest.mark.parametrize("interruption", [paused(on=after(3)), ended(on=after(3))])
def test_follow_up_goes_on_where_the_next_infusion_does_not(interruption):
    facts = [woman(), started(), *asked(), infusion(), interruption]

    before = {c.rule for c in checks(*facts, on=after(2), until=after(400))}
    since = {c.rule for c in checks(*facts, on=after(3), until=after(400))}

    assert before - since == {"next-infusion", *FRESH}
    assert since == {"cbc-nadir", "cbc-follow-up", "lvef-follow-up"}


def test_a_male_patient_has_no_pregnancy_test_on_the_calendar():
    facts = [man(), started(), *asked(), planned(on=after(5))]

    assert "pregnancy-test" not in {c.rule for c in checks(*facts, on=FIRST)}
    assert "lvef" in {c.rule for c in checks(*facts, on=FIRST)}


@pytest.mark.parametrize(
    ("drawn", "done_on"),
    [
        ([("indeterminate", 85)], None),
        ([("indeterminate", 85), ("negative", 86)], after(86)),
        ([("negative", 85), ("indeterminate", 86)], after(85)),
    ],
)
def test_a_pregnancy_test_does_its_check_once_it_can_be_judged(drawn, done_on):
    facts = [woman(), started("fr"), *asked("fr"), infusion(), planned(on=SECOND)]
    facts += [result("hcg", value, on=after(day)) for value, day in drawn]

    (check,) = [c for c in checks(*facts, on=after(88)) if c.rule == "pregnancy-test"]

    assert check.done_on == done_on


def test_a_panel_does_its_check_on_the_day_of_its_last_part():
    facts = [woman(), started(), *asked(), infusion()]
    parts = [("alt", 70), ("ast", 72), ("bilirubin", 75)]
    drawn = [result(code, "10", uln="40", on=after(day)) for code, day in parts]

    done = [
        [c.done_on for c in checks(*facts, *drawn[:n], on=after(80)) if c.rule == "liver-tests"]
        for n in (1, 2, 3)
    ]

    assert done == [[None], [None], [after(75)]]


def test_a_liver_value_without_its_own_limit_does_no_check():
    facts = [woman(), started(), *asked(), infusion()]
    drawn = [result(code, "10", uln="40", on=after(70)) for code in ("alt", "ast")]

    (check,) = [
        c
        for c in checks(*facts, *drawn, result("bilirubin", "10", on=after(70)), on=after(80))
        if c.rule == "liver-tests"
    ]

    assert check.state == "open"


# ── protocols that ask for less than those that ship ──


def under(protocol: Protocol, *facts) -> Treatment:
    """Treat by a site's own protocol."""
    folded = timeline(*facts)
    return Treatment(
        timeline=folded, protocols={c.start.identity: protocol for c in folded.courses}
    )


def without(*names: str) -> Protocol:
    shipped = example.protocol()
    return replace(
        shipped,
        requirements=tuple(r for r in shipped.requirements if r.name not in names),
        checks=tuple(r for r in shipped.checks if r.name not in names),
    )


def test_a_protocol_that_asks_for_no_body_surface_takes_none_from_the_record():
    sizes = [result("height", "162", on=TESTS), result("weight", "50", on=TESTS)]
    case = under(without("body-surface"), *ready(), infusion(), *sizes)

    answered = case.ask(on=SECOND, today=SECOND, proposal=Proposal(mg=Decimal(18)))

    assert answered.surface is None
    assert answered.exposure.left_of(140) == 128
    assert answered.remaining_mg is None
    assert found(answered, "dose-size")[0] == "unknown"


def test_a_protocol_that_asks_for_no_next_infusion_asks_for_none_of_its_tests():
    case = under(without("next-infusion"), *ready(), infusion(), planned(on=after(60)))

    listed = {check.rule for check in evaluate(case, after(50), until=after(400)).checks}

    assert listed == {"cbc-nadir", "cbc-follow-up", "lvef-follow-up"}


def test_before_the_first_infusion_only_a_plan_makes_checks():
    protocol = example.protocol()

    unplanned = list(before_infusion(protocol, view(*ready())))
    booked = list(before_infusion(protocol, view(*ready(), planned(on=after(9)))))

    assert unplanned == []
    assert {check.due for check in booked} == {after(9)}


def test_only_a_number_can_fall():
    rule = next(r for r in example.protocol().requirements if r.name == "lvef")
    ecg = Limit(words={"normal": Outcome.MET, "abnormal": Outcome.MET})
    both = replace(rule, panels=(("ecg", "lvef"),), limits={"ecg": ecg, **rule.limits})
    protocol = replace(without("lvef"), requirements=(*without("lvef").requirements, both))
    fallen = [result("ecg", "abnormal", on=after(-1)), result("lvef", "52", on=after(-1))]

    answered = under(protocol, *ready(), *fallen).ask(on=FIRST, today=FIRST, proposal=Proposal())

    state, _, message = found(answered, "lvef")
    assert (state, message) == (
        "caution",
        f"fell from lvef 62 % on {TESTS} to lvef 52 % on {after(-1)}",
    )


# ── warnings ──


def standing(rule: str, *facts, on: date) -> list[SafetyWarning]:
    return [w for w in warnings(*facts, on=on) if w.rule == rule]


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-1, 1), (0, 0), (28, 0), (29, 1)],
)
def test_low_lines_are_put_down_to_the_infusion_from_its_day_to_day_28(days, expected):
    low = [result(c, v, on=after(days)) for c, v in (("neutrophils", "1.4"), ("platelets", "99"))]
    facts = [woman(), started(on=after(-60)), infusion(), *low]

    assert len(standing("suspected-leukaemia", *facts, on=after(60))) == expected


def test_a_waiver_ends_suspected_leukaemia_only_for_the_counts_it_could_see():
    low = [result(c, v, on=after(60)) for c, v in (("neutrophils", "1.4"), ("platelets", "99"))]
    again = [result(c, v, on=after(80)) for c, v in (("neutrophils", "1.3"), ("platelets", "90"))]
    decided = waiver("suspected-leukaemia", on=after(61), anchor=4)
    facts = [woman(), started(), infusion(), *low, decided, *again]

    days = [len(standing("suspected-leukaemia", *facts, on=after(n))) for n in (60, 61, 79, 80)]

    assert days == [1, 0, 0, 1]


@pytest.mark.parametrize(("days", "expected"), [(30, 1), (31, 0)])
def test_a_missing_test_counts_against_an_infusion_recorded_within_30_days(days, expected):
    given = infusion(recorded_on=after(days))
    facts = [woman(), started(), *asked(), *all_tests(ecg=None), given]

    assert len(standing("given-against-gate", *facts, on=after(40))) == expected


@pytest.mark.parametrize("days", [30, 31])
def test_a_bad_test_counts_against_an_infusion_whenever_it_was_recorded(days):
    given = infusion(recorded_on=after(days), despite="tumour board")
    facts = [woman(), started(), *asked(), *all_tests(ecg="abnormal"), given]

    (warning,) = standing("given-against-gate", *facts, on=after(40))

    assert "ecg: ecg abnormal" in warning.message
    assert warning.message.endswith("Reason given: tumour board.")


def test_an_infusion_given_during_a_pause_was_given_against_the_gate():
    facts = [*ready(), paused(on=after(-1)), infusion()]

    (warning,) = standing("given-against-gate", *facts, on=after(1))

    assert f"the course is paused since {after(-1)}" in warning.message


def test_an_infusion_that_the_dose_table_forbade_was_given_against_the_gate():
    infected = [symptom("cough", on=after(85)), result("neutrophils", "0.7", on=after(85))]
    facts = [*ready("eu"), infusion(), *all_tests(on=after(84)), *infected, infusion(on=SECOND)]

    (warning,) = standing("given-against-gate", *facts, on=SECOND)

    assert "stop therapy" in warning.message


def test_fever_with_a_count_that_is_low_but_rising_is_no_febrile_neutropenia():
    def fever(*counts: str) -> list[SafetyWarning]:
        drawn = [result("neutrophils", v, on=after(50 + n)) for n, v in enumerate(counts)]
        facts = [woman(), started(), infusion(), *drawn, symptom("fever", on=after(54))]
        return standing("febrile-neutropenia", *facts, on=after(54))

    assert fever("0.7", "0.8") == []
    assert fever("0.8", "0.8") == []
    assert len(fever("0.8", "0.7")) == 1
    assert len(fever("0.7")) == 1
    assert fever("1.0") == []
    assert len(fever("3.0", "0.49")) == 1


def test_a_fever_is_no_longer_an_emergency_after_14_days():
    facts = [woman(), started(), infusion(), symptom("fever", on=after(20))]

    days = [len(standing("febrile-neutropenia", *facts, on=after(n))) for n in (19, 20, 34, 35)]

    assert days == [0, 1, 1, 0]


def test_another_infection_symptom_with_few_neutrophils_is_an_emergency_as_fever_may_be_masked():
    low = result("neutrophils", "0.4", on=after(12))
    facts = [woman(), started(), infusion(), low, symptom("cough", on=after(12))]

    rules = {w.rule for w in warnings(*facts, on=after(12)) if w.severity != "info"}

    assert {"severe-neutropenia", "febrile-neutropenia"} <= rules
    assert "infection-symptom" not in rules


@pytest.mark.parametrize(
    ("patient", "last_day"),
    [
        (woman(), date(2023, 5, 10)),
        (man(), date(2023, 7, 10)),
        (woman(sex=None), date(2023, 7, 10)),
    ],
)
def test_contraception_lasts_4_months_for_women_and_6_for_everybody_else(patient, last_day):
    facts = [patient, started(), infusion()]

    (warning,) = standing("contraception", *facts, on=last_day)

    assert warning.until == last_day
    assert standing("contraception", *facts, on=date.fromordinal(last_day.toordinal() + 1)) == []


def test_once_a_patient_is_closed_there_is_neither_check_nor_warning():
    facts = [woman(), started(), infusion(), closed(on=after(5))]

    assert checks(*facts, on=after(4), until=after(99)) != []
    assert warnings(*facts, on=after(4)) != []
    assert checks(*facts, on=after(5), until=after(99)) == []
    assert warnings(*facts, on=after(5)) == []


@pytest.mark.parametrize("codes", [("bleeding", "fever"), ("fever", "bleeding")])
def test_of_several_symptoms_of_a_day_the_first_on_record_asks_for_the_count(codes):
    signs = [symptom(code, on=after(40)) for code in codes]

    (check,) = [
        check for check in checks(*ready(), *signs, on=after(40)) if check.rule == "cbc-now"
    ]

    assert check.anchor.code == codes[0]
