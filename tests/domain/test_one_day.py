"""Of several values of one day the worst counts: one more never makes a day look better."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import protocols
from monitor.domain.facts import Result
from monitor.domain.one_day import worst

DAY = date(2026, 1, 1)
NUMBERS = st.decimals("0.1", 900, places=1)
LIMITS = st.none() | st.decimals(1, 900, places=0)
VALUES = st.tuples(NUMBERS, LIMITS, LIMITS)
CODES = protocols.catalogue().results


def result(number: int, value: Decimal, lln: Decimal | None, uln: Decimal | None) -> Result:
    return Result(
        event=number, on=DAY, recorded_on=DAY, code="x", value=value, lln=lln, uln=uln, shown=""
    )


def is_low(one: Result, limit: Decimal) -> bool:
    assert isinstance(one.value, Decimal)
    return one.value < max(limit, one.lln or limit)


def is_high(one: Result, times: int) -> bool:
    assert isinstance(one.value, Decimal)
    return one.uln is not None and one.value > times * one.uln


@given(st.lists(VALUES, min_size=2, max_size=4), NUMBERS)
def test_what_is_low_by_one_value_is_low_by_all_of_the_day(values, limit):
    found = [result(number, *each) for number, each in enumerate(values)]
    assert is_low(worst(found, CODES["platelets"]), limit) >= any(is_low(r, limit) for r in found)


@given(st.lists(VALUES, min_size=2, max_size=4), st.sampled_from([1, 3, 10]))
def test_what_is_high_by_one_value_is_high_by_all_of_the_day(values, times):
    found = [result(number, *each) for number, each in enumerate(values)]
    assert is_high(worst(found, CODES["alt"]), times) >= any(is_high(r, times) for r in found)


@pytest.mark.parametrize(
    ("one", "other", "counts"),
    [
        ("0.9", "9.9", ["0.9"]),
        ("105", "4.1", ["105"]),
        ("2.5", "3.5", ["2.5"]),
        ("0.9", "11.5", ["0.9", "11.5"]),
        ("105", "3.9", ["3.9", "105"]),
        ("0", "105", ["0", "105"]),
    ],
)
def test_of_leucocytes_the_one_further_outside_counts_and_both_where_each_is_at_its_end(
    one, other, counts
):
    found = [result(n, Decimal(each), None, None) for n, each in enumerate((one, other))]
    for values in (found, found[::-1]):
        both = worst(values, CODES["leucocytes"]).ends
        assert [end.value for end in both] == [Decimal(value) for value in counts]
        third = result(2, Decimal(5), None, None)
        assert worst([worst(values, CODES["leucocytes"]), third], CODES["leucocytes"]).ends == both


@given(st.permutations(range(4)))
def test_of_equal_values_of_several_days_the_newest_counts_in_whichever_order_they_arrive(order):
    days = [replace(result(0, Decimal("0.1"), None, None), on=DAY + timedelta(n)) for n in order]
    assert worst(days, CODES["lymphocytes"]).on == DAY + timedelta(3)
