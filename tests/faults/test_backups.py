"""Backups while writers write, and backing up and restoring killed in the middle.

A backup is verified and holds a prefix of every patient's record; under its name there is a
sound one or none. A restore that is killed leaves the old database or the new one. After a
restore a reminder is rather repeated, under the same key, than lost.
"""

import re
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.commands.options import now
from tests.delivery.sinks import HttpSink
from tests.faults.clinics import (
    LINES,
    a_nurse_each,
    build,
    change,
    key_of,
    many,
    messages,
    tick,
    told_over,
    verified,
)
from tests.faults.tracing import (
    AT_ONCE,
    EVERYTHING,
    counted,
    needs_strace,
    program,
    run,
    surroundings,
    under_strace,
)

pytestmark = [pytest.mark.faults, needs_strace]

MAKING = "pwrite64,fsync,fdatasync,ftruncate,link,linkat,unlink,unlinkat"
BACKUPS, WRITERS, PATIENTS = (40 if EVERYTHING else 6), 4, 20
SAMPLE = 14

Chains = dict[str, list[str]]


def chains(path: Path) -> Chains:
    """Read the digests of each patient's facts, in their order."""
    found: Chains = {}
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        for who, digest in database.execute(
            "SELECT patient, digest FROM fact ORDER BY patient, position"
        ):
            found.setdefault(who, []).append(digest)
    return found


def contents(path: Path) -> list[str]:
    """Read everything that is stored."""
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


def test_backups_under_load_are_verified_prefixes(tmp_path):
    path, stop, done_by = tmp_path / "clinic.db", threading.Event(), [0] * WRITERS
    url = build(path, many(PATIENTS), a_nurse_each(PATIENTS, "console:"))
    day = (now() - timedelta(days=400)).date()

    def write(writer: int) -> None:
        while not stop.is_set():
            on = day + timedelta(days=done_by[writer])
            done = run(
                f"result log S-{1 + writer:05d} neutrophils 2.{done_by[writer] % 10} 10*9/L "
                f"--on {on} --by writer-{writer}".split(),
                url,
            )
            assert done.returncode == 0, done.stderr
            done_by[writer] += 1

    def wait_for_more(written: int) -> int:
        while sum(done_by) == written and not any(one.done() for one in writing):
            time.sleep(0.01)
        return sum(done_by)

    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(write, writer) for writer in range(WRITERS)]
        try:
            written = 0
            for number in range(BACKUPS):
                written = wait_for_more(written)
                done = run(["db", "backup", str(tmp_path / f"backup{number}.db")], url)
                assert (done.returncode, done.stderr) == (0, "")
        finally:
            stop.set()
    for one in writing:
        one.result()

    whole = chains(path)
    sizes = []
    for number in range(BACKUPS):
        backup = tmp_path / f"backup{number}.db"
        assert verified(backup) == ""
        held = chains(backup)
        assert all(whole[who][: len(digests)] == digests for who, digests in held.items())
        sizes.append(sum(map(len, held.values())))
        assert backup.stat().st_mode & 0o777 == 0o600
    assert sizes == sorted(sizes)
    # a fact or more was said to be stored before each backup; one a writer may be stored unsaid
    assert BACKUPS > WRITERS + 1
    assert sizes[0] < sizes[-1], "nothing was written meanwhile"
    print(
        f"\n{BACKUPS} backups while {WRITERS} writers recorded {sum(done_by)} facts: each "
        f"verified, and a prefix of every record ({sizes[0]} to {sizes[-1]} facts)"
    )


@pytest.fixture
def clinic(tmp_path) -> tuple[Path, str]:
    path = tmp_path / "clinic.db"
    return path, build(path, LINES, told_over("console:"))


