"""When the next count of a daily drug is due after low counts, and after a rest; by hand.

The start is day 0, 2023-01-10; 6 months are day 181, 12 months day 365. Weekly checks open 2 days
before; every 14 days from 6 months on; monthly from 12 months on, counted from the start.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from monitor import protocols
from monitor.domain.facts import Event, Result
from monitor.domain.rules.normal import Normal
from monitor.domain.rules.phased_count import PhasedCount
from tests.daily import DAILY
from tests.facts import checks, result, started, step, view, woman

BEGUN = date(2023, 1, 10)
RULE = next(r for r in protocols.load(DAILY).checks if isinstance(r, PhasedCount))
BEGIN = step("start", on=BEGUN)


def day(number: int) -> date:
    return BEGUN + timedelta(number)


def count(value: str, on: int) -> Result:
    return result("neutrophils", value, on=day(on))


def due(*facts: Event, on: int, until: int) -> list[int]:
    """List the days on which counts are, or were, due after the start."""
    every = checks(woman(), started(DAILY, on=day(-40)), *facts, on=day(on), until=day(until))
    return [(c.due - BEGUN).days for c in every if c.rule == "blood-count" and c.due > BEGUN]


def test_twenty_days_with_a_low_count_put_the_ends_of_both_phases_off_by_twenty_days():
    facts = [BEGIN, count("2.0", 98), count("1.2", 100), count("1.6", 120)]

    found = [n for n in due(*facts, on=120, until=450) if n > 120]

    weekly = list(range(127, 205, 7))  # 204 is the first on or after 181 + 20
    two_weekly = list(range(215, 398, 14))  # from 201 on; 397 is the first on or after 385
    assert found == [*weekly, *two_weekly, 396 + 20, 425 + 20]  # 10 February, 10 March, + 20


def test_the_days_of_several_low_spells_add_up():
    facts = [BEGIN, count("1.2", 100), count("1.6", 120), count("1.2", 130), count("1.6", 140)]

    found = [n for n in due(*facts, on=140, until=230) if n > 140]

    assert found == [*range(147, 218, 7), 225]  # 181 + 20 + 10 = 211, and 14 more


def test_a_count_that_is_low_on_the_day_a_phase_ends_goes_on_in_the_next_phase():
    facts = [BEGIN, count("2.0", 175), count("1.2", 181), count("1.6", 185)]

    assert [n for n in due(*facts, on=185, until=215) if n > 185] == [199, 213]


def test_after_four_weekly_counts_a_grave_one_is_forgotten():
    weekly = [count("1.6", n) for n in (8, 15, 22, 29, 36)]
    facts = [BEGIN, count("0.9", 7), *weekly, count("1.2", 50), count("1.6", 51)]

    assert [n for n in due(*facts, on=51, until=80) if n > 51] == [58, 65, 72, 79]


def test_a_count_on_the_day_a_check_opens_does_it_also_after_a_grave_one():
    facts = [BEGIN, count("0.9", 7), count("1.6", 8), count("1.6", 13)]

    assert [n for n in due(*facts, on=13, until=30) if n > 13] == [15, 20]


def test_a_check_is_asked_for_on_the_very_day_it_opens():
    assert due(BEGIN, count("2.0", 0), on=4, until=4) == []
    assert due(BEGIN, count("2.0", 0), on=5, until=5) == [7]


def test_a_rest_of_thirty_days_keeps_what_had_opened_before_the_count_for_the_new_start():
    # The count for the start of day 40 opens on day 33, for that of day 41 on day 34.
    rested = [BEGIN, count("2.0", 0), step("interrupt", on=day(10))]

    on_40 = due(*rested, step("resume", on=day(40)), on=41, until=47)
    on_41 = due(*rested, step("resume", on=day(41)), on=41, until=48)

    assert on_40 == [7, 14, 21, 28, 40, 47]
    assert on_41 == [7, 14, 21, 28, 35, 41, 48]


def test_a_low_count_that_no_row_names_goes_by_the_highest_row():
    rule = replace(RULE, normal=Normal(at_least=Decimal("2.0")))
    counts = [count("1.7", 7), count("1.7", 8)]
    looked = view(started(DAILY, on=day(-40)), BEGIN, *counts, on=day(8))

    *_, last = rule.expected(looked, day(8 + 14))

    assert (last.due, last.overdue_after) == (day(10), day(11))
