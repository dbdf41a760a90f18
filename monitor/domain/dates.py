"""Spans ("3 months", "7 days") on calendar days. No clock times, no zones."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

CLOCKS_DIFFER = timedelta(minutes=2)  # at most, of several machines on one server
FIRST_ZONE = timedelta(hours=14)  # a day begins so long before it begins in UTC
LAST_ZONE = timedelta(hours=12)  # and there it begins so long after

_SPAN = re.compile(r"(0|[1-9][0-9]{0,4}) (day|week|month|year)s?")
_FEBRUARY = date(2001, 2, 1)
_UNITS = {"day": (0, 1), "week": (0, 7), "month": (1, 0), "year": (12, 0)}


def add_months(day: date, months: int) -> date:
    """Move by calendar months; a day that the month lacks becomes its last one.

    31 January + 1 month = 28 or 29 February. Always count from the anchor, never from the
    previous occurrence, else the 31st is lost for good.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day <= 28:  # every month has it
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A length of time in whole months or whole days, never both."""

    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Read "3 months", "1 year", "14 days", "2 weeks"; raises ValueError otherwise."""
        match = _SPAN.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"'{text}' is not a span: write for instance '14 days' or '3 months'")
        months, days = _UNITS[match[2]]
        number = int(match[1])
        return cls(months=months * number, days=days * number)

    def times(self, number: int) -> "Span":
        """Multiply, for the n-th occurrence counted from the anchor."""
        return Span(months=self.months * number, days=self.days * number)

    def after(self, day: date) -> date:
        """Find the day that lies this span after another."""
        return add_months(day, self.months) if self.months else day + timedelta(days=self.days)

    def before(self, day: date) -> date:
        """Find the day that lies this span before another."""
        return add_months(day, -self.months) if self.months else day - timedelta(days=self.days)

    @property
    def least_days(self) -> int:
        """Give the fewest days it can have: those of a February on."""
        return (self.after(_FEBRUARY) - _FEBRUARY).days

    def __str__(self) -> str:
        number, unit = (self.months, "month") if self.months else (self.days, "day")
        return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


@lru_cache(maxsize=64)
def days(number: int) -> timedelta:
    """Make a timedelta of whole days."""
    return timedelta(days=number)
