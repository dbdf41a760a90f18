"""The only place where the parts are put together: settings, database, schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine

from monitor.errors import Refused
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
    engine = open_database(url)
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


def open_database(url: str | None) -> Engine:
    """Open the database that settings name; a new one is created with the current schema."""
    parsed = database.parse_url(read_settings(url).database)
    if parsed.get_backend_name() == "sqlite" and database.database_file(parsed) is None:
        raise Refused(f"'{parsed}' keeps nothing; write for instance sqlite:///clinic.db")
    is_new = not database.exists(parsed)
    if is_new:
        database.prepare(parsed)
    engine = database.open_engine(parsed)
    if is_new:
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


def upgrade_database(url: str | None, *, now: datetime) -> tuple[str, int]:
    """Bring the schema up to date, and every stored check; returns schema and patients.

    A newer program's database, or another program's, is left as it is.
    """
    engine = open_database(url)
    try:
        with database.reading(engine) as connection:
            if schema.standing(connection) in (Standing.NEWER, Standing.FOREIGN):
                schema.require_current(connection)
        schema.upgrade(engine)
    finally:
        engine.dispose()
    with recording(url) as connection:
        return schema.HEAD, rebuild(connection, Asked(now=now))
