"""In which unit an amount is compared, and how it is shown."""

from decimal import Decimal

import pytest

from monitor import protocols

CODES = protocols.catalogue().results


@pytest.mark.parametrize(
    ("code", "number", "unit", "same"),
    [
        ("neutrophils", "1500", "/uL", "1.5"),
        ("haemoglobin", "13.1", "g/dL", "131"),
        ("temperature", "38.5", "Cel", "38.5"),
        ("temperature", "100.4", "F", "38"),
        ("temperature", "101.3", "degF", "38.5"),
    ],
)
def test_an_amount_is_compared_in_the_first_unit(code, number, unit, same):
    assert CODES[code].in_first_unit(Decimal(number), unit) == Decimal(same)


def test_just_below_a_fever_in_fahrenheit_is_just_below_one():
    assert CODES["temperature"].in_first_unit(Decimal("100.3"), "F") < 38


@pytest.mark.parametrize(
    ("code", "value", "unit", "shown"),
    [
        ("haemoglobin", "13.1", "g/dL", "13.1 g/dL"),
        ("temperature", "38.50", "Cel", "38.50 Cel"),
        ("temperature", "101.3", "F", "101.3 F (38.5 Cel)"),
        ("temperature", "100.3", "degF", "100.3 degF (37.94 Cel)"),
        ("temperature", "104", "degF", "104 degF (40 Cel)"),
    ],
)
def test_an_amount_on_another_scale_is_shown_as_received_and_as_it_is_judged(
    code, value, unit, shown
):
    assert CODES[code].shown(value, unit) == shown


def test_of_a_code_every_unit_is_accepted_the_first_one_first():
    assert CODES["temperature"].accepted == ("Cel", "F", "degF")
