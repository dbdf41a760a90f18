"""What warnings say, from which day to which, how they are numbered, and the facts they list."""

import pytest

from monitor.domain.facts import Answer, Event
from monitor.domain.rules.warning import SafetyWarning
from tests.daily import DAILY
from tests.facts import (
    after,
    answer,
    gate,
    infusion,
    ready,
    result,
    started,
    step,
    symptom,
    warnings,
)

COURSE = [*ready(), infusion()]


def standing(rule: str, *facts: Event, on: int) -> list[SafetyWarning]:
    return [warning for warning in warnings(*facts, on=after(on)) if warning.rule == rule]


def count(value: str, on: int, code: str = "neutrophils") -> Event:
    return result(code, value, on=after(on))


# ── windows ──


def test_a_window_says_from_when_to_when_and_when_it_is_worst():
    (found,) = standing("infection-watch", *COURSE, on=5)

    assert found.message.endswith(
        "From 2023-01-10 to 2023-02-10. Worst from 2023-01-17 to 2023-01-24."
    )
    assert (found.since, found.until) == (after(0), after(31))
    assert found.peak == (after(7), after(14))


def test_a_window_without_a_peak_or_an_end_says_so():
    (colour,) = standing("urine-colour", *COURSE, on=2)
    (leukaemia,) = standing("leukaemia-watch", *COURSE, on=2)

    assert colour.message.endswith("From 2023-01-10 to 2023-01-13.")
    assert colour.peak is None
    assert leukaemia.message.endswith("From 2023-01-10 on, without end.")


def test_windows_are_numbered_by_their_infusion_and_open_at_the_first_the_last_or_each():
    facts = [*COURSE, infusion(on=after(20)), infusion(on=after(90))]

    def numbers(rule: str, on: int) -> list[tuple[int, object]]:
        return [(found.occurrence, found.since) for found in standing(rule, *facts, on=on)]

    assert numbers("infection-watch", 25) == [(1, after(0)), (2, after(20))]
    assert numbers("infection-watch", 95) == [(3, after(90))]  # though the first two have passed
    assert numbers("leukaemia-watch", 95) == [(1, after(0))]
    assert numbers("contraception", 95) == [(3, after(90))]


def test_each_stop_of_a_daily_drug_opens_its_own_window():
    steps = [step("start", on=after(0)), step("stop", on=after(30))]
    again = [step("start", on=after(31)), step("stop", on=after(40))]

    found = standing("fever-watch", started(DAILY, on=after(-9)), *steps, *again, on=41)

    assert [(one.occurrence, one.since, one.until) for one in found] == [
        (1, after(30), after(44)),
        (2, after(40), after(54)),
    ]


# ── fever ──


def test_fevers_are_numbered_by_day_and_one_that_has_passed_hides_none():
    fevers = [symptom("fever", on=after(on)) for on in (2, 20)]

    early = standing("febrile-neutropenia", *COURSE, *fevers, on=3)
    late = standing("febrile-neutropenia", *COURSE, *fevers, on=21)

    assert [(one.occurrence, one.since, one.until) for one in early] == [(1, after(2), after(16))]
    assert [(one.occurrence, one.since, one.until) for one in late] == [(2, after(20), after(34))]


def test_half_a_unit_is_an_emergency_although_it_rises_and_a_little_more_is_none():
    fever = symptom("fever", on=after(43))

    rising = standing(
        "febrile-neutropenia", *COURSE, count("0.4", 40), count("0.501", 42), fever, on=43
    )
    lower = standing(
        "febrile-neutropenia", *COURSE, count("0.4", 40), count("0.5", 42), fever, on=43
    )

    assert rising == []
    assert len(lower) == 1


# ── several low lines ──


def low_lines() -> list[Event]:
    values = {"platelets": "90", "neutrophils": "1.2", "haemoglobin": "95"}
    return [count(value, 60, code) for code, value in values.items()]


def test_three_low_lines_of_one_day_are_one_warning_which_names_all_in_the_rules_order():
    (found,) = standing("suspected-leukaemia", *COURSE, *low_lines(), on=61)

    assert found.message == (
        "Haematology now; this is not an expected nadir. "
        "neutrophils 1.2 10*9/L on 2023-03-11, platelets 90 10*9/L on 2023-03-11, "
        "haemoglobin 95 g/L on 2023-03-11."
    )


def test_at_the_gate_suspected_leukaemia_lists_its_counts_and_can_be_waived():
    answered = gate(*COURSE, *low_lines(), on=after(95))

    (found,) = [r for r in answered.requirements if r.rule == "suspected-leukaemia"]
    assert (found.verdict.value, found.waivable) == ("stop", True)
    assert [fact.on for fact in found.facts] == [after(60)] * 3  # all that it rests on


# ── the lifetime dose ──


def without(fact: str) -> list[Event]:
    return [f for f in ready() if not (isinstance(f, Answer) and f.fact == fact)]


PRIOR = "prior_mitoxantrone_mg_m2"


def test_a_total_that_was_reached_says_whether_more_may_have_been_given():
    doses = [infusion("120", bsa="1.5", on=after(0)), infusion("30", bsa="1.5", on=after(90))]
    unmeasured = infusion("18", bsa=None, on=after(180))

    (known,) = standing("cumulative-100", *ready(), *doses, on=91)
    (partly,) = standing("cumulative-100", *ready(), *doses, unmeasured, on=181)

    assert known.message.endswith(" 100.00 mg/m2.")
    assert "at least" not in known.message
    assert partly.message.endswith("at least 100.00 mg/m2.")
    assert known.since == partly.since == after(90)