def numbered(counts: Counter[str], sample: int) -> list[tuple[str, int]]:
    """Number calls by name, and draw some of them: the last ones always, for they decide."""
    calls = [(name, n) for name, count in counts.items() for n in range(1, count + 1)]
    drawn = calls[:: 1 if EVERYTHING else max(1, len(calls) // sample)]
    return [*dict.fromkeys([*drawn, *counts.items()])]


def killing(call: tuple[str, int]) -> list[str]:
    name, number = call
    return ["-e", f"trace={name}", "-e", f"inject={name}:signal=SIGKILL:when={number}"]


def test_a_backup_killed_at_any_call_leaves_no_backup_or_a_sound_one(clinic, tmp_path):
    path, url = clinic
    prefix = under_strace(["-e", f"trace={MAKING}"], tmp_path / "calls")
    assert run(["db", "backup", str(tmp_path / "clean.db")], url, prefix=prefix).returncode == 0
    counts = counted((tmp_path / "calls").read_text())
    calls, before = numbered(counts, SAMPLE), contents(path)

    def trial(call: tuple[str, int]) -> str:
        folder = tmp_path / f"{call[0]}{call[1]}"
        folder.mkdir()
        target = folder / "backup.db"
        prefix = under_strace(killing(call), folder / "calls")
        killed = run(["db", "backup", str(target)], url, prefix=prefix)
        assert killed.returncode == -signal.SIGKILL, call
        there = target.exists()
        assert not there or (verified(target) == "" and contents(target) == before), call
        again = folder / "again.db"
        assert run(["db", "backup", str(again)], url).returncode == 0, call
        return "sound" if there else "none"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        left = Counter(pool.map(trial, calls))
    assert contents(path) == before
    assert left["none"] > left["sound"] > 0
    print(f"\na backup killed at {len(calls)} of {counts.total()} calls: {dict(left)}")


def test_a_restore_killed_at_any_call_leaves_the_old_or_the_new(clinic, tmp_path):
    path, url = clinic
    backup = tmp_path / "backup.db"
    assert run(["db", "backup", str(backup)], url).returncode == 0
    more = "result log P-1 neutrophils 2.5 10*9/L --on 2023-02-20 --by A"
    assert run(more.split(), url).returncode == 0
    old, new = contents(path), contents(backup)
    assert old != new
    kept = tmp_path / "kept.db"
    shutil.copy(path, kept)

    def restore(folder: Path, options: list[str]) -> tuple[int, Path]:
        folder.mkdir()
        target = folder / "clinic.db"
        shutil.copy(kept, target)
        prefix = under_strace(options, folder / "calls")
        done = run(["db", "restore", str(backup)], f"sqlite:///{target}", prefix=prefix)
        return done.returncode, target

    code, target = restore(tmp_path / "clean", ["-e", f"trace={MAKING}"])
    assert code == 0
    after = chains(target)
    assert after == chains(backup)
    counts = counted((tmp_path / "clean" / "calls").read_text())
    calls = numbered(counts, SAMPLE)

    def trial(call: tuple[str, int]) -> str:
        code, target = restore(tmp_path / f"{call[0]}{call[1]}", killing(call))
        assert code == -signal.SIGKILL, call
        assert verified(target) == "", call
        found = chains(target)  # reading rolls a half restore back
        assert found in (after, chains(kept)), call
        if found != after:
            assert contents(target) == old, call
        for one in target.parent.glob("clinic-before-*.db"):
            assert contents(one) == old, call
        url = f"sqlite:///{target}"
        assert run(["db", "restore", str(backup)], url).returncode in (0, 2), call
        return "new" if found == after else "old"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        left = Counter(pool.map(trial, calls))
    assert left["old"] > 0 < left["new"]
    print(f"\na restore killed at {len(calls)} of {counts.total()} calls: {dict(left)}")


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    found = HttpSink()
    yield found
    found.stop()


def test_after_a_restore_rather_a_repeat_than_a_loss(tmp_path, sink):
    path = tmp_path / "clinic.db"
    url = build(path, LINES, told_over(sink.url))
    backup = tmp_path / "backup.db"
    assert run(["db", "backup", str(backup)], url).returncode == 0
    assert tick(url).returncode == 0
    first = Counter(key_of(one) for one in sink.requests)
    assert len(first) == 6

    assert run(["db", "restore", str(backup)], url).returncode == 0
    assert messages(path) == {}
    assert tick(url, 30).returncode == 0
    both = Counter(key_of(one) for one in sink.requests)
    assert set(both) == set(first)
    assert set(both.values()) == {2}
    assert tick(url, 60).returncode == 0
    assert Counter(key_of(one) for one in sink.requests) == both


def test_restored_while_a_message_was_in_hand(tmp_path, sink):
    """The backup was made while a sender held a lease; that sender is dead after the restore."""
    path = tmp_path / "clinic.db"
    url = build(path, LINES, told_over(sink.url))
    assert tick(url).returncode == 0
    in_hand = key_of(sink.requests[0])
    change(
        path,
        "UPDATE message SET state = 'sending', next_at = '2023-01-20T10:02:00.000000+00:00' "
        f"WHERE key = '{in_hand}'",
        f"DELETE FROM attempt WHERE message = '{in_hand}'",
    )
    backup = tmp_path / "backup.db"
    assert run(["db", "backup", str(backup)], url).returncode == 0
    assert tick(url, 7).returncode == 0
    assert run(["db", "restore", str(backup)], url).returncode == 0
    assert tick(url, 14).returncode == 0
    taken = Counter(key_of(one) for one in sink.requests)
    assert taken.pop(in_hand) == 3
    assert set(taken.values()) == {1}


def test_backups_that_died_do_not_fill_the_disk(tmp_path):
    """`run` backs up by itself; what a killed one left behind goes with the next."""
    path = tmp_path / "clinic.db"
    url = build(path, LINES, told_over("console:"))
    folder = tmp_path / "backups"
    folder.mkdir()
    dead = folder / ".monitor-20200101T000000Z.db.999999.unfinished"
    dead.write_bytes(b"x" * 4096)
    process = subprocess.Popen(
        program("run"), env=surroundings(url), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        until = time.monotonic() + 120
        while not list(folder.glob("monitor-*.db")) and time.monotonic() < until:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)
    finally:
        process.kill()
    left = sorted(re.sub(r"\d", "", one.name) for one in folder.iterdir())
    assert left == ["heads.txt", "monitor-TZ.db"]
