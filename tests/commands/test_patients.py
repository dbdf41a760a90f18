"""What is recorded of a patient is what was typed, and answers go by it."""

import pytest


@pytest.mark.parametrize(
    ("typed", "recorded"), [("--can-conceive", True), ("--cannot-conceive", False), ("", None)]
)
def test_whether_somebody_can_conceive_is_recorded_as_it_was_typed(typed, recorded, monitor, ask):
    assert monitor(f"patient add P-9 --sex female {typed}")[0] == 0

    assert ask("patient show P-9")[1]["can_conceive"] is recorded


def test_no_pregnancy_test_is_asked_of_a_woman_registered_as_unable_to_conceive(monitor, ask):
    monitor("patient add P-9 --sex female --cannot-conceive")
    monitor("course start P-9 --protocol mitoxantrone-ms-us --on 2023-01-03")

    _, answer = ask("gate P-9 --on 2023-01-10")

    assert "pregnancy-test" not in {item["rule"] for item in answer["requirements"]}
