"""Whose work the stored checks are: another program may judge the same facts otherwise.

A program that finds another's work takes all of it over: everybody's checks are then due to be
worked out, as if their day had come, and until that is done nothing of them is read.
"""

import hashlib
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, delete, exists, func, insert, literal, select, update

from monitor.store.clinic import IS_PATIENT
from monitor.store.engine import read_all
from monitor.store.facts import is_anybody_known
from monitor.store.locks import hold, hold_rows
from monitor.store.soundness import is_clean
from monitor.store.tables import evaluation, patient, treatment
from monitor.store.wakeup_rows import AT_ONCE

_RULES = ("domain", "protocols", "service", "store")  # everything that an answer depends on
_NEVER = "0001-01-01"
_NOT_YET = "-"  # in place of a protocol: nothing was ever stored of this patient


@cache
def program() -> str:
    """Name this program by everything that answers may depend on: its rules and its protocols."""
    package = Path(__file__).parents[1]
    total = hashlib.sha256()
    for folder in _RULES:
        files = [*(package / folder).rglob("*.py"), *(package / folder).rglob("*.yaml")]
        for path in sorted(files):
            total.update(f"{path.relative_to(package)}\n".encode() + path.read_bytes())
    return total.hexdigest()


def is_ours(connection: Connection) -> bool:
    """Say whether what is stored is this program's work; of an empty record it is."""
    rows = read_all(connection, select(evaluation))
    if not rows:
        return not is_anybody_known(connection)
    return rows[0].program == program() and rows[0].after is None  # earlier ones wrote `after`


def is_of_another(connection: Connection) -> bool:
    """Say whether another program has taken the stored checks over."""
    rows = read_all(connection, select(evaluation))
    return bool(rows) and rows[0].program != program()


def fault(connection: Connection) -> str | None:
    """Say what is wrong with the row that says whose work the stored checks are."""
    for row in read_all(connection, select(evaluation)):
        is_program = row.program == "" or (is_clean(row.program) and len(row.program) == 64)
        if row.id != 1 or not is_program or not (row.after in (None, "") or is_clean(row.after)):
            return "it is not what was written"
    return None


def forget(connection: Connection) -> None:
    """Forget whose work they are: all are worked out anew."""
    connection.execute(delete(evaluation))


def take_over(connection: Connection, *, anew: bool = False) -> bool:
    """Have everybody's checks worked out by this program, `anew` also where they are.

    Returns whether there was anything to take over.
    """
    hold(connection, ["evaluation"])  # before the row is there it cannot be locked
    if is_ours(connection) and not anew:
        return False
    # In the order in which everybody holds them.
    hold_rows(connection, select(patient.c.id).order_by(patient.c.id))
    connection.execute(update(treatment).values(look_at=AT_ONCE))
    is_there = exists().where(treatment.c.patient == patient.c.id)
    columns = ["patient", "drug", "protocol", "evaluated_on", "next_look", "look_at"]
    values = map(literal, ("", _NOT_YET, _NEVER, _NEVER, AT_ONCE))
    connection.execute(
        insert(treatment).from_select(
            columns, select(patient.c.id, *values).where(~is_there, IS_PATIENT)
        )
    )
    _write(connection)
    return True


def note_new(connection: Connection) -> None:
    """Note that a record in which nobody stands yet is this program's."""
    if not is_anybody_known(connection) and not read_all(connection, select(evaluation.c.id)):
        _write(connection)


def count_waiting(connection: Connection) -> int:
    """Count the patients whose checks this program has yet to work out."""
    if not is_ours(connection):
        return int(
            connection.execute(
                select(func.count()).select_from(patient).where(IS_PATIENT)
            ).scalar_one()
        )
    # Without a protocol stands who cannot be worked out: that is named elsewhere.
    waiting = select(func.count(treatment.c.patient.distinct())).where(
        treatment.c.look_at == AT_ONCE, treatment.c.protocol != ""
    )
    return int(connection.execute(waiting).scalar_one())


def _write(connection: Connection) -> None:
    connection.execute(delete(evaluation))
    connection.execute(insert(evaluation), {"id": 1, "program": program(), "after": None})
