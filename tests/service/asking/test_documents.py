"""The one serialiser: how each kind of value is written."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from monitor.domain.outcome import Severity
from monitor.service.asking.documents import document, pick
from monitor.store.contacts import Contact


@dataclass(frozen=True)
class Answer:
    on: date
    mg: Decimal
    severity: Severity
    many: tuple[date, ...] = ()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        (3, 3),
        ("words", "words"),
        (date(2026, 11, 30), "2026-11-30"),
        (datetime(2026, 11, 30, 8, tzinfo=UTC), "2026-11-30T08:00:00+00:00"),
        (Decimal("12.00"), "12.00"),
        (Severity.URGENT, "urgent"),
        (Path("clinic.db"), "clinic.db"),
        ((date(2026, 1, 2), None), ["2026-01-02", None]),
        ({"due": date(2026, 1, 2)}, {"due": "2026-01-02"}),
    ],
)
def test_values_are_written_as_others_read_them(value, written):
    assert document(value) == written


def test_an_answer_is_written_field_by_field():
    answer = Answer(on=date(2026, 1, 2), mg=Decimal("21.0"), severity=Severity.INFO)

    assert document(answer) == {"on": "2026-01-02", "mg": "21.0", "severity": "info", "many": []}
    assert list(pick(answer, "severity on")) == ["severity", "on"]


def test_the_address_of_a_contact_is_never_written():
    contact = Contact(
        number=1,
        patient="P-1",
        role="nurse",
        name="Ward 3",
        channel="smtps://user:secret@mail.example.org/?from=a@b.org&to=c@d.org",
        is_private=False,
        timezone=None,
    )

    written = str(document([contact]))

    assert "secret" not in written
    assert "c@d.org" not in written
