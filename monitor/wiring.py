"""The only place where the parts are put together: settings, database, schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine

from monitor.service.projecting import rebuild
from monitor.service.queries import Asked
from monitor.settings import read_settings
from monitor.store import engine as database
from monitor.store import events, schema
from monitor.store.schema import Standing
from monitor.store.tables import metadata


@contextmanager
def recording(url: str | None) -> Iterator[Connection]:
    """Open the database to record in one transaction; a new one is created."""
    engine = open_database(url, create=True)
    try:
        with database.writing(engine) as connection:
            schema.require_current(connection)
            yield connection
    finally:
        engine.dispose()


@contextmanager
def asking(url: str | None) -> Iterator[Connection]:
    """Open the database to ask; one that does not exist answers like an empty one."""
    parsed = database.parse_url(read_settings(url).database)
    if not database.exists(parsed):
        empty = database.open_engine(database.parse_url("sqlite://"))
        with database.writing(empty) as connection:
            metadata.create_all(connection)
            yield connection
        return
    engine = database.open_engine(parsed)
    try:
        with database.reading(engine) as connection:
            schema.require_current(connection)
            yield connection
    finally:
        engine.dispose()


def has_database(url: str | None) -> bool:
    """Say whether the database exists already."""
    return database.exists(database.parse_url(read_settings(url).database))


def open_database(url: str | None, *, create: bool) -> Engine:
    """Open the database that settings name; a new one is created with the current schema."""
    parsed = database.parse_url(read_settings(url).database)
    is_new = not database.exists(parsed)
    if create and is_new:
        database.prepare(parsed)
    engine = database.open_engine(parsed)
    if create and is_new:
        schema.upgrade(engine)
    return engine


def database_standing(url: str | None) -> dict[str, object]:
    """Say where the database is and how its schema stands to this program."""
    parsed = database.parse_url(read_settings(url).database)
    answer: dict[str, object] = {"database": parsed.render_as_string(hide_password=True)}
    if not database.exists(parsed):
        return {**answer, "schema": "none yet", "expected": schema.HEAD, "patients": 0}
    engine = database.open_engine(parsed)
    try:
        with database.reading(engine) as connection:
            found = schema.standing(connection)
            patients = len(events.patients(connection)) if found is Standing.CURRENT else None
    finally:
        engine.dispose()
    return {**answer, "schema": found.value, "expected": schema.HEAD, "patients": patients}


def rebuild_projection(url: str | None, *, now: datetime) -> int:
    """Work out every stored check anew from the facts; returns how many patients."""
    with recording(url) as connection:
        return rebuild(connection, Asked(now=now))
