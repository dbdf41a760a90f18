"""A first part is not corrected to a day on which its later part is no part of it."""

import pytest

from monitor.errors import Refused
from monitor.service.recording import corrections
from monitor.store import engine as database
from tests.service.recording.test_corrections import INFUSION, WHY, Ward, ago


@pytest.fixture
def ward(clinic):
    return Ward(clinic)


def correct(ward, event: int, on: str):
    with database.writing(ward.engine) as connection:
        return corrections.correct(connection, event, {"on": on}, **WHY)


def parts(ward, on: str) -> tuple[int, int]:
    first = ward.record(INFUSION)
    return first, ward.record({**INFUSION, "on": on, "dose_mg": "3", "part_of": str(first)})


@pytest.mark.parametrize("on", [ago(90), ago(62), ago(59)])
def test_a_first_part_cannot_be_moved_away_from_its_later_part(ward, on):
    first, later = parts(ward, ago(60))

    with pytest.raises(
        Refused, match=f"event {later}, a part of it, was given on {ago(60)}; a part is given on"
    ):
        correct(ward, first, on)


def test_a_first_part_may_be_moved_to_the_day_before_its_later_part(ward):
    first, _ = parts(ward, ago(60))

    assert correct(ward, first, ago(61)).first.corrects == first


def test_once_the_later_part_is_taken_back_the_first_may_be_moved(ward):
    first, later = parts(ward, ago(60))
    with database.writing(ward.engine) as connection:
        corrections.retract(connection, later, **WHY)

    assert correct(ward, first, ago(90)).first.corrects == first
