"""Every column of every table is damaged in five ways, and rows go: it hurts its own, and is named.

Two patients have a nurse each; to each something was sent, something is owed, and something urgent
was tried in vain. A cell of the first patient's rows (or of a row that all share) is damaged behind
the program's back. Then nobody else's message is late by more than a pass, and `db verify` and
`doctor` name the damage; the few cells that need no name are shown to heal.
`MONITOR_POISON=all pytest -m faults tests/faults/test_poison.py -s` (or a number for each table)
tries all, and prints the counts; else a few are tried, others each time.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator, Set
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, Table, text

from monitor import policy
from monitor.delivery.tick import tick
from monitor.service.asking import cases
from monitor.service.operating.doctor import examine
from monitor.service.operating.refresh import refresh_all
from monitor.service.operating.verify import verify
from monitor.store import engine as database_engine
from monitor.store.tables import metadata
from tests.behind import behind
from tests.faults.poisoning import DELETED, NOW, ROWS, Cell, cells_of, poison

pytestmark = pytest.mark.faults

FEW = 4  # of each table
PASSES = (timedelta(), timedelta(minutes=1), timedelta(hours=27))  # the last checks what is settled
# Needs no name, and why; all of it is shown to heal: the patient's own are told, and all is well.
HARMLESS = {
    ("look", "next_at", "empty"): "what the program writes there itself: the patient is looked at",
    ("message", "next_at", "another row's"): "tried a quarter of an hour, or one morning, later",
    ("message", "rank", "another row's", "routine"): "another order among what is not urgent",
    ("message", "rank", "another row's", "sent"): "never read of what is settled",
    ("message", "token", "another row's"): "a higher number, which fences off as well",
    ("damage", DELETED): "what it told of is mended, and operators were told in a message",
    ("damage", "kept"): "neither doctor nor verify reads it; each line has a digest of its own",
}
# Doctor names it at once and it heals by itself: how a new program, or a first pass, finds it too.
HEALS = {
    ("evaluation", "program"): "another program's work: everybody is worked out anew",
    ("evaluation", "after"): "an earlier program's work: everybody is worked out anew",
    ("treatment", "look_at", "empty"): "what waits to be worked out looks so, and is not read",
    ("evaluation", DELETED): "the same",
    ("beat", DELETED): "nobody has sent: everybody is looked at in the next pass, which leaves one",
}


class Seen(NamedTuple):
    """What verify and doctor named besides the usual, what stays, and who was told."""

    verified: set[str]
    at_once: set[str]  # by doctor, before any pass
    found: set[str]
    left: set[str]  # what both name after the last pass
    is_told: bool
    is_own_told: bool = False


def trials(table: Table) -> list[Cell]:
    every = cells_of(table, ROWS.get(table.name, {"P-1": "patient = 'P-1'"}))
    wanted = os.environ.get("MONITOR_POISON", FEW)
    return every if wanted == "all" else random.sample(every, min(int(wanted), len(every)))


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_a_damaged_cell_hurts_only_what_it_is_about_and_is_named(
    table, prepared, http_sink, copies
):
    owed = [keys_owed(prepared, whose) for whose in ("Ward P-2", "Ward P-1")]
    with copies(prepared) as url:
        seen = looked_into(url, http_sink, *owed)
    usual = seen.verified | seen.at_once | seen.left
    assert seen.is_told
    counts, wrong = Counter(), []
    for cell in trials(table):
        with copies(prepared) as url:
            if not poison(url, cell):
                counts["refused by the database, or no other value"] += 1
                continue
            cases._READ.clear()
            http_sink.requests.clear()
            try:
                seen = looked_into(url, http_sink, *owed, usual)
            except Exception as fault:
                wrong.append(f"{cell}: {type(fault).__name__}: {fault}")
                continue
        counts["damaged"] += 1
        counts["named by db verify"] += bool(seen.verified)
        counts["named by doctor"] += bool(seen.found)
        counts["named by doctor before any pass"] += bool(seen.at_once)
        wrong += faults_of(cell, seen)
    print("\n" + "\n".join([f"{table}: {dict(counts)}", *wrong]), flush=True)
    assert wrong == []


def faults_of(cell: Cell, seen: Seen) -> Iterator[str]:
    if not seen.is_told:
        yield f"{cell}: others were not told"
    about = {cell[0:1] + cell[3:4], cell[0:1] + cell[3:], (*cell[0:1], *cell[3:], cell.row)}
    if seen.verified and seen.found:
        return
    if about & HARMLESS.keys() or (about & HEALS.keys() and seen.at_once):
        if seen.left or not seen.is_own_told:
            yield f"{cell}: it did not heal: {seen.left or 'its own were not told'}"
        return
    yield f"{cell}: verify says {seen.verified}, doctor says {seen.found}"


def looked_into(
    url: str, sink, others: set[str], own: set[str], usual: Set[str] = frozenset()
) -> Seen:
    """Ask verify and doctor, then pass until others were told and all is named or has healed."""
    rules = policy.load(None)
    engine, is_told = database_engine.open_engine(database_engine.parse_url(url)), False
    try:
        verified = named_by_verify(engine, NOW) - usual
        at_once = found = named_by_doctor(engine, NOW) - usual
        for later in PASSES:
            tick(engine, rules, lambda later=later: NOW + later)
            sent = {one["body"]["key"] for one in sink.requests}
            is_told = is_told or (later != PASSES[-1] and others <= sent)
            found = found or named_by_doctor(engine, NOW + later, aside=("outbox", "beat")) - usual
            if is_told and found and verified:
                return Seen(verified, at_once, found, set(), is_told=True)
        refresh_all(engine, now=NOW + PASSES[-1])  # as the service does after each pass
        left = named_by_verify(engine, NOW + later) | named_by_doctor(engine, NOW + later)
    finally:
        engine.dispose()
    return Seen(verified, at_once, found, left - usual, is_told, own <= sent)


def keys_owed(url: str, whose: str) -> set[str]:
    with behind(url) as connection:
        query = text("SELECT key FROM message WHERE state = 'owed' AND recipient = :whose")
        return set(connection.execute(query, {"whose": whose}).scalars())


def named_by_verify(engine: Engine, now: datetime) -> set[str]:
    with database_engine.reading(engine) as connection:
        found = verify(connection, now=now)
    return {*found.faults, *found.set_aside.lines()}


def named_by_doctor(
    engine: Engine, now: datetime, *, aside: tuple[str, ...] = ("outbox",)
) -> set[str]:
    """Give what doctor names; that messages wait, and the beat is old, a sound clinic has too."""
    with database_engine.reading(engine) as connection:
        return {
            f"{one.name}: {one.message}"
            for one in examine(connection, now=now)
            if not one.well and one.name not in aside
        }
