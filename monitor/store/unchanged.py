"""Whether stored checks are those that were stored, without asking the facts.

A digest stands beside each treatment, over it and its checks: lists over the whole clinic are read
from these rows, and nobody would miss a check that is not there.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, select

from monitor.store import chain, evaluation, facts
from monitor.store.engine import let_others_write, parts, read_all
from monitor.store.tables import pending, treatment
from monitor.store.wakeup_rows import AT_ONCE


def sealed_all(
    heads: Iterable[Mapping[str, Any]], checks: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Give the rows of treatments, each with its digest; the checks may be of several."""
    of: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for check in checks:
        of.setdefault((check["patient"], check["drug"]), []).append(check)
    return [
        {**head, "digest": _digest(head, of.get((head["patient"], head["drug"]), ()))}
        for head in heads
    ]


def _digest(head: Mapping[str, Any], checks: Iterable[Mapping[str, Any]]) -> str:
    parts = [_cells(treatment, head), *sorted(_cells(pending, one) for one in checks)]
    return hashlib.sha256(repr(parts).encode(errors="replace")).hexdigest()[:16]


def _cells(table: Table, row: Mapping[str, Any]) -> list[str]:
    return [repr(row[column.name]) for column in table.columns if column.name != "digest"]


def is_changed(connection: Connection, who: str) -> bool:
    """Say whether a patient's stored checks, or the rows of the treatments, were changed."""
    return bool(_changed(connection, [who]))


def faults(connection: Connection) -> Iterator[str]:
    """List whose stored checks were changed; those that wait to be worked out are not read."""
    if not evaluation.is_ours(connection):
        return
    for who in changed(connection, facts.patients(connection)):
        words = "the stored checks are not those that were stored"
        yield f"{chain.named(connection, who)}: {words}"


def changed(connection: Connection, those: Collection[str]) -> Iterator[str]:
    """List of some patients those whose stored checks, or rows of treatments, were changed."""
    for some in parts(sorted(those)):
        let_others_write(connection)
        yield from _changed(connection, some)


def _changed(connection: Connection, some: Sequence[str]) -> list[str]:
    heads, checks = (_by_patient(connection, table, some) for table in (treatment, pending))
    found = []
    for who in some:
        there, mine = heads.get(who, []), checks.get(who, [])
        if any(head["look_at"] == AT_ONCE for head in there):
            continue  # it waits to be worked out
        strays = {check["drug"] for check in mine} - {head["drug"] for head in there}
        if not there or strays or sealed_all(there, mine) != there:
            found.append(who)
    return found


def _by_patient(
    connection: Connection, table: Table, some: Sequence[str]
) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in read_all(connection, select(table).where(table.c.patient.in_(some))):
        found.setdefault(row.patient, []).append(row._asdict())
    return found
