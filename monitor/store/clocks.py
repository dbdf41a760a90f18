"""Moments of recording that lie ahead of a clock, and what the clock said where they do."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from monitor.store.chain import COLUMNS
from monitor.store.engine import parts, read_all
from monitor.store.facts import last_after, moment_text, recorded
from monitor.store.soundness import is_moment
from monitor.store.tables import fact


def moments_after(connection: Connection, moment: datetime) -> dict[str, tuple[int, datetime]]:
    """Count the facts that were recorded after a moment, by patient, and give the last moment."""
    found = {}
    for some in parts(last_after(connection, moment)):
        counted = (
            select(
                fact.c.patient,
                func.count().label("many"),
                func.max(fact.c.recorded_at).label("last"),
            )
            .where(fact.c.patient.in_(some), fact.c.recorded_at > moment_text(moment))
            .group_by(fact.c.patient)
            .order_by(fact.c.patient)
        )
        for row in read_all(connection, counted):
            if is_moment(row.last):  # what is damaged is named by `db verify`
                found[row.patient] = row.many, datetime.fromisoformat(str(row.last))
    return found


def newest_clock(connection: Connection) -> datetime | None:
    """Give what the clock said when the newest fact of all was recorded."""
    query = select(*COLUMNS).order_by(fact.c.event.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return clock_of(row) if row is not None else None


def clock_of(row: Row[*tuple[Any, ...]]) -> datetime | None:
    """Give what the clock said when a row was recorded; None where that is damaged."""
    try:
        return recorded(row).said_by_clock
    except (TypeError, ValueError):  # a damaged row is named by `db verify`
        return None
