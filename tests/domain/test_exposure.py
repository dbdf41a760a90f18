"""Body surfaces, sums and their rounding, held against the sources' own numbers."""

from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.exposure import exposure, shown, shown_down
from monitor.domain.surface import dubois, measured_surface, mosteller, newest_surface, per_m2
from tests.facts import after, answer, infusion, result, view

PRIOR = "prior_mitoxantrone_mg_m2"
HEIGHTS = st.decimals(min_value=50, max_value=230, places=1)
WEIGHTS = st.decimals(min_value=5, max_value=250, places=1)
AMOUNTS = st.fractions(min_value=0, max_value=2000)


@pytest.mark.parametrize(
    ("height", "weight", "by_mosteller", "by_dubois"),
    [
        ("170", "70", "1.8181", "1.8097"),
        ("175", "63", "1.7500", "1.7672"),
        ("160", "50", "1.4907", "1.5011"),
    ],
)
def test_both_formulas_give_the_published_body_surfaces(height, weight, by_mosteller, by_dubois):
    height, weight = Decimal(height), Decimal(weight)

    assert shown(mosteller(height, weight), 4) == by_mosteller
    assert shown(dubois(height, weight), 4) == by_dubois


@pytest.mark.parametrize(
    ("height", "weight", "surface"),
    [
        ("175", "63", Fraction(7, 4)),
        ("162", "50", Fraction(3, 2)),
        ("169", "64", Fraction(26, 15)),
        ("160", "40", Fraction(4, 3)),
        ("180", "80", Fraction(2)),
        ("160.0", "62.5", Fraction(5, 3)),
        ("152.1", "67.6", Fraction(169, 100)),
    ],
)
def test_a_root_that_is_a_fraction_is_that_very_fraction(height, weight, surface):
    assert mosteller(Decimal(height), Decimal(weight)) == surface


@given(
    tall=st.integers(3, 15),
    heavy=st.integers(3, 15),
    unit=st.sampled_from(["0.1", "0.4", "1", "2.5"]),
)
def test_where_the_product_is_a_square_the_body_surface_is_exact(tall, heavy, unit):
    height, weight = Decimal(unit) * tall**2, Decimal(unit) * heavy**2

    surface = mosteller(height, weight)

    assert surface == Fraction(unit) * tall * heavy / 60


def test_20_8_mg_at_169_cm_and_64_kg_are_exactly_12_mg_per_m2():
    surface = mosteller(Decimal(169), Decimal(64))

    assert per_m2(Decimal("20.8"), surface) == 12


@given(height=HEIGHTS, weight=WEIGHTS)
def test_mosteller_squared_is_cm_times_kg_by_3600_to_38_digits(height, weight):
    square = Fraction(height) * Fraction(weight) / 3600
    tiny = Fraction(1, 10**38)

    surface = mosteller(height, weight)

    assert (surface - tiny) ** 2 < square < (surface + tiny) ** 2


@given(height=HEIGHTS, weight=WEIGHTS)
def test_dubois_to_the_40th_is_cm_to_the_29th_times_kg_to_the_17th(height, weight):
    exact = Fraction(height) ** 29 * Fraction(weight) ** 17

    power = (dubois(height, weight) / Fraction("0.007184")) ** 40

    assert abs(power - exact) < exact / 10**36


@pytest.mark.parametrize(
    ("amount", "places", "told"),
    [
        ("12.005", 2, "12.01"),
        ("12.00499999999999999999999999999999", 2, "12.00"),
        ("12.0015", 2, "12.00"),
        ("12.015", 2, "12.02"),  # half-even would say 12.02 as well, the next one would not
        ("12.025", 2, "12.03"),
        ("0", 2, "0.00"),
        ("140", 2, "140.00"),
        ("2/3", 2, "0.67"),
        ("1/3", 2, "0.33"),
        ("1.81815", 4, "1.8182"),
        ("1.4907119", 4, "1.4907"),
        ("99999.995", 2, "100000.00"),
    ],
)
def test_what_was_given_is_shown_rounded_half_up(amount, places, told):
    assert shown(Fraction(amount), places) == told


@pytest.mark.parametrize(("surface", "told"), [("1.81805", "1.8181"), ("1.75", "1.7500")])
def test_a_fact_shows_its_body_surface_as_answers_do(surface, told):
    given = infusion(mg="21", bsa=surface)

    assert shown(Fraction(surface), 4) == told
    assert str(given) == f"infusion of 21 mg (BSA {told} m2)"


