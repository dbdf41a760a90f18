"""What was recorded later is later, whatever the clock says; one batch has one moment."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from monitor.domain.corrections import Recorded, seen
from monitor.store import clocks, facts
from monitor.store import engine as database
from monitor.store.appender import Appender, Draft
from monitor.store.tables import fact

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)
LEAST = timedelta(microseconds=1)


def append(engine, who: str, *numbers: int, ago: timedelta = timedelta(0), flush_each=False):
    """Append facts as one batch, by a clock that lies so long before NOW."""
    found = []
    with database.writing(engine) as connection:
        appender = Appender(connection, now=NOW - ago)
        for number in numbers:
            body = {"number": str(number)}
            found.append(appender.add(who, Draft(kind="fact", on=DAY, body=body)))
            if flush_each:
                appender.flush()
        appender.flush()
    return found


def read(engine, who: str = "P-1", **known) -> list[Recorded]:
    with database.reading(engine) as connection:
        return facts.read(connection, who, **known)


@pytest.mark.parametrize("ago", [timedelta(0), LEAST, timedelta(seconds=90), timedelta(days=400)])
def test_a_clock_that_stands_still_or_went_back_makes_no_two_batches_one(clinic, ago):
    append(clinic, "P-1", 1)
    append(clinic, "P-1", 2, 3, ago=ago)
    append(clinic, "P-1", 4, ago=ago)
    append(clinic, "P-2", 5, ago=ago)

    moments = [row.recorded_at - NOW for row in read(clinic)]

    assert moments == [timedelta(0), LEAST, LEAST, 2 * LEAST]
    assert [row.recorded_at for row in read(clinic, "P-2")] == [NOW - ago]


def test_a_batch_keeps_its_moment_when_a_part_of_it_is_written(clinic):
    append(clinic, "P-1", 1)
    append(clinic, "P-1", 2, 3, ago=timedelta(hours=1), flush_each=True)

    assert [row.recorded_at - NOW for row in read(clinic)] == [timedelta(0), LEAST, LEAST]


def test_once_the_clock_is_there_moments_are_its_own_again(clinic):
    append(clinic, "P-1", 1)
    append(clinic, "P-1", 2, ago=timedelta(hours=1))
    append(clinic, "P-1", 3, ago=-timedelta(seconds=1))

    assert read(clinic)[-1].recorded_at == NOW + timedelta(seconds=1)
    assert read(clinic)[-1].clock is None


def test_what_the_clock_said_is_kept_beside_the_moment_and_is_no_part_of_the_fact(clinic):
    append(clinic, "P-1", 1)
    (later,) = append(clinic, "P-1", 2, ago=timedelta(hours=1))

    first, second = read(clinic)

    assert (first.clock, second.clock) == (None, NOW - timedelta(hours=1))
    assert second == later
    assert second.body == {"number": "2"}
    with database.reading(clinic) as connection:
        stored = connection.execute(select(fact.c.body).where(fact.c.event == second.event))
        assert json.loads(stored.scalar_one())["clock"] == "2026-11-23T09:00:00.000000+00:00"
        assert clocks.newest_clock(connection) == NOW - timedelta(hours=1)


def test_what_was_there_when_a_clock_said_so_was_known_by_then(clinic):
    append(clinic, "P-1", 1, ago=timedelta(hours=3))
    append(clinic, "P-1", 2)  # an hour ahead
    append(clinic, "P-1", 3, ago=timedelta(hours=1))

    def known(hours: int) -> int:
        return len(read(clinic, known_at=NOW - timedelta(hours=hours)))

    assert [known(hours) for hours in (4, 3, 2, 1, 0)] == [0, 1, 1, 3, 3]


def test_patients_with_moments_to_come_are_counted(clinic):
    append(clinic, "P-1", 1, 2)
    append(clinic, "P-2", 3, ago=timedelta(hours=1))
    append(clinic, "P-1", 4, ago=timedelta(hours=1))

    with database.reading(clinic) as connection:
        found = clocks.moments_after(connection, NOW - timedelta(minutes=5))

    assert found == {"P-1": (3, NOW + LEAST)}


# ── since when a fact was on record ──


def row(event: int, recorded: timedelta, *, clock: timedelta | None = None, on: date = DAY):
    said = None if clock is None else NOW + clock
    return Recorded(
        event=event, patient="P-1", kind="fact", on=on, recorded_at=NOW + recorded, by=None,
        corrects=None, body={}, clock=said,
    )  # fmt: skip


HOUR, YEAR = timedelta(hours=1), timedelta(days=365)


def test_where_every_moment_is_past_and_a_clocks_own_nothing_is_worked_out():
    assert seen([], NOW) == {}
    assert seen([row(1, -2 * HOUR), row(2, -HOUR)], NOW) == {}


def test_what_is_on_record_now_was_recorded_by_now():
    assert seen([row(1, -HOUR), row(2, YEAR)], NOW) == {1: NOW - HOUR, 2: NOW}


def test_a_day_that_is_tried_out_before_all_that_was_recorded_says_nothing_of_it():
    assert seen([row(1, HOUR), row(2, YEAR)], NOW) == {1: NOW + HOUR, 2: NOW + YEAR}


def test_what_is_on_record_when_a_later_fact_comes_was_recorded_by_then():
    rows = [row(1, YEAR), row(2, YEAR + LEAST, clock=HOUR)]

    for now in (NOW, NOW + YEAR / 2, NOW + 2 * YEAR):
        assert seen(rows, now) == {1: NOW + HOUR, 2: NOW + HOUR}


def test_a_clock_that_says_a_day_before_the_facts_own_says_nothing_of_it():
    rows = [row(1, timedelta(0)), row(2, LEAST, clock=-YEAR, on=date(2025, 11, 1))]

    assert seen(rows, NOW + HOUR) == {1: NOW, 2: NOW - YEAR}
