"""Every boundary, one step to each side, written by hand from the contract (§4, §6), not from YAML.

`<` and `<=` are as the contract says: exactly a limit is within it, exactly a figure is fresh,
exactly a ceiling is allowed, and spans include their last day.
"""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from monitor.domain.facts import Event
from monitor.domain.rules.question import Proposal
from monitor.domain.surface import Surface
from tests.facts import (
    NORMAL,
    after,
    all_tests,
    answer,
    asked,
    checks,
    gate,
    infusion,
    planned,
    result,
    started,
    symptom,
    warnings,
    woman,
)

PROFILES = ["us", "eu", "fr"]
ON = after(85)  # of the later infusion that is asked about
MET, CAUTION, UNKNOWN = ("met", "clear"), ("caution", "caution"), ("unknown", "hold")
HOLD, STOP = ("not_met", "hold"), ("not_met", "stop")


def course(profile: str, *, later: bool, leave_out: str = "") -> list[Event]:
    """Begin a course in which all is well, but one kind of result is left out."""
    on = ON if later else after(0)
    facts: list[Event] = [woman(), started(profile, on=after(-200))]
    facts += asked(profile, on=after(-200))
    facts += all_tests(on=on, **({leave_out: None} if leave_out else {}))
    return [*facts, infusion("1", bsa="1", on=after(0))] if later else facts


def stands(rule: str, *facts: Event, later: bool = False, mg: str = "", m2: str = "1") -> tuple:
    """Say how a requirement stands on the day that is asked about."""
    proposal = Proposal()
    if mg:
        on = after(0)
        proposal = Proposal(mg=Decimal(mg), surface=Surface(m2=Fraction(m2), on=on, facts=()))
    answered = gate(*facts, on=ON if later else after(0), proposal=proposal)
    return next((r.state.value, r.verdict.value) for r in answered.requirements if r.rule == rule)


# ── values ──

VALUES = [
    ("neutrophils", "neutrophils", "1.499", HOLD, "us eu fr"),
    ("neutrophils", "neutrophils", "1.500", MET, "us eu fr"),
    ("neutrophils", "neutrophils", "1.501", MET, "us eu fr"),
    ("lvef", "lvef", "49.9", STOP, "us eu fr"),
    ("lvef", "lvef", "50", MET, "us eu fr"),
    ("lvef", "lvef", "50.1", MET, "us eu fr"),
    ("platelets", "platelets", "99.9", CAUTION, "us eu"),
    ("platelets", "platelets", "99.9", HOLD, "fr"),
    ("platelets", "platelets", "100", MET, "us eu fr"),
    ("platelets", "platelets", "100.1", MET, "us eu fr"),
    ("lymphocytes", "lymphocytes", "0.999", HOLD, "fr"),
    ("lymphocytes", "lymphocytes", "1.000", MET, "fr"),
    ("lymphocytes", "lymphocytes", "1.001", MET, "fr"),
]


@pytest.mark.parametrize("later", [False, True], ids=["first", "later"])
@pytest.mark.parametrize(
    ("rule", "code", "value", "expected", "profile"),
    [(r, c, v, e, p) for r, c, v, e, profiles in VALUES for p in profiles.split()],
)
def test_exactly_the_limit_of_a_value_is_within_it(rule, code, value, expected, profile, later):
    facts = course(profile, later=later, leave_out=code)
    measured = result(code, value, on=ON if later else after(0))

    assert stands(rule, *facts, measured, later=later) == expected


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("value", "lln", "expected"),
    [("54.9", "55", STOP), ("55", "55", MET), ("55.1", "55", MET), ("49.9", "45", STOP)],
)
def test_the_higher_of_50_and_the_own_lower_limit_is_the_floor(profile, value, lln, expected):
    facts = course(profile, later=False, leave_out="lvef")

    assert stands("lvef", *facts, result("lvef", value, on=after(0), lln=lln)) == expected


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("value", "expected"), [("52.1", MET), ("52", CAUTION), ("51.9", CAUTION)])
def test_a_fall_of_exactly_ten_points_is_a_caution(profile, value, expected):
    if profile == "eu" and value == "51.9":
        expected = HOLD  # more than ten points, DE1 (contract S1)
    facts = [*course(profile, later=True, leave_out="lvef"), result("lvef", "62", on=after(-1))]

    assert stands("lvef", *facts, result("lvef", value, on=ON), later=True) == expected


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("code", ["alt", "ast", "bilirubin"])
@pytest.mark.parametrize(("value", "expected"), [("39.9", MET), ("40", MET), ("40.1", HOLD)])
def test_exactly_its_own_upper_limit_is_a_normal_liver_value(profile, code, value, expected):
    facts = course(profile, later=False, leave_out="liver_tests")
    values = {"alt": "20", "ast": "20", "bilirubin": "20", code: value}
    measured = [result(c, v, on=after(0), uln="40") for c, v in values.items()]

    assert stands("liver-tests", *facts, *measured) == expected


