"""A record that was exported, and recorded again elsewhere, answers as it did before."""

import json
import re
from datetime import timedelta

import pytest

from monitor import bootstrap
from monitor.errors import Refused
from monitor.service.asking import history
from monitor.service.asking.cases import Asked
from monitor.service.asking.documents import document
from monitor.service.recording.as_recorded import import_as_recorded
from monitor.service.recording.exporting import export_lines
from monitor.store import engine as database
from tests.recordings import Diary, documents
from tests.shares import one_of

FACTS = 120


def exported(connection) -> list[str]:
    return export_lines(connection).lines


def everything(connection, who: str, asked: Asked) -> str:
    """Answer every question about a patient, but for what is numbered by the database."""
    found = documents(connection, who, asked)
    found["history"] = document(history.history(connection, who, asked))
    return re.sub(r'"(event|anchor|corrects)": \d+', r'"\1": …', json.dumps(found, indent=1))


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
        for _ in range(4)
    ]
    with database.reading(diary.engine) as connection, bootstrap.nothing() as copy:
        lines = exported(connection)
        done = import_as_recorded(copy, "export", lines, now=asked[0].now)

        assert done.stored == len(lines) - 3  # the texts of three protocols
        assert exported(copy) == lines
        for who in diary.patients:
            for question in asked:
                try:
                    expected = everything(connection, who, question)
                except Refused as fault:  # not registered by then
                    with pytest.raises(type(fault)):
                        everything(copy, who, question)
                else:
                    assert everything(copy, who, question) == expected
    diary.close()
