"""Rounds, and what counts from them: the days at their edges, the facts, and the words."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from monitor import protocols
from monitor.domain.assessment import evaluate
from monitor.domain.checks import Check
from monitor.domain.facts import Event
from monitor.domain.parting import Parting
from monitor.domain.rules.answer import Requirement
from monitor.domain.rules.question import Proposal
from monitor.domain.rules.rounds import Rounds
from monitor.domain.rules.warning import SafetyWarning
from monitor.domain.view import View
from tests.facts import (
    DRUG,
    FIRST,
    infusion,
    requirement_of,
    result,
    step,
    timeline,
    treatment,
    waiver,
)
from tests.other_drugs import OTHERS

ALEMTUZUMAB, CLADRIBINE = OTHERS["alemtuzumab-ms-us"], OTHERS["cladribine-ms-us"]
DOXORUBICIN = OTHERS["doxorubicin-us"]


def day(number: int) -> date:
    return FIRST + timedelta(number)


def checks(*facts: Event, rule: str, on: int, until: int) -> list[Check]:
    found = evaluate(treatment(*facts), day(on), until=day(until)).checks
    return [check for check in found if check.rule == rule]


def warning(*facts: Event, rule: str, on: int) -> SafetyWarning | None:
    found = evaluate(treatment(*facts), day(on)).warnings
    return next((warning for warning in found if warning.rule == rule), None)


def requirement(*facts: Event, on: int) -> Requirement:
    answered = treatment(*facts).ask(on=day(on), today=day(on), proposal=Proposal())
    return requirement_of(answered, "rounds")


def dues(found: list[Check]) -> list[int]:
    return [(check.due - FIRST).days for check in found]


# ── rounds ──


def test_an_infusion_names_its_round_the_days_before_it_and_lists_the_round():
    facts = CLADRIBINE.history(0, 1)

    inside = requirement(*facts, on=26)
    anew = requirement(*facts, on=120)

    assert inside.message == "round 1, 25 days after the infusion of 2023-01-11"
    assert [fact.on for fact in inside.facts] == [day(0), day(1)]
    assert anew.message == (
        "round 2, 119 days after the infusion of 2023-01-11; not before 2023-11-08"
    )
    assert [fact.on for fact in anew.facts] == [day(1)]


def test_within_a_round_begun_too_soon_the_last_infusion_before_it_is_listed_first():
    facts = CLADRIBINE.history(0, 23, 120)

    inside = requirement(*facts, on=121)

    assert inside.message == (
        "round 2, 1 days after the infusion of 2023-05-10; "
        "begun on 2023-05-10: not before 2023-11-30"
    )
    assert [fact.on for fact in inside.facts] == [day(23), day(120)]


def test_nothing_is_said_of_parts_where_a_new_round_comes_after_a_longer_time():
    facts = CLADRIBINE.history(0, 23)

    assert "has had its 2 parts" in requirement(*facts, on=113).message
    assert "has had its 2 parts" not in requirement(*facts, on=114).message


@pytest.mark.parametrize("drug", [ALEMTUZUMAB, CLADRIBINE], ids=lambda drug: drug.drug)
def test_the_answer_turns_on_no_other_day_than_those_that_are_looked_at_again(drug):
    (rule,) = [r for r in protocols.load(drug.protocol).requirements if isinstance(r, Rounds)]
    facts = drug.history(0)
    cycle = {day(n) for n in (23, 28)}  # the checks of the calendar look at these

    answers = [(r.verdict, r.message.partition(",")[0]) for r in _daily(facts, until=560)]
    turns = {day(n) for n in range(2, 560) if answers[n - 1] != answers[n - 2]}

    assert turns - cycle == set(rule.turns(View(timeline(*facts), FIRST)))


def _daily(facts: list[Event], *, until: int) -> list[Requirement]:
    return [requirement(*facts, on=n) for n in range(1, until)]


# ── series whose end moves ──


def test_an_unknown_exposure_before_counts_every_dose_as_above():
    facts = [
        f for f in DOXORUBICIN.history(0) if getattr(f, "fact", "") != "prior_doxorubicin_mg_m2"
    ]

    unknown = checks(*facts, rule="lvef-above-300", on=1, until=60)
    known = checks(*DOXORUBICIN.history(0), rule="lvef-above-300", on=1, until=60)

    assert dues(unknown)[0] == 42
    assert known == []


@pytest.mark.parametrize(("until", "expected"), [(27, []), (28, [42])])
def test_a_check_of_a_series_is_expected_on_the_very_day_it_opens(until, expected):
    facts = [
        f for f in DOXORUBICIN.history(0) if getattr(f, "fact", "") != "prior_doxorubicin_mg_m2"
    ]

    assert dues(checks(*facts, rule="lvef-above-300", on=1, until=until)) == expected


# ── after a low result ──


def low(on: int) -> Event:
    return result("lymphocytes", "0.15", on=day(on))


# The 11th of February to June; the 11th of July is after the end of the six months.
MONTHLY = [32, 60, 91, 121, 152]
EARLIER = [*(day - 1 for day in MONTHLY), 181]
LATER = [day + 1 for day in MONTHLY]


@pytest.mark.parametrize(("on", "expected"), [(-1, []), (0, EARLIER), (1, MONTHLY), (2, LATER)])
def test_a_low_count_from_the_first_day_of_the_round_asks_for_more(on, expected):
    facts = [f for f in CLADRIBINE.history(0) if getattr(f, "code", "") != "lymphocytes"]

    assert dues(checks(*facts, low(on), rule="lymphocytes-monthly", on=3, until=60)) == expected


@pytest.mark.parametrize("on", [57, 58, 59, 60])  # month 2 ends on day 59, the 10th of March
def test_after_a_low_count_the_next_one_is_a_month_later_not_the_next_day(on):
    found = checks(*CLADRIBINE.history(0), low(on), rule="lymphocytes-monthly", on=on, until=120)

    # Counted from the 8th to 11th of March: the same days of April and May, 14 days open before.
    assert [(c.opens, c.due) for c in found][:2] == [
        (day(on + 17), day(on + 31)),
        (day(on + 47), day(on + 61)),
    ]


# ── what must be taken ──


def cd4(value: str, on: int) -> Event:
    return result("cd4", value, on=day(on))


def test_prophylaxis_says_until_when_and_lists_the_first_good_count():
    facts = ALEMTUZUMAB.history(0, 1)

    open_end = warning(*facts, rule="antivirals", on=20)
    ended = warning(*facts, *(cd4("0.3", n) for n in (30, 50, 90)), rule="antivirals", on=60)
    later = warning(*facts, *(cd4("0.3", n) for n in (70, 80, 90)), rule="antivirals", on=70)

    assert open_end is not None
    assert ended is not None
    assert later is not None
    assert open_end.message == (
        "Antiviral prophylaxis: From 2023-01-10 until 2 months have passed since 2023-01-11 "
        "and cd4 is good."
    )
    assert ended.message == "Antiviral prophylaxis: From 2023-01-10 until 2023-03-11."
    assert [fact.on for fact in ended.facts] == [day(1), day(30)]
    assert later.until == day(70)
    after_three = warning(*facts, *(cd4("0.3", n) for n in (70, 80, 90)), rule="antivirals", on=90)
    assert after_three is None  # it ended with the first of them


def test_prophylaxis_is_not_ended_by_a_count_of_the_day_of_the_infusion():
    found = warning(*ALEMTUZUMAB.history(0), cd4("0.3", 0), rule="antivirals", on=70)

    assert found is not None
    assert found.until is None


def test_prophylaxis_of_the_second_round_is_the_second():
    found = warning(*ALEMTUZUMAB.history(0, 380), rule="antivirals", on=381)

    assert found is not None
    assert found.occurrence == 2


# ── red cells with a rising creatinine ──


def red(on: int) -> Event:
    return result("urine_cells", "red_cells", on=day(on))


def creatinine(value: str, on: int) -> Event:
    return result("creatinine", value, on=day(on))


def nephropathy(*facts: Event, on: int = 200) -> SafetyWarning | None:
    begun = [f for f in ALEMTUZUMAB.history(0) if getattr(f, "code", "") != "creatinine"]
    return warning(*begun, *facts, rule="nephropathy", on=on)


@pytest.mark.parametrize(
    ("values", "rises"),
    [
        ([("70", 10), ("80", 40), ("92", 100)], True),  # above the first by more than 30 %
        ([("70", 10), ("80", 40), ("91", 100)], False),  # by exactly 30 %
        ([("70", 10), ("60", 40), ("79", 100)], True),  # above the one before
        ([("70", 10), ("60", 40), ("78", 100)], False),
        ([("90", -20), ("60", -1), ("70", 40), ("79", 100)], True),  # above that before the drug
        ([("90", -20), ("60", -1), ("70", 40), ("78", 100)], False),
        ([("60", 1), ("50", -1), ("50", 40), ("65", 100)], False),
        ([("70", 10), ("70", 100)], False),
    ],
)
def test_creatinine_rises_by_more_than_30_percent_since_some_earlier_one(values, rises):
    found = nephropathy(red(100), *(creatinine(value, on) for value, on in values))

    assert (found is not None) is rises


def test_red_cells_without_a_rise_do_not_hide_later_ones_with_it():
    found = nephropathy(
        creatinine("70", 10), red(20), creatinine("70", 20), red(100), creatinine("92", 105)
    )

    assert found is not None
    assert found.message == (
        "Evaluate at once for nephropathy: urine_cells red_cells on 2023-04-20, "
        "creatinine 70 umol/L on 2023-01-30, creatinine 92 umol/L on 2023-04-25."
    )
    assert found.since == day(105)


def test_red_cells_with_the_only_creatinine_on_record_warn_that_the_rise_is_not_known():
    found = nephropathy(red(100), creatinine("70", 110))
    without = nephropathy(red(100))

    assert found is not None
    assert without is not None
    assert found.message.endswith(
        "creatinine 70 umol/L on 2023-04-30; whether creatinine rises is not known."
    )
    assert (found.since, without.since) == (day(110), day(100))
    assert without.message.endswith("2023-04-20; whether creatinine rises is not known.")


def test_a_waiver_of_red_cells_with_a_rise_does_not_cover_a_rise_that_is_learned_after_it():
    waived = replace(waiver("nephropathy", on=day(103), anchor=0), drug="alemtuzumab")
    seen = [creatinine("70", 10), red(100), creatinine("92", 101), waived]

    newer = nephropathy(*seen, creatinine("93", 110))

    assert nephropathy(*seen) is None
    assert newer is not None
    assert newer.since == day(110)


def test_looking_back_sees_what_was_given_before_a_day_and_nothing_of_it():
    given = [infusion(on=day(n)) for n in (0, 30, 60)]
    taken = [step("start", on=day(0)), step("change", on=day(30)), step("stop", on=day(60))]
    related = protocols.load("doxorubicin-us").related_exposure
    whole = View(
        timeline(*given, *(replace(one, drug=DRUG) for one in taken)),
        day(90),
        parting=Parting(within_days=30),
        related=related,
    )

    back = whole.until(day(30))

    assert [one.on for one in back.infusions] == [one.on for one in back.dosing] == [day(0)]
    assert (back.day, back.parting, back.related) == (day(30), whole.parting, related)
    assert [len(one) for one in whole.rounds] == [3]  # exactly 30 days apart
    assert len(View(whole.timeline, day(90)).rounds) == 3


@pytest.mark.parametrize("on", [1, 2, 4])
def test_within_a_round_what_is_asked_before_it_is_judged_as_of_its_first_day(on):
    # The blood of day -5 is 30 days old on day 25, and too old on day 26 for a new round only.
    facts = ALEMTUZUMAB.history(0)

    answered = treatment(*facts).ask(on=day(25 + on), today=day(25 + on), proposal=Proposal())

    found = {r.rule: r.state.value for r in answered.requirements}
    assert (found["blood-count"], found["creatinine"], found["urine"]) == ("met", "met", "met")


def test_a_bad_result_since_the_round_began_is_not_asked_about_within_it():
    facts = [*ALEMTUZUMAB.history(0), result("thyroid_tests", "abnormal", on=day(1))]

    answered = treatment(*facts).ask(on=day(2), today=day(2), proposal=Proposal())
    anew = treatment(*facts).ask(on=day(380), today=day(380), proposal=Proposal())

    def state(found) -> str:
        return next(r.state.value for r in found.requirements if r.rule == "thyroid")

    assert (state(answered), state(anew)) == ("met", "unknown")


def within_round(rule: str, *facts: Event, on: int = 2) -> tuple[str, str]:
    begun = [f for f in CLADRIBINE.history(0) if getattr(f, "code", "") != "lymphocytes"]
    answered = treatment(*begun, *facts).ask(on=day(on), today=day(on), proposal=Proposal())
    return next((r.state.value, r.verdict.value) for r in answered.requirements if r.rule == rule)


def test_within_a_round_a_count_since_its_first_day_neither_holds_nor_makes_good():
    def lymphocytes(value: str, on: int) -> Event:
        return result("lymphocytes", value, on=day(on), lln="1.0")

    rule = "lymphocytes-first"  # at least the laboratory's own lower limit
    low_since = within_round(rule, lymphocytes("1.8", -3), lymphocytes("0.9", 1))
    good_since = within_round(rule, lymphocytes("0.9", -3), lymphocytes("1.8", 1))

    assert low_since == ("met", "clear")
    assert good_since == ("not_met", "hold")


def test_within_a_round_a_positive_pregnancy_test_stops_all_the_same():
    lymphocytes = result("lymphocytes", "1.8", on=day(-3), lln="1.0")
    positive, negative = (
        result("hcg", v, on=day(n)) for v, n in (("positive", 1), ("negative", 2))
    )

    assert within_round("pregnancy-test", lymphocytes, positive) == ("not_met", "stop")
    assert within_round("pregnancy-test", lymphocytes, positive, negative) == ("not_met", "hold")
