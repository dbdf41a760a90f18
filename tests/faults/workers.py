"""Many `monitor run` on one PostgreSQL database: forked from a process that has loaded the program.

What is forked runs the real command; only the second or two of loading are spared at each of
hundreds of starts.
"""

import multiprocessing
import os
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text

from monitor import policy
from monitor.commands.options import now
from monitor.delivery.tick import reconcile_some
from monitor.service.reminding.reconcile import Pass
from monitor.store import contacts
from monitor.store import engine as database
from tests import postgresql
from tests.behind import behind, change
from tests.faults.clinics import Message, a_nurse_each, fill, many, midday

_LOADED = ["monitor.commands.service", "monitor.demo.tour",
           "monitor.delivery.channels.webhook",
           "monitor.policy", "monitor.service.operating.verify",
           "apscheduler.schedulers.background",
           "psycopg", "sqlalchemy.dialects.postgresql.psycopg", "alembic"]  # fmt: skip
_forked = multiprocessing.get_context("forkserver")
_forked.set_forkserver_preload([*_LOADED, __name__])


def _run(url: str, log: str) -> None:
    from monitor.commands import main

    said = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.environ["MONITOR_DB"] = url
    sys.exit(main(["run"]))


class Worker:
    """One `monitor run`."""

    def __init__(self, url: str, log: Path) -> None:
        self.log = log
        self.process = _forked.Process(target=_run, args=(url, str(log)), daemon=True)
        self.process.start()

    def wait_until_ready(self) -> None:
        """Wait until it says that it reminds: without a database it would not have begun.

        Its log is its own: what another one said there would be taken for its word.
        """
        while not (self.log.exists() and "reminding" in self.log.read_text()):
            assert self.process.is_alive(), self.log.read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill it with -9, whatever it is doing."""
        assert self.process.is_alive(), self.log.read_text()
        self.process.kill()
        self.process.join()

    def stop(self) -> None:
        """Ask it to end, as a service manager does."""
        self.process.terminate()
        self.process.join(90)
        assert self.process.exitcode == 0, self.log.read_text()


@contextmanager
def workers(url: str, folder: Path, number: int):
    """Have some workers running; they are asked to end, or killed where the test failed."""
    running = [Worker(url, folder / f"log-{time.monotonic_ns()}-{n}") for n in range(number)]
    try:
        for one in running:
            one.wait_until_ready()
        time.sleep(0.5)  # then they can be told to stop
        yield running
        for one in running:
            one.stop()
    finally:
        for one in running:
            with suppress(AssertionError):
                one.kill()


def due_today(url: str, folder: Path, patients: int, channel: str) -> None:
    """Make a clinic in which it is midday, and each patient's nurse is to be told something."""
    zone = midday()
    infused = now().astimezone(ZoneInfo(zone)).date() - timedelta(days=10)
    postgresql.with_schema(url)
    lines = many(patients, zone=zone, infused=infused)
    fill(url, folder / "facts.jsonl", lines, a_nurse_each(patients, channel))


def owe_everything(url: str) -> None:
    """Look at everybody, and send nothing."""
    engine = database.open_engine(database.parse_url(url))
    rules = policy.load(None)
    while reconcile_some(
        engine, Pass(policy=rules, now=now()), limit=50, stop=lambda: False
    ).patients:
        pass
    engine.dispose()


def multiply(url: str, times: int) -> None:
    """Give each patient so many nurses, who are owed the same; nobody has sent to the new ones."""
    with behind(url) as connection:
        for one, n in product(contacts.list_contacts(connection), range(2, times + 1)):
            contacts.add(connection, patient=one.patient, role="nurse", name=f"{one.name}-{n}",
                         channel=one.channel, is_private=False, timezone=None, by=None,
                         now=now())  # fmt: skip
    owe_everything(url)


def messages(url: str) -> dict[str, Message]:
    """Read the outbox behind the program's back."""
    with behind(url) as connection:
        tries: dict[str, list[str]] = {}
        query = "SELECT message, outcome FROM attempt ORDER BY message, token"
        for key, outcome in connection.execute(text(query)):
            tries.setdefault(key, []).append(outcome)
        query = "SELECT key, state, token FROM message"
        return {
            key: Message(key, state, token, tries.get(key, []))
            for key, state, token in connection.execute(text(query))
        }


def states(url: str) -> Counter[str]:
    return Counter(one.state for one in messages(url).values())


def end_leases(url: str) -> None:
    """Have what was taken by the dead free at once: nobody waits for minutes in a test."""
    change(
        url,
        "UPDATE message SET next_at = due_at WHERE state = 'sending'",
        "UPDATE look SET next_at = '' WHERE next_at < to_char(now() AT TIME ZONE 'UTC' "
        "+ interval '5 minutes', 'YYYY-MM-DD\"T\"HH24:MI:SS')",
    )
