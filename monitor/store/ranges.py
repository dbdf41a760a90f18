"""Which messages are gone through: those that are open, the newest, or all, piece by piece.

By indexes, for there may be a million that were settled.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    func,
    select,
    union_all,
)

from monitor.store.engine import inlined, read_all
from monitor.store.lease import IS_OPEN
from monitor.store.soundness import SETTLED, STATES
from monitor.store.tables import attempt, message

_NEWEST = 500  # messages, and tries, that are gone through whenever somebody asks
_PIECE = 5000  # messages that are gone through at once
Keys = Select[Any] | CompoundSelect[Any]  # asks for the keys of messages


def newest_settled(connection: Connection) -> Sequence[Any]:
    """Give those of the newest messages that are in no range of the open ones."""
    newest = select(message).order_by(message.c.due_at.desc()).limit(_NEWEST)
    rows = read_all(connection, newest)
    return [row for row in rows if row.state is None or (row.state in SETTLED and not row.next_at)]


def newest_tries(connection: Connection) -> Sequence[Any]:
    """Give the newest tries."""
    return read_all(connection, select(attempt).order_by(attempt.c.at.desc()).limit(_NEWEST))


# The messages that are owed, or have no state, whatever stands there. Each range is asked by
# itself: asked for any of them at once, a database goes through everything that was ever sent.
# The columns admit no NULL.
_STATES: list[ColumnElement[str]] = [inlined(state) for state in STATES]
OPEN_RANGES = (
    IS_OPEN,
    message.c.state < _STATES[0],
    *(and_(message.c.state > one, message.c.state < after) for one, after in pairwise(_STATES)),
    message.c.state > _STATES[-1],
    # What is settled waits for nothing: who changed the state alone is found by the same index.
    *(and_(message.c.state == inlined(state), message.c.next_at > "") for state in SETTLED),
)
OPEN = union_all(*(select(message.c.key).where(one) for one in OPEN_RANGES))


def pieces(connection: Connection, keys: Keys) -> Iterator[Keys]:
    """Part what asks for keys, which are digests, by how they begin, where it finds many."""
    asked = keys.subquery()
    count = connection.execute(select(func.count()).select_from(asked)).scalar_one()
    digits = next(n for n in range(count) if count <= _PIECE * 16**n) if count else 0
    if digits == 0:
        yield keys
        return
    key = asked.c.key
    begin = [f"{n:0{digits}x}" for n in range(16**digits)]
    # Also what is before and after every digest: something else may stand there.
    within = [key < begin[0], *(and_(key >= a, key < b) for a, b in pairwise(begin))]
    for piece in (*within, key >= begin[-1]):
        yield select(key).where(piece)
