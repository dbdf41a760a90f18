"""Many `monitor run` on one PostgreSQL database: forked from a process that has loaded the program.

What is forked runs the real command; only the second or two of loading are spared at each of
hundreds of starts.
"""

import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from hashlib import md5
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, text

from monitor import policy
from monitor.commands.options import now
from monitor.domain.record import Recorded
from monitor.service.looking import look_at_some
from monitor.store import contacts, events
from monitor.store import engine as database
from monitor.store.events import Appender, Draft
from monitor.store.seals import sealed
from monitor.store.tables import message, pending, reminder, treatment
from tests import postgresql
from tests.behind import behind, change
from tests.faults.clinics import Message, fill, many, midday

_LOADED = ["monitor.commands.service", "monitor.commands.tour", "monitor.delivery.webhook",
           "monitor.policy", "monitor.service.verifying", "apscheduler.schedulers.background",
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
    """Make a clinic in which it is midday, and each patient's nurse is to be told something.

    One patient is imported; the others are that one again under other names, which is quick.
    """
    zone, first = midday(), "S-00001"
    infused = now().astimezone(ZoneInfo(zone)).date() - timedelta(days=10)
    postgresql.with_schema(url)
    told = [(first, "nurse", "nurse 1", channel)]
    fill(url, folder / "facts.jsonl", many(1, zone=zone, infused=infused), told)
    with behind(url) as connection:
        rows = [row for row in events.read(connection, first) if row.kind != "contact"]
        for number in range(2, patients + 1):
            who = f"S-{number:05d}"
            _copy(connection, rows, who)
            contacts.add(connection, patient=who, role="nurse", name=f"nurse {number}",
                         channel=channel, is_private=False, timezone=None, by=None,
                         now=now())  # fmt: skip


def _copy(connection: Connection, rows: Sequence[Recorded], who: str) -> None:
    appender = Appender(connection, now=now())
    begins = {
        appender.add(who, Draft(kind=row.kind, on=row.on, body=row.body, by=row.by)).event
        - row.event
        for row in rows
    }
    appender.flush()
    (shift,) = begins
    for table in (treatment, pending):
        for row in connection.execute(table.select().where(table.c.patient == rows[0].patient)):
            values = {**row._mapping, "patient": who}
            if "anchor" in values:
                values["anchor"] += shift
            connection.execute(table.insert(), values)


def owe_everything(url: str) -> None:
    """Look at everybody, and send nothing."""
    engine = database.open_engine(database.parse_url(url))
    rules = policy.load(None)
    while look_at_some(engine, rules, now=now(), limit=50, stop=lambda: False).patients:
        pass
    engine.dispose()


def multiply(url: str, times: int) -> None:
    """Owe each message to so many nurses, as if each patient had them all; nobody has sent these.

    Their references begin with a digit that no reference has.
    """
    own = ((message, ("key", "address")), (reminder, ("key", "identity", "message")))
    with behind(url) as connection:
        for table, changed in own:
            copies: list[dict[str, object]] = []
            rows = connection.execute(select(table)).mappings().all()
            for row, n in product(rows, range(2, times + 1)):
                one = {name: value for name, value in row.items() if name != "seal"}
                one |= {name: md5(f"{row[name]}{n}".encode()).hexdigest() for name in changed}
                if table is message:
                    one |= {"ref": f"0{len(copies) + 1}", "state": "owed"}
                    one |= {"next_at": row["due_at"], "token": 0, "tries": 0}
                copies.append(sealed(table, one))
            connection.execute(insert(table), copies)


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
