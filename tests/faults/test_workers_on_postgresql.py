"""Many workers on one PostgreSQL: killed at random, and the server killed under them.

By default 40 kills of workers, 6 of the server, and 700 messages; MONITOR_FAULTS=all kills workers
300 times and the server 30 times while 3,000 are due: nobody is killed who has nothing to do. The
server lies on loopback, with fsync on.
"""

import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager

import pytest

from tests import postgresql
from tests.behind import change
from tests.delivery.sinks import HttpSink, Meeting
from tests.faults.clinics import key_of, midday
from tests.faults.tracing import EVERYTHING, run
from tests.faults.workers import (
    Worker,
    due_today,
    end_leases,
    messages,
    multiply,
    owe_everything,
    states,
    workers,
)

pytestmark = [pytest.mark.faults, postgresql.needs_postgresql]

KILLS, SERVER_KILLS, TIMES = (300, 30, 30) if EVERYTHING else (40, 6, 7)
PATIENTS = 100  # who are to be looked at; each has a nurse to be told, then so many times more
MESSAGES = PATIENTS * TIMES
AT_ONCE = 4
SEED = int(os.environ.get("FAULTS_SEED", "20261125"))  # each draws other moments


@pytest.fixture(scope="module")
def sink():
    sink = HttpSink()
    yield sink
    sink.stop()


@pytest.fixture(scope="module")
def own_server():
    """A server that may be killed."""
    with postgresql.server() as server:
        yield server


@pytest.fixture(scope="module")
def template(own_server, sink, tmp_path_factory) -> str:
    """A clinic in which everybody is to be looked at, and told."""
    url = postgresql.create(server=own_server.url)
    due_today(url, tmp_path_factory.mktemp("facts"), PATIENTS, sink.url)
    return postgresql.name_of(url)


@pytest.fixture
def clinic(own_server, template, sink):
    url = postgresql.create(template, server=own_server.url)
    sink.requests.clear()
    sink.delay = 0.0
    yield url
    postgresql.drop(url)


def taken(sink) -> Counter[str]:
    return Counter(key_of(one) for one in list(sink.requests))


def wait_until_sent(url: str, running: list[Worker], *, seconds: float = 900) -> None:
    until = time.monotonic() + seconds
    while (found := states(url)).keys() != {"sent"} or found["sent"] < MESSAGES:
        assert time.monotonic() < until, found
        assert all(one.process.is_alive() for one in running)
        time.sleep(0.5)


def finish(url: str, folder) -> None:
    """Have two workers do what is left, and nothing go wrong with them."""
    end_leases(url)
    with workers(url, folder, 2) as running:
        wait_until_sent(url, running)


def check(url: str, sink, *, kills: int, in_hand: int, said: str) -> None:
    """Nothing is lost; each key arrived, and again only where nobody knew that it had."""
    found, told = messages(url), taken(sink)
    assert len(found) == MESSAGES
    assert set(told) == set(found)
    unknown = {key: one.tries.count("unknown") for key, one in found.items()}
    assert all(times <= 1 + unknown[key] for key, times in told.items())
    assert all(one.tries[-1] == "sent" for one in found.values())
    repeats = sum(told.values()) - len(told)
    assert repeats <= kills * in_hand
    done = run(["db", "verify"], url)
    assert done.returncode == 0, done.stdout
    print(
        f"\n{said}: {kills} kills, {len(found)} messages, 0 lost, {repeats} repeats, "
        f"no key more than {max(told.values())} times, {sum(unknown.values())} tries unknown"
    )


