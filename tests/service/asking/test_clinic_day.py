"""The clinic's day: one patient who cannot be worked out hides nobody; each has their own day."""

from datetime import UTC, date, datetime

import pytest

from monitor.errors import Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked, Case
from monitor.service.asking.clinic_day import clinic_day
from monitor.store import engine as database

DAY = date(2023, 4, 10)


@pytest.fixture
def everybody(clinic) -> list[Case]:
    """Two who live on the tenth of April, and one west of them, where it is the ninth."""
    course = {"kind": "course", "protocol": "mitoxantrone-ms-us", "on": "2023-04-01"}
    for who, zone in (("P-1", "Europe/London"), ("P-2", "UTC"), ("P-3", "America/Los_Angeles")):
        clinic.load(
            {"kind": "patient", "id": who, "born": "1990-01-01", "timezone": zone},
            {**course, "patient": who},
        )
    asked = Asked(now=datetime(2023, 4, 10, 3, tzinfo=UTC))
    with database.reading(clinic.engine) as connection:
        return [cases.get_case(connection, f"P-{n}", asked) for n in (1, 2, 3)]


def test_who_cannot_be_worked_out_is_named_and_hides_nobody(everybody):
    def seen(case: Case) -> Case:
        if case.patient == "P-1":
            raise Refused("no such text")
        if case.patient == "P-2":
            raise ZeroDivisionError
        return case

    left: dict[str, str] = {}
    found = clinic_day(everybody, on=DAY, otherwise=DAY, seen=seen, leave_out=left.__setitem__)

    assert [one.person.id for one in found.undated] == ["P-3"]
    assert left == {
        "P-1": "P-1 cannot be worked out: no such text; see: monitor doctor",
        "P-2": "P-2 cannot be worked out: ZeroDivisionError; see: monitor doctor",
    }


def test_the_day_is_that_of_most_patients(everybody):
    def day_of(some: list[Case]) -> date:
        found = clinic_day(
            some, on=None, otherwise=date(2000, 1, 1), seen=lambda case: case, leave_out=print
        )
        return found.on

    assert day_of(everybody) == DAY
    assert day_of(everybody[2:]) == date(2023, 4, 9)
    assert day_of([]) == date(2000, 1, 1)
