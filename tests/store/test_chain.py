"""Behind the program's back: what is edited, removed, inserted, moved or cut off is found.

A database with some 300 facts of 6 patients is changed with sqlite3, its triggers switched off
and put back. `monitor db verify` must find each change, or the change is of a class that is
listed in docs/reliability.md with the reason why it is not found. Whatever was changed, a gate
answers as before, or not at all. `pytest -m faults tests/store/test_chain.py -s` makes 400
changes (1,000 with MONITOR_FAULTS=all) and prints the counts.
"""

import os
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor.domain.rules.question import Proposal
from monitor.errors import DamagedRecord, OutsideError, ProtocolError, Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.asking.worklist import worklist
from monitor.service.operating.verify import verify
from monitor.store import chain, facts
from monitor.store import engine as database
from tests import documents, postgresql
from tests.faults.tracing import EVERYTHING
from tests.recordings import Diary

pytestmark = postgresql.sqlite_only  # rows and bits are changed through the file

PATIENTS = 6
FACTS = 300
SLOW = int(os.environ.get("MONITOR_MUTATIONS", "1000" if EVERYTHING else "400"))
FLIPS = 0.35  # the part of the changes that are flipped bits

Change = Callable[[sqlite3.Connection, random.Random], str]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The sound database, and what it said."""

    content: bytes
    asked: Asked
    head: str
    gates: dict[str, object]
    rows: list[str]


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Kept:
    path = tmp_path_factory.mktemp("chain") / "clinic.db"
    diary = Diary("chain", file=path, patients=PATIENTS)
    while count(path) < FACTS:
        diary.record_one()
    diary.close()
    asked = Asked(now=diary.now)
    found = verified(path, asked)
    assert found.faults == ()
    return Kept(
        content=path.read_bytes(),
        asked=asked,
        head=found.head,
        gates=gates(path, asked),
        rows=rows(path),
    )


@pytest.fixture
def path(kept, tmp_path) -> Path:
    return restored(kept, tmp_path / "clinic.db")


def restored(kept: Kept, path: Path) -> Path:
    path.write_bytes(kept.content)
    return path


def count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM fact").fetchone()[0])


def rows(path: Path) -> list[str]:
    """Write every row of every table, and the schema, as text."""
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        tables = [r[0].decode() for r in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'")]  # fmt: skip
        return sorted(
            f"{table}: {row}"
            for table in [*tables, "sqlite_master"]
            for row in connection.execute(f"SELECT * FROM {table}")
        )


def verified(path: Path, asked: Asked, head: str | None = None) -> Any:
    """Verify as a new process would: nothing that was read before is remembered."""
    cases._READ.clear()
    engine = database.open_engine(database.parse_url(f"sqlite:///{path}"))
    try:
        with database.reading(engine) as connection:
            return verify(connection, now=asked.now, head=head)
    finally:
        engine.dispose()


def found_wrong(path: Path, asked: Asked, head: str | None = None) -> tuple[str, ...]:
    """List what is wrong; where the database cannot be read at all, that."""
    try:
        return tuple(verified(path, asked, head).faults)
    except OutsideError as fault:
        return (str(fault),)


def gates(path: Path, asked: Asked) -> dict[str, object]:
    """Ask the gate of every patient; what cannot be answered is an OutsideError's class."""
    cases._READ.clear()
    found: dict[str, object] = {}
    engine = database.open_engine(database.parse_url(f"sqlite:///{path}"))
    for number in range(1, PATIENTS + 1):
        who = f"P-{number}"
        try:
            with database.reading(engine) as connection:
                found[who] = gate(connection, who, asked)
        except (OutsideError, ProtocolError) as fault:
            found[who] = fault
    engine.dispose()
    return found


def gate(connection: Any, who: str, asked: Asked) -> object:
    case = cases.get_case(connection, who, asked)
    try:
        answer = cases.ask_gate(case, on=case.today, proposal=Proposal())
    except Refused as fault:  # no course runs
        return str(fault)
    treatment = case.treatment()
    course = treatment.timeline.course_on(case.today)
    return documents.gate_answer(treatment, answer, treatment.protocol_of(course))


