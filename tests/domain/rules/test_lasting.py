"""Series whose end moves: every date of five years, the stretches, and what a result does."""

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.checks import Check
from monitor.domain.dates import Span
from monitor.domain.outcome import CheckState, Role
from monitor.domain.rule import Cite, Evidence
from monitor.domain.rules.expectations import Count, Expectation
from monitor.domain.rules.series import Recurring, Series
from tests.facts import infusion, view
from tests.other_drugs import OTHERS, checks_of, given_on

MONTHLY = {
    "name": "blood-monthly",
    "title": "blood every month",
    "cites": (Cite(source="S", where="here", kind=Evidence.STATED),),
    "audience": (Role.NURSE,),
    "lead_days": 14,
    "count": Count(codes=("platelets",)),
    "every": Span(months=1),
    "opens_days": 14,
    "overdue_days": 7,
}
FAR = date(2100, 1, 1)


def month_ends(first: date, number: int) -> list[date]:
    """Write the last day of each following month, without the arithmetic of the code."""
    found = []
    year, month = first.year, first.month
    for _ in range(number):
        month += 1
        if month == 13:
            year, month = year + 1, 1
        found.append(date(year, month, calendar.monthrange(year, month)[1]))
    return found


def expected(rule, *days: date, until: date = FAR) -> list[Expectation]:
    looked = view(*(infusion(on=day) for day in days), on=max(days))
    return list(rule.expected(looked, until))


@pytest.mark.parametrize("year", [2019, 2020, 2021, 2022, 2023])
@pytest.mark.parametrize("kind", [Recurring, Series])
def test_a_monthly_series_from_the_31st_of_january_is_right_on_all_60_dates(kind, year):
    first = date(year, 1, 31)

    found = expected(kind(**MONTHLY, lasts=Span(months=60)), first)

    assert [e.due for e in found] == month_ends(first, 60)
    assert found[-1].due == date(year + 5, 1, 31)
    assert [e.occurrence for e in found] == list(range(1, 61))
    assert all((e.due - e.opens).days == 14 for e in found)
    assert all((e.overdue_after - e.due).days == 7 for e in found)


def test_sixty_months_through_a_second_round_are_right_on_all_60_dates():
    first = date(2020, 1, 31)

    found = expected(Recurring(**MONTHLY, lasts=Span(months=48)), first, date(2021, 1, 31))

    assert [e.due for e in found] == month_ends(first, 60)
    assert {e.anchor.on for e in found} == {first}


def test_an_infusion_on_the_last_day_of_a_tail_goes_on_with_it():
    rule = Recurring(**MONTHLY, lasts=Span(months=2))
    first, on_the_day, after_it = (date(2022, *d) for d in ((1, 10), (3, 10), (3, 11)))

    assert {e.anchor.on for e in expected(rule, first, on_the_day)} == {first}
    assert {e.anchor.on for e in expected(rule, first, after_it)} == {first, after_it}


def test_the_last_check_is_the_first_on_or_after_the_end():
    rule = Recurring(**MONTHLY, lasts=Span(months=2))

    exactly = expected(rule, date(2022, 1, 10))
    between = expected(rule, date(2022, 1, 10), date(2022, 1, 11))

    assert exactly[-1].due == date(2022, 3, 10)
    assert between[-1].due == date(2022, 4, 10)


def test_an_infusion_on_the_last_day_goes_on_and_one_a_day_later_begins_anew():
    rule = Recurring(**MONTHLY, lasts=Span(months=2))

    on_the_day = expected(rule, date(2022, 1, 10), date(2022, 3, 10))
    after_it = expected(rule, date(2022, 1, 10), date(2022, 3, 11))

    assert [e.due for e in on_the_day] == [date(2022, m, 10) for m in (2, 3, 4, 5)]
    assert [e.due for e in after_it] == [
        date(2022, 2, 10), date(2022, 3, 10), date(2022, 4, 11), date(2022, 5, 11),
    ]  # fmt: skip
    assert [e.occurrence for e in after_it] == [1, 2, 3, 4]


def test_numbers_do_not_depend_on_how_far_one_looks():
    rule = Recurring(**MONTHLY, lasts=Span(months=2))
    days = (date(2022, 1, 10), date(2022, 1, 20), date(2022, 3, 30))

    far = expected(rule, *days)
    near = expected(rule, *days, until=date(2022, 4, 20))

    assert near == [e for e in far if e.opens <= date(2022, 4, 20)]


def test_the_last_check_of_an_old_stretch_may_open_after_the_new_one_has_begun():
    rule = Recurring(**MONTHLY, lasts=Span(months=2))
    days = (date(2022, 1, 10), date(2022, 1, 11), date(2022, 3, 12))

    far = expected(rule, *days)
    near = expected(rule, *days, until=date(2022, 4, 1))

    assert [(e.occurrence, e.due) for e in far[:4]] == [
        (1, date(2022, 2, 10)),
        (2, date(2022, 3, 10)),
        (3, date(2022, 4, 10)),
        (4, date(2022, 4, 12)),
    ]
    assert [e.occurrence for e in near] == [1, 2, 3, 4]
    assert [e.occurrence for e in expected(rule, *days, until=days[-1])] == [1, 2]


def test_before_the_first_infusion_nothing_is_expected():
    assert list(Recurring(**MONTHLY).expected(view(on=date(2022, 1, 1)), FAR)) == []


@given(
    st.lists(st.integers(0, 900), min_size=1, max_size=5, unique=True),
    st.integers(0, 900),
)
def test_another_infusion_takes_no_check_away_that_is_due(offsets, more):
    rule = Recurring(**MONTHLY, lasts=Span(months=6))
    start = date(2020, 1, 31)
    days = [start + timedelta(n) for n in sorted(offsets)]
    later = days[-1] + timedelta(more + 1)

    before = {e.due for e in expected(rule, *days, until=later)}
    since = {e.due for e in expected(rule, *days, later)}

    assert before <= since
    assert max(since) >= rule.lasts.after(later)


@pytest.mark.parametrize("drug", OTHERS)
def test_one_result_of_every_code_does_at_most_one_occurrence_of_each_rule(drug):
    other = OTHERS[drug]
    taken = given_on(other, 100)  # 37 days after the last dose
    facts = [*other.history(0, 21, 42, 63), *other.all_results(taken)]

    done: dict[str, list[Check]] = {}
    for check in checks_of(other, *facts, on=taken + timedelta(1)):
        if check.state is CheckState.DONE and check.done_on == taken:
            done.setdefault(check.rule, []).append(check)

    assert done
    assert {rule: len(found) for rule, found in done.items()} == dict.fromkeys(done, 1)
