"""`monitor run` is killed with -9 at random moments while reminders are due; none is lost.

By default 40 kills and 600 reminders, and leases are made to run out by the test;
MONITOR_FAULTS=all kills 200 times while 5,000 are due, and waits for the leases.
"""

import random
import signal
import subprocess
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.clinics import change, due_today, messages, sink_process
from tests.faults.tracing import EVERYTHING, ROOT, program, run, surroundings

pytestmark = pytest.mark.faults

KILLS, REMINDERS = (200, 5000) if EVERYTHING else (24, 360)
SEED = 20261123


@contextmanager
def service(url: str, log: Path):
    """Have `monitor run` running; killed at the end, whatever happened."""
    before = log.stat().st_size if log.exists() else 0
    with log.open("a", encoding="utf-8") as file:
        started = subprocess.Popen(
            program("run"), cwd=ROOT, env=surroundings(url), stdout=file, stderr=file
        )
        try:
            while log.stat().st_size == before:  # until it says that it reminds
                assert started.poll() is None
                time.sleep(0.01)
            yield started
        finally:
            started.kill()
            started.wait()


def wait_until_sent(path: Path, *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while Counter(one.state for one in messages(path).values()) != {"sent": REMINDERS}:
        assert time.monotonic() < until, Counter(one.state for one in messages(path).values())
        time.sleep(0.5)


def test_a_service_killed_again_and_again_loses_nothing(tmp_path):
    chance = random.Random(SEED)
    path, log = tmp_path / "clinic.db", tmp_path / "log"
    with sink_process(tmp_path) as sink:
        url = due_today(path, REMINDERS, sink.url)
        began = time.monotonic()
        for _ in range(KILLS):
            with service(url, log) as running:
                time.sleep(chance.uniform(0.0, 2.5 if EVERYTHING else 1.8))
                assert running.poll() is None, log.read_text()
                running.send_signal(signal.SIGKILL)
        left = Counter(one.state for one in messages(path).values())
        if not EVERYTHING:
            change(path, "UPDATE message SET next_at = due_at WHERE state = 'sending'")
        begun = log.read_text().count("reminding")
        with service(url, log) as running:
            wait_until_sent(path, seconds=600)
            while log.read_text().count("reminding") == begun:  # before that it is no service yet
                time.sleep(0.05)
            running.send_signal(signal.SIGTERM)
            assert running.wait(120) == 0
        took = time.monotonic() - began
        taken = sink.keys()

    found = messages(path)
    assert len(found) == REMINDERS
    assert set(taken) == set(found)
    hit = {key: len(one.tries) - 1 for key, one in found.items()}  # a kill while it was taken
    assert all(set(one.tries[:-1]) <= {"unknown"} for one in found.values())
    too_often = {key: times for key, times in taken.items() if times > 1 + hit[key]}
    assert {key: (times, found[key]) for key, times in too_often.items()} == {}
    repeats = sum(taken.values()) - len(taken)
    assert repeats <= KILLS
    assert "locked" not in log.read_text()
    assert "Traceback" not in log.read_text()
    assert run(["doctor"], url).returncode == 0
    print(
        f"\n{KILLS} kills, with {sum(hit.values())} messages taken for sending; {len(found)} "
        f"messages, 0 lost, {repeats} repeats, no key more than {max(taken.values())} times; "
        f"after the kills {dict(left)}; {took:.0f} s"
    )