def kill_workers(url: str, folder, chance: random.Random, times: int, *, look: bool) -> None:
    """Start four, and kill one after the other; where they are to look, there is always whom at."""
    for _ in range(times // AT_ONCE):
        if look:
            change(url, "UPDATE look SET next_at = ''")
        running = [Worker(url, folder / f"log-{time.monotonic_ns()}-{n}") for n in range(AT_ONCE)]
        for one in running:
            one.wait_until_ready()
        for one in running:
            time.sleep(chance.uniform(0.0, 0.6))
            one.kill()
        end_leases(url)


def test_workers_killed_at_random_lose_nothing(clinic, sink, tmp_path):
    chance, began = random.Random(SEED), time.monotonic()
    sink.delay = 0.1
    looking = KILLS // 5
    kill_workers(clinic, tmp_path, chance, looking, look=True)
    owed = sum(states(clinic).values())
    owe_everything(clinic)
    multiply(clinic, TIMES)
    kill_workers(clinic, tmp_path, chance, KILLS - looking, look=False)
    left = states(clinic)
    assert left["owed"] + left["sending"], "the last ones that were killed had something to send"
    sink.delay = 0.0
    finish(clinic, tmp_path)

    said = f"workers, {looking} of them while looking ({owed} owed then), after all {dict(left)}"
    check(clinic, sink, kills=KILLS, in_hand=1, said=said)
    assert "Traceback" not in "".join(log.read_text() for log in tmp_path.glob("log-*"))
    print(f"{time.monotonic() - began:.0f} s")


def test_the_server_killed_under_the_workers_loses_nothing(clinic, sink, own_server, tmp_path):
    chance, began = random.Random(SEED), time.monotonic()
    owe_everything(clinic)
    multiply(clinic, TIMES)
    sink.delay = 0.05
    with workers(clinic, tmp_path, 3) as running:
        for number in range(SERVER_KILLS):
            wait_until_sending(sink)
            time.sleep(chance.uniform(0.0, 0.5))
            if number % 2:
                own_server.kill()
            else:
                own_server.stop("immediate")
            time.sleep(chance.uniform(0.0, 0.5))
            own_server.start()
        assert all(one.process.is_alive() for one in running)
        left = states(clinic)
    sink.delay = 0.0
    finish(clinic, tmp_path)

    said = f"the server under 3 workers, after all {dict(left)}"
    check(clinic, sink, kills=SERVER_KILLS, in_hand=3, said=said)
    said = "".join(log.read_text() for log in tmp_path.glob("log-*"))
    assert "Traceback" not in said
    print(f"{time.monotonic() - began:.0f} s")


def wait_until_sending(sink) -> None:
    """Wait until another message arrives: the workers have found the server again."""
    until, before = time.monotonic() + 60, len(sink.requests)
    while len(sink.requests) == before:
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize("number", [2, 4])
def test_without_faults_each_message_is_delivered_once(clinic, sink, tmp_path, number):
    operator = f"--role operator --name O --timezone {midday()} --channel {sink.url}"
    assert run(f"contact add S-00001 {operator}".split(), clinic).returncode == 0
    change(clinic, "UPDATE look SET next_at = '9999'")
    sink.meeting = Meeting(number, seconds=5)  # none is answered before each has one in hand
    with workers(clinic, tmp_path, number) as running:
        time.sleep(1)  # each has found nothing to do, and waits for a minute or for news
        change(clinic, "UPDATE look SET next_at = ''")
        with never_ending_news(clinic):
            began = time.monotonic()
            while (found := states(clinic)).keys() != {"sent"} or found["sent"] < PATIENTS + 1:
                assert time.monotonic() < began + 55, found
                time.sleep(0.3)
            took = time.monotonic() - began
        time.sleep(1)  # whoever would send twice does it now

    found, told = messages(clinic), taken(sink)
    alive = [one for one in sink.requests if one["body"]["body"].startswith("alive")]
    looked, sent = zip(*(_done_by(one) for one in running), strict=True)
    print(f"\n{number} workers without faults: {len(found)} messages, {sent} by each, "
          f"patients looked at: {looked}, {took:.0f} s")  # fmt: skip
    assert len(found) == PATIENTS + 1
    assert len(alive) == 1
    assert set(told) == set(found)
    assert set(told.values()) == {1}
    assert all(one.tries == ["sent"] and one.token == 1 for one in found.values())
    assert sum(sent) == len(found)
    assert all(sent), "each was woken and took its part"


@contextmanager
def never_ending_news(url: str):
    """Have somebody announce work all the time: whoever waited until all is quiet would starve."""
    told = """
import psycopg, sys, time
with psycopg.connect(sys.argv[1].replace("+psycopg", ""), autocommit=True) as connection:
    while True:
        connection.execute("NOTIFY monitor_work, 'somebody else'")
        time.sleep(0.02)
"""
    with subprocess.Popen([sys.executable, "-c", told, url]) as news:
        try:
            yield
        finally:
            news.kill()


def _done_by(worker: Worker) -> tuple[int, int]:
    """Add up how many patients a worker looked at, and how many messages it sent."""
    passes = re.findall(
        r"(\d+) patients? checked; \d+ messages? queued, (\d+) sent", worker.log.read_text()
    )
    return sum(int(one) for one, _ in passes), sum(int(one) for _, one in passes)
