"""How infusions are parted into rounds: gaps, parts, and what begins another one."""

from datetime import timedelta

import pytest

from monitor.domain.parting import Parting
from tests.facts import FIRST, infusion

IN_PARTS = Parting(within_days=90, part_within_days=5, most_parts=2)


def sizes(parting: Parting, *days: int) -> list[int]:
    given = [infusion(on=FIRST + timedelta(day)) for day in days]
    return [len(one) for one in parting.rounds(given)]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((0, 1, 90), [3]),
        ((0, 1, 91), [3]),  # 90 days after the last one
        ((0, 1, 92), [2, 1]),
        ((0, 5, 10, 33), [4]),  # up to five days go on with their part
        ((0, 6, 11, 17), [3, 1]),
        ((0, 23, 46, 69, 92), [2, 2, 1]),
        ((0, 23, 46, 51, 74), [2, 3]),
        ((0, 0, 23, 23, 46), [4, 1]),
    ],
)
def test_one_part_too_many_begins_another_round(days, expected):
    assert sizes(IN_PARTS, *days) == expected


def test_without_a_number_of_parts_a_round_goes_on_as_long_as_its_infusions_are_near():
    assert sizes(Parting(within_days=90, part_within_days=5), 0, 23, 46, 136, 227) == [4, 1]
    assert sizes(Parting(within_days=30), 0, 30, 61) == [2, 1]


def test_without_rounds_each_day_is_one():
    assert sizes(Parting(), 0, 0, 1) == [2, 1]
