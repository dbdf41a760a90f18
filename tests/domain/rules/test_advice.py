"""The dose table of the European profile at the edges of its windows (contract §6; clinical §2.4).

By hand: the windows are D+1 to D+21 after the infusion of day D, and the 7 days before the next.
Grades of neutrophils: 1 from 1.5, 2 from 1.0, 3 from 0.5, 4 below.
"""

from decimal import Decimal

import pytest

from monitor.domain.facts import Event
from monitor.domain.rules.dose_adjustment import Advice
from tests.facts import after, answer, gate, infusion, ready, result, symptom

NEXT = 90  # days after the infusion


def count(value: str, day: int) -> Event:
    return result("neutrophils", value, on=after(day))


def cough(day: int) -> Event:
    return symptom("cough", on=after(day))


def ill(value: str, day: int) -> Event:
    return answer("active_infection", value, on=after(day))


def advised(*facts: Event, on: int = NEXT) -> Advice | None:
    return gate(*ready("eu"), infusion(), *facts, on=after(on)).advice


def decided(*facts: Event, on: int = NEXT) -> tuple[str, Decimal | None] | None:
    found = advised(*facts, on=on)
    return None if found is None else (found.decision.value, found.mg_per_m2)


CLINICIAN = ("clinician", None)


def test_a_low_count_elsewhere_says_nothing_of_an_infection_in_a_window_with_a_good_one():
    assert decided(count("2.5", 15), cough(20), count("1.8", 40)) is None
    assert decided(count("1.8", 40), cough(NEXT - 6), count("2.5", NEXT - 2)) is None


def test_an_infection_and_a_low_count_on_the_only_day_between_the_windows_ask_a_clinician():
    assert decided(cough(22), count("1.8", 22), on=30) == CLINICIAN


@pytest.mark.parametrize(("day", "expected"), [(-1, CLINICIAN), (0, CLINICIAN), (1, None)])
def test_only_a_count_after_the_day_of_the_infusion_is_one_since_the_infusion(day, expected):
    assert decided(count("2.5", day), cough(40)) == expected


def test_on_the_day_after_the_infusion_both_windows_are_that_day():
    assert decided(cough(1), count("0.4", 1), on=1) == ("stop", None)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([ill("yes", 2)], ("reduce", Decimal("6.00"))),
        ([ill("yes", 2), ill("no", 30)], CLINICIAN),
        ([ill("yes", 2), ill("unknown", 30)], ("reduce", Decimal("6.00"))),  # no answer
        ([ill("yes", 2), ill("no", NEXT - 7)], CLINICIAN),
        ([ill("yes", 2), ill("no", NEXT - 6)], ("reduce", Decimal("6.00"))),
        ([ill("no", 3), ill("yes", NEXT - 5), ill("no", NEXT - 1)], ("reduce", Decimal("6.00"))),
        ([ill("yes", NEXT)], ("reduce", Decimal("6.00"))),
    ],
)
def test_an_infection_that_was_answered_lasts_until_a_newer_answer(answers, expected):
    assert decided(count("2.5", 10), *answers, count("1.2", NEXT - 3)) == expected


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            [cough(10), count("0.4", 12)],
            "infection and neutrophils 0.4 10*9/L (WHO grade 4) on 2023-01-22, "
            "within 21 days after the infusion: next dose 8.00 mg/m2",
        ),
        (
            [cough(NEXT - 4), count("0.9", NEXT - 3)],
            "infection and neutrophils 0.9 10*9/L (WHO grade 3) on 2023-04-07, "
            "within 7 days before the next infusion: stop therapy",
        ),
        (
            [count("0.9", 12)],
            "neutrophils 0.9 10*9/L (WHO grade 3) on 2023-01-22, "
            "within 21 days after the infusion, "
            "but no infection: the source is silent, a clinician decides",
        ),
    ],
)
def test_the_advice_names_the_count_its_grade_and_the_window(facts, words):
    found = advised(*facts)

    assert found is not None
    assert found.message == words
    assert [fact.on for fact in found.facts] == [fact.on for fact in facts]


def test_of_two_counts_of_the_same_grade_the_later_is_named():
    found = advised(cough(10), count("0.3", 12), count("0.4", 14))

    assert found is not None
    assert [fact.on for fact in found.facts] == [after(10), after(14)]
