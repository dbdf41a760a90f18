"""How far everybody's stored checks have been worked out anew, in the order of identifiers."""

from sqlalchemy import Connection, delete, func, insert, select, update

from monitor.store.engine import read_all
from monitor.store.sharing import hold
from monitor.store.soundness import is_clean
from monitor.store.tables import evaluation, patient

FROM_THE_BEGINNING = ""  # sorts before every identifier


def reached(connection: Connection) -> str | None:
    """Give the last patient whose turn it was; None where everybody's checks are worked out."""
    rows = read_all(connection, select(evaluation.c.after))
    after = rows[0].after if rows else None
    is_sound = after is None or after == FROM_THE_BEGINNING or is_clean(after)
    return after if is_sound else FROM_THE_BEGINNING


def begin(connection: Connection, program: str) -> None:
    """Begin anew, or go on with what the same program had begun."""
    hold(connection, ["evaluation"])  # where all was done there is nothing else to hold
    query = select(evaluation.c.program).where(evaluation.c.after.is_not(None))
    if connection.execute(query).scalar() == program:
        return
    connection.execute(delete(evaluation))
    connection.execute(
        insert(evaluation), {"id": 1, "program": program, "after": FROM_THE_BEGINNING}
    )


def take_turn(connection: Connection, *, limit: int) -> list[str]:
    """List the next patients, and note that it was their turn; nobody: all are done."""
    after = connection.execute(select(evaluation.c.after).with_for_update()).scalar()
    if after is None:
        return []
    query = select(patient.c.id).where(patient.c.id > after).order_by(patient.c.id).limit(limit)
    found = list(connection.execute(query).scalars())
    connection.execute(update(evaluation).values(after=found[-1] if found else None))
    return found


def waiting(connection: Connection) -> list[str]:
    """List the patients whose turn has not come."""
    after = reached(connection)
    if after is None:
        return []
    query = select(patient.c.id).where(patient.c.id > after).order_by(patient.c.id)
    return list(connection.execute(query).scalars())


def count_waiting(connection: Connection) -> int:
    """Count the patients whose turn has not come."""
    after = reached(connection)
    if after is None:
        return 0
    query = select(func.count()).select_from(patient).where(patient.c.id > after)
    return int(connection.execute(query).scalar_one())
