"""Days and moments as people write them, worked out by hand."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from monitor.service.input import as_written

MONDAY = date(2026, 11, 30)
NOW = datetime(2026, 11, 30, 11, 45, 12, 345, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("today", date(2026, 11, 30)),
        ("Yesterday", date(2026, 11, 29)),
        ("tomorrow", date(2026, 12, 1)),
        ("+3d", date(2026, 12, 3)),
        ("-2w", date(2026, 11, 16)),
        ("-30D", date(2026, 10, 31)),
        ("+0d", date(2026, 11, 30)),
        ("2024-02-29", date(2024, 2, 29)),
    ],
)
def test_a_day_is_counted_from_today(text, meant):
    assert as_written.day(text, lambda: MONDAY) == meant


@pytest.mark.parametrize(
    "text", ["3d", "+3", "+1m", "- 3d", "+3 d", "now", "+٣d", "\u22123d", "3/4/26"]
)
def test_what_is_no_day_is_refused_with_the_ways_there_are(text):
    with pytest.raises(ValueError, match=r"YYYY-MM-DD, or today, yesterday, \+3d, -2w"):
        as_written.day(text, lambda: MONDAY)


@pytest.mark.parametrize("text", ["-9999w", "+9999w"])
def test_a_day_outside_the_calendar_is_refused(text):
    with pytest.raises(ValueError, match=r"outside the calendar|after the year 2999"):
        as_written.day(text, lambda: date(190 if text[0] == "-" else 2990, 1, 1))


def read(text: str, zone: str | None = "Europe/London") -> str:
    place = None if zone is None else ZoneInfo(zone)
    return as_written.moment(text, NOW, lambda: MONDAY, lambda on: place).isoformat()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("07:00", "2026-11-30T07:00:00+00:00"),
        ("7:05", "2026-11-30T07:05:00+00:00"),
        ("yesterday 22:30", "2026-11-29T22:30:00+00:00"),
        ("-1w 22:30:15", "2026-11-23T22:30:15+00:00"),
        ("2026-07-01 08:00", "2026-07-01T08:00:00+01:00"),
        ("2026-07-01T08:00:00", "2026-07-01T08:00:00+01:00"),
        ("2026-07-01T08:00:00+05:30", "2026-07-01T08:00:00+05:30"),
        ("now", "2026-11-30T11:45:12+00:00"),
    ],
)
def test_a_moment_without_an_offset_is_of_the_zone_on_its_day(text, meant):
    assert read(text) == meant


@pytest.mark.parametrize(
    ("text", "zone", "what", "readings"),
    [
        # London skips 01:00 to 02:00 on 29 March 2026, and has it twice on 25 October.
        (
            "2026-03-29 01:30",
            "Europe/London",
            "01:30 does not exist on 2026-03-29 in Europe/London",
            ("2026-03-29T02:30:00+01:00", "2026-03-29T00:30:00+00:00"),
        ),
        (
            "2026-10-25T01:30",
            "Europe/London",
            "01:30 comes twice on 2026-10-25 in Europe/London",
            ("2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00+00:00"),
        ),
        # Lord Howe moves by half an hour.
        (
            "2026-10-04 02:15",
            "Australia/Lord_Howe",
            "02:15 does not exist",
            ("2026-10-04T02:45:00+11:00", "2026-10-04T01:45:00+10:30"),
        ),
    ],
)
def test_a_time_that_clocks_skip_or_show_twice_is_refused_with_both(text, zone, what, readings):
    with pytest.raises(ValueError, match="where clocks change") as refused:
        read(text, zone)

    assert str(refused.value).startswith(what)
    assert str(refused.value).endswith(f"write {readings[0]} or {readings[1]}")


@pytest.mark.parametrize("text", ["24:00", "12:60", "soon 07:00", "7", "", "2026-02-30 07:00"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError, match="is not a date and time; write for instance"):
        read(text)


def test_where_no_zone_is_known_the_offset_is_asked_for():
    with pytest.raises(ValueError, match="'2026-11-30T07:00:00' has no offset; write for"):
        read("07:00", None)
