"""What questions cost does not grow with messages that were settled long ago (R25).

Beside 10,000 of them: 100,000, with BENCHMARK_MESSAGES=1000000 a million. On a server:
`python -m tests.postgresql pytest -n 0 --benchmark-only -s tests/benchmarks/test_settled.py`.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from sqlalchemy import Connection, Engine, insert

from monitor import policy
from monitor.delivery.tick import tick
from monitor.service.asking.cases import Asked
from monitor.service.asking.history import history
from monitor.service.asking.outbox_list import outbox_answer
from monitor.service.operating.doctor import examine
from monitor.store import engine as database
from monitor.store import schema
from monitor.store.facts import moment_text
from monitor.store.seals import sealed
from monitor.store.tables import attempt, message, reminder
from tests import postgresql
from tests.benchmarks.test_ratios import fill, new_clinic, report, seconds

NOW = datetime(2026, 11, 1, 14, 45, tzinfo=UTC)
POLICY = policy.load(None)
SMALL = 10_000
LARGE = int(os.environ.get("BENCHMARK_MESSAGES", "100000"))
PATIENTS, FAILED, OWN = 20, 20, 50  # OWN: reminders of the patient whose history is asked
_AT_ONCE = 10_000


@pytest.fixture(scope="session")
def settled(tmp_path_factory):
    """Give clinics that differ in how much they have sent; each is made once."""
    folder = tmp_path_factory.mktemp("settled")
    made: list[tuple[str, Engine]] = []

    @cache
    def make(messages: int) -> Engine:
        if postgresql.URL:
            url = postgresql.create()
            engine = database.open_engine(database.parse_url(url))
            made.append((url, engine))
            schema.upgrade(engine)
        else:
            engine = new_clinic(folder / f"{messages}.db")
        fill(engine, PATIENTS)
        for first in range(0, messages, _AT_ONCE):
            with database.writing(engine) as connection:
                settle(connection, range(first, min(first + _AT_ONCE, messages)), messages)
        if database.is_server(engine):
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("ANALYZE")
        tick(engine, POLICY, lambda: NOW)  # everybody was looked at; nobody is told anything
        return engine

    yield make
    for url, engine in made:
        engine.dispose()
        postgresql.drop(url)


def settle(
    connection: Connection, numbers: range, total: int, *, until: datetime = NOW, own: int = OWN
) -> None:
    """Write what ten years have sent, evenly; a few of the last messages failed."""
    messages, reminders, tries = [], [], []
    for number in numbers:
        at = moment_text(until - timedelta(days=3650) * (1 - number / total))
        key, state = f"m{number}", "failed" if number >= total - FAILED else "sent"
        who = 0 if own and number % (total // own) == 0 else 1 + number % (PATIENTS - 1)
        person = f"nurse {number % 500}"
        messages.append(sealed(message, {
            "key": key, "ref": f"R{number}", "role": "nurse", "recipient": person,
            "address": person, "channels": '[{"url": "console:", "private": false}]',
            "zone": "UTC", "urgency": "routine", "rank": 20, "state": state, "due_at": at,
            "next_at": "", "token": 1, "tries": 1, "text": None,
        }))  # fmt: skip
        reminders.append(sealed(reminder, {
            "key": f"r{number}", "identity": f"r{number}", "message": key,
            "patient": f"S-{who:06d}", "drug": "mitoxantrone", "rule": "lvef-yearly",
            "occurrence": 1, "anchor": 1, "stage": "due", "repeat": 0, "since": at[:10],
            "planned_on": at[:10], "owed_at": at, "known": 1, "withdrawn": 0, "retracts": None,
            "words": "",
        }))  # fmt: skip
        outcome = "sent" if state == "sent" else "unknown"
        tries.append(sealed(attempt, {"message": key, "token": 1, "at": at, "channel": 0,
                                      "outcome": outcome, "error": None}))  # fmt: skip
    for table, rows in ((message, messages), (reminder, reminders), (attempt, tries)):
        connection.execute(insert(table), rows)


def asks_outbox(connection: Connection) -> None:
    assert outbox_answer(connection, [])


def asks_failed(connection: Connection) -> None:
    assert len(outbox_answer(connection, ["failed"])) == FAILED


def asks_history(connection: Connection) -> None:
    told = [e for e in history(connection, "S-000000", Asked(now=NOW)) if e.kind == "reminder"]
    assert len(told) == OWN


def asks_doctor(connection: Connection) -> None:
    assert examine(connection, now=NOW)


def read(ask: Callable[[Connection], None]) -> Callable[[Engine], None]:
    def once(engine: Engine) -> None:
        with database.reading(engine) as connection:
            ask(connection)

    return once


def passes(engine: Engine) -> None:
    assert tick(engine, POLICY, lambda: NOW + timedelta(minutes=1)).sent == 0


@pytest.mark.parametrize(
    ("what", "once"),
    [
        ("outbox", read(asks_outbox)),
        ("outbox --state failed", read(asks_failed)),
        ("one patient's history", read(asks_history)),
        ("doctor", read(asks_doctor)),
        ("a pass with nothing due", passes),
    ],
)
def test_settled_messages_cost_nothing(benchmark, settled, what, once):
    small, large = settled(SMALL), settled(LARGE)
    reference = seconds(lambda: once(small), 10)
    benchmark.pedantic(lambda: once(large), rounds=10)
    name = f"{what}, {LARGE:,} settled messages beside {SMALL:,}"
    report(benchmark, name, benchmark.stats.stats.min, reference, "1.5")