# ── freshness: exactly the figure is still fresh ──

FRESH = [  # rule, code, days in US, in EU and FR; the older ones: up to 90 days a caution, later
    ("lvef", "lvef", 42, 42, 90),
    ("ecg", "ecg", 42, 42, 90),
    ("liver-tests", "liver_tests", 28, 28, 90),
    ("cardiac-exam", "cardiac_exam", 14, 14, None),
    ("infection-screen", "urinalysis", 14, 14, None),
    ("pregnancy-test", "hcg", 7, 7, None),
    ("neutrophils", "neutrophils", 14, 7, None),
    ("platelets", "platelets", 14, 7, None),
    ("lymphocytes", "lymphocytes", None, 7, None),  # FR alone
]
AGES = [
    (profile, rule, code, us if profile == "us" else elsewhere, usable)
    for rule, code, us, elsewhere, usable in FRESH
    for profile in PROFILES
    if rule != "lymphocytes" or profile == "fr"
]


@pytest.mark.parametrize(("profile", "rule", "code", "days", "usable"), AGES)
def test_a_result_is_fresh_for_exactly_so_many_days(profile, rule, code, days, usable):
    def aged(age: int, *, later: bool) -> tuple:
        on = (ON if later else after(0)) - timedelta(age)
        facts = course(profile, later=later, leave_out=code)
        if later and age > 85:  # the infusion before lies farther back
            facts = [*facts[:-1], infusion("1", bsa="1", on=after(-20))]
        return stands(rule, *facts, result(code, NORMAL[code], on=on), later=later)

    assert aged(0, later=False) == MET
    assert aged(days, later=False) == MET
    assert aged(days + 1, later=False) == UNKNOWN
    assert aged(days, later=True) == MET
    assert aged(days + 1, later=True) == (UNKNOWN if usable is None else CAUTION)
    if usable is not None:
        assert aged(usable, later=True) == CAUTION
        assert aged(usable + 1, later=True) == UNKNOWN


@pytest.mark.parametrize(("profile", "rule", "code", "days", "usable"), AGES)
def test_a_result_is_newer_than_the_last_infusion_from_its_first_day_on(
    profile, rule, code, days, usable
):
    # Counts show recovery from day 14 on (contract S1), the others are newer from the next day on.
    first = 14 if code in ("neutrophils", "platelets", "lymphocytes") else 1
    on = after(first + 2)
    facts: list[Event] = [woman(), started(profile, on=after(-200))]
    facts += [*asked(profile, on=after(-200)), infusion("1", bsa="1", on=after(0))]
    same_day = result(code, NORMAL[code], on=after(first - 1))
    next_day = result(code, NORMAL[code], on=after(first))

    def found(*more: Event) -> str:
        answered = gate(*facts, *more, on=on)
        return next(r.state.value for r in answered.requirements if r.rule == rule)

    assert found(same_day) == "unknown"
    assert found(next_day) == "met"