@pytest.mark.parametrize(
    ("amount", "places", "told"),
    [
        ("127.999", 2, "127.99"),
        ("128", 2, "128.00"),
        ("0.0099", 2, "0.00"),
        ("224.09", 1, "224.0"),
        ("9.99999999999999999999999999999999", 1, "9.9"),
        ("200/3", 2, "66.66"),
    ],
)
def test_what_remains_is_shown_rounded_down(amount, places, told):
    assert shown_down(Fraction(amount), places) == told


@given(amount=AMOUNTS, places=st.sampled_from([1, 2, 4]))
def test_rounding_is_that_of_whole_numbers(amount, places):
    scale = 10**places

    half_up = Fraction(floor(amount * scale + Fraction(1, 2)), scale)
    down = Fraction(floor(amount * scale), scale)

    assert Fraction(shown(amount, places)) == half_up
    assert Fraction(shown_down(amount, places)) == down
    assert len(shown(amount, places).partition(".")[2]) == places


@given(amount=AMOUNTS)
def test_nobody_is_told_that_more_remains_than_there_is(amount):
    assert Fraction(shown_down(amount)) <= amount < Fraction(shown_down(amount)) + Fraction(1, 100)


# ── published cases (clinical §2.2, §2.3, §6) ──


@pytest.mark.parametrize(
    ("surface", "per_dose", "six_doses"),
    [
        ("1.50", "13.33", "80.00"),
        ("5/3", "12.00", "72.00"),
        ("1.85", "10.81", "64.86"),
    ],
)
def test_the_fixed_20_mg_of_the_french_trial_are_not_12_mg_per_m2(surface, per_dose, six_doses):
    dose = per_m2(Decimal(20), Fraction(surface))

    assert shown(dose) == per_dose
    assert shown(6 * dose) == six_doses


@pytest.mark.parametrize(
    ("surface", "total"), [("1.5", "98.67"), ("2.2", "67.27"), ("148/72", "72.00")]
)
def test_w1_148_mg_are_more_or_less_per_m2_by_a_body_surface_that_nobody_wrote_down(surface, total):
    assert shown(per_m2(Decimal(148), Fraction(surface))) == total


@pytest.mark.parametrize(
    ("ceiling", "least", "over"), [(72, "2.056", "2.055"), (140, "1.058", "1.057")]
)
def test_w1_148_mg_pass_a_ceiling_below_the_published_body_surface(ceiling, least, over):
    assert per_m2(Decimal(148), Fraction(least)) < ceiling < per_m2(Decimal(148), Fraction(over))


def test_w5_21_mg_at_175_cm_and_63_kg_leave_128_of_140_and_60_of_72():
    dose = per_m2(Decimal("21.0"), mosteller(Decimal(175), Decimal(63)))

    assert dose == 12
    assert (140 - dose, 72 - dose) == (128, 60)


def test_w10_36_mg_per_m2_given_before_leave_104_of_140():
    amounts = exposure(view(answer(PRIOR, "36")), PRIOR)

    assert amounts.total == 36
    assert 140 - amounts.total == 104


@pytest.mark.parametrize(("doses", "total"), [(11, 132), (12, 144)])
def test_a_twelfth_full_dose_passes_140(doses, total):
    given = [infusion(on=after(90 * n)) for n in range(doses)]

    amounts = exposure(view(answer(PRIOR, "0"), *given, on=after(2000)), PRIOR)

    assert amounts.total == total


def test_twelve_times_21_mg_at_1_8_m2_are_exactly_140():
    given = [infusion("21", bsa="1.8", on=after(90 * n)) for n in range(12)]

    amounts = exposure(view(answer(PRIOR, "0"), *given, on=after(2000)), PRIOR)

    assert amounts.total == 140


# ── the sum ──


def test_each_dose_is_divided_by_the_surface_of_its_own_day():
    facts = [
        answer(PRIOR, "0"),
        infusion("20", bsa="2", on=after(0)),
        infusion("20", bsa="1.6", on=after(90)),
    ]

    amounts = exposure(view(*facts, on=after(90)), PRIOR)

    assert [dose.mg_per_m2 for dose in amounts.doses()] == [10, Fraction(25, 2)]
    assert [dose.running_total for dose in amounts.doses()] == [10, Fraction(45, 2)]
    assert (amounts.total, amounts.mg, len(amounts.given)) == (Fraction(45, 2), 40, 2)


