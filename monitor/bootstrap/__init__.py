"""The only place where the parts are put together: settings, database, schema."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL

from monitor.domain.reminders.policy import Policy
from monitor.errors import BadOption, MonitorError, OutsideError, PolicyError, Refused
from monitor.service.asking.cases import Show, unseen
from monitor.service.input import text_fields
from monitor.service.operating.refresh import Refreshed, refresh_all
from monitor.settings import Settings, SettingsError, read_settings
from monitor.store import engine as database
from monitor.store import facts, locks, schema, urls
from monitor.store.schema import Standing
from monitor.store.tables import metadata


def settings(url: str | None = None) -> Settings:
    """Gather what is in force; raises Refused where the file of settings cannot be used."""
    try:
        found = read_settings(url)
        text_fields.zone(found.named["clinic_zone"].value or "UTC")
    except SettingsError as fault:
        raise Refused(str(fault)) from fault
    except ValueError as fault:
        raise BadOption("clinic_zone", fault) from fault
    return found


def database_name(url: str | None) -> str:
    """Name the database as people may see it: the file, or the URL without its secrets."""
    parsed = database_url(url)
    return str(urls.database_file(parsed) or urls.shown(parsed))


def database_url(url: str | None) -> URL:
    """Give the URL of the database that settings name."""
    return database.parse_url(settings(url).database)


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
def populating(url: str) -> Iterator[tuple[Connection, Connection]]:
    """Open a database to fill it in one transaction, and an empty record to throw away."""
    with recording(url) as connection, nothing() as scratch:
        yield connection, scratch


def asking(url: str | None) -> AbstractContextManager[Connection]:
    """Open the database to ask; one that does not exist answers like an empty one."""
    return _opened_to_ask(url, database.reading)


def verifying(url: str | None) -> AbstractContextManager[Connection]:
    """Open the database to ask about the log as a whole: nothing is under way that it lacks."""
    return _opened_to_ask(url, locks.reading_whole_log)


@contextmanager
def _opened_to_ask(
    url: str | None, opened: Callable[[Engine], AbstractContextManager[Connection]]
) -> Iterator[Connection]:
    parsed = database_url(url)
    if not urls.exists(parsed):
        with nothing() as connection:
            yield connection
        return
    engine = database.open_engine(parsed)
    try:
        with opened(engine) as connection:
            schema.require_current(connection)
            yield connection
    finally:
        engine.dispose()


@contextmanager
def nothing() -> Iterator[Connection]:
    """Open an empty record in memory, to be thrown away."""
    from monitor.store.triggers import make_guards

    empty = database.open_engine(database.parse_url("sqlite://"))
    with database.writing(empty) as connection:
        metadata.create_all(connection, checkfirst=False)
        make_guards(connection)
        yield connection


def watched(url: str | None) -> tuple[URL, str]:
    """Give the database, and the address that is pinged: none where the policy cannot be used."""
    from monitor import policy

    ping_url = ""
    with suppress(MonitorError):
        ping_url = policy.load(settings(url).policy).ping_url
    return database_url(url), ping_url


@contextmanager
def telling(url: str | None) -> Iterator[tuple[Engine, Policy]]:
    """Open the database and the site's policy, to send what is owed.

    None is created: who sends for a mistyped name would leave those of the right one untold.
    """
    from monitor import policy

    try:
        loaded = policy.load(settings(url).policy)
    except PolicyError as fault:
        raise PolicyError(
            [*fault.faults, "no reminder is sent until the policy is right"]
        ) from None
    if not has_database(url):
        raise OutsideError(
            f"there is no database {database_name(url)}: no reminders are sent; "
            "name yours with --db, or create it: monitor db upgrade"
        )
    engine = open_database(url)
    try:
        with database.reading(engine) as connection:
            schema.require_current(connection)
        database.require_always(engine, schema.require_unchanged)
        yield engine, loaded
    finally:
        engine.dispose()


def policy_text(path: Path | None) -> str:
    """Read the text of a policy: of a file, else of the site's."""
    from monitor import policy

    return policy.text(path or settings().policy)


def has_database(url: str | None) -> bool:
    """Say whether the database exists already."""
    return urls.exists(database_url(url))


def open_database(url: str | None) -> Engine:
    """Open the database that settings name; a new one is created with the current schema."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite" and urls.database_file(parsed) is None:
        raise Refused(f"'{parsed}' keeps nothing; write for instance sqlite:///clinic.db")
    is_new = not urls.exists(parsed)
    if is_new:
        urls.prepare(parsed)
    engine = database.open_engine(parsed)
    if is_new:
        schema.upgrade(engine)
    return engine


def database_standing(url: str | None) -> dict[str, object]:
    """Say where the database is and how its schema stands to this program."""
    parsed = database_url(url)
    answer: dict[str, object] = {"database": urls.shown(parsed)}
    if not urls.exists(parsed):
        return {**answer, "schema": "none yet", "expected": schema.HEAD, "patients": 0}
    engine = database.open_engine(parsed)
    try:
        with database.reading(engine) as connection:
            found = schema.standing(connection)
            patients = len(facts.patients(connection)) if found is Standing.CURRENT else None
    finally:
        engine.dispose()
    return {**answer, "schema": found.value, "expected": schema.HEAD, "patients": patients}


def upgrade_database(
    url: str | None, *, now: datetime, show: Show = unseen
) -> tuple[str, Refreshed]:
    """Bring the schema up to date, and every stored check; returns schema and what was done.

    A newer program's database, or another program's, is left as it is.
    """
    engine = open_database(url)
    try:
        with database.reading(engine) as connection:
            if schema.standing(connection) in (Standing.NEWER, Standing.FOREIGN):
                schema.require_current(connection)
        schema.upgrade(engine)
        return schema.HEAD, refresh_all(engine, now=now, show=show)
    finally:
        engine.dispose()