# ── the day after an infusion ──


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("day", "expected"), [(0, False), (27, False), (28, False), (29, True)])
def test_two_low_lines_are_suspected_leukaemia_from_day_29_on(profile, day, expected):
    facts = [*course(profile, later=False), infusion("1", bsa="1", on=after(0))]
    facts += [result("neutrophils", "1.499", on=after(day))]
    facts += [result("platelets", "99.9", on=after(day))]

    found = {warning.rule for warning in warnings(*facts, on=after(60))}

    assert ("suspected-leukaemia" in found) is expected


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("apart", "expected"), [(0, True), (7, True), (8, False)])
def test_two_low_lines_belong_together_within_7_days(profile, apart, expected):
    facts = [*course(profile, later=False), result("haemoglobin", "99.9", on=after(40 + apart))]
    facts += [result("neutrophils", "1.499", on=after(40))]

    found = {warning.rule for warning in warnings(*facts, on=after(60))}

    assert ("suspected-leukaemia" in found) is expected


@pytest.mark.parametrize(
    ("profile", "days", "expected"),
    [
        ("us", 20, HOLD), ("us", 21, CAUTION), ("us", 82, CAUTION), ("us", 83, MET),
        ("eu", 27, HOLD), ("eu", 28, CAUTION), ("eu", 30, CAUTION), ("eu", 31, MET),
        ("fr", 27, HOLD), ("fr", 28, CAUTION), ("fr", 30, CAUTION), ("fr", 31, MET),
    ],
)  # fmt: skip
def test_the_interval_holds_is_early_or_is_usual_by_the_day(profile, days, expected):
    # 2023-01-10 + 3 months = 2023-04-10, 90 days; 7 days before: day 83. + 1 month: day 31.
    facts = [*course(profile, later=False), infusion("1", bsa="1", on=after(0))]

    answered = gate(*facts, on=after(days))

    (found,) = [r for r in answered.requirements if r.rule == "dose-interval"]
    assert (found.state.value, found.verdict.value) == expected


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("days", "expected"), [(13, HOLD), (14, HOLD), (15, MET)])
def test_an_infection_symptom_spoils_the_screen_for_14_days(profile, days, expected):
    facts = [*course(profile, later=False), symptom("cough", on=after(-days))]

    assert stands("infection-screen", *facts) == expected


# ── ceilings: exactly reaching one is allowed ──


@pytest.mark.parametrize(
    ("mg", "expected"), [("9.99", MET), ("10", MET), ("10.00", MET), ("10.01", HOLD)]
)
def test_us_139_99_and_140_are_allowed_after_the_dose_and_140_01_is_not(mg, expected):
    facts = [f for f in course("us", later=False) if getattr(f, "fact", "") != PRIOR]

    assert stands("lifetime-dose", *facts, answer(PRIOR, "130"), mg=mg) == expected


PRIOR = "prior_mitoxantrone_mg_m2"


@pytest.mark.parametrize(
    ("given", "expected"),
    [("139", CAUTION), ("139.9", CAUTION), ("139.91", STOP), ("140", STOP), ("140.01", STOP)],
)
def test_us_nothing_is_left_where_less_than_a_tenth_is(given, expected):
    # With no body surface on record only mg/m2 count: less than 0.1 is nothing (contract S1).
    facts = [f for f in course("us", later=False) if getattr(f, "fact", "") != PRIOR]

    assert stands("lifetime-dose", *facts, answer(PRIOR, given)) == expected


@pytest.mark.parametrize("profile", ["eu", "fr"])
@pytest.mark.parametrize(("mg", "expected"), [("11.99", MET), ("12", MET), ("12.01", HOLD)])
def test_eu_and_fr_71_99_and_72_are_allowed_after_the_dose_and_72_01_is_not(profile, mg, expected):
    facts = course(profile, later=False)
    facts += [infusion("12", bsa="1", on=after(-35 * n)) for n in range(1, 6)]

    assert stands("lifetime-dose", *facts, mg=mg) == expected


