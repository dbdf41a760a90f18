"""A full disk, a locked database, a service that stands still, a damaged record: it is said.

Nobody is left without reminders in silence: the exit code, `doctor` and every other command tell.
"""

import os
import resource
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor.bootstrap import recording
from monitor.store import wakeups
from tests.delivery.sinks import HttpSink
from tests.faults.clinics import (
    DAY,
    LINES,
    build,
    change,
    due_today,
    key_of,
    messages,
    tick,
    told_over,
)
from tests.faults.test_service_killed import service
from tests.faults.tracing import ROOT, database_files, program, run, surroundings

pytestmark = pytest.mark.faults


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    found = HttpSink()
    yield found
    found.stop()


def test_under_a_limit_on_file_sizes_a_pass_says_so_and_a_later_one_delivers(tmp_path, sink):
    """Every size at which the journal or the database may stop growing."""
    path = tmp_path / "clinic.db"
    url = build(path, LINES, told_over(sink.url))
    start, sizes, failed = path.read_bytes(), range(8_000, 296_000, 24_000), 0
    for size in sizes:
        path.write_bytes(start)
        sink.requests.clear()
        done = subprocess.run(
            program("tick", "--now", DAY.isoformat()),
            cwd=ROOT,
            env=surroundings(url),
            capture_output=True,
            text=True,
            preexec_fn=lambda size=size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        )
        if done.returncode != 0:
            failed += 1
            assert done.returncode == 3, (size, done.stderr)
            assert len(done.stderr.strip().splitlines()) in (1, 2), (size, done.stderr)
            assert " did not do it: " in done.stderr
        assert tick(url, 7).returncode == 0
        taken = [key_of(one) for one in sink.requests]
        assert set(taken) == set(messages(path))
        assert len(set(taken)) == 6
        assert len(taken) <= 7, size
    print(f"\n{len(sizes)} limits on the size of a file: {failed} passes failed with exit code 3")
    assert 3 < failed < len(sizes)


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("may not mount a file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_on_a_full_disk_a_pass_says_so_and_a_later_one_delivers(small_disk, sink):
    path, filler = small_disk / "clinic.db", small_disk / "filler"
    url = build(path, LINES, told_over(sink.url))
    start, failed = path.read_bytes(), 0
    for left in range(0, 168, 24):  # KiB
        for one in (*database_files(path), filler):
            one.unlink(missing_ok=True)
        path.write_bytes(start)
        sink.requests.clear()
        state = os.statvfs(small_disk)
        filler.write_bytes(b"x" * (state.f_bavail * state.f_frsize - left * 1024))
        done = tick(url)
        if done.returncode != 0:
            failed += 1
            assert done.returncode == 3, (left, done.stderr)
            assert len(done.stderr.strip().splitlines()) in (1, 2), (left, done.stderr)
            assert "full" in done.stderr
            assert "failed, and none since" in run(["doctor"], url).stdout
            recorded = run(["result", "log", "P-1", "ecg", "normal", "--on", "2023-02-01"], url)
            assert recorded.returncode in (0, 3)
        filler.unlink()
        assert tick(url, 7).returncode == 0
        assert "failed, and none since" not in run(["doctor"], url).stdout
        taken = [key_of(one) for one in sink.requests]
        assert set(taken) == set(messages(path))
        assert len(set(taken)) == 6
        assert len(taken) <= 7, left
    print(f"\n7 fillings of a small disk: {failed} passes failed with exit code 3; 0 lost")
    assert 0 < failed < 7


@pytest.mark.parametrize("sign", [signal.SIGSTOP, signal.SIGKILL])
def test_a_service_that_stands_still_is_noticed(tmp_path, sink, sign):
    path, log = tmp_path / "clinic.db", tmp_path / "log"
    url = due_today(path, 3, sink.url)
    with service(url, log) as running:
        until = time.monotonic() + 120
        while len(sink.requests) < 3 or "sent" not in log.read_text():
            assert time.monotonic() < until
            time.sleep(0.05)
        well = run(["doctor"], url)
        assert (well.returncode, well.stderr) == (0, ""), well.stdout
        running.send_signal(sign)
        # a quarter of an hour passes; meanwhile a patient should have been looked at
        change(
            path,
            "UPDATE beat SET at = strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now', '-16 minutes')",
        )
        with recording(url) as connection:
            wakeups.wake_now(connection, "S-00001")
        found = run(["doctor"], url)
        assert found.returncode == 1
        assert "the last full pass ended 16 minutes ago; start: monitor run" in found.stdout
        other = run(["upcoming"], url)
        assert other.returncode == 0
        assert "monitor: nobody has sent reminders since" in other.stderr
        quiet = run(["upcoming", "--json"], url)
        assert quiet.stdout.startswith("{")
        assert "nobody has sent" in quiet.stderr
    with service(url, log):
        until = time.monotonic() + 120
        while run(["doctor"], url).returncode != 0:
            assert time.monotonic() < until


def test_a_database_that_is_locked_is_said_and_the_next_pass_delivers(tmp_path, sink):
    path = tmp_path / "clinic.db"
    url = build(path, LINES, told_over(sink.url))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        done = tick(url)
        took = time.monotonic() - began
    assert done.returncode == 3
    assert done.stderr == f"monitor: the database {url} did not do it: database is locked\n"
    assert took > 29
    assert tick(url).returncode == 0
    assert len({key_of(one) for one in sink.requests}) == len(sink.requests) == 6


DAMAGES = {
    "edited": "UPDATE fact SET body = replace(body, '\"18\"', '\"19\"') WHERE patient = 'P-1'",
    "not JSON": "UPDATE fact SET body = '{' WHERE patient = 'P-1'",
    "not text": "UPDATE fact SET body = CAST(x'ff' AS TEXT) WHERE patient = 'P-1'",
    "a number": "UPDATE fact SET happened_on = 5 WHERE patient = 'P-1'",
    "no facts": "DELETE FROM fact WHERE patient = 'P-1'",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_stops_nobody_else(tmp_path, sink, damage):
    path = tmp_path / "clinic.db"
    url = build(path, LINES, told_over(sink.url))
    with closing(sqlite3.connect(path)) as database:
        triggers = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'fact'"
        ).fetchall()
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        database.execute(DAMAGES[damage])
        for _, sql in triggers:
            database.execute(sql)
        database.commit()

    done = tick(url)
    assert done.returncode == 1, done.stderr
    assert "1 could not be checked; see: monitor doctor" in done.stderr
    assert "Traceback" not in done.stderr
    told = {one.key for one in messages(path).values() if one.state == "sent"}
    assert {key_of(one) for one in sink.requests} == told
    assert len(told) == 4  # P-2's
    found = run(["doctor"], url)
    assert found.returncode == 1
    assert "P-1: " in found.stdout
    assert "P-2" not in found.stdout
    assert "Traceback" not in found.stderr
    now = run(["tick"], url)  # the real day: the stored checks are kept up as well
    assert now.returncode in (0, 1), now.stderr
    assert "Traceback" not in now.stderr
