"""Values that a laboratory knows on one side only: how they come, are stored, shown and refused."""

from decimal import Decimal

import pytest

from monitor.domain.comparators import HIGHEST
from monitor.errors import Refused, Unconfirmed
from monitor.service.asking.history import fact_words
from monitor.service.recording import corrections
from monitor.store import engine as database
from tests.factories import NOW
from tests.service.recording.test_other_names import last, refusal, result, ward

__all__ = ["ward"]


@pytest.mark.parametrize(
    ("said", "comparator", "value"),
    [
        ({"value": "<0.1"}, "<", "0.1"),
        ({"value": "< 0.1"}, "<", "0.1"),
        ({"value": "≤0.1"}, "<=", "0.1"),
        ({"value": "≥ 0.1"}, ">=", "0.1"),
        ({"value": ">=0.1"}, ">=", "0.1"),
        ({"value": "0.1", "comparator": "<"}, "<", "0.1"),
        ({"value": "<0.1", "comparator": "<"}, "<", "0.1"),
    ],
)
def test_a_comparator_is_stored_apart_from_its_number_and_shown(ward, said, comparator, value):
    ward.load({**result("neutrophils", "1"), **said})

    row = ward.rows()[-1]
    assert (row.body["comparator"], row.body["value"]) == (comparator, value)
    assert fact_words(row) == f"neutrophils {comparator}{value} 10*9/L on 2023-01-10"


def test_it_is_judged_at_its_worse_end_in_the_first_unit(ward):
    ward.load(result("neutrophils", "<100", "/uL"), result("bilirubin", ">3", "mg/dL"))

    low, high = last(ward, -2), last(ward)
    assert (low.value, low.written) == (0, Decimal("0.1"))
    assert (high.value, high.written) == (HIGHEST, Decimal("51.312"))  # 3 x 17.104


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            result("ecg", ">1", None),
            "comparator: ecg takes one only before a number; leave '>' out",
        ),
        (
            result("weight", "<60", "kg"),
            "comparator: weight takes the number itself; leave '<' out",
        ),
        (result("height", ">=170", "cm"), "height takes the number itself; leave '>=' out"),
        (result("lvef", ">50-55", "%"), "value: '50-55' is a range; write the lower end, 50"),
        (result("lvef", ">1e9", "%"), "value: '1e9' is not a number; write for instance 3.2"),
        (result("lvef", "~55", "%"), "value: '~55' is not a number or a word"),
        (result("lvef", ">150", "%"), "value: lvef 150 % cannot be"),
        ({**result("neutrophils", "<1"), "comparator": ">"}, "'>' beside '<1'; keep one"),
        ({**result("neutrophils", "1"), "comparator": "~"}, "comparator: '~' is not one of <, <="),
        (
            {**result("platelets", "clotted", status="unsuitable"), "comparator": "<"},
            "platelets takes one only before a number; leave '<' out",
        ),
        (
            {**result("platelets", None, None, status="unsuitable"), "comparator": "<"},
            "platelets takes one only before a number; leave '<' out",
        ),
    ],
)
def test_what_is_no_value_on_one_side_is_refused(ward, line, words):
    assert words in refusal(ward, {key: one for key, one in line.items() if one is not None})


def test_what_must_be_confirmed_is_told_with_its_comparator(ward):
    with pytest.raises(Unconfirmed, match="platelets <5 10\\*9/L is unusually low"):
        ward.record(**result("platelets", "<5"))


def test_with_another_comparator_it_is_another_value(ward):
    ward.load(result("neutrophils", "<0.1"))

    with pytest.raises(Refused, match="already recorded as event"):
        ward.record(**result("neutrophils", "<0.10"))
    with pytest.raises(Refused, match=r"other values for that day \(comparator\)"):
        ward.record(**result("neutrophils", "0.1"))


def test_a_part_may_be_as_much_as_a_whole_below_a_number(ward):
    ward.load(result("leucocytes", "<1"))

    ward.record(**result("neutrophils", "0.8"))
    with pytest.raises(Refused, match=r"neutrophils 1.2 10\*9/L above leucocytes <1 10\*9/L"):
        ward.record(**result("neutrophils", "1.2"), second=True)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ({"value": "3.2"}, "neutrophils 3.2 10*9/L"),
        ({"value": ">3.2"}, "neutrophils >3.2 10*9/L"),
        ({"comparator": "<="}, "neutrophils <=0.1 10*9/L"),
        ({"on": "2023-01-09"}, "neutrophils <0.1 10*9/L"),
    ],
)
def test_a_corrected_value_brings_its_own_comparator_or_none(ward, new, said):
    ward.load(result("neutrophils", "<0.1"))
    event = ward.rows()[-1].event

    with database.writing(ward.engine) as connection:
        corrections.correct(connection, event, new, reason="x", by="A", now=NOW)

    assert fact_words(ward.rows()[-1]).startswith(said)
