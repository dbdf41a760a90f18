"""Four workers beside one, on one PostgreSQL, over a channel that takes 5 ms; see `test_ratios.py`.

python -m tests.postgresql pytest -n 0 --benchmark-only -s tests/benchmarks/test_workers.py
"""

import os
import time
from collections import Counter

import pytest

from tests import postgresql
from tests.behind import change
from tests.delivery.sinks import HttpSink
from tests.faults.clinics import key_of
from tests.faults.workers import due_today, messages, multiply, owe_everything, states, workers

pytestmark = postgresql.needs_postgresql

MESSAGES = int(os.environ.get("BENCHMARK_SENT", "2000"))
TAKES = 0.005  # seconds
TOMORROW = """to_char(now() AT TIME ZONE 'UTC' + interval '1 day',
                     'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""


@pytest.fixture
def sink():
    sink = HttpSink()
    sink.delay = TAKES
    yield sink
    sink.stop()


def test_four_workers_beside_one(benchmark, sink, tmp_path):
    def fill(url: str) -> None:
        due_today(url, tmp_path, MESSAGES // 20, sink.url)
        owe_everything(url)
        multiply(url, 20)

    took = {}

    def send(number: int) -> None:
        url = postgresql.clone("owed", fill)
        sink.requests.clear()
        change(url, f"UPDATE message SET next_at = {TOMORROW}")
        with workers(url, tmp_path, number):
            time.sleep(1)  # all of them have found nothing to do: they begin together
            change(url, "UPDATE message SET next_at = due_at", "NOTIFY monitor_work, 'a test'")
            began = time.perf_counter()
            while len(sink.requests) < MESSAGES:
                time.sleep(0.002)
            took[number] = time.perf_counter() - began
            while states(url).keys() != {"sent"}:
                time.sleep(0.1)
        told = Counter(key_of(one) for one in sink.requests)
        assert set(told.values()) == {1}
        assert all(one.token == 1 for one in messages(url).values())  # no double claim
        postgresql.drop(url)

    send(1)
    benchmark.pedantic(send, args=(4,), rounds=1)
    ratio = took[1] / took[4]
    rates = {key: f"{MESSAGES / seconds:.0f} messages/s" for key, seconds in took.items()}
    benchmark.extra_info.update(
        name="deliver on PostgreSQL over a channel of 5 ms, four workers beside one",
        ratio=ratio, aim="at least 3.5", ours=rates[4], beside=rates[1],
    )  # fmt: skip
    print(
        f"\n{MESSAGES} messages of {TAKES * 1000:g} ms: one worker {took[1]:.1f} s, four "
        f"{took[4]:.1f} s, {ratio:.2f} times as fast (wanted: 3.5), on {os.cpu_count()} processors"
    )