# The changes. Each says in a few words what it did.

COLUMNS = {
    "patient": lambda r: f"P-{r.randint(1, 7)}",
    "position": lambda r: r.randint(1, 80),
    "kind": lambda r: r.choice(["result", "fact", "infusion", "retraction"]),
    "happened_on": lambda r: f"2024-0{r.randint(1, 9)}-1{r.randint(0, 9)}",
    "recorded_at": lambda r: f"2024-0{r.randint(1, 9)}-11T10:00:00.000000+00:00",
    "recorded_by": lambda r: r.choice(["Dr X", "", None]),
    "corrects": lambda r: r.choice([None, r.randint(1, 300)]),
    "sender_id": lambda r: r.choice(["x", ""]),
    "body": lambda r: '{"code":"hcg","value":"negative"}',
    "digest": lambda r: f"{r.getrandbits(256):064x}",
}


def edit_a_column(db: sqlite3.Connection, chosen: random.Random) -> str:
    column = chosen.choice(list(COLUMNS))
    event, before = chosen.choice(db.execute(f"SELECT event, {column} FROM fact").fetchall())
    value = before
    while value == before:
        value = COLUMNS[column](chosen)
    try:
        db.execute(f"UPDATE fact SET {column} = ? WHERE event = ?", (value, event))
    except sqlite3.IntegrityError:  # that position is taken
        db.execute(f"UPDATE fact SET {column} = 1000 WHERE event = ?", (event,))
    return f"column {column}"


def edit_one_letter_of_a_body(db: sqlite3.Connection, chosen: random.Random) -> str:
    event, body = chosen.choice(db.execute("SELECT event, body FROM fact").fetchall())
    place = chosen.randrange(len(body))
    letter = chosen.choice([c for c in "0123456789abcdef }" if c != body[place]])
    new = body[:place] + letter + body[place + 1 :]
    db.execute("UPDATE fact SET body = ? WHERE event = ?", (new, event))
    return "one letter of a body"


def remove_a_row(db: sqlite3.Connection, chosen: random.Random) -> str:
    event = chosen.choice(db.execute("SELECT event FROM fact").fetchall())[0]
    db.execute("DELETE FROM fact WHERE event = ?", (event,))
    return "a row removed"


def remove_a_row_and_close_the_gap(db: sqlite3.Connection, chosen: random.Random) -> str:
    event, who, position = chosen.choice(
        db.execute("SELECT event, patient, position FROM fact").fetchall()
    )
    db.execute("DELETE FROM fact WHERE event = ?", (event,))
    later = db.execute(
        "SELECT event FROM fact WHERE patient = ? AND position > ? ORDER BY position",
        (who, position),
    ).fetchall()
    for (event,) in later:
        db.execute("UPDATE fact SET position = position - 1 WHERE event = ?", (event,))
    db.execute("UPDATE patient SET position = position - 1 WHERE id = ?", (who,))
    return "a row removed, the gap closed"


def forged(db: sqlite3.Connection, who: str, position: int, before: str) -> dict[str, Any]:
    number = db.execute("SELECT max(event) FROM fact").fetchone()[0] + 1
    values = {
        "event": number,
        "patient": who,
        "position": position,
        "kind": "result",
        "happened_on": "2024-03-01",
        "recorded_at": "2030-01-01T00:00:00.000000+00:00",
        "recorded_by": "A",
        "corrects": None,
        "sender_id": None,
        "body": '{"code":"neutrophils","unit":"10*9/L","value":"3.2"}',
    }
    return {**values, "digest": chain.chained(before, values)}


def insert(db: sqlite3.Connection, values: dict[str, Any]) -> None:
    names = ", ".join(values)
    marks = ", ".join("?" * len(values))
    db.execute(f"INSERT INTO fact ({names}) VALUES ({marks})", tuple(values.values()))


