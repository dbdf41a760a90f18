"""Spans and months, held against dateutil, which the domain itself does not import."""

import calendar
from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.dates import Span, add_months, days

YEARS = range(2023, 2029)  # two leap years
MONTH_ENDS = [date(y, m, calendar.monthrange(y, m)[1]) for y in YEARS for m in range(1, 13)]
SOME_DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))


@given(day=SOME_DAYS, months=st.integers(-600, 600))
def test_months_are_added_as_dateutil_adds_them(day, months):
    assert add_months(day, months) == day + relativedelta(months=months)


@pytest.mark.parametrize("months", [1, 3, 4, 6, 12, 60, 72, -1, -3, -12])
def test_from_every_month_end_months_are_added_as_dateutil_adds_them(months):
    expected = [day + relativedelta(months=months) for day in MONTH_ENDS]

    assert [add_months(day, months) for day in MONTH_ENDS] == expected


@pytest.mark.parametrize(
    ("anchor", "months", "expected"),
    [
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-11-30", 3, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2023-08-31", 1, "2023-09-30"),
        ("2023-03-31", -1, "2023-02-28"),
        ("2023-12-15", 1, "2024-01-15"),
        ("2023-01-15", -1, "2022-12-15"),
    ],
)
def test_a_day_that_the_month_lacks_becomes_its_last_one(anchor, months, expected):
    assert add_months(date.fromisoformat(anchor), months) == date.fromisoformat(expected)


def test_sixty_months_from_the_31st_are_counted_from_the_anchor_and_never_chained():
    anchor, monthly = date(2023, 1, 31), Span.parse("1 month")

    series = [monthly.times(number).after(anchor) for number in range(1, 61)]

    assert series == [anchor + relativedelta(months=number) for number in range(1, 61)]
    assert [day for day in series if day.month in (1, 3, 5, 7, 8, 10, 12) and day.day != 31] == []
    assert [day.day for day in series if day.month == 2] == [28, 29, 28, 28, 28]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("0 days", Span(days=0)),
        ("1 day", Span(days=1)),
        ("14 days", Span(days=14)),
        ("2 weeks", Span(days=14)),
        ("1 week", Span(days=7)),
        ("3 months", Span(months=3)),
        ("1 year", Span(months=12)),
        ("5 years", Span(months=60)),
        ("  72 months ", Span(months=72)),
    ],
)
def test_a_span_is_read_from_its_words(text, span):
    assert Span.parse(text) == span


@pytest.mark.parametrize(
    "text",
    [
        "", "3", "months", "3months", "-3 months", "3.5 days", "03 days", "3 fortnights",
        "3 months 2 days", "three months", "3 Months", "100000 days", "٣ months",
    ],
)  # fmt: skip
def test_what_is_no_span_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="'14 days' or '3 months'"):
        Span.parse(text)


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (Span(days=1), "1 day"),
        (Span(days=14), "14 days"),
        (Span(days=0), "0 days"),
        (Span(months=1), "1 month"),
        (Span(months=60), "60 months"),
    ],
)
def test_a_span_says_its_length(span, told):
    assert str(span) == told


@given(number=st.integers(0, 500), unit=st.sampled_from(["days", "months"]))
def test_a_span_reads_back_what_it_says(number, unit):
    span = Span.parse(f"{number} {unit}")

    assert Span.parse(str(span)) == span


@given(day=SOME_DAYS, number=st.integers(0, 2000))
def test_a_span_of_days_is_so_many_days_after_and_before(day, number):
    span = Span(days=number)

    assert (span.after(day) - day).days == number
    assert (day - span.before(day)).days == number
    assert days(number) == timedelta(number)


@given(day=SOME_DAYS, number=st.integers(1, 240))
def test_a_span_of_months_goes_back_as_dateutil_goes_back(day, number):
    span = Span(months=number)

    assert span.before(day) == day - relativedelta(months=number)


@given(day=SOME_DAYS, number=st.integers(1, 240))
def test_going_months_ahead_and_back_never_lands_later(day, number):
    span = Span(months=number)

    there_and_back = span.before(span.after(day))

    assert day - timedelta(days=3) <= there_and_back <= day


@given(day=SOME_DAYS, number=st.integers(0, 240), times=st.integers(0, 30))
def test_a_span_times_n_is_n_spans_long(day, number, times):
    span = Span(months=number)

    assert span.times(times) == Span(months=number * times)
    assert Span(days=number).times(times).after(day) == day + timedelta(days=number * times)
