"""Open the database for a command, and say on standard error when nobody sends reminders."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection

from monitor import wiring
from monitor.commands.options import now
from monitor.commands.render import note
from monitor.service.silence import find_silence


def asking(url: str | None) -> AbstractContextManager[Connection]:
    """Open the database to ask."""
    return _opened_to_ask(wiring.asking(url))


def verifying(url: str | None) -> AbstractContextManager[Connection]:
    """Open the database to ask about the log as a whole."""
    return _opened_to_ask(wiring.verifying(url))


@contextmanager
def _opened_to_ask(opened: AbstractContextManager[Connection]) -> Iterator[Connection]:
    with opened as connection:
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