def insert_a_forged_row_at_the_end(db: sqlite3.Connection, chosen: random.Random) -> str:
    who, position, digest = chosen.choice(db.execute("SELECT * FROM patient").fetchall())
    insert(db, forged(db, who, position + 1, digest))
    return "a forged row at the end"


def insert_a_forged_row_in_the_middle(db: sqlite3.Connection, chosen: random.Random) -> str:
    who, position, _ = chosen.choice(db.execute("SELECT * FROM patient").fetchall())
    place = chosen.randint(2, position)
    before = db.execute(
        "SELECT digest FROM fact WHERE patient = ? AND position = ?", (who, place - 1)
    ).fetchone()[0]
    later = db.execute(
        "SELECT event FROM fact WHERE patient = ? AND position >= ? ORDER BY position DESC",
        (who, place),
    ).fetchall()
    for (event,) in later:
        db.execute("UPDATE fact SET position = position + 1 WHERE event = ?", (event,))
    insert(db, forged(db, who, place, before))
    db.execute("UPDATE patient SET position = position + 1 WHERE id = ?", (who,))
    return "a forged row in the middle"


def swap_two_rows(db: sqlite3.Connection, chosen: random.Random) -> str:
    moved = "kind, happened_on, recorded_at, recorded_by, corrects, sender_id, body"
    if chosen.random() < 0.5:
        moved += ", digest"
    found = db.execute(f"SELECT event, {moved} FROM fact").fetchall()
    one, other = chosen.sample(found, 2)
    if one[1:] == other[1:]:
        return swap_two_rows(db, chosen)
    columns = ", ".join(f"{name} = ?" for name in moved.split(", "))
    db.execute(f"UPDATE fact SET {columns} WHERE event = ?", (*one[1:], other[0]))
    db.execute(f"UPDATE fact SET {columns} WHERE event = ?", (*other[1:], one[0]))
    return "two rows swapped"


def truncate_the_end(db: sqlite3.Connection, chosen: random.Random) -> str:
    who, position, _ = chosen.choice(db.execute("SELECT * FROM patient").fetchall())
    left = chosen.randint(0, position - 1)
    db.execute("DELETE FROM fact WHERE patient = ? AND position > ?", (who, left))
    return "the end cut off"


def truncate_the_end_and_adjust(db: sqlite3.Connection, chosen: random.Random) -> str:
    who, position, _ = chosen.choice(db.execute("SELECT * FROM patient").fetchall())
    left = chosen.randint(1, position - 1)
    db.execute("DELETE FROM fact WHERE patient = ? AND position > ?", (who, left))
    adjust(db)
    return "the end cut off, the patient's row adjusted"


def truncate_everything_and_adjust(db: sqlite3.Connection, chosen: random.Random) -> str:
    last = db.execute("SELECT max(event) FROM fact").fetchone()[0]
    db.execute("DELETE FROM fact WHERE event > ?", (last - chosen.randint(1, 40),))
    adjust(db)
    return "the end of the log cut off, all patients' rows adjusted"


def adjust(db: sqlite3.Connection) -> None:
    db.execute(
        "UPDATE patient SET (position, digest) = (SELECT position, digest FROM fact"
        " WHERE fact.patient = patient.id ORDER BY position DESC LIMIT 1)"
    )


def change_a_patients_row(db: sqlite3.Connection, chosen: random.Random) -> str:
    who, position, _ = chosen.choice(db.execute("SELECT * FROM patient").fetchall())
    match chosen.randrange(4):
        case 0:
            db.execute("UPDATE patient SET position = ? WHERE id = ?", (position - 1, who))
        case 1:
            db.execute("UPDATE patient SET digest = ? WHERE id = ?", ("f" * 64, who))
        case 2:
            db.execute("UPDATE patient SET id = ? WHERE id = ?", (f"Q{who}", who))
        case _:
            db.execute("DELETE FROM patient WHERE id = ?", (who,))
    return "a patient's row"