def test_one_dose_without_a_surface_makes_the_total_unknown_and_keeps_the_known_part():
    unknown = infusion("20", bsa=None, on=after(90))
    facts = [answer(PRIOR, "6"), infusion(on=after(0)), unknown, infusion(on=after(180))]

    amounts = exposure(view(*facts, on=after(180)), PRIOR)

    assert amounts.total is None
    assert amounts.at_least == 6 + 12 + 12
    assert amounts.mg == 56
    assert [dose.running_total for dose in amounts.doses()] == [18, None, None]
    assert [given.on for given in amounts.without_surface] == [after(90)]


def test_an_earlier_exposure_that_nobody_asked_about_makes_the_total_unknown():
    amounts = exposure(view(infusion()), PRIOR)

    assert amounts.total is None
    assert amounts.prior is None
    assert amounts.at_least == 12
    assert amounts.without_surface == ()


def test_the_newest_answer_about_earlier_exposure_counts():
    facts = [answer(PRIOR, "36", on=after(-7)), answer(PRIOR, "24", on=after(-6)), infusion()]

    amounts = exposure(view(*facts), PRIOR)

    assert amounts.total == 36


def test_without_any_infusion_the_total_is_the_earlier_exposure():
    amounts = exposure(view(answer(PRIOR, "0")), PRIOR)

    assert (amounts.total, amounts.at_least, len(amounts.given)) == (0, 0, 0)


@given(
    doses=st.lists(st.tuples(st.decimals(1, 40, places=2), st.decimals(1, 3, places=4)), max_size=8)
)
def test_the_total_does_not_depend_on_the_order_of_the_doses(doses):
    forward = [infusion(str(mg), bsa=str(m2), on=after(n)) for n, (mg, m2) in enumerate(doses)]
    backward = [
        infusion(str(mg), bsa=str(m2), on=after(n)) for n, (mg, m2) in enumerate(reversed(doses))
    ]

    one = exposure(view(answer(PRIOR, "0"), *forward, on=after(99)), PRIOR)
    other = exposure(view(answer(PRIOR, "0"), *backward, on=after(99)), PRIOR)

    assert one.total == other.total == sum(Fraction(mg) / Fraction(m2) for mg, m2 in doses)


# ── which body surface ──


def test_a_surface_of_two_results_is_as_new_as_the_newer_and_rests_on_both():
    facts = [
        result("height", "175", on=after(-400)),
        result("weight", "60", on=after(-40)),
        result("weight", "63", on=after(-3)),
    ]

    surface = measured_surface(view(*facts), height="height", weight="weight")

    assert surface is not None
    assert (surface.m2, surface.on) == (Fraction(7, 4), after(-3))
    assert [fact.code for fact in surface.facts] == ["height", "weight"]


@pytest.mark.parametrize("code", ["height", "weight"])
def test_one_measure_alone_gives_no_surface(code):
    facts = [result(code, "100", on=after(-3))]

    assert measured_surface(view(*facts), height="height", weight="weight") is None
    assert newest_surface(view(*facts), height="height", weight="weight") is None


@pytest.mark.parametrize(
    ("measured_on", "expected"),
    [
        (after(1), Fraction(7, 4)),  # newer than the infusion
        (after(0), Fraction(3, 2)),  # of the same day: what the dose was divided by
        (after(-1), Fraction(3, 2)),
    ],
)
def test_the_newest_surface_is_that_of_the_infusion_unless_measured_since(measured_on, expected):
    facts = [
        infusion(bsa="1.5"),
        result("height", "175", on=measured_on),
        result("weight", "63", on=measured_on),
    ]

    surface = newest_surface(view(*facts, on=after(9)), height="height", weight="weight")

    assert surface is not None
    assert surface.m2 == expected


def test_an_infusion_without_surface_does_not_hide_the_one_before():
    facts = [infusion(bsa="1.6"), infusion(bsa=None, on=after(90))]

    surface = newest_surface(view(*facts, on=after(90)), height="height", weight="weight")

    assert surface is not None
    assert (surface.m2, surface.on) == (Fraction("1.6"), after(0))


def test_a_measure_of_tomorrow_is_not_seen():
    facts = [result("height", "175", on=after(0)), result("weight", "63", on=after(1))]

    assert measured_surface(view(*facts, on=after(0)), height="height", weight="weight") is None
