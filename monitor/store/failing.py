"""A mark: the last pass failed. An empty file finds room on a full disk.

It lies beside the database's file. Of a server it lies in the state folder of the user whose pass
failed, on the machine where it did: a server that failed a pass may take no mark itself.
"""

import contextlib
import hashlib
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL, Connection

from monitor.domain.dates import CLOCKS_DIFFER
from monitor.store.heartbeats import find as find_heartbeat
from monitor.store.urls import database_file


def leave_mark(url: URL) -> None:
    """Say that a pass failed; where not even that can be done, `doctor` sees the old beat."""
    file = database_file(url)
    with contextlib.suppress(OSError, ValueError):
        if file is None or file.exists():  # nobody mistyped its name
            path = _path(url)
            if path is not None:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.touch(mode=0o600)


def remove_mark(url: URL) -> None:
    """Say that a pass went well."""
    path = _path(url)
    if path is not None:
        with contextlib.suppress(OSError, ValueError):
            path.unlink(missing_ok=True)


def failed_at(connection: Connection, now: datetime) -> datetime | None:
    """Give when a pass failed, where none went well since, be it on another machine.

    A beat of the future is of a clock that was ahead, and says nothing of what came since; but
    the clock of another machine on the server may be a little ahead.
    """
    path = _path(connection.engine.url)
    try:
        failed = None if path is None else datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None
    if failed is None:
        return None
    beat = find_heartbeat(connection)
    return None if beat is not None and failed < beat.at <= now + CLOCKS_DIFFER else failed


def _path(url: URL) -> Path | None:
    if url.get_backend_name() == "sqlite":
        file = database_file(url)
        return None if file is None else file.with_name(f"{file.name}.failed")
    from platformdirs import user_state_path

    # Whoever asks may log in by another name, and writes the other options otherwise.
    which = (url.host, url.port, url.database, url.query.get("host"), url.query.get("dbname"))
    name = hashlib.sha256(repr(which).encode()).hexdigest()[:16]
    folder: Path = user_state_path("infusion-monitor", appauthor=False)
    return folder / f"{name}.failed"
