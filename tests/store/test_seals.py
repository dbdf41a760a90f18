"""What a row of messaging holds is under its seal, or is checked by its sense."""

import pytest

from monitor.store.seals import CHANGING, SEALED
from monitor.store.tables import metadata


@pytest.mark.parametrize("table", SEALED, ids=lambda table: table.name)
def test_every_column_is_under_the_seal_or_is_said_to_change(table):
    sorted_in = [*SEALED[table], *CHANGING[table], "seal"]

    assert sorted(sorted_in) == sorted(column.name for column in table.columns)


def test_every_table_with_a_seal_says_what_is_under_it():
    with_seal = {table.name for table in metadata.tables.values() if "seal" in table.columns}

    assert with_seal == {table.name for table in SEALED} == {table.name for table in CHANGING}
