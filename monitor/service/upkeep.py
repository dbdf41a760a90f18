"""What the service does between ticks: stored checks kept up with time, backups made."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from monitor.domain.policy import Backup
from monitor.errors import MonitorError
from monitor.service.projecting import projected
from monitor.service.queries import Asked, get_case
from monitor.store import projection

_HOLDS_SECONDS = 1.0  # then whoever records something comes first


def refresh_checks(connection: Connection, patients: Sequence[str], *, now: datetime) -> list[str]:
    """Work out anew what patients' stored checks are now; gives those for whom there was no time.

    One whose facts cannot be used is left for the list, which names it.
    """
    taken, until = projection.take(connection, patients, now), time.monotonic() + _HOLDS_SECONDS
    for done, who in enumerate(taken):
        if done and time.monotonic() > until:
            return taken[done:]
        try:
            case = get_case(connection, who, Asked(now=now))
        except MonitorError:
            continue
        projection.replace(connection, who, projected(case))
    return []


def next_backup(policy: Backup, folder: Path, *, now: datetime) -> Path | None:
    """Name the backup that is to be made now; None where none is due."""
    if policy.every_hours == 0:
        return None
    newest = max((path.name for path in folder.glob("monitor-*.db")), default="")
    due_since = now - timedelta(hours=policy.every_hours)
    if newest > _name(due_since):
        return None
    return folder / _name(now)


def _name(moment: datetime) -> str:
    return f"monitor-{moment:%Y%m%dT%H%M%SZ}.db"
