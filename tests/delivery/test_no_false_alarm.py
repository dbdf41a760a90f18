"""A sound record is never told that something in it is damaged: an alarm that cries is not heard.

Facts are recorded by the clock of today; passes have clocks of their own, which lie before and
after, go back, and skip weeks.
"""

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from monitor.commands import main
from tests import postgresql
from tests.behind import behind, change
from tests.delivery.ward import count, fever, lvef, patient_lines
from tests.store.test_released_schemas import old  # noqa: F401  # a fixture

DAYS = [date(2023, 1, 11) + timedelta(days=n) for n in range(0, 210)]


def named(url: str) -> list[str]:
    """List what was found damaged, however long ago by the clock of today."""
    with behind(url) as connection:
        return list(connection.execute(text("SELECT what FROM damage")).scalars())


def assert_nothing_is_named(ward, database) -> None:
    code, said, err = ward.monitor("db verify")
    assert code == 0, said + err
    assert named(database) == []


def test_passes_with_a_clock_before_the_facts_were_recorded_name_no_damage(
    ward, http_sink, database
):
    ward.load(patient_lines("P-1", lvef("45", "2023-01-14")))
    ward.contact(http_sink.url)
    ward.contact(http_sink.url, role="operator", name="Duty")

    for day in ("2023-01-15", "2023-01-16", "2023-01-20", "2023-01-18", "2023-04-10"):
        ward.tick(day)
        assert_nothing_is_named(ward, database)


def test_a_clock_that_was_years_ahead_leaves_no_damage(ward, http_sink, database):
    ward.load(patient_lines("P-1", lvef("45", "2023-01-14")))
    ward.contact(http_sink.url)
    http_sink.status = 500
    ward.tick("2029-01-20", code=1)
    assert_nothing_is_named(ward, database)

    ward.tick("2023-01-20", code=1)

    assert_nothing_is_named(ward, database)


@pytest.mark.parametrize("since", ["2023-02-01", "2023-02-20", "2023-02-21"])
def test_a_patient_who_moves_to_another_zone_is_no_damage(ward, http_sink, database, since):
    ward.load(patient_lines("P-1", timezone="Pacific/Auckland"))
    ward.contact(http_sink.url)
    ward.type(f"patient change P-1 --timezone America/New_York --on {since}")
    for moment in ("01-30T10", "01-31T12", "02-19T20", "02-20T20", "02-22T02", "03-01T10"):
        ward.tick(f"2023-{moment}:00:00+00:00")
        assert_nothing_is_named(ward, database)


@pytest.mark.parametrize("seed", range(2))
def test_no_invented_clinic_that_is_ticked_over_months_names_damage(
    ward, http_sink, database, seed
):
    chance = random.Random(seed)
    people = [f"P-{n}" for n in (1, 2)]
    ward.load(*(patient_lines(who) for who in people))
    for who in people:
        ward.contact(http_sink.url, who, name=f"Ward {who}")
        ward.contact(http_sink.url, who, role="prescriber", name="Dr")
    day = 0
    for _ in range(10):
        day += chance.choice([1, 1, 2, 7, 26, -3])
        on = DAYS[min(max(day, 0), len(DAYS) - 1)]
        who = chance.choice(people)
        match chance.choice(["count", "lvef", "fever", "retract", "down", "nothing"]):
            case "count":
                ward.add(who, *count(on.isoformat(), chance.choice(["0.4", "1.2", "3.2"])))
            case "lvef":
                ward.add(who, lvef(chance.choice(["45", "60"]), on.isoformat()))
            case "fever":
                ward.add(who, fever(f"{on}T08:00:00+00:00"))
            case "retract":
                event = ward.ask(f"history {who}")["entries"][-1]["event"]
                ward.monitor(f"retract {event} --reason typo")
            case "down":
                http_sink.status = 500 if http_sink.status == 200 else 200
        ward.tick(f"{on}T{chance.randrange(24):02d}:30:00+00:00", code=None)
        assert_nothing_is_named(ward, database)


@postgresql.sqlite_only
def test_no_upgraded_database_names_damage(old, capsys):  # noqa: F811  # the fixture
    _, url = old
    main(["db", "upgrade", "--db", url])

    for moment in ("2023-04-21T09:30:00Z", "2023-04-22T12:00:00Z", "2023-06-01T12:00:00Z"):
        main(["tick", "--now", moment, "--db", url])

    assert main(["db", "verify", "--db", url]) == 0
    assert named(url) == []


def test_stored_checks_that_were_changed_by_hand_are_named_still(ward, http_sink, database):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.tick("2023-01-15")
    change(database, "UPDATE pending SET due = '2023-12-31' WHERE patient = 'P-1'")

    ward.tick("2023-01-16T20:00:00+00:00")

    assert named(database) == ["the stored checks of P-1"]
