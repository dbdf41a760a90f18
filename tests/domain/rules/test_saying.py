"""What rules say of themselves beside their judgement: most kinds say nothing."""

from fractions import Fraction

from monitor import protocols
from tests import example


def test_one_requirement_limits_the_size_of_a_dose():
    rules = example.protocol().requirements

    assert [m for rule in rules if (m := rule.largest_mg(Fraction(2))) is not None] == [24]
    assert [m for rule in rules if (m := rule.largest_mg(None)) is not None] == []


def test_what_a_dose_needs_may_be_done_as_long_as_it_stays_fresh():
    rules = example.protocol().requirements

    fresh = {rule.name: rule.fresh_before_days for rule in rules if rule.fresh_before_days}
    assert fresh["lvef"] == max(fresh.values()) == 42
    assert "route" not in fresh


def test_what_is_measured_is_not_drawn_again():
    checks = protocols.every_patient().checks

    assert any(rule.is_measured("weight") for rule in checks)
    assert not any(rule.is_measured("neutrophils") for rule in checks)


def test_a_symptom_is_warned_of_for_some_days():
    warnings = protocols.every_patient().warnings

    lasting = {rule.name for rule in warnings if rule.symptoms_last_days}
    assert "infection-symptom" in lasting
    assert "febrile-neutropenia" not in lasting
