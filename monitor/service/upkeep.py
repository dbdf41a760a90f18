"""What the service does between ticks: stored checks kept up with time, backups made."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from monitor.domain.policy import Backup
from monitor.errors import MonitorError
from monitor.service.projecting import projected
from monitor.service.queries import Asked, get_case
from monitor.store import projection


def refresh_checks(connection: Connection, patients: Sequence[str], *, now: datetime) -> None:
    """Work out anew what patients' stored checks are now.

    One whose facts cannot be used is left for the list, which names it.
    """
    for who in projection.take(connection, patients, now):
        try:
            case = get_case(connection, who, Asked(now=now))
        except MonitorError:
            continue
        projection.replace(connection, who, projected(case))


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
