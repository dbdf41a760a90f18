"""Patients are found by what is remembered of them; who is nearly what was typed is named."""

import pytest

from monitor.service.asking.search import near_misses, search
from monitor.store import engine as database

ZOE = {"kind": "patient", "id": "P-0418", "name": "Zoë Müller-Groß", "born": "1985-05-03"}
BOB = {"kind": "patient", "id": "Q/7", "name": "Bob May", "born": "1993-12-31"}


@pytest.fixture
def found(clinic):
    clinic.load(ZOE, BOB)
    # Zoë has married since; both names are known.
    clinic.record(kind="patient_change", patient="P-0418", on="2022-01-01", name="Zoë Weiß")

    def find(text: str) -> list[str]:
        with database.reading(clinic.engine) as connection:
            return list(search(connection, text))

    return find


@pytest.mark.parametrize(
    "text",
    [
        "p-0418", "0418", "zoe", "MÜLLER", "muller", "weiss", "gross zoe",
        "1985-05-03", "3.5.1985", "03/05/1985", "05/03/1985", "3.5.85", "19850503", "03051985",
        "p418", "P 0418", "mueller", "muellergross", "müller-gross", "zoe p418",
        "030585", "3 May 1985", "May 3, 1985", "3 may 85", "zoe 3.5.1985", "1985",
    ],
)  # fmt: skip
def test_a_patient_is_found_by_identifier_name_or_birth_day(text, found):
    assert found(text) == ["P-0418"]


@pytest.mark.parametrize(
    "text",
    ["bob muller", "4.5.1985", "5 Mar 1985", "30.2.1985", "zoe 31.12.1993", "nobody", "3/5"],
)
def test_nobody_is_found_by_what_is_of_no_one_patient(text, found):
    assert found(text) == []


def test_letters_that_no_accent_makes_and_apostrophes_may_be_left_out(clinic):
    clinic.load(
        {"kind": "patient", "id": "P-1", "name": "Łukasz Sørensen"},
        {"kind": "patient", "id": "P-2", "name": "Cleo O'Brien"},
    )
    with database.reading(clinic.engine) as connection:
        found = {t: list(search(connection, t)) for t in ("lukasz sorensen", "obrien", "'", "p1")}

    assert found == {
        "lukasz sorensen": ["P-1"], "obrien": ["P-2"], "'": ["P-2"], "p1": ["P-1"],
    }  # fmt: skip


def test_a_name_like_a_month_is_a_name(found):
    assert found("may") == ["Q/7"]


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("P-001", ["P-0001"]),
        ("P-002", ["P-0001", "P-0010", "P-0011", "P-0019"]),  # nearest first
        ("p-0019", ["P-0019"]),  # its case is no slip
        ("p19", ["P-0019"]),  # what differs only by case, hyphens, zeros is meant alone
        ("P-00", ["P-0001", "P-0010", "P-0011", "P-0019"]),
        ("P-0019-2", ["P-0019"]),
        ("Q-0019", ["P-0019", "P-0010", "P-0011"]),
        ("X-77", []),
        ("", []),
    ],
)
def test_near_is_what_a_slip_or_two_make_of_it(typed, near):
    known = {"P-0001", "P-0010", "P-0011", "P-0019", "Z-800000"}

    assert near_misses(typed, known)[: len(near) or None] == near


def test_two_slips_in_a_short_word_are_not_near():
    assert near_misses("P-1", {"Q-2", "P-12", "P-3"}) == ["P-12", "P-3"]
