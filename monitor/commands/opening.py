"""Open the database for a command, and say on standard error when nobody sends reminders.

Every command says so: also one that needs no database, where there is one.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from monitor import bootstrap
from monitor.commands.options import now, parse_day, parse_moment
from monitor.commands.render import note
from monitor.errors import MonitorError
from monitor.service.operating.silence import find_silence

if TYPE_CHECKING:
    from monitor.service.asking.questions import Inquiry


def asking(url: str | None) -> AbstractContextManager[Connection]:
    """Open the database to ask."""
    return _opened_to_ask(url, bootstrap.asking(url))


@contextmanager
def inquiring(url: str | None, as_of: str | None, known_at: str | None) -> Iterator["Inquiry"]:
    """Open the database for a question, as of a day and of what had been recorded by a moment."""
    from monitor.commands.progress import progress
    from monitor.service.asking.cases import Asked
    from monitor.service.asking.questions import Inquiry

    asked = Asked(
        now=now(),
        as_of=parse_day(as_of, "--as-of"),
        known_at=parse_moment(known_at, "--known-at"),
    )
    with asking(url) as connection, progress("looking at everybody") as shown:
        yield Inquiry(
            connection=connection,
            asked=asked,
            remark=lambda words: note(f"monitor: {words}"),
            show=shown,
        )


def verifying(url: str | None) -> AbstractContextManager[Connection]:
    """Open the database to ask about the log as a whole."""
    return _opened_to_ask(url, bootstrap.verifying(url))


@contextmanager
def _opened_to_ask(
    url: str | None, opened: AbstractContextManager[Connection]
) -> Iterator[Connection]:
    if not bootstrap.has_database(url):
        note(f"monitor: {no_database(url)}")
    with opened as connection:
        yield connection
        silence = find_silence(connection, now())
    if silence is not None:
        note(f"monitor: {silence}")


def note_silence(url: str | None) -> None:
    """Say so where a command did not open the database itself; what is wrong with it is not said.

    A question creates no database, nor does this.
    """
    try:
        if not bootstrap.has_database(url):
            return  # what is about no record is no worse for want of one
        with asking(url):
            pass
    except MonitorError:
        return  # the command was not about the database; `doctor` is


@contextmanager
def recording(url: str | None, *, creates: bool = False) -> Iterator[Connection]:
    """Open the database to record in one transaction.

    Only what registers patients creates one: of nobody else can anything be recorded in a new
    database, and what is refused should leave none behind.
    """
    is_new = not bootstrap.has_database(url)
    if is_new and not creates:
        note(f"monitor: {no_database(url)}")
    opened = bootstrap.asking if is_new and not creates else bootstrap.recording
    with opened(url) as connection:
        yield connection
        silence = find_silence(connection, now())
    if is_new:
        note_created(url)
    if silence is not None:
        note(f"monitor: {silence}")


def no_database(url: str | None) -> str:
    """Say that there is no database, and where it was looked for: it may be the wrong place."""
    return (
        f"there is no database {bootstrap.database_name(url)}: the answer is for an empty record; "
        "name yours with --db, or see: monitor config show"
    )


def note_created(url: str | None) -> None:
    """Name a database that a command has created: it may have been meant for another."""
    if bootstrap.has_database(url):
        note(f"monitor: created the database {bootstrap.database_name(url)}")
