"""A clinic's record goes out as lines, and another database that reads them answers the same."""

import json
import shutil

import pytest
from sqlalchemy import text as sql

from tests import postgresql
from tests.behind import behind, drop_triggers
from tests.store.make_databases import answers
from tests.store.test_released_schemas import DATABASES, RELEASED

KEPT = [
    "symptom log P-1 fever 38.4 Cel --at 2023-01-22T20:00:00+00:00 --by Ann",
    "acknowledge P-2:low-lvef:27 --by 'Dr A' --note seen",
    "correct 24 --dose-mg 20 --reason typo",
    "correct 34 --dose-mg 21 --reason 'another typo'",
    "result log P-1 platelets 9 10*9/L --on 2023-04-09 --confirm",
    "retract 22 --reason 'wrong patient' --by B",
    "infusion plan P-1 --on 2023-04-12",
    "infusion cancel P-1 --on 2023-04-02",
    "course pause P-1 --on 2023-04-03",
    "course resume P-1 --on 2023-04-04",
    "waive P-1 lvef --reason 'no echo' --by 'Dr A' --on 2023-04-09",
    "patient change P-1 --name 'Ann Ünder' --on 2023-04-01",
    "contact add P-1 --role nurse --name 'Ward 3' --channel console: --timezone Europe/Paris",
    "contact add P-1 --role nurse --name 'Ward 4' --channel 'smtp://u:pw@h:25/?from=a@h&to=b@h'",
    "contact remove 1",
    "contact add --clinic --role nurse --name Desk --channel console:",
    "contact change 2 --name 'Ward 5'",
    "contact change 3 --name Desks",
    "infusion log P-1 --on 2023-04-09 --dose-mg 10 --bsa-m2 1.7 --confirm",
    "infusion log P-1 --on 2023-04-09 --dose-mg 11 --bsa-m2 1.7 --confirm --part-of 50",
    "course end P-2 --on 2023-05-01 --reason 'moved on'",
    "patient close P-3 --reason died --by Ann --on 2023-05-01",
    "patient reopen P-3 --by Ann --on 2023-05-02",
    "result log P-1 'neut=<1.5:10*9/L' 'alt=>20:U/L/40' --on 2023-04-07",
]
QUESTIONS = [
    f"{question} {more}"
    for more in ("--as-of 2023-04-20", "--as-of 2023-01-22", "")
    for question in (
        "gate P-1 --on 2023-04-20 --dose-mg 20 --bsa-m2 1.7",
        "upcoming",
        "upcoming P-2 --state done --state missed --state overdue",
        "warnings --all",
        "exposure P-1",
        "history P-1",
        "history P-2",
        "history P-3",
        "result list P-1",
        "patient list",
    )
]


@pytest.fixture
def other(tmp_path):
    return f"sqlite:///{tmp_path}/other.db"


@pytest.fixture
def file(clinic, monitor, tmp_path):
    """Export a clinic of which much was recorded."""
    for typed in KEPT:
        code, _, err = monitor(typed)
        assert code == 0, f"{typed}: {err}"
    code, out, err = monitor(f"export jsonl --out {tmp_path}/all.jsonl")
    assert (code, out) == (0, f"57 lines about 3 patients are in {tmp_path}/all.jsonl\n")
    assert err == (
        "monitor: 5 channels of contacts are written in full: keep them as secret as the database\n"
    )
    return tmp_path / "all.jsonl"


