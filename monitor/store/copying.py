"""Write what stands on one patient's record under other names: facts, chain and stored checks.

Event numbers, and what refers to them, are moved along; the chain is made anew for each name,
because a digest covers whose fact it is.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from monitor.domain.corrections import Recorded
from monitor.store import wakeup_rows
from monitor.store.chain import FIRST_DIGEST, chained
from monitor.store.engine import add, number_on
from monitor.store.facts import canonical, row_of
from monitor.store.projection import Projected, head_of, rows_of
from monitor.store.tables import fact, look, patient, pending, treatment
from monitor.store.unchanged import sealed_all

_EVENTS = ("course", "anchor")  # what names an event in a body


@dataclass(frozen=True, kw_only=True, slots=True)
class Original:
    """What stands on a record, numbered from 1."""

    facts: list[tuple[dict[str, Any], dict[str, str] | None]]  # and the body, if it names an event
    heads: list[dict[str, Any]]
    checks: list[dict[str, Any]]


def take_down(rows: Sequence[Recorded], projected: Sequence[Projected]) -> Original:
    """Take down a patient's record; its events must follow one another."""
    before = rows[0].event - 1
    facts = []
    for row in rows:
        body = _moved(row.body, -before)
        corrects = None if row.corrects is None else row.corrects - before
        taken = replace(row, event=row.event - before, corrects=corrects, body=body)
        values = row_of(replace(taken, patient="", login=None, clock=None))
        facts.append((values, body if set(_EVENTS) & set(body) else None))
    checks = [row for one in projected for row in rows_of(one)]
    return Original(
        facts=facts,
        heads=[head_of(one) for one in projected],
        checks=[{**check, "anchor": check["anchor"] - before} for check in checks],
    )


def write(connection: Connection, named: Iterable[tuple[str, Original]], *, after: int) -> int:
    """Write records of patients who have none yet, numbered on; returns the last event."""
    facts: list[dict[str, Any]] = []
    ends, heads, checks, looks = [], [], [], []
    for who, original in named:
        digest = FIRST_DIGEST
        for values, body in original.facts:
            row = {**values, "event": values["event"] + after, "patient": who}
            if row["corrects"] is not None:
                row["corrects"] += after
            if body is not None:
                row["body"] = canonical(_moved(body, after))
            digest = row["digest"] = chained(digest, row)
            facts.append(row)
        ends.append({"id": who, "position": len(original.facts), "digest": digest})
        heads += [{**head, "patient": who} for head in original.heads]
        checks += [
            {**check, "patient": who, "anchor": check["anchor"] + after}
            for check in original.checks
        ]
        looks.append(wakeup_rows.new(who))
        after += len(original.facts)
    for table, rows in (
        (patient, ends),
        (fact, facts),
        (treatment, sealed_all(heads, checks)),
        (pending, checks),
        (look, looks),
    ):
        add(connection, table, rows)
    number_on(connection, fact.c.event, after)
    return after


def moved(body: str, numbers: Mapping[int, int]) -> str:
    """Write a body in which events have other numbers."""
    if not any(f'"{name}"' in body for name in _EVENTS):
        return body
    said: dict[str, str] = json.loads(body)
    for name in _EVENTS:
        if name in said and int(said[name]) in numbers:
            said[name] = str(numbers[int(said[name])])
    return canonical(said)


def _moved(body: dict[str, str], by: int) -> dict[str, str]:
    return {k: str(int(v) + by) if k in _EVENTS else v for k, v in body.items()}
