"""A record that was exported, and recorded again elsewhere, answers as it did before."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from monitor import bootstrap
from monitor.errors import Refused
from monitor.service.asking import history
from monitor.service.asking.cases import Asked
from monitor.service.asking.documents import document
from monitor.service.recording.as_recorded import import_as_recorded
from monitor.service.recording.exporting import export_lines
from monitor.store import engine, facts
from tests.recordings import Diary, documents
from tests.shares import one_of

FACTS = 80
UNTIL = datetime(2026, 11, 1, 20, tzinfo=UTC)  # of the invented clinic


def exported(connection) -> list[str]:
    return export_lines(connection).lines


def everything(connection, who: str, asked: Asked) -> str:
    """Answer every question about a patient, but for what is numbered by the database."""
    found = documents(connection, who, asked)
    found["history"] = document(history.history(connection, who, asked))
    text = json.dumps(found, indent=1)
    return re.sub(r'("(?:event|anchor|corrects)": |"key": "[^"]*:|\bevent )\d+', r"\1…", text)


@pytest.mark.parametrize("seed", one_of(8, range(8)))
def test_another_database_answers_the_same_now_and_as_it_was_known(seed):
    diary = Diary(f"export {seed}", patients=3)
    moments = []
    for _ in range(FACTS):
        diary.record_one()
        moments.append(diary.now)
    asked = [Asked(now=diary.now + timedelta(days=1))]
    asked += [
        Asked(now=diary.now + timedelta(days=1), known_at=diary.random.choice(moments))
        for _ in range(2)
    ]
    with engine.reading(diary.engine) as connection, bootstrap.nothing() as copy:
        lines = exported(connection)
        done = import_as_recorded(copy, "export", lines, now=asked[0].now)

        assert done.stored == len(lines) - 3  # the texts of three protocols
        assert exported(copy) == lines
        for who in diary.patients:
            for question in asked:
                assert told(copy, who, question) == told(connection, who, question)
    diary.close()


@pytest.mark.parametrize("patients", [8, pytest.param(300, marks=pytest.mark.faults)])
def test_an_invented_clinic_moves_from_a_file_to_the_database_at_hand(
    patients, database, tmp_path, monitor
):
    from_here = f"sqlite:///{tmp_path}/invented.db"
    file = tmp_path / "all.jsonl"
    typed = f"demo --patients {patients} --years 2 --seed 5 --to {from_here}"
    assert monitor(typed)[0] == 0
    assert monitor(f"export jsonl --db {from_here} --out {file}")[0] == 0

    code, _, err = monitor(f"import {file} --as-recorded")

    assert code == 0, err
    asked = [Asked(now=UNTIL), Asked(now=UNTIL, known_at=datetime(2026, 1, 5, tzinfo=UTC))]
    with bootstrap.asking(from_here) as there, bootstrap.asking(database) as here:
        names = facts.patients(there)
        assert len(names) == patients
        assert facts.patients(here) == names
        for who in names:
            for question in asked:
                assert told(here, who, question) == told(there, who, question)
    assert monitor("db verify")[0] == 0


def told(connection, who: str, question: Asked) -> str:
    try:
        return everything(connection, who, question)
    except Refused as fault:  # nobody had heard of the patient by then
        return str(fault)
