"""The service: ticks on a timer, stored checks kept up with time, backups."""

import contextlib
import math
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine

from monitor.bootstrap.backups import back_up, head_of_backup
from monitor.commands import render
from monitor.commands.policy_in_use import PolicyInUse
from monitor.delivery.heartbeat import beat_until_stopped
from monitor.delivery.tick import Ticked
from monitor.domain.reminders.policy import Policy
from monitor.errors import MonitorError, SchemaError
from monitor.service.asking.heads import keep
from monitor.service.asking.out_of_sight import hidden_people
from monitor.service.operating.refresh import refresh_some
from monitor.service.operating.upkeep import backup_folder, next_backup
from monitor.store import evaluation, projection
from monitor.store.engine import reading, writing
from monitor.store.urls import database_file

_WAITS = timedelta(minutes=15)  # after a backup that could not be made
_ENDS_SECONDS = 10.0  # that a backup under way has when the service is told to stop
_UPKEEP_SECONDS = 20.0  # then the next pass comes first: reminders do not wait for lists


def serve(engine: Engine, policy: Policy, db: str | None) -> None:
    """Tick until told to stop, and do the upkeep in between."""
    evaluation.program()  # before the files of a newer one may take the place of these
    in_use = PolicyInUse(policy, db)
    kept_up, backups = _Upkeep(engine), _Backups(engine, in_use, db)

    def after(now: datetime, stop: Callable[[], bool]) -> None:
        kept_up.go_on(now, stop)
        if not stop():
            backups.begin(now)

    told: dict[str, object] = {}

    def said(ticked: Ticked) -> None:
        did = ticked.queued or ticked.sent or ticked.failed or ticked.withdrawn
        hour = ticked.now.replace(minute=0, second=0, microsecond=0)
        missing: dict[str, object] = {}
        if ticked.unheard or unseen_in_words(ticked):
            missing = {"of": dict(ticked.unheard), "at": hour}
            missing |= {"hidden": ticked.out_of_sight, "unusable": ticked.unusable}
        if did or told != missing:  # what goes to nobody is said anew each hour
            told.clear()
            told.update(missing)
            render.note(f"{ticked.now:%Y-%m-%d %H:%M:%S} {ticked_in_words(ticked)}")
            for words in unseen_in_words(ticked):
                render.note(f"monitor: {words}")

    render.note("monitor: reminding; stop with SIGTERM or Ctrl-C")
    beat_until_stopped(engine, in_use.read_anew, after=after, said=said)
    backups.end()
    render.note("monitor: stopped")


def ticked_in_words(ticked: Ticked) -> str:
    """Say what a pass did, and who is urgent with nobody to hear of it."""
    words = (
        f"{ticked.patients} {'patient' if ticked.patients == 1 else 'patients'} checked; "
        f"{ticked.queued} {'message' if ticked.queued == 1 else 'messages'} queued, "
        f"{ticked.sent} sent, {ticked.failed} failed, {ticked.withdrawn} withdrawn, "
        f"{ticked.given_up} given up"
    )
    return "; ".join([words, *unheard_in_words(ticked)])


def unheard_in_words(ticked: Ticked) -> list[str]:
    """Say what is urgent and did not arrive, or reaches nobody, and what to do."""
    told = []
    if ticked.undelivered:
        many = ticked.undelivered
        told.append(f"{many} urgent {'message has' if many == 1 else 'messages have'} not arrived")
    if ticked.unheard:
        many = sum(ticked.unheard.values())
        told.append(
            f"{many} urgent {'warning reaches' if many == 1 else 'warnings reach'} nobody; "
            "whose, says: monitor doctor"  # not here: a journal, or a console, names no patient
        )
    return told


def unseen_in_words(ticked: Ticked) -> list[str]:
    """Say that patients cannot be checked, or only in part; whom a journal does not name."""
    told = []
    if ticked.unusable:
        told.append(f"{ticked.unusable} could not be checked; see: monitor doctor")
    if ticked.out_of_sight:
        told.append(
            f"facts of {hidden_people(ticked.out_of_sight)} are out of sight, for they were "
            "recorded while the clock was ahead of now: look at the clock; whose, says: "
            "monitor doctor"
        )
    return told


def upkeep(engine: Engine, now: datetime) -> None:
    """Work out anew the stored checks that changed by time alone."""
    _Upkeep(engine).go_on(now, lambda: False, seconds=math.inf)


class _Upkeep:
    """Has stored checks worked out that another program, or none, had worked out."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._has_begun = False
        self._waiting: Sequence[str] = ()

    def go_on(
        self, now: datetime, stop: Callable[[], bool], *, seconds: float = _UPKEEP_SECONDS
    ) -> None:
        """Work for so long at most, and go on with the rest next time."""
        until = time.monotonic() + seconds
        is_first = not self._has_begun  # another pass may have been stopped before it was done
        if self._take_over() or is_first:
            with reading(self._engine) as connection:
                self._waiting = projection.to_look_at(connection, now)
        while self._waiting and not stop() and time.monotonic() < until:
            with writing(self._engine) as connection:
                self._waiting = refresh_some(connection, self._waiting, now=now).left

    def _take_over(self) -> bool:
        """Take over what another program stored; says whether there was anything.

        A newer program that takes over ends this one: two would undo each other's work for ever.
        """
        with reading(self._engine) as connection:
            if self._has_begun and evaluation.is_of_another(connection):
                raise SchemaError(
                    "another version of this program has worked the checks out anew; "
                    "start this one again, with the same version"
                )
            self._has_begun = True
            if evaluation.is_ours(connection):
                return False
        with writing(self._engine) as connection:
            return evaluation.take_over(connection)


class _Backups:
    """Scheduled backups. One that could not be made is not tried again with each pass."""

    def __init__(self, engine: Engine, in_use: PolicyInUse, db: str | None) -> None:
        self._engine = engine
        self._in_use = in_use
        self._db = db
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
            render.note(f"monitor: no backup was made: {type(fault).__name__}")

    def make(self, now: datetime) -> None:
        """Make the one that is due, if any."""
        path = database_file(self._engine.url)
        waits = self._not_before is not None and timedelta() < self._not_before - now < _WAITS
        if path is None or waits:
            return
        policy = self._in_use.policy.backup
        folder = backup_folder(policy, path)
        target = next_backup(policy, folder, now=now)
        if target is None:
            return
        from monitor.store.backup import rotate, sweep

        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sweep(target)
            if back_up(self._db, target, now=now):
                render.note("monitor: stored checks differ from the facts; they are worked out")
                with writing(self._engine) as connection:
                    evaluation.take_over(connection, anew=True)
            keep(folder, head_of_backup(target), target.name, now=now)
        except (MonitorError, OSError) as fault:
            self._not_before = now + _WAITS
            render.note(f"monitor: no sound backup was made: {fault}")
        with contextlib.suppress(OSError):
            rotate(folder, keep=policy.keep)
