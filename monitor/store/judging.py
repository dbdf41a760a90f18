"""Judge many facts without holding the database: on a copy of whom they are about, taken over then.

What a copy leads to is written all at once, under the numbers that are then free, if nobody has
been recorded about meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Column, Connection, delete, func, insert, select, update

from monitor.domain.facts import DESCRIBING
from monitor.errors import OutsideError
from monitor.store import locks, pinned, wakeup_rows
from monitor.store.chain import COLUMNS, FIRST_DIGEST
from monitor.store.clinic import CLINIC
from monitor.store.copying import renumbered
from monitor.store.engine import add, let_others_write, parts
from monitor.store.notify import announce
from monitor.store.tables import fact, look, patient, pending, protocol, treatment
from monitor.store.unchanged import sealed_all
from monitor.store.wakeup_rows import AT_ONCE


class Overtaken(OutsideError):
    """Somebody was recorded about meanwhile; what was judged is not true any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Borrowed:
    """What was copied."""

    heads: dict[str, tuple[int, str]]  # of the patients whom the new facts are about
    last: int  # the last event of the copy
    patients: int  # how many were on record: whoever is new may be one of them


def borrow(connection: Connection, copy: Connection, about: Iterable[str]) -> Borrowed:
    """Copy some patients' facts, who else is on record, and all protocols, piece by piece."""
    for row in connection.execute(select(protocol)).all():
        copy.execute(insert(protocol), row._asdict())
    wanted, heads = set(about), dict[str, tuple[int, str]]()
    ids = list(connection.execute(select(patient.c.id).order_by(patient.c.id)).scalars())
    for some in parts(ids):
        let_others_write(connection)
        ends = connection.execute(select(patient).where(patient.c.id.in_(some))).all()
        rows: list[Any] = []
        whole = [who for who in some if who in wanted]
        query = select(*COLUMNS)
        rows += connection.execute(query.where(fact.c.patient.in_(whole))).all()
        others = fact.c.patient.in_([who for who in some if who not in wanted])
        rows += connection.execute(query.where(others, fact.c.kind.in_(DESCRIBING))).all()
        copy.execute(insert(patient), [end._asdict() for end in ends])
        heads |= {end.id: (end.position, end.digest) for end in ends if end.id in wanted}
        add(copy, fact, sorted((row._asdict() for row in rows), key=lambda r: r["event"]))
    last = copy.execute(select(func.max(fact.c.event))).scalar() or 0
    return Borrowed(heads=heads, last=last, patients=len(ids))


def take_over(connection: Connection, copy: Connection, borrowed: Borrowed) -> int:
    """Write what was added to a copy, and what follows from it; returns how many facts.

    Raises Overtaken where one of these patients is not as was borrowed, or a new one may have
    been registered meanwhile under another identifier.
    """
    new = copy.execute(
        select(*COLUMNS)
        .where(fact.c.event > borrowed.last)
        .order_by(fact.c.patient, fact.c.position)
    ).all()
    groups = [(who, list(rows)) for who, rows in groupby(new, lambda row: str(row.patient))]
    names = [who for who, _ in groups]
    _require_unchanged(connection, names, borrowed)
    for row in copy.execute(select(protocol)).all():
        pinned.keep(connection, **row._asdict())
    free = locks.numbers(connection, fact.c.event)
    numbers = {
        event: next(free) for event in sorted(row.event for _, rows in groups for row in rows)
    }
    facts, ends = _renumbered(groups, numbers, borrowed)
    fresh = [end for end in ends if end["id"] not in borrowed.heads]
    if fresh:
        there = connection.execute(select(func.count()).select_from(patient)).scalar_one()
        if there != borrowed.patients or locks.add_new(connection, patient, fresh) < len(fresh):
            raise Overtaken(_WORDS)
    add(connection, fact, facts)
    for end in ends:
        if end["id"] in borrowed.heads:
            connection.execute(update(patient).where(patient.c.id == end["id"]).values(end))
    _replace_checks(connection, copy, names, numbers)
    _look_at_once(connection, names)
    return len(facts)


_WORDS = "somebody recorded facts of one of these patients meanwhile; nothing stored; import again"


def _require_unchanged(connection: Connection, names: list[str], borrowed: Borrowed) -> None:
    for some in parts(names):
        for who in some:
            locks.hold_patient(connection, who)
        query = select(patient).where(patient.c.id.in_(some))
        there = {row.id: (row.position, row.digest) for row in connection.execute(query).all()}
        if there != {who: borrowed.heads[who] for who in some if who in borrowed.heads}:
            raise Overtaken(_WORDS)


def _renumbered(
    groups: list[tuple[str, list[Any]]], numbers: dict[int, int], borrowed: Borrowed
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Give the new facts under their numbers, each chain made anew, and the ends of the chains."""
    facts: list[dict[str, Any]] = []
    ends = []
    for who, rows in groups:
        digest = borrowed.heads[who][1] if who in borrowed.heads else FIRST_DIGEST
        new, digest = renumbered([row._asdict() for row in rows], numbers, digest)
        facts += new
        ends.append({"id": who, "position": rows[-1].position, "digest": digest})
    return sorted(facts, key=lambda row: row["event"]), ends


def _replace_checks(
    connection: Connection, copy: Connection, names: list[str], numbers: dict[int, int]
) -> None:
    """Put the stored checks that the copy holds of some patients in the place of theirs."""
    for some in parts(names):
        for table in (pending, treatment):
            connection.execute(delete(table).where(table.c.patient.in_(some)))
        found = copy.execute(select(pending).where(pending.c.patient.in_(some))).all()
        checks = [row._asdict() for row in found]
        for row in checks:
            row["anchor"] = numbers.get(row["anchor"], row["anchor"])
        found = copy.execute(select(treatment).where(treatment.c.patient.in_(some))).all()
        add(connection, treatment, sealed_all((row._asdict() for row in found), checks))
        add(connection, pending, checks)


def _look_at_once(connection: Connection, names: list[str]) -> None:
    for some in parts([who for who in names if who != CLINIC]):
        those: Column[str] = look.c.patient
        there = set(connection.execute(select(those).where(those.in_(some))).scalars())
        connection.execute(update(look).where(those.in_(some)).values(next_at=AT_ONCE))
        add(connection, look, [wakeup_rows.new(who) for who in some if who not in there])
    announce(connection)