@pytest.mark.parametrize("profile", ["eu", "fr"])
@pytest.mark.parametrize(
    ("sixth", "expected"),
    [("5.99", MET), ("6", MET), ("6.01", CAUTION), ("11", CAUTION), ("11.01", STOP), ("12", STOP)],
)
def test_eu_and_fr_less_than_half_a_dose_is_little_and_less_than_a_milligram_is_nothing(
    profile, sixth, expected
):
    # At 1 m2 half a usual dose is 6 mg/m2, and 1 mg is 1 mg/m2 (contract S1).
    facts = course(profile, later=False)
    facts += [infusion(mg, bsa="1", on=after(-35)) for mg in ("60", sixth)]

    assert stands("lifetime-dose", *facts) == expected


@pytest.mark.parametrize(("mg", "expected"), [("19.9", MET), ("20", MET), ("20.1", HOLD)])
def test_fr_exactly_20_mg_in_one_infusion_and_120_mg_in_all_are_allowed(mg, expected):
    facts = [*course("fr", later=False), infusion("100", bsa="2.5", on=after(-40))]

    assert stands("dose-size", *facts, mg=mg, m2="2") == expected
    assert stands("lifetime-mg", *facts, mg=mg, m2="2") == expected


@pytest.mark.parametrize(("given", "expected"), [(5, MET), (6, STOP)])
def test_fr_the_sixth_infusion_is_allowed_and_the_seventh_is_not(given, expected):
    facts = course("fr", later=False)
    facts += [infusion("1", bsa="1", on=after(-40 - n)) for n in range(given)]

    assert stands("infusion-count", *facts, mg="1") == expected


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("mg", "expected"),
    [
        ("11.99", MET), ("12", MET), ("12.0015", MET), ("12.3", MET), ("12.3001", CAUTION),
        ("12.6", CAUTION), ("12.6001", HOLD),
    ],
)  # fmt: skip
def test_exactly_12_is_met_and_exactly_five_percent_over_is_still_a_caution(profile, mg, expected):
    if profile == "fr" and mg in ("12.0015", "12.3"):
        expected = CAUTION  # the 2.5 % of pharmacies are not for France (contract S1)
    assert stands("dose-size", *course(profile, later=False), mg=mg) == expected


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("59.99", set()), ("60", set()), ("60.01", {"cumulative-60"}),
        ("99.99", {"cumulative-60"}), ("100", {"cumulative-60", "cumulative-100"}),
        ("100.01", {"cumulative-60", "cumulative-100"}),
    ],
)  # fmt: skip
def test_60_must_be_passed_and_100_only_reached(profile, given, told):
    facts = [*course(profile, later=False), infusion(given, bsa="1", on=after(0))]

    found = {warning.rule for warning in warnings(*facts, on=after(1))}

    assert found & {"cumulative-60", "cumulative-100"} == told


# ── counts and fever ──


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("value", "expected"), [("0.499", True), ("0.5", False), ("0.501", False)])
def test_neutrophils_of_exactly_half_are_not_severe(profile, value, expected):
    facts = [*course(profile, later=False), result("neutrophils", value, on=after(10))]

    found = {warning.rule for warning in warnings(*facts, on=after(10))}

    assert ("severe-neutropenia" in found) is expected


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("value", "expected"), [("37.9", False), ("38.0", True), ("38.1", True)])
def test_exactly_38_is_fever(profile, value, expected):
    facts = [*course(profile, later=False), result("temperature", value, on=after(10))]

    found = {warning.rule for warning in warnings(*facts, on=after(10))}

    assert ("infection-symptom" in found) is expected


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("value", "days_before", "expected"),
    [
        ("0.499", 0, True), ("0.5", 0, True), ("0.999", 0, True), ("1.0", 0, False),
        ("0.999", 7, True), ("0.999", 8, False), ("0.4", 7, True),
        # However old, while no newer count is known (contract S1).
        ("0.4", 8, True), ("0.5", 80, True), ("0.501", 8, False),
    ],
)  # fmt: skip
def test_a_low_count_makes_a_fever_an_emergency_within_7_days_and_a_very_low_one_however_old(
    profile, value, days_before, expected
):
    facts = [*course(profile, later=False)[:-9], symptom("fever", on=after(100))]
    facts += [result("neutrophils", value, on=after(100 - days_before))]

    found = {warning.rule for warning in warnings(*facts, on=after(100))}

    assert ("febrile-neutropenia" in found) is expected


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("fever", "count", "expected"),
    [(31, None, True), (32, None, False), (20, 18, False), (20, 17, True), (0, None, True)],
)
def test_an_unknown_count_is_an_emergency_for_a_month_and_known_for_two_days(
    profile, fever, count, expected
):
    facts = [*course(profile, later=False)[:-9], infusion("1", bsa="1", on=after(0))]
    facts += [symptom("fever", on=after(fever))]
    facts += [] if count is None else [result("neutrophils", "3", on=after(count))]

    found = {warning.rule for warning in warnings(*facts, on=after(fever))}

    assert ("febrile-neutropenia" in found) is expected