def change_the_kept_protocol(db: sqlite3.Connection, chosen: random.Random) -> str:
    digest, text = chosen.choice(db.execute("SELECT digest, text FROM protocol").fetchall())
    match chosen.randrange(5):
        case 0:
            place = chosen.choice([n for n, c in enumerate(text) if c.isdigit()])
            text = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
            db.execute("UPDATE protocol SET text = ? WHERE digest = ?", (text, digest))
        case 1:
            db.execute("UPDATE protocol SET text = ? WHERE digest = ?", ("nothing", digest))
        case 2:
            db.execute("UPDATE protocol SET name = 'other' WHERE digest = ?", (digest,))
        case 3:
            db.execute("UPDATE protocol SET version = '9.9.9' WHERE digest = ?", (digest,))
        case _:
            db.execute("DELETE FROM protocol WHERE digest = ?", (digest,))
    return "the kept protocol"


CHECKS = {
    "state": ["ahead", "open", "overdue", "done"],
    "opens": ["2024-02-02"],
    "due": ["2024-02-03", "2027-01-01"],
    "overdue_after": ["2031-01-01"],
    "anchor": [3, 4, 5],
    "anchor_on": ["2024-01-02"],
    "rule": ["other"],
    "occurrence": [77],
    "drug": ["other"],
    "protocol": ["0" * 64],
}


def change_a_stored_check(db: sqlite3.Connection, chosen: random.Random) -> str:
    row = chosen.choice(db.execute("SELECT rowid, * FROM pending").fetchall())[0]
    if chosen.random() < 0.1:
        db.execute(
            "INSERT INTO pending SELECT patient, 'other', rule, occurrence, state, opens, due,"
            " overdue_after, anchor, anchor_on, protocol FROM pending WHERE rowid = ?",
            (row,),
        )
        return "a stored check of a treatment that there is not"
    if chosen.random() < 0.2:
        db.execute("DELETE FROM pending WHERE rowid = ?", (row,))
        return "a stored check removed"
    column = chosen.choice(list(CHECKS))
    (before,) = db.execute(f"SELECT {column} FROM pending WHERE rowid = ?", (row,)).fetchone()
    value = chosen.choice([value for value in CHECKS[column] if value != before] or ["x"])
    db.execute(f"UPDATE pending SET {column} = ? WHERE rowid = ?", (value, row))
    return f"a stored check's {column}"


def change_the_next_day_to_look(db: sqlite3.Connection, chosen: random.Random) -> str:
    row = chosen.choice(db.execute("SELECT rowid FROM treatment").fetchall())[0]
    match chosen.randrange(5):
        case 4:
            db.execute("UPDATE treatment SET evaluated_on = 'soon' WHERE rowid = ?", (row,))
        case 0:
            db.execute("UPDATE treatment SET next_look = '2031-01-01' WHERE rowid = ?", (row,))
        case 1:
            db.execute("UPDATE treatment SET evaluated_on = '2031-01-01' WHERE rowid = ?", (row,))
        case 2:
            db.execute("DELETE FROM treatment WHERE rowid = ?", (row,))
        case _:
            db.execute("UPDATE treatment SET protocol = 'x' WHERE rowid = ?", (row,))
    return "the next day to look"


def forge_a_continuation(db: sqlite3.Connection, chosen: random.Random) -> str:
    """With the program's own method: nothing tells it from a fact that was recorded."""
    who, position, digest = chosen.choice(db.execute("SELECT * FROM patient").fetchall())
    insert(db, forged(db, who, position + 1, digest))
    adjust(db)
    return FORGED


