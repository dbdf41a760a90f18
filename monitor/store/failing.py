"""A mark beside the database's file: the last pass failed. An empty file finds room on a full disk.

On a server there is none: whoever watches the ping address hears of it.
"""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL

from monitor.store.engine import database_file


def leave_mark(url: URL) -> None:
    """Say that a pass failed; where not even that can be done, `doctor` sees the old beat."""
    path, file = _path(url), database_file(url)
    with contextlib.suppress(OSError, ValueError):
        if path is not None and file is not None and file.exists():  # nobody mistyped its name
            path.touch(mode=0o600)


def remove_mark(url: URL) -> None:
    """Say that a pass went well."""
    path = _path(url)
    if path is not None:
        with contextlib.suppress(OSError, ValueError):
            path.unlink(missing_ok=True)


def failed_at(url: URL) -> datetime | None:
    """Give when a pass failed, where none went well since."""
    path = _path(url)
    try:
        return None if path is None else datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None


def _path(url: URL) -> Path | None:
    file = database_file(url)
    return None if file is None else file.with_name(f"{file.name}.failed")
