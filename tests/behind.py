"""Change a database behind the program's back, whichever it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from monitor.store import engine as database
from monitor.store.triggers import guards


@contextmanager
def behind(url: str) -> Iterator[Connection]:
    """Open a transaction of nobody's."""
    engine = database.open_engine(database.parse_url(url))
    try:
        with database.writing(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def drop_triggers(connection: Connection) -> None:
    """Take away what refuses changes of the record."""
    for name in guards(connection)[1]:
        table = name.partition("_")[0]
        on = f" ON {table}" if database.is_server(connection) else ""
        connection.execute(text(f"DROP TRIGGER {name}{on}"))


def change(url: str, *statements: str) -> None:
    """Send statements."""
    with behind(url) as connection:
        for statement in statements:
            connection.execute(text(statement))