# ── windows and checks: the first and the last day are inside ──


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("rule", "last_day"),
    [
        ("infection-watch", 31),  # 2023-02-10
        ("urine-colour", 3),
        ("live-vaccine", 90),  # 2023-04-10
        ("contraception", 120),  # 2023-05-10, a woman who can conceive
    ],
)
def test_the_last_day_of_a_window_is_inside(profile, rule, last_day):
    facts = [*course(profile, later=False), infusion("1", bsa="1", on=after(0))]

    def told(day: int) -> bool:
        return rule in {warning.rule for warning in warnings(*facts, on=after(day))}

    assert [told(day) for day in (-1, 0, last_day, last_day + 1)] == [False, True, True, False]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("code", ["cough", "palpitations", "bruising"])
def test_the_warning_of_a_symptom_runs_14_days_with_day_14(profile, code):
    facts = [*course(profile, later=False), symptom(code, on=after(0))]
    rules = {"infection-symptom", "cardiac-symptom", "bleeding-symptom"}

    def told(day: int) -> int:
        return len(rules & {warning.rule for warning in warnings(*facts, on=after(day))})

    assert [told(day) for day in (-1, 0, 14, 15)] == [0, 1, 1, 0]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("rule", "opens", "overdue_after"),
    [("cbc-nadir", 7, 14), ("cbc-follow-up", 90 - 21, 90 + 14), ("lvef-follow-up", 305, 395)],
)
def test_a_check_is_ahead_open_and_overdue_by_the_day(profile, rule, opens, overdue_after):
    facts = [*course(profile, later=False), infusion("1", bsa="1", on=after(0))]

    def state(day: int) -> str:
        found = [c for c in checks(*facts, on=after(day), until=after(400)) if c.rule == rule]
        return found[0].state.value

    days = (opens - 1, opens, overdue_after, overdue_after + 1)
    assert [state(day) for day in days] == ["ahead", "open", "open", "overdue"]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_next_infusion_opens_14_days_before_and_is_overdue_after_14(profile):
    facts = [*course(profile, later=False), planned(on=after(40))]

    def state(day: int) -> str:
        (found,) = [c for c in checks(*facts, on=after(day)) if c.rule == "next-infusion"]
        return found.state.value

    days = (25, 26, 54, 55)
    assert [state(day) for day in days] == ["ahead", "open", "open", "overdue"]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("code", ["height", "weight"])
@pytest.mark.parametrize(("days", "expected"), [(42, MET), (43, UNKNOWN)])
def test_height_and_weight_serve_for_exactly_42_days(profile, code, days, expected):
    facts = course(profile, later=False)
    for each, value in (("height", "175"), ("weight", "63")):
        facts.append(result(each, value, on=after(-days if each == code else 0)))

    answered = gate(*facts, on=after(0), mg="18")

    (found,) = [r for r in answered.requirements if r.rule == "body-surface"]
    assert (found.state.value, found.verdict.value) == expected
