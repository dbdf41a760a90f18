"""Backups and what is around the database's file: made, verified and put back."""

import contextlib
import threading
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import URL

from monitor import policy
from monitor.bootstrap import asking, database_url, settings, upgrade_database
from monitor.bootstrap.policy_in_use import Note, PolicyInUse
from monitor.errors import MonitorError
from monitor.service.asking.cases import Show, unseen
from monitor.service.asking.heads import code_now, keep
from monitor.service.operating.doctor import Health
from monitor.service.operating.upkeep import backup_folder, find_backups, find_modes, next_backup
from monitor.service.operating.verify import verify
from monitor.store import backup, evaluation, facts, heartbeats, schema, urls
from monitor.store import engine as database
from monitor.store.schema import Standing
from monitor.store.triggers import integrity_faults

_WAITS = timedelta(minutes=15)  # after a backup that could not be made
_ENDS_SECONDS = 10.0  # that a backup under way has when the service is told to stop


def back_up(url: str | None, target: Path, *, now: datetime, show: Show = unseen) -> list[str]:
    """Back the database up under a new name; verified before it counts.

    Returns which stored checks differ from the facts: they can be worked out anew, and are no
    reason to have no backup.
    """
    parsed = database_url(url)
    differ: list[str] = []
    backup.back_up(parsed, target, partial(_faults_of_file, now=now, show=show, differ=differ))
    return differ


def surroundings(url: str | None, *, now: datetime) -> list[Health]:
    """Look at what is around a database's file: its modes, and the scheduled backups.

    Raises PolicyError or Refused where the policy cannot be used.
    """
    loaded = policy.load(settings(url).policy)
    path = urls.database_file(database_url(url))
    if path is None or not path.exists():
        return []
    folder = backup_folder(loaded.backup, path)
    since = _served_since(url)
    backups = find_backups(loaded.backup, folder, now=now, since=since)
    return [backups] if _is_another(path) else [find_modes(path), backups]


def _is_another(path: Path) -> bool:
    """Say whether a file is no database of ours: nobody is to close it to others."""
    if not path.is_file():  # whoever opens a pipe waits
        return True
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(15) not in (b"", b"SQLite format 3")
    return False


def _served_since(url: str | None) -> datetime | None:
    """Give the moment of the first fact of a record that the service looks after."""
    try:
        with asking(url) as connection:
            return facts.first_at(connection) if heartbeats.find(connection) else None
    except MonitorError:
        return None  # what is wrong with the database is said elsewhere


def restore(url: str | None, source: Path, *, now: datetime, show: Show = unseen) -> Path | None:
    """Put a backup in the database's place; returns where what was there is kept.

    Everybody is looked at anew: rather a repeat than a loss.
    """
    parsed = database_url(url)
    there = backup.file_of(parsed)
    sound = partial(_faults_of_file, now=now, show=show)
    backup.require_sound(source, sound)  # first: what is refused leaves nothing behind
    kept = None
    if urls.exists(parsed):
        kept = there.with_name(f"{there.stem}-before-{now:%Y%m%dT%H%M%S}{there.suffix}")
        backup.back_up(parsed, kept, lambda _: [])  # sound or not, it is kept
    backup.restore(parsed, source, sound)
    upgrade_database(url, now=now, show=show)
    return kept


def head_of_backup(path: Path) -> str:
    """Work out the code of a backup's head."""
    engine = database.open_engine(URL.create("sqlite", database=str(path)))
    try:
        with database.reading(engine) as connection:
            return code_now(connection)
    finally:
        engine.dispose()


def _faults_of_file(
    path: Path, *, now: datetime, show: Show, differ: list[str] | None = None
) -> list[str]:
    """Say what is wrong with a backup: every chain is gone through.

    Stored checks that differ from the facts are no fault of it; they are listed beside.
    """
    engine = database.open_engine(database.parse_url(str(path.resolve())))
    try:
        with database.reading(engine) as connection:
            found = schema.standing(connection)
            if found is Standing.OLDER:
                return integrity_faults(connection)  # its schema is not this program's
            schema.require_current(connection)
            found_now = verify(connection, now=now, show=show)
            if differ is not None:
                differ += found_now.derived.lines()
            return found_now.lost.lines()
    except MonitorError as fault:
        return [str(fault)]
    finally:
        engine.dispose()


class ScheduledBackups:
    """Scheduled backups. One that could not be made is not tried again with each pass."""

    def __init__(self, engine: Engine, in_use: PolicyInUse, db: str | None, note: Note) -> None:
        self._engine = engine
        self._in_use = in_use
        self._db = db
        self._note = note
        self._not_before: datetime | None = None
        self._worker: threading.Thread | None = None

    def begin(self, now: datetime) -> None:
        """Begin to make the one that is due, if any; no pass waits for its end."""
        if self._worker is not None and self._worker.is_alive():
            return
        # a daemon: a folder that hangs must not keep the program from ending
        self._worker = threading.Thread(target=self._made, args=(now,), name="backup", daemon=True)
        self._worker.start()

    def end(self) -> None:
        """Wait a moment for one that is under way; what is not finished never counts."""
        if self._worker is not None:
            self._worker.join(_ENDS_SECONDS)

    def _made(self, now: datetime) -> None:
        try:
            self.make(now)
        except Exception as fault:  # nobody waits for it who could say so
            self._note(f"monitor: no backup was made: {type(fault).__name__}")

    def make(self, now: datetime) -> None:
        """Make the one that is due, if any."""
        path = urls.database_file(self._engine.url)
        waits = self._not_before is not None and timedelta() < self._not_before - now < _WAITS
        if path is None or waits:
            return
        policy = self._in_use.policy.backup
        folder = backup_folder(policy, path)
        target = next_backup(policy, folder, now=now)
        if target is None:
            return
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            backup.sweep(target)
            if back_up(self._db, target, now=now):
                self._note("monitor: stored checks differ from the facts; they are worked out")
                with database.writing(self._engine) as connection:
                    evaluation.take_over(connection, anew=True)
            keep(folder, head_of_backup(target), target.name, now=now)
        except (MonitorError, OSError) as fault:
            self._not_before = now + _WAITS
            self._note(f"monitor: no sound backup was made: {fault}")
        with contextlib.suppress(OSError):
            backup.rotate(folder, keep=policy.keep)
