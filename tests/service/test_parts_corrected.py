"""A first part that is corrected keeps its later part within a day, or the correction is refused."""

import pytest

from monitor.errors import Refused
from tests.service.test_corrections import INFUSION, Ward, ago


@pytest.fixture
def ward(clinic):
    return Ward(clinic)


def parts(ward, on: str) -> tuple[int, int]:
    first = ward.record(INFUSION)
    return first, ward.record({**INFUSION, "on": on, "dose_mg": "3", "part_of": str(first)})


@pytest.mark.parametrize("on", [ago(90), ago(62), ago(59)])
def test_a_first_part_cannot_be_moved_away_from_its_later_part(ward, on):
    first, later = parts(ward, ago(60))

    with pytest.raises(Refused, match=f"event {later}, is of {ago(60)}; a part is of the same"):
        ward.correct(first, {"on": on})


def test_a_first_part_may_be_moved_to_the_day_before_its_later_part(ward):
    first, _ = parts(ward, ago(60))

    assert ward.correct(first, {"on": ago(61)}).event == first


def test_once_the_later_part_is_taken_back_the_first_may_be_moved(ward):
    first, later = parts(ward, ago(60))
    ward.retract(later)

    assert ward.correct(first, {"on": ago(90)}).event == first
