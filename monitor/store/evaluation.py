"""How far everybody's stored checks have been worked out anew, in the order of identifiers.

They are one program's work: to another program, whose rules may differ, all of them are waiting.
"""

import hashlib
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select, update

from monitor.store.engine import read_all
from monitor.store.locks import hold
from monitor.store.soundness import is_clean
from monitor.store.tables import evaluation, patient

FROM_THE_BEGINNING = ""  # sorts before every identifier
_RULES = ("domain", "protocols", "service", "store")  # everything that an answer depends on


def _mark(after: str | None) -> str:
    """Name this program and whose turn it was: where one of both was changed, they do not fit."""
    if after is None:
        return program()
    return hashlib.sha256(f"{program()} {after}".encode(errors="replace")).hexdigest()


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


def reached(connection: Connection) -> str | None:
    """Give the last patient whose turn it was; None where everybody's checks are worked out."""
    rows = read_all(connection, select(evaluation))
    if not rows:
        is_anybody_there = connection.execute(select(patient.c.id).limit(1)).first() is not None
        return FROM_THE_BEGINNING if is_anybody_there else None
    after = rows[0].after
    is_sound = after in (None, FROM_THE_BEGINNING) or is_clean(after)
    return after if is_sound and rows[0].program == _mark(after) else FROM_THE_BEGINNING


def fault(connection: Connection) -> str | None:
    """Say what is wrong with the row that says how far they are worked out."""
    for row in read_all(connection, select(evaluation)):
        is_sound = row.after in (None, FROM_THE_BEGINNING) or is_clean(row.after)
        is_program = row.program == "" or (is_clean(row.program) and len(row.program) == 64)
        if row.id != 1 or not is_sound or not is_program:
            return "it is not what was written"
    return None


def forget(connection: Connection) -> None:
    """Forget how far they are worked out: all are worked out anew."""
    connection.execute(delete(evaluation))


def is_of_another(connection: Connection) -> bool:
    """Say whether the stored checks are, or are becoming, another program's work."""
    rows = read_all(connection, select(evaluation))
    return bool(rows) and rows[0].program not in (program(), _mark(rows[0].after))


def begin(connection: Connection, *, anew: bool = False) -> None:
    """Begin anew, or go on with what this program had begun; `anew` also where all was done."""
    hold(connection, ["evaluation"])  # where all was done there is nothing else to hold
    after = reached(connection)
    if after or (after is None and not anew):
        return
    _write(connection, FROM_THE_BEGINNING)


def note_new(connection: Connection) -> None:
    """Note that a record in which nobody stands yet is this program's."""
    is_empty = connection.execute(select(patient.c.id).limit(1)).first() is None
    if is_empty and connection.execute(select(evaluation.c.id)).first() is None:
        _write(connection, None)


def _write(connection: Connection, after: str | None) -> None:
    connection.execute(delete(evaluation))
    connection.execute(insert(evaluation), {"id": 1, "program": _mark(after), "after": after})


def turn_of(connection: Connection, who: str) -> None:
    """Note that it was a patient's turn, and not yet that of those who follow."""
    connection.execute(update(evaluation).values(program=_mark(who), after=who))


def take_turn(connection: Connection, *, limit: int) -> list[str]:
    """List the next patients, and note that it was their turn; nobody: all are done."""
    after = connection.execute(select(evaluation.c.after).with_for_update()).scalar()
    if after is None:
        return []
    query = select(patient.c.id).where(patient.c.id > after).order_by(patient.c.id).limit(limit)
    found = list(connection.execute(query).scalars())
    last = found[-1] if found else None
    connection.execute(update(evaluation).values(program=_mark(last), after=last))
    return found


def waiting(connection: Connection) -> list[str]:
    """List the patients whose turn has not come."""
    after = reached(connection)
    if after is None:
        return []
    query = select(patient.c.id).where(patient.c.id > after).order_by(patient.c.id)
    return [row.id for row in read_all(connection, query)]


def count_waiting(connection: Connection) -> int:
    """Count the patients whose turn has not come."""
    after = reached(connection)
    if after is None:
        return 0
    query = select(func.count()).select_from(patient).where(patient.c.id > after)
    return int(connection.execute(query).scalar_one())
