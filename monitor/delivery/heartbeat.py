"""The one timer: APScheduler fires the tick from memory, until told to stop.

It is an alarm clock and not a memory: what is due is worked out from the facts at each tick, so
that a restart or a missed night needs no repair.
"""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from monitor.delivery.ping import heard
from monitor.delivery.tick import Ticked, tick
from monitor.domain.reminders.policy import Policy
from monitor.errors import MonitorError, SchemaError
from monitor.store import notify as waking
from monitor.store import outbox, wakeups
from monitor.store.engine import reading
from monitor.store.urls import require_there

AT_LATEST = timedelta(seconds=60)
_AT_EARLIEST = timedelta(seconds=1)
_WOKEN = timedelta(milliseconds=100)  # who is woken often gathers what there is
_AFTER_FAULT = timedelta(seconds=5)
_GUARDED = 2.0  # seconds between two looks at whether a pass begins in time
_JUMP = timedelta(seconds=5)  # of the clock against true time; a late moment of sleep is none
_HANGS = 600.0  # seconds after which a pass hangs, and the machine should start us anew
_log = logging.getLogger(__name__)


def clock() -> datetime:
    """Ask what time it is: the service's only clock."""
    return datetime.now(UTC)  # noqa: TID251  # time enters the service here


class _Stopwatch:
    """True time since something began; no clock that is put anywhere changes it."""

    def __init__(self) -> None:
        self.now()

    def now(self) -> None:
        """Begin anew."""
        self._began = time.monotonic()

    def is_over(self, seconds: float) -> bool:
        """Say whether more time has gone by."""
        return time.monotonic() - self._began > seconds


class _Watch:
    """Compares the clock with true time."""

    def __init__(self, asked: Callable[[], datetime]) -> None:
        self._asked = asked
        self._last = (asked(), time.monotonic())

    def jumped(self) -> bool:
        """Say whether the clock was put since it was asked last."""
        moment, true = self._asked(), time.monotonic()
        expected = self._last[0] + timedelta(seconds=true - self._last[1])
        self._last = (moment, true)
        return abs(moment - expected) > _JUMP


def beat_until_stopped(
    engine: Engine,
    policy: Callable[[], Policy],
    *,
    after: Callable[[datetime, Callable[[], bool]], None],
    said: Callable[[Ticked], None],
) -> None:
    """Tick now, whenever something is due or announced, at the latest every minute, until SIGTERM.

    `policy` is asked before each tick; `after` is called after it, with what says that it must
    stop too; `said` with what the tick did. The message in hand is finished.
    """
    from apscheduler.schedulers.background import BackgroundScheduler

    # It warns when the next tick is due before one has ended: that is as it should be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    stop, busy = threading.Event(), threading.Lock()
    ended: list[SchemaError] = []
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    scheduler = BackgroundScheduler(timezone=UTC)
    began = _Stopwatch()

    def once() -> None:
        with busy:
            if stop.is_set():
                return
            began.now()
            try:
                went_well = _tick_once(engine, policy, stop, after, said)
            except SchemaError as fault:
                ended.append(fault)
                stop.set()
            if not stop.is_set():
                now = clock()
                again = _next(engine, now) if went_well else now + _AFTER_FAULT
                job.modify(next_run_time=again)

    def wake() -> None:
        with busy:  # what is announced during a tick may come too late for it
            if not stop.is_set():
                job.modify(next_run_time=min(job.next_run_time, clock() + _WOKEN))

    job: Any = scheduler.add_job(
        once,
        "interval",
        seconds=AT_LATEST.total_seconds(),
        next_run_time=clock(),
        coalesce=True,
        max_instances=2,  # one that has just ended may still count; `busy` lets one pass at a time
        misfire_grace_time=None,
    )

    watched_for = _Watch(clock)  # from before the first pass, however late the guard begins

    def guard() -> None:
        """Begin a pass where none began for a minute of true time, whatever the clock does.

        APScheduler waits for a moment: a clock that is put back would have it wait as long.
        """
        jumped = False
        while not stop.wait(_GUARDED):
            jumped = watched_for.jumped() or jumped  # during a pass: kept until that has ended
            notify("WATCHDOG=1" if not began.is_over(_HANGS) else "STATUS=a pass hangs")
            if (jumped or began.is_over(AT_LATEST.total_seconds())) and busy.acquire(False):
                try:
                    jumped = False
                    if not stop.is_set():
                        job.modify(next_run_time=clock())
                finally:
                    busy.release()

    listener = threading.Thread(target=waking.listen, args=(engine, wake, stop), name="listener")
    guarding = threading.Thread(target=guard, name="guard")
    scheduler.start()
    listener.start()
    guarding.start()
    notify("READY=1")
    stop.wait()
    notify("STOPPING=1")
    with busy:
        pass  # a job that sets its next time while the scheduler shuts down would wait for ever
    listener.join()
    guarding.join()
    scheduler.shutdown(wait=True)
    if ended:
        raise ended[0]


def _tick_once(
    engine: Engine,
    policy: Callable[[], Policy],
    stop: threading.Event,
    after: Callable[[datetime, Callable[[], bool]], None],
    said: Callable[[Ticked], None],
) -> bool:
    """Tick; whatever goes wrong, the next tick comes. Says whether all went well.

    Raises SchemaError where a newer program has taken over: this one must not go on.
    """
    try:
        in_use = policy()
        with heard(engine.url, in_use.ping_url):
            require_there(engine.url)
            ticked = tick(engine, in_use, clock, stop=stop.is_set, clock_is_real=True)
            after(ticked.now, stop.is_set)
            said(ticked)
    except SchemaError:
        raise  # of no more use: a newer program has the record
    except Exception as fault:
        _log.error("this pass failed: %s: %s", type(fault).__name__, _harmless(fault))
        engine.dispose()  # where the file was replaced, what is open is the old one
        return False
    return True


def _harmless(fault: Exception) -> str:
    """Give the words of our own errors; others may quote what must not be logged."""
    return str(fault) if isinstance(fault, MonitorError) else ""


def _next(engine: Engine, now: datetime) -> datetime:
    latest = now + AT_LATEST
    try:
        with reading(engine) as connection:
            coming = (wakeups.next_at(connection), outbox.next_try_at(connection))
    except Exception:  # the database is away for a moment; the next tick says so
        return latest
    wanted = min([moment for moment in coming if moment is not None] + [latest])
    return max(wanted, now + _AT_EARLIEST)


def notify(state: str) -> None:
    """Tell systemd, where it started us, that the service is ready, alive or stopping."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    where = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.setblocking(False)
        line.sendto(state.encode(), where)
