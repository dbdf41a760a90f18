"""What is around a database's file: its modes, and the scheduled backups."""

import os
import stat
from datetime import datetime, timedelta
from pathlib import Path

from monitor.domain.dates import CLOCKS_DIFFER
from monitor.domain.reminders.policy import Backup
from monitor.service.operating.doctor import Health
from monitor.store import backup
from monitor.store.appender import login

_HOLDS_SECONDS = 1.0  # then whoever records something comes first


def find_modes(path: Path) -> Health:
    """Say whether others may read the record, or put another file in its place."""
    path = path.resolve()
    mode, of_folder = path.stat().st_mode, path.parent.stat().st_mode
    faults = []
    if not os.access(path, os.R_OK | os.W_OK):
        faults.append(f"{path} belongs to {_owner(path)}, and you are {login()}")
    if mode & 0o077:
        faults.append(f"others may open {path}; type: chmod 600 {path}")
    if of_folder & 0o022 and not of_folder & stat.S_ISVTX:
        faults.append(f"others may write into {path.parent}; type: chmod 700 {path.parent}")
    words = "; ".join(faults) or "the file is its owner's only"
    return Health(name="file", well=not faults, message=words)


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:  # a number without a name
        return f"user {path.stat().st_uid}"


def next_backup(policy: Backup, folder: Path, *, now: datetime) -> Path | None:
    """Name the backup that is to be made now; None where none is due.

    While the record is damaged they become rarer: each looks like the one before.
    """
    if policy.every_hours == 0:
        return None
    sound, damaged, _ = _made(folder, now)
    last = sound[-1].name if sound else ""
    since = [path for path in damaged if backup.is_marked(path) and path.name > last]
    newest = since[-1].name if since else last
    due_since = now - timedelta(hours=policy.every_hours * 2 ** len(since))
    if newest > _name(due_since):
        return None
    return folder / _name(now)


def backup_folder(policy: Backup, path: Path) -> Path:
    """Find where the scheduled backups of a database's file are kept."""
    return Path(policy.folder) if policy.folder else path.parent / "backups"


def find_backups(policy: Backup, folder: Path, *, now: datetime, since: datetime | None) -> Health:
    """Say which scheduled backup is the last sound one, and whether that is as it should be.

    `since`: of when the first fact is of a record that the service looks after.
    """
    sound, damaged, ahead = _made(folder, now)
    oldest = now - timedelta(hours=policy.every_hours * 2 + 1)
    if policy.every_hours == 0:
        return Health(name="backups", well=True, message="none are to be made")
    if ahead:
        words = f"{ahead[-1]} is of a moment that has not come; look at the clock, and move it away"
        return Health(name="backups", well=False, message=words)
    if not (sound or damaged):
        if since is None or oldest < since <= now + CLOCKS_DIFFER:  # one to come says nothing
            return Health(name="backups", well=True, message="none was made yet")
        words = f"none is in {folder}; monitor run makes them, and says what keeps it from it"
        return Health(name="backups", well=False, message=words)
    last = sound[-1].name if sound else ""
    words = f"the last sound one is {folder / last}" if last else "there is no sound one"
    if damaged and damaged[-1].name > last:
        words = f"the newest, {damaged[-1].name}, is damaged; {words}; type: monitor db verify"
        return Health(name="backups", well=False, message=words)
    well = last > _name(oldest)
    return Health(name="backups", well=well, message=words + ("" if well else ", and it is old"))


def _made(folder: Path, now: datetime) -> tuple[list[Path], list[Path], list[Path]]:
    """List the scheduled backups: sound, damaged, and those that a clock ahead has named."""
    sound, damaged = backup.scheduled(folder)
    latest = _name(now + CLOCKS_DIFFER)
    return (
        [path for path in sound if path.name <= latest],
        [path for path in damaged if path.name <= latest],
        sorted(path for path in (*sound, *damaged) if path.name > latest),
    )


def _name(moment: datetime) -> str:
    return f"monitor-{moment:%Y%m%dT%H%M%SZ}.db"
