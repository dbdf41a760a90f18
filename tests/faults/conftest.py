"""Fixtures for campaigns that drive a ward in-process, as the everyday tests of delivery do."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.store import wakeups
from monitor.store.facts import moment_text
from tests import postgresql
from tests.behind import behind

# Named here, pytest finds them for this folder.
from tests.delivery.conftest import _exampline, empty_database, http_sink, owe, start, ward
from tests.delivery.ward import lvef, patient_lines
from tests.faults.poisoning import NOW

__all__ = ["_exampline", "empty_database", "http_sink", "owe", "start", "ward"]


@pytest.fixture
def prepared(ward, http_sink, owe, database):
    """Prepare two patients: something was sent, something is owed, something was tried in vain."""
    names = ("P-1", "P-2")
    ward.load(*(patient_lines(who) for who in names))
    for who in names:
        ward.contact(http_sink.url, who, name=f"Ward {who}")
    ward.tick("2023-01-20")
    for who in names:
        ward.add(who, lvef("45", "2023-02-19"))
    http_sink.status = 503
    ward.tick("2023-02-20T08:00:00+00:00", code=None)  # before anything routine is sent
    http_sink.status = 200
    owe(NOW.isoformat())
    with behind(database) as connection:
        note = "INSERT INTO damage (what, why, found_at) VALUES ('the beat', 'it is none', :at)"
        connection.execute(text(note), {"at": moment_text(NOW - timedelta(days=1))})
        wakeups.note_fault(connection, "P-1", why="a trial", again_at=NOW)
        rows = connection.execute(text("SELECT state, urgency, tries FROM message")).all()
        assert Counter(map(tuple, rows)) == {
            ("owed", "routine", 0): 2, ("owed", "urgent", 1): 2, ("sent", "routine", 1): 2
        }  # fmt: skip
    return database


@pytest.fixture
def copies(tmp_path):
    """Give a way to open a copy of a database: for each cell one, in memory where there is any."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else tmp_path))

    @contextmanager
    def copied(url: str) -> Iterator[str]:
        if postgresql.URL:
            copy = postgresql.create(postgresql.name_of(url))
            yield copy
            postgresql.drop(copy)
        else:
            file = shutil.copy(url.removeprefix("sqlite:///"), folder / "clinic.db")
            yield f"sqlite:///{file}"
            file.unlink()

    yield copied
    shutil.rmtree(folder)
