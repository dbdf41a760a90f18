"""What a value with a comparator is judged as, and what it is held against others as."""

from datetime import date
from decimal import Decimal

import pytest

from monitor import protocols
from monitor.domain.catalogue import Worse
from monitor.domain.comparators import HIGHEST, LOWEST, Comparator
from monitor.domain.facts import Result

ON = date(2023, 4, 7)


@pytest.mark.parametrize(
    ("worse", "comparator", "judged"),
    [
        (Worse.LOWER, "<", LOWEST),
        (Worse.LOWER, "<=", LOWEST),
        (Worse.LOWER, ">", Decimal(5)),
        (Worse.LOWER, ">=", Decimal(5)),
        (Worse.HIGHER, "<", Decimal(5)),
        (Worse.HIGHER, "<=", Decimal(5)),
        (Worse.HIGHER, ">", HIGHEST),
        (Worse.HIGHER, ">=", HIGHEST),
        (Worse.BOTH, "<", LOWEST),
        (Worse.BOTH, "<=", LOWEST),
        (Worse.BOTH, ">", HIGHEST),
        (Worse.BOTH, ">=", HIGHEST),
    ],
)
def test_away_from_danger_it_is_the_number_and_towards_it_beyond_every_limit(
    worse, comparator, judged
):
    assert Comparator(comparator).worse_end(Decimal(5), worse) == judged


def test_what_is_beyond_every_limit_is_beyond_what_can_be_typed():
    for code in protocols.catalogue().results.values():
        for factor in code.units.values():
            # nine digits before the point; ten times a limit is the most that a rule asks for
            assert factor * Decimal("999999999.99") * 100 < HIGHEST


def result(number: str, comparator: str | None = None, code: str = "neutrophils") -> Result:
    value = Decimal(number)
    common = {"event": 1, "on": ON, "recorded_on": ON, "code": code, "shown": number}
    if comparator is None:
        return Result(value=value, **common)
    sign = Comparator(comparator)
    end = sign.worse_end(value, protocols.catalogue().results[code].worse)
    return Result(value=end, comparator=sign, written=value, **common)


def test_a_value_is_held_against_the_number_of_another():
    assert result("1.5").compared == Decimal("1.5")
    assert result("1.5", "<").compared == Decimal("1.5")
    assert result("1.5", "<").value == 0


@pytest.mark.parametrize(
    ("part", "whole", "must"),
    [
        (("2",), ("1",), True),
        (("1",), ("1",), False),
        (("2", "<"), ("1",), False),  # it may be 0.5
        (("2", ">"), ("1",), True),
        (("0.5", ">"), ("1",), False),
        (("2",), ("1", ">"), False),
        (("2",), ("1", "<"), True),
        (("0.8",), ("1", "<"), False),
        (("2", ">="), ("1", "<="), True),
    ],
)
def test_a_part_must_exceed_the_whole_only_whatever_either_may_be(part, whole, must):
    assert result(*part).must_exceed(result(*whole, code="leucocytes")) is must


def test_a_word_exceeds_nothing_and_nothing_exceeds_a_word():
    word = Result(event=1, on=ON, recorded_on=ON, code="ecg", value="normal", shown="normal")

    assert not word.must_exceed(result("1"))
    assert not result("1").must_exceed(word)