def lines(file) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_another_database_answers_every_question_the_same(file, other, monitor, tmp_path):
    code, _, err = monitor(f"import {file} --as-recorded --db {other}")

    assert code == 0, err
    for question in [*QUESTIONS, "contact list", "contact list P-1"]:
        said = monitor(f"{question} --json")
        assert monitor(f"{question} --json --db {other}") == said, question
    assert monitor(f"db verify --db {other}")[0] == 0
    monitor(f"export jsonl --db {other} --out {tmp_path}/again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == file.read_bytes()


def test_what_refers_to_a_fact_names_the_id_of_its_line(file):
    found = lines(file)

    assert found[0].keys() == {"kind", "name", "digest", "text"}
    kinds = [line["kind"] for line in found]
    assert {"acknowledge", "correct", "retract", "plan", "cancel", "pause", "resume"} <= {*kinds}
    assert {"waive", "change", "contact", "contact_removed", "close", "reopen"} <= {*kinds}
    assert [line["of"] for line in found if line["kind"] == "correct"] == ["event-24", "event-34"]
    (part,) = (line for line in found if "part_of" in line)
    assert part["part_of"] == "event-50"
    assert file.stat().st_mode & 0o777 == 0o600


def test_only_an_empty_database_takes_other_moments(file, monitor, count):
    before = count()
    code, out, err = monitor(f"import {file} --as-recorded")

    assert (code, out) == (2, "")
    assert "--as-recorded needs an empty database, and" in err
    assert "is not; name a new one" in err
    assert count() == before


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("recorded_at", None, "recorded_at: missing"),
        ("value", "1500", "did you mean"),
        ("on", "2999-01-01", "on: 2999-01-01 is in the future"),
        ("code", "neutrofils", "code: no result code 'neutrofils'"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_stored(key, value, words, file, other, monitor):
    found = lines(file)
    place = next(n for n, line in enumerate(found) if line.get("code") == "neutrophils")
    found[place][key] = value
    if value is None:
        del found[place][key]
    file.write_text("".join(json.dumps(line) + "\n" for line in found), encoding="utf-8")

    code, out, err = monitor(f"import {file} --as-recorded --db {other}")

    assert (code, out) == (2, "")
    assert f"all.jsonl:{place + 1}: " in err
    assert words in err
    assert json.loads(monitor(f"patient list --json --db {other}")[1])["patients"] == []


def test_a_file_by_hand_says_when_what_was_known(other, monitor, tmp_path):
    patient = {"kind": "patient", "id": "P-1", "sex": "female"}
    course = {"kind": "course", "patient": "P-1", "protocol": "example", "on": "2025-01-02"}
    course |= {"facts": {"hypersensitivity": "no"}}
    count = {"kind": "result", "patient": "P-1", "code": "neutrophils", "unit": "10*9/L"}
    count |= {"on": "2025-01-03"}
    said = [
        count | {"value": "3.2", "id": "r", "recorded_at": "2025-01-05T08:00:00+01:00"},
        course | {"recorded_at": "2025-01-02T08:00:00Z"},
        patient | {"recorded_at": "2025-01-02T08:00:00Z"},
        {"kind": "correct", "patient": "P-1", "of": "r", "value": "0.3", "reason": "misread"}
        | {"recorded_at": "2999-01-07T08:00:00Z"},
    ]
    (tmp_path / "hand.jsonl").write_text("".join(json.dumps(one) + "\n" for one in said))

    code, out, err = monitor(f"import {tmp_path}/hand.jsonl --as-recorded --db {other}")

    assert code == 0, err
    assert out.endswith("4 lines: stored 5, skipped 0 already on record\n")
    assert "1 lines, line 4 first, are of a moment to come" in err
    known = "explain P-1 neutrophils --as-of 2025-01-08 --known-at"
    assert "no neutrophils" in monitor(f"{known} 2025-01-05T06:59:59Z --db {other}")[1]
    assert "3.2" in monitor(f"{known} 2025-01-05T07:00:00Z --db {other}")[1]
    entries = json.loads(monitor(f"history P-1 --json --db {other}")[1])["entries"]
    assert [one["what"] for one in entries if one["kind"] == "fact"] == ["hypersensitivity no"]


def test_a_changed_text_of_a_protocol_is_refused(file, other, monitor):
    found = lines(file)
    found[0]["text"] = found[0]["text"].replace("title", "titel", 1)
    file.write_text("".join(json.dumps(line) + "\n" for line in found), encoding="utf-8")

    code, _, err = monitor(f"import {file} --as-recorded --db {other}")

    assert code == 2
    assert "all.jsonl:1: digest: is not that of the text" in err


def test_a_record_that_cannot_be_read_is_named_and_its_line_lets_no_import_pass(
    clinic, spoil, monitor, other, tmp_path
):
    spoil("P-2")

    code, out, err = monitor(f"export jsonl --out {tmp_path}/some.jsonl")

    assert (code, out) == (3, "")
    assert "all but these were written:\nthe record of P-2 is damaged" in err
    last = lines(tmp_path / "some.jsonl")[-1]
    assert (last["kind"], last["of"]) == ("unreadable", "P-2")
    code, _, err = monitor(f"import {tmp_path}/some.jsonl --as-recorded --db {other}")
    assert code == 2
    assert "kind: unknown kind 'unreadable'" in err


def test_a_protocol_whose_text_is_damaged_is_named(clinic, database, monitor):
    with behind(database) as connection:
        drop_triggers(connection)
        connection.execute(sql("UPDATE protocol SET text = 'x'"))

    code, out, err = monitor("export jsonl")

    assert code == 3
    assert "the text of a protocol, " in err
    assert '"kind": "unreadable"' in out
    assert '"kind": "infusion"' in out


def test_one_patient_goes_out_alone_and_a_stranger_not_at_all(clinic, monitor, spoil):
    code, out, _ = monitor("export jsonl P-2")
    assert code == 0
    assert {line.get("patient", line.get("id")) for line in map(json.loads, out.splitlines())} == {
        "P-2",
        None,  # the text of the protocol
    }
    assert monitor("export jsonl P-9")[:2] == (2, "")
    spoil("P-2")
    assert monitor("export jsonl P-2")[:2] == (3, "")


def test_a_file_that_is_there_is_not_written_over(clinic, monitor, tmp_path):
    (tmp_path / "mine.jsonl").write_text("mine")

    code, out, err = monitor(f"export jsonl --out {tmp_path}/mine.jsonl")

    assert (code, out) == (2, "")
    assert "already exists; give a new name" in err
    assert (tmp_path / "mine.jsonl").read_text() == "mine"


@postgresql.sqlite_only
@pytest.mark.parametrize("revision", RELEASED)
def test_the_record_of_every_release_moves_with_the_texts_it_follows(
    revision, other, monitor, tmp_path
):
    url = f"sqlite:///{shutil.copy(DATABASES / f'{revision}.db', tmp_path / 'old.db')}"
    assert monitor(f"db upgrade --db {url}")[0] == 0
    assert monitor(f"export jsonl --db {url} --out {tmp_path}/old.jsonl")[0] == 0

    code, _, err = monitor(f"import {tmp_path}/old.jsonl --as-recorded --db {other}")

    assert code == 0, err
    assert answers(other) == answers(url)
    assert monitor(f"history P-1 --json --db {other} --as-of 2023-06-01")[0] == 0