@pytest.mark.parametrize(
    ("facts", "told", "lacking"),
    [
        (
            [*ready(), infusion(bsa=None), infusion(on=after(90))],
            "BSA not recorded for 1 of 2 infusions; at least 12.00 mg/m2.",
            [0],
        ),
        (
            [*without(PRIOR), infusion(), infusion(on=after(90))],
            "earlier exposure not recorded; at least 24.00 mg/m2.",
            [0],
        ),
        (
            [*without(PRIOR), infusion(), infusion(bsa=None, on=after(90))],
            "earlier exposure not recorded; BSA not recorded for 1 of 2 infusions; "
            "at least 12.00 mg/m2.",
            [0],
        ),
    ],
)
def test_an_exposure_that_is_unknown_says_what_is_missing(facts, told, lacking):
    (found,) = standing("exposure-unknown", *facts, on=100)

    assert found.message == f"The lifetime dose cannot be told: {told}"
    assert [fact.on for fact in found.facts] == [after(day) for day in lacking]


def doxorubicin(*given: Event) -> str:
    facts = [started("doxorubicin-us", on=after(-9)), *given]
    facts.append(infusion("120", bsa="2", on=after(0), drug="doxorubicin"))
    (found,) = standing("exposure-unknown", *facts, on=1)
    return found.message.removeprefix("The lifetime dose cannot be told: ")


def test_an_exposure_to_related_drugs_says_what_was_not_asked_and_what_cannot_be_added():
    none = answer("prior_doxorubicin_mg_m2", "0", on=after(-9))
    related = answer("prior_mitoxantrone_mg_m2", "60", on=after(-9))

    assert doxorubicin() == "earlier exposure not recorded; at least 60.00 mg/m2."
    assert doxorubicin(none) == "related drugs not recorded; at least 60.00 mg/m2."
    assert "related drugs that cannot be added" in doxorubicin(none, related)
    assert doxorubicin(related).startswith(
        "earlier exposure not recorded; related drugs that cannot be added"
    )


def test_the_gravest_warning_comes_first_then_the_oldest():
    facts = [*COURSE, result("lvef", "45", on=after(3)), symptom("fever", on=after(4))]

    found = warnings(*facts, on=after(5))

    ranks = [one.severity.rank for one in found]
    assert ranks == sorted(ranks, reverse=True)
    assert found[0].rule == "febrile-neutropenia"


def test_an_infusion_without_a_surface_adds_nothing_to_what_is_known():
    doses = [infusion("90", bsa="1.5", on=after(0)), infusion("18", bsa=None, on=after(90))]

    assert standing("cumulative-60", *ready(), *doses, on=91) == []  # 60 is not passed


# ── related drugs ──


def lifetime(*facts: Event, on: int = 1) -> tuple[str, str]:
    begun = [started("doxorubicin-us", on=after(-9)), *facts]
    answered = gate(*begun, on=after(on))
    ((state, message),) = [
        (r.state.value, r.message) for r in answered.requirements if r.rule == "lifetime-dose"
    ]
    return state, message


def listed(*facts: Event) -> tuple[Event, ...]:
    answered = gate(started("doxorubicin-us", on=after(-9)), *facts, on=after(1))
    return next(r.facts for r in answered.requirements if r.rule == "lifetime-dose")


RELATED = ("prior_daunorubicin_mg_m2", "prior_epirubicin_mg_m2", "prior_idarubicin_mg_m2")
KNOWN = ("prior_doxorubicin_mg_m2", "prior_mitoxantrone_mg_m2", *RELATED)


def test_related_drugs_count_from_the_smallest_amount_and_the_very_day():
    none = [answer(fact, "0", on=after(-8)) for fact in KNOWN]
    some = answer(RELATED[0], "0.5", on=after(-7))
    other = infusion("12", on=after(0), drug="mitoxantrone")
    unrelated = infusion("12", on=after(0), drug="cladribine")

    assert lifetime(*none)[0] == "met"
    assert {fact.fact for fact in listed(*none) if isinstance(fact, Answer)} >= set(KNOWN)
    assert lifetime(*none, some)[0] == "unknown"
    assert lifetime(*none, other, on=1)[0] == "unknown"
    assert lifetime(*none, other, on=0)[0] == "unknown"
    assert lifetime(*none, unrelated, on=1)[0] == "met"
    assert "mitoxantrone, infusion of 12 mg" in lifetime(*none, other, on=1)[1]


def test_a_conversion_covers_what_was_known_on_its_own_day():
    none = [answer(fact, "0", on=after(-8)) for fact in KNOWN]
    some = answer(RELATED[0], "60", on=after(-7))
    converted = answer("prior_related_converted_mg_m2", "40", on=after(-7))
    later = answer(RELATED[0], "60", on=after(-6))

    assert lifetime(*none, some, converted)[0] == "met"
    assert lifetime(*none, converted, later)[0] == "unknown"


@pytest.mark.parametrize(
    ("cardiotoxic", "ceiling"), [("no", "550"), ("yes", "400"), ("unknown", "400"), (None, "400")]
)
def test_the_ceiling_is_the_lower_one_unless_each_question_was_answered_with_no(
    cardiotoxic, ceiling
):
    known = [answer(fact, "0", on=after(-8)) for fact in KNOWN]
    known.append(answer("mediastinal_radiotherapy", "no", on=after(-6)))
    if cardiotoxic is not None:
        known.append(answer("cardiotoxic_drug", cardiotoxic, on=after(-5)))

    assert lifetime(*known)[1].endswith(f"(ceiling {ceiling} mg/m2)")
    assert after(-6) in {fact.on for fact in listed(*known)}
