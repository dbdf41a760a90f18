"""Which recorded facts are in force: chains of corrections, and what was taken back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.corrections import Recorded, in_force, is_closed
from monitor.domain.facts import Kind

DAY = date(2023, 1, 10)


def recorded(event: int, *, corrects: int | None = None, kind: str = "fact") -> Recorded:
    return Recorded(
        event=event,
        patient="P",
        kind=kind,
        on=DAY,
        recorded_at=at(event),
        by=None,
        corrects=corrects,
        body={"value": str(event)},
    )


def retraction(event: int, *, of: int) -> Recorded:
    return recorded(event, corrects=of, kind=Kind.RETRACTION)


def at(event: int) -> datetime:
    return datetime(2023, 1, 10, tzinfo=UTC) + timedelta(minutes=event)


def counting(*rows: Recorded) -> list[tuple[int, int]]:
    """List the facts in force, each with the first of its chain."""
    return [(fact.row.event, fact.origin) for fact in in_force(rows)]


def test_a_fact_that_nothing_corrects_is_in_force_and_its_own_origin():
    assert counting(recorded(1), recorded(2)) == [(1, 1), (2, 2)]


def test_nothing_recorded_is_nothing_in_force():
    assert counting() == []


def test_a_correction_replaces_and_keeps_the_origin():
    assert counting(recorded(1), recorded(2), recorded(3, corrects=1)) == [(2, 2), (3, 1)]


def test_a_correction_of_a_correction_still_has_the_first_fact_as_its_origin():
    rows = [recorded(1), recorded(2, corrects=1), recorded(3, corrects=2), recorded(4, corrects=3)]

    assert counting(*rows) == [(4, 1)]


def test_a_corrected_fact_was_first_recorded_when_its_chain_began():
    rows = [recorded(1), recorded(5, corrects=1), recorded(9, corrects=5)]

    (fact,) = in_force(rows)

    assert fact.first_recorded_at == at(1)
    assert fact.row.recorded_at == at(9)
    assert fact.row.body == {"value": "9"}


def test_a_retraction_removes_and_is_no_fact_itself():
    assert counting(recorded(1), recorded(2), retraction(3, of=1)) == [(2, 2)]


def test_a_retraction_of_the_newest_correction_does_not_bring_the_older_value_back():
    assert counting(recorded(1), recorded(2, corrects=1), retraction(3, of=2)) == []


def test_a_correction_of_what_was_corrected_before_is_left_out():
    rows = [recorded(1), recorded(2, corrects=1), recorded(3, corrects=1)]

    assert counting(*rows) == [(2, 1)]


def test_a_correction_of_what_was_retracted_is_left_out():
    assert counting(recorded(1), retraction(2, of=1), recorded(3, corrects=1)) == []


def test_a_retraction_of_what_was_corrected_takes_nothing_back():
    assert counting(recorded(1), recorded(2, corrects=1), retraction(3, of=1)) == [(2, 1)]


def test_a_second_retraction_changes_nothing():
    assert counting(recorded(1), retraction(2, of=1), retraction(3, of=1)) == []


@pytest.mark.parametrize("kind", ["fact", Kind.RETRACTION])
def test_what_corrects_an_unknown_fact_is_left_out(kind):
    assert counting(recorded(1), recorded(2, corrects=99, kind=kind)) == [(1, 1)]


def test_a_correction_that_is_itself_left_out_cannot_be_corrected():
    rows = [recorded(1), recorded(2, corrects=1), recorded(3, corrects=1), recorded(4, corrects=3)]

    assert counting(*rows) == [(2, 1)]


@st.composite
def histories(draw) -> list[Recorded]:
    rows = []
    for event in range(1, draw(st.integers(1, 15)) + 1):
        corrects = draw(st.none() | st.integers(1, event))
        taken_back = corrects is not None and draw(st.booleans())
        rows.append(
            recorded(event, corrects=corrects, kind=Kind.RETRACTION if taken_back else "fact")
        )
    return rows


@given(rows=histories())
def test_no_two_facts_in_force_are_of_one_chain(rows):
    origins = [fact.origin for fact in in_force(rows)]

    assert len(origins) == len(set(origins))


@given(rows=histories())
def test_what_is_in_force_is_never_a_retraction_nor_what_something_in_force_corrects(rows):
    found = in_force(rows)
    replaced = {fact.row.corrects for fact in found}

    assert [fact for fact in found if fact.row.kind == Kind.RETRACTION] == []
    assert [fact for fact in found if fact.row.event in replaced] == []


@given(rows=histories())
def test_a_fact_that_nothing_names_is_in_force(rows):
    named = {row.corrects for row in rows}
    untouched = {row.event for row in rows if row.corrects is None} - named

    assert untouched <= {fact.row.event for fact in in_force(rows)}


def test_what_comes_after_a_fact_that_was_taken_back_counts():
    taken_back = [recorded(1), retraction(2, of=1)]

    assert counting(*taken_back, recorded(3)) == [(3, 3)]
    assert counting(*taken_back, recorded(3, corrects=1), recorded(4)) == [(4, 4)]


def test_a_patient_is_closed_by_the_last_turn_in_force():
    close, reopen = recorded(2, kind="close"), recorded(3, kind="reopen")

    assert not is_closed([recorded(1)])
    assert is_closed([recorded(1), close])
    assert not is_closed([close, reopen])
    assert is_closed([close, reopen, recorded(4, kind="close")])
    assert is_closed([close, reopen, retraction(4, of=3)])
    assert not is_closed([close, retraction(4, of=2)])
