"""Who cannot be looked at, or is on record no more, is no calm: each pass says so."""

import json
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text

from tests import postgresql
from tests.behind import behind, drop_triggers
from tests.delivery.ward import fever, patient_lines

NOW = "2023-01-20T10:00:00+00:00"
LATER = "2023-01-20T10:01:00+00:00"
SAID = "1 could not be checked; see: monitor doctor"
STRAY = "facts are of a patient who is not on record"


@pytest.fixture
def clinic(ward, http_sink):
    ward.load(patient_lines("P-1", fever("2023-01-20T08:00:00+00:00")), patient_lines("P-2"))
    for who in ("P-1", "P-2"):
        ward.contact(http_sink.url, who)
    return ward


@pytest.fixture
def spoiled(clinic, database):
    """A patient whose facts are damaged."""
    with behind(database) as connection:
        drop_triggers(connection)
        connection.execute(text("UPDATE fact SET body = '{}' WHERE patient = 'P-1'"))
    return clinic


@pytest.fixture
def gone(clinic, database):
    """A patient of whom there are facts, and no more."""
    if postgresql.URL:
        pytest.skip("a server keeps whoever has facts")
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("DELETE FROM patient WHERE id = 'P-1'")
    return clinic


@pytest.mark.parametrize("damage", ["spoiled", "gone"])
def test_each_pass_says_so_and_does_not_go_well(damage, request, watcher):
    ward = request.getfixturevalue(damage)
    for passes, moment in enumerate((NOW, LATER), start=1):
        ticked = ward.tick(moment, code=1)

        assert ticked["unusable"] == 1
        assert ward.err.count(SAID) == 1
        assert paths(watcher) == ["/hook/fail"] * passes


def test_what_was_damaged_and_is_put_right_is_looked_at_and_passes_go_well(
    clinic, database, watcher
):
    with behind(database) as connection:
        drop_triggers(connection)
        connection.execute(text("UPDATE fact SET kind = kind || 'x' WHERE patient = 'P-1'"))
    clinic.tick(NOW, code=1)
    with behind(database) as connection:
        mended = "UPDATE fact SET kind = substr(kind, 1, length(kind) - 1) WHERE patient = 'P-1'"
        connection.execute(text(mended))

    assert clinic.tick("2023-01-20T11:01:00+00:00", code=None)["unusable"] == 0
    assert paths(watcher)[-1] == "/hook"


@pytest.mark.parametrize(
    "question", ["warnings", "patient list", "upcoming", "gate --on 2023-04-01"]
)
def test_lists_of_the_clinic_name_that_somebody_is_lost(gone, question):
    code, out, err = gone.monitor(f"{question} --json")

    assert (code, err.count(STRAY)) == (1, 1)
    assert [one["patient"] for one in json.loads(out)["unknown"]] == ["a patient"]


@pytest.mark.parametrize("question", ["warnings", "patient list", "upcoming"])
def test_in_a_sound_clinic_nobody_is_lost(clinic, question):
    code, _, err = clinic.monitor(question)

    assert (code, STRAY in err) == (0, False)


def test_a_sound_clinic_passes_well(clinic, watcher):
    assert clinic.tick(NOW)["unusable"] == 0
    assert paths(watcher) == ["/hook"]


def paths(sink) -> list[str]:
    return [request["path"] for request in sink.requests]
