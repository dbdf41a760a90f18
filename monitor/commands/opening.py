"""Open the database for a command, and say on standard error when nobody sends reminders."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from monitor import wiring
from monitor.commands.options import now
from monitor.commands.render import note
from monitor.service.silence import find_silence


@contextmanager
def asking(url: str | None) -> Iterator[Connection]:
    """Open the database to ask."""
    with wiring.asking(url) as connection:
        yield connection
        silence = find_silence(connection, now())
    if silence is not None:
        note(f"monitor: {silence}")


@contextmanager
def recording(url: str | None) -> Iterator[Connection]:
    """Open the database to record in one transaction."""
    with wiring.recording(url) as connection:
        yield connection
        silence = find_silence(connection, now())
    if silence is not None:
        note(f"monitor: {silence}")
