"""What is damaged of one patient keeps nobody from recording or asking about another.

Through the way in of the command line: no traceback, nothing quoted that stood in a damaged cell,
the other's exit codes are those without damage, and what is recorded is stored. Some cells each
day; `MONITOR_POISON=all pytest -m faults tests/faults/test_poisoned_questions.py -s` tries all.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import Table

from monitor.service.asking import cases
from monitor.store.tables import metadata
from tests import postgresql
from tests.faults.poisoning import A_SECRET, ROWS, SECRET, Cell, cells_of, poison

Said = dict[str, tuple[int | None, str]]  # by what was typed: exit code and words
WAYS = (A_SECRET, "no text", "empty")
RECORDED = "symptom log P-2 fever 39 Cel --at 2023-02-20T05:00:00Z"
OF_THE_OTHER = (
    "history P-2",
    "warnings P-2",
    "upcoming P-2",
    "gate P-2 --on 2023-04-10",
)
OF_ALL = (
    "patient list",
    "upcoming",
    "upcoming --json",
    "warnings",
    "gate --on 2023-04-10",
    "contact list",
    "outbox",
    "outbox --json",
    "doctor",
    "db verify",
)
OF_ITS_OWN = ("history P-1", "warnings P-1", "upcoming P-1", "gate P-1 --on 2023-04-10")
# A pass writes down what it found, in the log too; it is asked about again.
AFTER_A_PASS = ("tick --now 2023-02-20T10:00:00Z", "doctor --json", "db verify --json")
EVERY = (RECORDED, *OF_THE_OTHER, *OF_ALL, *OF_ITS_OWN, *AFTER_A_PASS)
QUICK = (RECORDED, "history P-2", "patient list", "upcoming", "contact list", "outbox", "doctor")
# Chosen for what they did: the moment of the oldest contact was read by every command.
CHOSEN = (
    ("fact", "contact", "recorded_at", A_SECRET),
    ("fact", "contact", "recorded_at", "no text"),
    ("fact", "contact", "patient", A_SECRET),
    ("fact", "P-1", "position", "no text"),
    ("patient", "P-1", "id", A_SECRET),
    ("pending", "P-1", "rule", A_SECRET),
    ("pending", "P-1", "overdue_after", "empty"),
    ("message", "urgent", "state", A_SECRET),
    ("look", "P-1", "fault", A_SECRET),
    ("look", "P-1", "patient", A_SECRET),
    ("protocol", "shared", "digest", A_SECRET),
)
SHARED = ("protocol",)  # the text that both are treated by: it is about the other too


def rows_of(table: str) -> dict[str, str]:
    return ROWS.get(table, {"P-1": "patient = 'P-1'"})


def cells(table: Table) -> list[Cell]:
    found = cells_of(table, rows_of(table.name), WAYS)
    wanted = os.environ.get("MONITOR_POISON", "2")
    return found if wanted == "all" else random.sample(found, min(int(wanted), len(found)))


@pytest.fixture
def asked(prepared, copies, capsys, caplog):
    """Give a way to damage a cell of a copy, and to list what is wrong with what is said then."""
    with copies(prepared) as url:
        sound = dict(said(url, capsys, EVERY))

    def wrong_beside(cell: Cell, typed: tuple[str, ...] = EVERY) -> list[str] | None:
        with copies(prepared) as url:
            if not poison(url, cell):
                return None
            cases._READ.clear()
            caplog.clear()
            beside = dict(said(url, capsys, typed))
            beside["the log"] = 0, caplog.text
            return [f"{cell}: {words}" for words in faults_beside(cell, beside, sound)]

    return wrong_beside


def faults_beside(cell: Cell, beside: Said, sound: Said) -> Iterator[str]:
    for typed, (code, words) in beside.items():
        if code is None:
            yield f"{typed}: {words}"
        if SECRET in words:
            yield f"{typed} quotes it: {[one for one in words.splitlines() if SECRET in one][:1]}"
        is_of_the_other = typed in (RECORDED, *OF_THE_OTHER) and cell.table not in SHARED
        if is_of_the_other and code != sound[typed][0]:
            yield f"{typed}: {code}: {words[:200]}"
        if typed in (*OF_ALL, *AFTER_A_PASS) and code not in (0, 1):
            yield f"{typed}: {code}: {words[:200]}"
        if typed == "history P-2" and is_of_the_other and "fever 39" not in words:
            yield f"{RECORDED}: it is not stored"


def said(url: str, capsys, typed: tuple[str, ...]) -> Iterator[tuple[str, tuple[int | None, str]]]:
    """Run commands as they would be typed; a code that is none is a traceback's."""
    from monitor.commands import main

    for one in typed:
        capsys.readouterr()
        try:
            code = main([*one.split(), "--db", url])
        except Exception as fault:
            code = None
            print(f"{type(fault).__name__}: {fault}")
        out, err = capsys.readouterr()
        yield one, (code, out + err)


def test_nobody_else_is_hindered_by_the_cells_that_once_did(asked):
    wrong = []
    for table, row, column, way in CHOSEN:
        found = asked(Cell(table, row, rows_of(table)[row], column, way), QUICK)
        assert found is not None or postgresql.URL  # a server refuses some
        wrong += found or []

    assert wrong == []


@pytest.mark.faults
@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_nobody_else_is_hindered_by_a_damaged_cell_and_nothing_in_it_is_quoted(
    table, asked, capsys
):
    counts, wrong = Counter(), []
    for cell in cells(table):
        found = asked(cell)
        counts["damaged" if found is not None else "refused by the database"] += 1
        wrong += found or []
    with capsys.disabled():
        print("\n" + "\n".join([f"{table}: {dict(counts)}", *wrong]), flush=True)
    assert wrong == []
