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
    """What stands on a record, as rows."""

    facts: list[dict[str, Any]]
    heads: list[dict[str, Any]]
    checks: list[dict[str, Any]]


def take_down(rows: Sequence[Recorded], projected: Sequence[Projected]) -> Original:
    """Take down a patient's record, without who recorded it, and when by another clock."""
    return Original(
        facts=[row_of(replace(row, login=None, clock=None)) for row in rows],
        heads=[head_of(one) for one in projected],
        checks=[row for one in projected for row in rows_of(one)],
    )


def write(connection: Connection, named: Iterable[tuple[str, Original]], *, after: int) -> int:
    """Write records of patients who have none yet, numbered on; returns the last event."""
    facts: list[dict[str, Any]] = []
    ends, heads, checks, looks = [], [], [], []
    for who, original in named:
        rows = [{**row, "patient": who} for row in original.facts]
        numbers = {row["event"]: after + n for n, row in enumerate(rows, start=1)}
        new, digest = renumbered(rows, numbers, FIRST_DIGEST)
        facts += new
        ends.append({"id": who, "position": len(new), "digest": digest})
        heads += [{**head, "patient": who} for head in original.heads]
        checks += [
            {**check, "patient": who, "anchor": numbers.get(check["anchor"], check["anchor"])}
            for check in original.checks
        ]
        looks.append(wakeup_rows.new(who))
        after += len(new)
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


def renumbered(
    rows: Iterable[Mapping[str, Any]], numbers: Mapping[int, int], digest: str
) -> tuple[list[dict[str, Any]], str]:
    """Give rows of one patient under other numbers, chained anew after a digest; and the last."""
    found = []
    for row in rows:
        values = {
            **{name: value for name, value in row.items() if name != "digest"},
            "event": numbers[row["event"]],
            "corrects": numbers.get(row["corrects"], row["corrects"]),
            "body": _moved(row["body"], numbers),
        }
        digest = chained(digest, values)
        found.append({**values, "digest": digest})
    return found, digest


def _moved(body: str, numbers: Mapping[int, int]) -> str:
    """Write a body in which events have other numbers."""
    if not any(f'"{name}"' in body for name in _EVENTS):
        return body
    said: dict[str, str] = json.loads(body)
    for name in _EVENTS:
        if name in said and int(said[name]) in numbers:
            said[name] = str(numbers[int(said[name])])
    return canonical(said)
