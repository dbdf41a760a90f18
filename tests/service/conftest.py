"""A clinic whose record is a real one, in memory or on a server."""

import json
import weakref
from contextlib import closing
from datetime import datetime
from functools import cache
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from monitor import protocols
from monitor.domain.corrections import Recorded
from monitor.domain.timeline import Timeline
from monitor.service.recording import imports
from monitor.store import codec
from monitor.store import engine as database
from monitor.store import facts as events
from monitor.store.appender import Appender, Draft
from monitor.store.tables import fact, metadata, patient
from tests import example, postgresql, typed
from tests.factories import NOW

_idle: list[Engine] = []


@cache
def _empty() -> bytes:
    """Create the tables once; every clinic begins as a copy."""
    engine = database.open_engine(database.parse_url("sqlite://"))
    with database.writing(engine) as connection:
        metadata.create_all(connection)
        content = connection.connection.driver_connection.serialize()
    engine.dispose()
    return content


class Clinic:
    """The way in, as commands and imports use it: each call is one transaction."""

    def __init__(self) -> None:
        self._url = "sqlite://"
        if postgresql.URL:
            self._url = postgresql.clone("schema", postgresql.with_schema)
        self.engine = _idle.pop() if _idle else database.open_engine(database.parse_url(self._url))
        if not postgresql.URL:
            with closing(self.engine.raw_connection()) as connection:
                connection.driver_connection.deserialize(_empty())
        weakref.finalize(self, _forget, self.engine, self._url)

    def load(self, *lines: dict[str, Any] | str, now: datetime = NOW) -> imports.Imported:
        """Import a file; a line is an object, or the very text."""
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        with database.writing(self.engine) as connection:
            return imports.import_lines(connection, "facts.jsonl", texts, now=now)

    def record(self, now: datetime = NOW, **line: Any) -> list[Recorded]:
        """Record one fact, as a command does."""
        with database.writing(self.engine) as connection:
            return typed.record(connection, line, now=now).stored

    def retract(self, event: int, who: str = "P-1") -> None:
        with database.writing(self.engine) as connection:
            appender = Appender(connection, now=NOW)
            draft = Draft(kind="retraction", on=NOW.date(), body={"reason": "x"}, corrects=event)
            appender.add(who, draft)
            appender.flush()

    def rows(self, who: str = "P-1") -> list[Recorded]:
        with database.reading(self.engine) as connection:
            return events.read(connection, who)

    def timeline(self, who: str = "P-1") -> Timeline:
        catalogue = protocols.catalogue()
        facts = codec.facts(self.rows(who), catalogue)
        return Timeline(who, facts, drug=example.DRUG, catalogue=catalogue)

    @property
    def size(self) -> tuple[int, int]:
        """How many facts and patients are stored."""
        with database.reading(self.engine) as connection:
            counts = [
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (fact, patient)
            ]
        return counts[0], counts[1]


def _forget(engine: Engine, url: str) -> None:
    """Leave an engine in memory to another clinic: it need not compile its statements again."""
    engine.dispose()
    if postgresql.URL:
        postgresql.drop(url)
    else:
        _idle.append(engine)


@pytest.fixture(autouse=True)
def _exampline(exampline) -> None:
    """Treat everybody with the invented drug, unless a test names another."""


@pytest.fixture
def clinic():
    return Clinic()


@pytest.fixture(scope="session")
def fresh_clinic():
    """Give the maker of clinics, for tests that need one for each example."""
    return Clinic
