"""What a person answered: the words and the facts of the requirements that ask for it."""

import pytest

from monitor.domain.facts import Answer, Event
from monitor.domain.rules.answer import Requirement
from tests.facts import (
    after,
    all_tests,
    answer,
    asked,
    gate,
    infusion,
    ready,
    requirement_of,
    started,
    woman,
)

PRIOR = "prior_mitoxantrone_mg_m2"


def without(*names: str) -> list[Event]:
    return [f for f in ready() if not (isinstance(f, Answer) and f.fact in names)]


def requirement(rule: str, *facts: Event, on: int = 0) -> Requirement:
    return requirement_of(gate(*facts, on=after(on)), rule)


@pytest.mark.parametrize(
    ("facts", "words", "days"),
    [
        (without("hypersensitivity"), "not recorded", []),
        ([*without("hypersensitivity"), answer("hypersensitivity", "unknown", on=after(-3))],
         "answered 'unknown'", [-3]),
        ([*ready(), answer("hypersensitivity", "yes", on=after(-3))], "yes on 2023-01-07", [-3]),
    ],
)  # fmt: skip
def test_an_answer_is_named_by_its_question_and_its_day(facts, words, days):
    found = requirement("hypersensitivity", *facts)

    assert found.message == f"hypersensitivity to the drug or to sulphite: {words}"
    assert [fact.on for fact in found.facts] == [after(day) for day in days]


def test_a_later_unknown_is_listed_unless_the_answer_before_it_spoke_against():
    unknown = answer("hypersensitivity", "unknown", on=after(-2))
    facts = [*without("hypersensitivity"), answer("hypersensitivity", "no", on=after(-4)), unknown]

    found = requirement("hypersensitivity", *facts)

    assert (found.state.value, [fact.on for fact in found.facts]) == ("unknown", [after(-2)])


def test_what_was_never_recorded_is_softened_with_the_facts_it_has():
    unknown = answer("hypersensitivity", "unknown", on=after(-2))
    facts = [*without("hypersensitivity"), unknown, infusion(), *all_tests(on=after(95))]

    found = requirement("hypersensitivity", *facts, on=100)

    assert found.message.startswith("never recorded: hypersensitivity to the drug")
    assert (found.verdict.value, [fact.on for fact in found.facts]) == ("caution", [after(-2)])


@pytest.mark.parametrize(
    ("amount", "verdict"), [("0", "clear"), ("0.5", "stop"), ("1", "stop"), ("36", "stop")]
)
def test_any_earlier_amount_stops_where_it_does(amount, verdict):
    facts = [woman(), started("eu"), *asked("eu"), *all_tests()]
    facts.append(answer(PRIOR, amount, on=after(-2)))

    found = requirement("prior-mitoxantrone", *facts)

    assert found.verdict.value == verdict
    assert found.message.endswith(f": {amount} mg/m2, recorded for 2023-01-08")
    assert not found.message.startswith("None")
    assert [fact.on for fact in found.facts] == [after(-2)]


def test_infusions_of_an_earlier_course_are_listed_and_the_last_is_named():
    facts = [*ready("eu"), infusion(on=after(0)), infusion(on=after(90))]

    found = requirement("prior-mitoxantrone", *facts, started("eu", on=after(200)), on=210)

    assert found.message == "given in an earlier course, last on 2023-04-10"
    assert [fact.on for fact in found.facts] == [after(0), after(90)]


def test_amounts_and_infusions_that_say_yes_are_all_among_the_facts_and_the_infusion_is_named():
    amounts = [
        answer("prior_epirubicin_mg_m2", "40", on=after(-2)),
        answer("prior_idarubicin_mg_m2", "0", on=after(-2)),
        answer("prior_doxorubicin_mg_m2", "300", on=after(-4)),
    ]
    given = infusion("100", on=after(-3), drug="doxorubicin", bsa="2")

    by_amounts = requirement("cardiac-risk", *ready(), *amounts)
    by_both = requirement("cardiac-risk", *ready(), *amounts, given)

    said = [fact.fact for fact in by_amounts.facts if fact.on > after(-5)]
    assert said == ["prior_doxorubicin_mg_m2", "prior_epirubicin_mg_m2"]
    assert "prior_epirubicin_mg_m2 is 40 mg/m2, recorded for 2023-01-08" in by_amounts.message
    assert "0 mg/m2, recorded for 2023-01-10" not in by_amounts.message
    assert {after(-4), after(-3), after(-2)} <= {fact.on for fact in by_both.facts}
    assert "doxorubicin was given on 2023-01-07, although the answer is no" in by_both.message
