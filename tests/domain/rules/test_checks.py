"""The checks of the calendar at their edges: what does them, from which day, and what is shown."""

from dataclasses import replace

import pytest

from monitor import protocols
from monitor.domain.assessment import evaluate
from monitor.domain.checks import Check
from monitor.domain.facts import Event
from monitor.domain.timeline import Timeline
from tests import example
from tests.facts import (
    DRUG,
    after,
    checks,
    infusion,
    numbered,
    planned,
    ready,
    result,
    symptom,
    treatment,
)
from tests.other_drugs import OTHERS


def count(day: int) -> list[Event]:
    return [result("neutrophils", "2.2", on=after(day)), result("platelets", "180", on=after(day))]


def check(rule: str, *facts: Event, on: int) -> list[Check]:
    looked = checks(*ready(), infusion(), *facts, on=after(on), until=after(on))
    return [check for check in looked if check.rule == rule]


def test_a_done_check_shows_the_facts_that_did_it():
    (nadir,) = check("cbc-nadir", *count(9), on=20)
    (liver,) = check("liver-tests", result("liver_tests", "normal", on=after(80)), on=84)

    assert [fact.shown for fact in nadir.facts] == ["2.2 10*9/L", "180 10*9/L"]
    assert [fact.shown for fact in liver.facts] == ["normal"]
    assert not check("cbc-nadir", on=20)[0].facts


# 2023-01-10 and 3 months is 2023-04-10, day 90; it opens 21 days before.
@pytest.mark.parametrize(("day", "states"), [(68, []), (69, ["done"])])
def test_a_count_does_a_check_of_a_series_on_the_very_day_it_opens(day, states):
    assert [c.state.value for c in check("cbc-follow-up", *count(day), on=day)] == states


def test_a_check_names_its_protocol_its_drug_and_the_results_that_do_it():
    known = example.protocol()

    (nadir,) = check("cbc-nadir", on=20)
    (infusion_itself,) = check("next-infusion", on=80)

    assert (nadir.protocol, nadir.drug) == (known.digest, DRUG)
    assert nadir.codes == {"neutrophils", "platelets"}
    assert infusion_itself.codes == frozenset()


@pytest.mark.parametrize(
    ("infusions", "booked", "needed"),
    [
        ((), 20, {"urine-protein", "urine"}),  # asked before the first round, and before every
        ((0,), 30, set()),  # still the same round
        ((0,), 31, {"urine"}),
        ((0,), 400, {"urine"}),
    ],
)
def test_what_is_asked_once_a_round_is_needed_at_its_beginning(infusions, booked, needed):
    drug = OTHERS["alemtuzumab-ms-us"]
    doses = [drug.dose(after(day)) for day in infusions]
    facts = [*drug.beginning(), *doses, planned(on=after(booked), drug=drug.drug)]

    found = {c.rule for c in checks(*facts, on=after(booked - 1), until=after(booked))}

    assert found & {"urine-protein", "urine"} == needed


def test_checks_at_symptoms_are_numbered_from_one():
    felt = [symptom("bleeding", on=after(day)) for day in (3, 5)]

    assert [(c.occurrence, c.due) for c in check("cbc-now", *felt, on=5)] == [
        (1, after(3)),
        (2, after(5)),
    ]


def test_what_is_asked_again_is_asked_for_each_code_by_itself():
    asked = [rule.name for rule in protocols.every_patient().rules() if rule.is_by_code]

    assert asked == ["critical-repeat", "sample-repeat"]


# Counts are good for 14 days: for the infusion of day 90 from day 76 on, but from 14 days after
# another drug that lowers them. One that does not lower them changes nothing.
@pytest.mark.parametrize(
    ("drug", "given", "opens"),
    [
        ("doxorubicin", 61, 76),
        ("doxorubicin", 62, 76),
        ("doxorubicin", 63, 77),
        ("another", 63, 76),
    ],
)
def test_a_count_before_an_infusion_opens_14_days_after_another_drug_that_lowers_it(
    drug, given, opens
):
    facts = [*ready(), infusion(), infusion(drug=drug, on=after(given))]
    lowering = frozenset({DRUG, "doxorubicin"})
    known = Timeline(
        "P", numbered(facts), drug=DRUG, catalogue=protocols.catalogue(),
        lowering=lowering,
    )  # fmt: skip

    found = evaluate(replace(treatment(*facts), timeline=known), after(80)).checks

    assert [one.opens for one in found if one.rule == "neutrophils"] == [after(opens)]
