"""The last fact of a person is found for an hour; what cannot be undone says what to type."""

from datetime import timedelta

import pytest

from monitor.errors import NotFound, Refused
from monitor.service.recording import corrections, undoing
from monitor.store import engine as database
from tests.factories import NOW

ANN = {"kind": "patient", "id": "P-1", "name": "Ann", "born": "1985-05-05"}
ECG = {"kind": "result", "patient": "P-1", "code": "ecg", "value": "normal"}


@pytest.fixture
def ward(clinic):
    clinic.load(ANN)
    clinic.record(**ECG, on="2023-01-02", by="N")
    return clinic


def find(ward, by="N", *, later=timedelta(0)):
    with database.reading(ward.engine) as connection:
        return undoing.find_last(connection, by, now=NOW + later)


def test_it_is_found_for_an_hour_and_named_after_that(ward):
    assert find(ward, later=timedelta(hours=1)).row.event == 2
    with pytest.raises(Refused) as refused:
        find(ward, later=timedelta(hours=1, seconds=1))

    said = str(refused.value)
    assert said.startswith(
        "the last of N is event 2, ecg normal on 2023-01-02, "
        "of P-1 (Ann, born 1985-05-05), recorded at "
    )
    assert said.endswith("more than an hour ago; if it is meant: monitor retract 2 --reason R")


def test_it_is_the_newest_of_that_person_whoever_recorded_since(ward):
    ward.record(**ECG, on="2023-01-03", by="N")
    ward.record(**ECG, on="2023-01-04", by="Another")

    assert find(ward).row.event == 3


def test_of_a_person_who_recorded_nothing_the_way_is_named(ward):
    with pytest.raises(NotFound, match=r"'Z' has recorded nothing; .* monitor retract EVENT"):
        find(ward, by="Z")


def test_what_came_with_it_is_counted(ward):
    ward.load(*({**ECG, "on": f"2023-01-1{day}", "by": "F"} for day in range(7)))

    last = find(ward, by="F")

    assert last.row.event == 9
    assert last.staying == (
        "6 other facts came with it and stay (the last are events 4, 5, 6, 7, 8); "
        "to take one back: monitor retract EVENT --reason R"
    )
    assert find(ward).staying is None


def test_a_correction_is_put_back_by_another_and_not_taken_away_with_the_fact(ward):
    with database.writing(ward.engine) as connection:
        corrections.correct(connection, 2, {"value": "abnormal"}, reason="r", by="N", now=NOW)

    with pytest.raises(Refused) as refused:
        find(ward)

    assert "a correction of event 2. To put the old value back (value abnormal → normal): " in str(
        refused.value
    )
    assert "monitor correct 3 --reason R" in str(refused.value)


def test_what_another_recorded_meanwhile_is_not_taken_for_what_was_shown(ward):
    shown = find(ward)
    ward.record(**ECG, on="2023-01-03", by="N")

    with (
        pytest.raises(Refused, match="meanwhile N recorded event 3, ecg normal on 2023-01-03"),
        database.writing(ward.engine) as connection,
    ):
        undoing.undo(connection, shown, by="N", now=NOW)
