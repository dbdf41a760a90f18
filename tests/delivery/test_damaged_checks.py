"""The list of the clinic's checks goes by rows that may be damaged: then by the facts again."""

import pytest

from tests import postgresql
from tests.behind import change
from tests.delivery.ward import patient_lines
from tests.faults.poisoning import A_SECRET, SECRET, Cell, poison
from tests.shares import one_of

TYPED = "upcoming --until 2023-06-30"


@pytest.fixture
def two(ward):
    ward.load(*(patient_lines(f"P-{n}") for n in (1, 2)))
    return ward


def damaged(column: str, value: str, which: str = "min") -> str:
    row = f"(SELECT {which}(due) FROM pending WHERE patient = 'P-1')"
    return f"UPDATE pending SET {column} = {value} WHERE patient = 'P-1' AND due = {row}"


@pytest.mark.parametrize(
    "damage",
    one_of(
        2,
        [
            damaged("rule", "'none-of-these'"),
            damaged("opens", "'soon'"),
            damaged("overdue_after", "''"),
            damaged("state", "'done'"),
            damaged("state", "'ahead'"),
            damaged("due", "'2999-01-01'"),
            damaged("due", "'zz'", "max"),
            damaged("occurrence", "7777"),
            "UPDATE treatment SET protocol = 'none' WHERE patient = 'P-1'",
            "UPDATE treatment SET digest = NULL WHERE patient = 'P-1'",
            "DELETE FROM treatment WHERE patient = 'P-1'",
        ],
    ),
)
def test_the_list_of_the_clinic_says_the_same_beside_a_damaged_stored_check(
    two, database, monitor, damage
):
    sound = [monitor(TYPED), monitor(f"{TYPED} --limit 5"), monitor(f"{TYPED} --json")]
    change(database, damage)

    assert [monitor(TYPED), monitor(f"{TYPED} --limit 5"), monitor(f"{TYPED} --json")] == sound


@postgresql.sqlite_only
@pytest.mark.parametrize("way", [A_SECRET, "no text"])
@pytest.mark.parametrize("typed", [TYPED, "warnings", "patient list", "gate --on 2023-02-10"])
def test_one_whose_identifier_is_damaged_is_not_left_out_in_silence(
    two, database, monitor, way, typed
):
    assert poison(database, Cell("patient", "P-1", "id = 'P-1'", "id", way))

    code, out, err = monitor(typed)

    assert code == 1
    assert "NOT KNOWN" in out
    assert SECRET not in out + err
