"""An answer that makes low counts ordinary is asked about where one was recorded before it."""

import pytest

from monitor.errors import MonitorError
from tests import typed
from tests.factories import NOW, clinic_in_memory, load_facts

BEN = {"kind": "fact", "patient": "P", "fact": "benign_ethnic_neutropenia", "by": "Dr H"}


def answered(value: str, count: str, **more) -> None:
    with clinic_in_memory() as connection:
        kind = {"kind": "result", "code": "neutrophils", "unit": "/uL"}
        lines = [
            {
                "kind": "patient",
                "id": "P",
                "sex": "female",
                "born": "1985-05-05",
                "timezone": "UTC",
            },
            {**kind, "patient": "P", "on": "2025-01-05", "value": count},
            {**kind, "patient": "P", "on": "2025-01-06", "value": "3200"},
        ]
        load_facts(connection, lines)
        typed.record(connection, {**BEN, "value": value, "on": "2025-01-04", **more}, now=NOW)


@pytest.mark.parametrize(("value", "count"), [("yes", "1500"), ("no", "900"), ("unknown", "900")])
def test_nothing_is_asked_where_no_count_was_low_or_nothing_is_made_ordinary(value, count):
    answered(value, count)


def test_a_low_count_that_is_on_record_is_named_and_the_answer_must_be_confirmed():
    with pytest.raises(
        MonitorError, match=r"neutrophils 1499 /uL on 2025-01-05 was recorded before"
    ):
        answered("yes", "1499")
    answered("yes", "1499", confirm=True)
