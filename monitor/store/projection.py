"""The stored checks and the next day to look: written with the facts, rebuildable from them.

What is due to be worked out, or was stored by another program (see `evaluation.py`), is not read.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, func, insert, or_, select

from monitor.store import evaluation
from monitor.store.clinic import IS_PATIENT
from monitor.store.engine import add, read_all
from monitor.store.facts import moment_text
from monitor.store.locks import is_shared
from monitor.store.tables import patient, pending, treatment
from monitor.store.unchanged import sealed_all
from monitor.store.wakeup_rows import AT_ONCE

FAR = date(9999, 12, 31)


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingCheck:
    """One check that is ahead, open or overdue, as stored."""

    patient: str
    drug: str
    rule: str
    occurrence: int
    state: str
    opens: str
    due: str
    overdue_after: str
    anchor: int
    anchor_on: str
    protocol: str  # digest


@dataclass(frozen=True, kw_only=True, slots=True)
class Projected:
    """What is stored of one treatment."""

    patient: str
    drug: str
    protocol: str  # digest of the newest course's protocol
    evaluated_on: date
    next_look: date
    look_at: datetime  # when that day begins for the patient
    checks: tuple[PendingCheck, ...]


def replace(connection: Connection, who: str, projected: Sequence[Projected]) -> None:
    """Store a patient's projection in place of what was stored before."""
    connection.execute(delete(pending).where(pending.c.patient == who))
    connection.execute(delete(treatment).where(treatment.c.patient == who))
    checks = [row for one in projected for row in rows_of(one)]
    add(connection, treatment, sealed_all(map(head_of, projected), checks))
    add(connection, pending, checks)


def read(connection: Connection, who: str) -> list[Projected]:
    """Read what is stored of a patient, for comparing it with a fresh computation."""
    heads = connection.execute(
        select(treatment).where(treatment.c.patient == who).order_by(treatment.c.drug)
    ).all()
    rows = connection.execute(
        select(pending)
        .where(pending.c.patient == who)
        .order_by(pending.c.due, pending.c.rule, pending.c.occurrence)
    ).all()
    checks = [PendingCheck(**row._asdict()) for row in rows]
    return [
        Projected(
            patient=head.patient,
            drug=head.drug,
            protocol=head.protocol,
            evaluated_on=date.fromisoformat(head.evaluated_on),
            next_look=date.fromisoformat(head.next_look),
            look_at=datetime.fromisoformat(head.look_at),
            checks=tuple(check for check in checks if check.drug == head.drug),
        )
        for head in heads
    ]


def set_aside(connection: Connection, who: str, today: date) -> None:
    """Store nothing of a patient whose facts cannot be used, but to look at them every time."""
    replace(connection, who, [])
    day = today.isoformat()
    row = {"patient": who, "drug": "", "protocol": "", "evaluated_on": day, "next_look": day}
    connection.execute(insert(treatment), sealed_all([{**row, "look_at": AT_ONCE}], []))


def waiting_of(connection: Connection, patients: Collection[str]) -> set[str]:
    """List of some patients those whose checks wait to be worked out, whatever the clock says.

    Another program stored them, or the facts could not be used.
    """
    query = select(treatment.c.patient).where(
        treatment.c.patient.in_(patients), treatment.c.look_at == AT_ONCE
    )
    return set(connection.execute(query).scalars())


def is_stale(connection: Connection, who: str, today: date, *, due_by: datetime | None) -> bool:
    """Say whether what is stored of a patient is of a day to come, or due to be worked out."""
    until = AT_ONCE if due_by is None else moment_text(due_by)
    query = select(treatment.c.patient).where(
        treatment.c.patient == who,
        or_(treatment.c.evaluated_on > today.isoformat(), treatment.c.look_at <= until),
    )
    return connection.execute(query.limit(1)).first() is not None


def to_look_at(connection: Connection, now: datetime) -> list[str]:
    """List the patients of whom something may have changed since it was stored."""
    if not evaluation.is_ours(connection):
        query = select(patient.c.id).where(IS_PATIENT).order_by(patient.c.id)
        return [row.id for row in read_all(connection, query)]
    # Sorted here: asked to sort, SQLite would go through every treatment in that order.
    query = select(treatment.c.patient).where(treatment.c.look_at <= moment_text(now))
    return sorted({row.patient for row in read_all(connection, query)}, key=str)


def take(connection: Connection, wanted: Sequence[str], now: datetime) -> list[str]:
    """Hold those of some patients to look at whom no other program holds or has looked at."""
    if not is_shared(connection):
        return list(wanted)
    is_due = exists().where(
        treatment.c.patient == patient.c.id, treatment.c.look_at <= moment_text(now)
    )
    query = select(patient.c.id).where(patient.c.id.in_(wanted), is_due).order_by(patient.c.id)
    return list(
        connection.execute(query.with_for_update(skip_locked=True, key_share=True)).scalars()
    )


def pending_until(
    connection: Connection, now: datetime, *, latest: date, until: date, limit: int | None
) -> list[PendingCheck]:
    """List stored checks due by a day, overdue ones always, in the order of their due days.

    Left out is who must be reconciled, be it for one treatment: all of them are worked out anew.
    `latest` is the latest day that is today somewhere.
    """
    if not evaluation.is_ours(connection):
        return []
    # Asked row by row, so that the index by due day leads and a limit ends the search early.
    may_have_changed = exists().where(
        treatment.c.patient == pending.c.patient,
        treatment.c.look_at <= moment_text(now),
    )
    query = (
        select(pending)
        .where(~may_have_changed)
        .where(or_(pending.c.due <= until.isoformat(), pending.c.state == "overdue"))
        .order_by(pending.c.due, pending.c.patient, pending.c.rule, pending.c.occurrence)
    )
    if until >= latest:  # what is overdue was due before: one range of the index
        query = query.where(pending.c.due <= until.isoformat())
    if limit is not None:
        query = query.limit(limit)
    return [PendingCheck(**row._asdict()) for row in read_all(connection, query)]


def count_due(connection: Connection, day: date) -> tuple[int, int]:
    """Count stored checks that are due on a day, and those that are overdue."""
    text = day.isoformat()
    query = select(
        func.count().filter(pending.c.overdue_after >= text),
        func.count().filter(pending.c.overdue_after < text),
    ).where(pending.c.due <= text)
    due, overdue = connection.execute(query).one()
    return int(due), int(overdue)


def patients_with_checks(connection: Connection) -> list[str]:
    """List the patients of whom a check is ahead, open or overdue."""
    query = select(pending.c.patient).where(pending.c.patient.in_(select(patient.c.id)))
    query = query.distinct().order_by(pending.c.patient)
    return list(connection.execute(query).scalars())


def head_of(projected: Projected) -> dict[str, Any]:
    """Write a treatment as the row that is stored."""
    return {
        "patient": projected.patient,
        "drug": projected.drug,
        "protocol": projected.protocol,
        "evaluated_on": projected.evaluated_on.isoformat(),
        "next_look": projected.next_look.isoformat(),
        "look_at": moment_text(projected.look_at),
    }


def rows_of(projected: Projected) -> list[dict[str, Any]]:
    """Write the checks of a treatment as the rows that are stored."""
    names = PendingCheck.__slots__
    return [{name: getattr(check, name) for name in names} for check in projected.checks]