FORGED = "a fact forged with the program's own method, at the end"
FOUND: tuple[Change, ...] = (
    edit_a_column,
    edit_one_letter_of_a_body,
    remove_a_row,
    remove_a_row_and_close_the_gap,
    insert_a_forged_row_at_the_end,
    insert_a_forged_row_in_the_middle,
    swap_two_rows,
    truncate_the_end,
    truncate_the_end_and_adjust,
    truncate_everything_and_adjust,
    change_a_patients_row,
    change_the_kept_protocol,
    change_a_stored_check,
    change_the_next_day_to_look,
)
# These leave a shorter record that is sound in itself: only the reported head tells.
CUT = (truncate_the_end_and_adjust, truncate_everything_and_adjust)


def tampered(path: Path, change: Change, chosen: random.Random) -> str:
    """Change a database, its triggers switched off meanwhile."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA foreign_keys=OFF")
        triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        said = change(db, chosen)
        for _, sql in triggers:
            db.execute(sql)
    return said


def flip_a_bit(path: Path, chosen: random.Random) -> None:
    content = bytearray(path.read_bytes())
    place = chosen.randrange(len(content) * 8)
    content[place // 8] ^= 1 << place % 8
    path.write_bytes(content)


def assert_gates_stand_or_refuse(kept: Kept, path: Path, where: str) -> list[str]:
    """A gate says what it said, or that it cannot; gives the patients of whom it cannot."""
    refused = []
    for who, answer in gates(path, kept.asked).items():
        if isinstance(answer, Exception):
            refused.append(who)
            assert str(answer), where
        else:
            assert answer == kept.gates[who], f"{where}: another answer for {who}"
    return refused


@pytest.mark.parametrize("change", FOUND, ids=lambda change: change.__name__)
def test_a_change_behind_the_programs_back_is_found(kept, path, change):
    said = tampered(path, change, random.Random(f"{change.__name__} 0"))

    faults = found_wrong(path, kept.asked, kept.head)

    assert faults, said
    if change not in CUT:
        assert found_wrong(path, kept.asked), said  # nor needs it the head
        assert_gates_stand_or_refuse(kept, path, said)


@pytest.mark.faults
def test_hundreds_of_random_changes_are_found_or_the_miss_is_explained(kept, tmp_path):
    made: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for number in range(SLOW):
        chosen = random.Random(number)
        path = restored(kept, tmp_path / "clinic.db")
        flipped = chosen.random() < FLIPS
        if flipped:
            flip_a_bit(path, chosen)
            change, said = None, "a bit flipped"
        else:
            change = chosen.choice([*FOUND, forge_a_continuation])
            said = tampered(path, change, chosen)
        made[change.__name__ if change else said] += 1
        faults = found_wrong(path, kept.asked, kept.head)
        where = f"change {number}: {said}"
        if change not in (*CUT, forge_a_continuation):
            assert_gates_stand_or_refuse(kept, path, where)
        if faults:
            continue
        reason = FORGED if change is forge_a_continuation else unseen(kept, path)
        assert flipped or change is forge_a_continuation, where
        missed[reason] += 1

    print(f"\n{SLOW} changes: {dict(made)}\nnot found: {dict(missed)}")
    assert set(missed) <= {FORGED, *EXPLAINED.values()}


EXPLAINED = {
    (): "a bit that belongs to no row: unused space of a page, counters of the file's header",
    ("sqlite_master",): "a bit of the schema's text that means nothing to SQLite",
    ("sqlite_sequence",): "a bit of the number that SQLite would give next: numbers are ours",
}


def unseen(kept: Kept, path: Path) -> str:
    """Say what a change that was not found has changed."""
    differing = tuple(sorted({row.partition(":")[0] for row in set(rows(path)) ^ set(kept.rows)}))
    return EXPLAINED.get(differing, f"not explained: {differing}")


def test_the_last_reported_head_shows_that_the_end_was_cut_off(kept, path):
    tampered(path, truncate_everything_and_adjust, random.Random(1))

    faults = found_wrong(path, kept.asked, kept.head)

    number = kept.head.partition(":")[0]
    told = f"the record up to event {number} is not the one whose head was reported"
    assert told in faults


def test_a_head_that_was_reported_earlier_stays_valid(kept, path):
    with closing(sqlite3.connect(path)) as db:
        digests = db.execute("SELECT event, digest FROM fact ORDER BY event").fetchall()
    import hashlib

    half = digests[: len(digests) // 2]
    head = f"{half[-1][0]}:{hashlib.sha256(''.join(d for _, d in half).encode()).hexdigest()}"

    assert found_wrong(path, kept.asked, head) == ()


@pytest.mark.parametrize("head", ["", "12", "x:" + "0" * 64, "12:" + "0" * 63])
def test_a_head_that_is_none_is_refused(kept, path, head):
    with pytest.raises(Refused, match="is not a head; write what an earlier db verify reported"):
        verified(path, kept.asked, head)


def test_a_stored_check_of_a_treatment_that_there_is_not_is_found(kept, path):
    def change(db: sqlite3.Connection, chosen: random.Random) -> str:
        db.execute(
            "INSERT INTO pending SELECT 'P-1', 'other', rule, occurrence, state, opens, due,"
            " overdue_after, anchor, anchor_on, protocol FROM pending LIMIT 1"
        )
        return ""

    tampered(path, change, random.Random(0))

    told = "P-1: the stored checks differ from the facts; type: monitor db upgrade"
    assert found_wrong(path, kept.asked) == (told,)


def test_a_trigger_that_was_dropped_is_found(kept, path):
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TRIGGER fact_refuses_update")

    assert found_wrong(path, kept.asked) == (
        "database: the trigger fact_refuses_update is missing",
    )


def test_a_trigger_that_was_replaced_by_a_harmless_one_is_found(kept, path):
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TRIGGER fact_refuses_update")
        db.execute("CREATE TRIGGER fact_refuses_update BEFORE UPDATE ON fact BEGIN SELECT 1; END")

    told = "database: the trigger fact_refuses_update is not the one that was made"
    assert found_wrong(path, kept.asked) == (told,)


@pytest.mark.parametrize("statement", ["UPDATE {} SET digest = digest", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["fact", "protocol"])
def test_the_triggers_refuse_to_change_or_delete(path, table, statement):
    with (
        closing(sqlite3.connect(path)) as db,
        pytest.raises(sqlite3.IntegrityError, match=f"{table} is append-only"),
    ):
        db.execute(statement.format(table))


@pytest.fixture
def damaged(kept, path) -> Iterator[Any]:
    """One fact of P-1 is not what was recorded."""

    def change(db: sqlite3.Connection, chosen: random.Random) -> str:
        db.execute("UPDATE fact SET recorded_by = 'X' WHERE patient = 'P-1' AND position = 9")
        return ""

    tampered(path, change, random.Random(0))
    engine = database.open_engine(database.parse_url(f"sqlite:///{path}"))
    with database.reading(engine) as connection:
        yield connection
    engine.dispose()


def test_damaged_facts_are_used_for_no_gate_and_other_patients_still_answer(kept, damaged, path):
    for who in kept.gates:
        if who == "P-1":
            with pytest.raises(DamagedRecord, match="the record of P-1 is damaged: event"):
                gate(damaged, who, kept.asked)
        else:
            assert gate(damaged, who, kept.asked) == kept.gates[who]


def test_the_command_says_which_record_is_damaged_and_exits_with_3(
    damaged, path, monitor, monkeypatch
):
    monkeypatch.setenv("MONITOR_DB", f"sqlite:///{path}")

    code, out, err = monitor("gate P-1 --on 2024-06-01 --json")

    assert (code, out) == (3, "")
    assert err.startswith("monitor: the record of P-1 is damaged: event ")
    assert err.rstrip().endswith("type: monitor db verify")
    assert len(err.splitlines()) == 1


def test_the_command_says_that_a_kept_protocol_cannot_be_read_and_exits_with_3(
    kept, path, monitor, monkeypatch
):
    def change(db: sqlite3.Connection, chosen: random.Random) -> str:
        db.execute("UPDATE protocol SET text = 'nothing'")
        return ""

    tampered(path, change, random.Random(0))
    cases._READ.clear()
    monkeypatch.setenv("MONITOR_DB", f"sqlite:///{path}")

    code, _, err = monitor("gate P-1 --on 2024-06-01 --json")

    assert code == 3
    assert len(err.splitlines()) <= 2


@pytest.mark.parametrize("change", [truncate_the_end, edit_a_column])
def test_damaged_facts_are_not_used_either_for_what_was_known_at_a_moment(kept, path, change):
    def only_p1(db: sqlite3.Connection, chosen: random.Random) -> str:
        if change is truncate_the_end:
            db.execute("DELETE FROM fact WHERE patient = 'P-1' AND position > 9")
        else:  # hidden from what was known
            db.execute(
                "UPDATE fact SET recorded_at = '2031-01-01' WHERE patient = 'P-1' AND position > 9"
            )
        return ""

    tampered(path, only_p1, random.Random(0))
    engine = database.open_engine(database.parse_url(f"sqlite:///{path}"))
    try:
        with database.reading(engine) as connection, pytest.raises(DamagedRecord):
            facts.read(connection, "P-1", known_at=kept.asked.now)
    finally:
        engine.dispose()


def test_facts_whose_end_is_not_on_record_are_not_used(kept, path):
    def change(db: sqlite3.Connection, chosen: random.Random) -> str:
        db.execute("DELETE FROM patient WHERE id = 'P-1'")
        db.execute("DELETE FROM fact WHERE patient = 'P-1' AND position > 9")
        return ""

    tampered(path, change, random.Random(0))
    engine = database.open_engine(database.parse_url(f"sqlite:///{path}"))
    try:
        with database.reading(engine) as connection, pytest.raises(DamagedRecord):
            facts.read(connection, "P-1")
    finally:
        engine.dispose()


def test_nothing_is_recorded_on_top_of_damaged_facts(damaged, path, monitor, monkeypatch):
    damaged.rollback()
    monkeypatch.setenv("MONITOR_DB", f"sqlite:///{path}")
    before = count(path)

    code, _, err = monitor("result log P-1 ecg normal --on 2024-01-02")

    assert (code, count(path)) == (3, before)
    assert "the record of P-1 is damaged" in err


def test_the_list_of_the_clinic_names_the_damaged_and_shows_the_others(kept, damaged):
    asked = Asked(now=kept.asked.now.replace(year=kept.asked.now.year + 1))  # all looked at anew

    found = worklist(damaged, asked, until=asked.now.date())

    assert [words.partition(":")[0] for words in found.damaged.values()] == [
        "the record of P-1 is damaged"
    ]
    assert len({listed.person.id for listed in found.checks}) > 1


def test_verify_lists_every_patient_whose_record_is_damaged(kept, path):
    def change(db: sqlite3.Connection, chosen: random.Random) -> str:
        db.execute("UPDATE fact SET kind = 'x' WHERE patient IN ('P-2', 'P-5') AND position = 3")
        return ""

    tampered(path, change, random.Random(0))

    faults = found_wrong(path, kept.asked)

    assert [fault.partition(":")[0] for fault in faults] == ["P-2", "P-5"]


def test_a_record_that_was_read_before_the_damage_is_not_trusted_after_it(kept, path):
    assert gates(path, kept.asked) == kept.gates
    tampered(path, change_the_kept_protocol, random.Random(0))

    assert found_wrong(path, kept.asked)


def test_facts_are_read_in_the_order_of_recording(path):
    engine = database.open_engine(database.parse_url(f"sqlite:///{path}"))
    with database.reading(engine) as connection:
        found = facts.read(connection, "P-1")
    engine.dispose()

    assert [row.position for row in found] == list(range(1, len(found) + 1))
    assert [row.event for row in found] == sorted(row.event for row in found)
