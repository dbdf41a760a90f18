"""What a waiver covers: the facts that spoke against, as far as they were known then (0008, 30)."""

import pytest

from monitor.domain.facts import CourseStarted, Event
from monitor.domain.rules.question import Proposal
from tests.facts import (
    after,
    all_tests,
    asked,
    found,
    gate,
    infusion,
    ready,
    result,
    started,
    symptom,
    waiver,
    woman,
)

CAUTION, HOLD, STOP = ("caution", "caution"), ("not_met", "hold"), ("not_met", "stop")
UNKNOWN = ("unknown", "hold")


def stands(rule: str, known: list[Event], *later: Event, on: int) -> tuple[str, str]:
    """Say how a rule stands that was waived for the first infusion, with what came after that."""
    course = next(n for n, fact in enumerate(known, 1) if isinstance(fact, CourseStarted))
    return found(gate(*known, waiver(rule, on=after(on), anchor=course), *later), rule)[:2]


def test_the_newest_value_that_stops_cannot_be_waived():
    low = result("lvef", "45", on=after(-3))
    positive = result("hcg", "positive", on=after(-3))

    assert stands("lvef", [*ready(), low], on=-2) == STOP
    assert stands("pregnancy-test", [*ready(), positive], on=-2) == STOP


def test_a_value_that_holds_can_be_waived():
    abnormal = result("liver_tests", "abnormal", on=after(-3))

    assert stands("liver-tests", [*ready(), abnormal], on=-2) == CAUTION


@pytest.mark.parametrize("day", [-4, -1])
def test_another_value_that_speaks_against_ends_the_waiver_whenever_it_was_taken(day):
    abnormal = result("liver_tests", "abnormal", on=after(-3))
    another = result("liver_tests", "abnormal", on=after(day))

    assert stands("liver-tests", [*ready(), abnormal], another, on=-2) == HOLD


def test_a_good_value_that_becomes_known_later_takes_nothing_from_the_waiver_of_a_low_one():
    known = [woman(), started(on=after(-90)), *asked(on=after(-90)), *all_tests(lvef=None)]
    low, good = result("lvef", "45", on=after(-60)), result("lvef", "60", on=after(-50))

    assert stands("lvef", [*known, low], good, on=-40) == CAUTION


@pytest.mark.parametrize("day", [-5, -3])
def test_another_symptom_since_the_test_ends_the_waiver_whenever_it_was_felt(day):
    bled = symptom("bleeding", on=after(-2))
    known = [*ready(), bled]
    again = symptom("bruising", on=after(day))

    # A symptom of the day of the test, or before it, was answered by the test.
    expected = CAUTION if day == -5 else UNKNOWN
    assert stands("platelets", known, again, on=-1) == expected


def test_a_result_of_the_day_of_the_waiver_is_covered_when_it_was_known():
    abnormal = result("liver_tests", "abnormal", on=after(-2))

    assert stands("liver-tests", [*ready(), abnormal], on=-2) == CAUTION


def test_another_reason_that_becomes_known_ends_the_waiver_though_the_gravest_is_the_same():
    infected = result("urinalysis", "infection", on=after(-3))
    coughed = symptom("cough", on=after(-4))

    assert stands("infection-screen", [*ready(), infected], on=-2) == CAUTION
    assert stands("infection-screen", [*ready(), infected], coughed, on=-2) == HOLD


def test_what_is_given_with_the_question_is_waived_by_nobody_and_it_says_so():
    known = [*ready(), infusion(), *all_tests(on=after(86))]
    decided = waiver("route", on=after(88), occurrence=2, anchor=len(ready()) + 1)

    answered = gate(*known, decided, on=after(91), proposal=Proposal(route="intrathecal"))

    state, verdict, message = found(answered, "route")
    assert (state, verdict) == STOP
    assert f"the waiver of {after(88)} by Dr A has no effect on what is asked about" in message
