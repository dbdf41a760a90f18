"""A pass is killed at every call that changes the database, and at every step on the network.

Later passes then deliver: nothing is lost, and only the message in hand is repeated, under the
same key. Where the disk is full or broken the pass says so, and a later one delivers everything.
By default a sample of the calls; MONITOR_FAULTS=all tampers with every one.
"""

import queue
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from tests.delivery.sinks import HttpSink, SmtpSink
from tests.faults.clinics import (
    DAY,
    LINES,
    Message,
    build,
    key_of,
    messages,
    tick,
    told_over,
)
from tests.faults.tracing import (
    AT_ONCE,
    CHANGING,
    EVERYTHING,
    FLUSHES,
    ROOT,
    WRITES,
    counted,
    database_files,
    needs_strace,
    program,
    surroundings,
    under_strace,
)

pytestmark = [pytest.mark.faults, needs_strace]

NETWORK = "connect,sendto,recvfrom,shutdown,close"
T = TypeVar("T")
R = TypeVar("R")
SAMPLE = 9  # trials of each kind by default


class Taken(list):
    """What a sink took; it can kill the sender at the moment it has taken a message."""

    def __init__(self) -> None:
        super().__init__()
        self.kill_at = 0
        self.sender: subprocess.Popen[str] | None = None

    def add(self, item: dict) -> None:
        self.append(item)
        if len(self) == self.kill_at:
            while self.sender is None:  # who started it has not said so yet
                time.sleep(0.001)
            self.sender.send_signal(signal.SIGKILL)
            self.sender.wait()  # no answer reaches it


@dataclass
class Lane:
    """A clinic of its own and a sink of its own, for trials one after the other."""

    folder: Path
    sink: HttpSink | SmtpSink
    taken: Taken = field(default_factory=Taken)
    clean: Counter[str] = field(default_factory=Counter)  # what an undisturbed pass delivers

    def prepare(self) -> None:
        self.folder.mkdir()
        if isinstance(self.sink, HttpSink):
            self.sink.requests = self.taken
        else:
            self.sink.messages = self.taken
        build(self.folder / "start.db", LINES, told_over(self.sink.url))
        self.fresh()
        done = tick(self.url)
        assert done.returncode == 0, done.stderr
        self.clean = self.delivered()
        assert len(self.clean) == 6
        assert set(self.clean.values()) == {1}

    @property
    def path(self) -> Path:
        return self.folder / "clinic.db"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def fresh(self) -> None:
        for path in database_files(self.path):
            path.unlink(missing_ok=True)
        shutil.copy(self.folder / "start.db", self.path)
        self.taken.clear()
        self.taken.kill_at = 0

    def delivered(self) -> Counter[str]:
        return Counter(key_of(one) for one in self.taken)

    def traced(self, options: list[str], minutes: float = 0, *, database: bool = True):
        touched = database_files(self.path) if database else []
        prefix = under_strace(options, self.folder / "calls", touched)
        return tick(self.url, minutes, prefix=prefix)

    def calls(self) -> str:
        return (self.folder / "calls").read_text(encoding="utf-8", errors="replace")

    def killed_by_the_sink(self, number: int) -> None:
        """Kill the pass when the sink has taken its so-manyth message, before it answers."""
        self.taken.kill_at = len(self.taken) + number
        self.taken.sender = subprocess.Popen(
            program("tick", "--now", DAY.isoformat()),
            cwd=ROOT,
            env=surroundings(self.url),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.taken.sender.wait(120) == -signal.SIGKILL
        self.taken.kill_at, self.taken.sender = 0, None

    def recovered(self, where: str, *, minutes: float, kills: int) -> int:
        """Let a later pass deliver; asserts that nothing is lost; returns the repeats."""
        done = tick(self.url, minutes)
        assert done.returncode == 0, f"{where}: {done.returncode} {done.stderr}"
        keys = self.delivered()
        # What was urgent and nobody took for ten minutes is told to the next role as well.
        told_on = escalated(self.path) if minutes > 10 else set()
        assert set(keys) - told_on == set(self.clean), f"{where}: lost or invented"
        repeats = sum(keys.values()) - len(keys)
        assert repeats <= kills, f"{where}: {repeats} repeats"
        found = messages(self.path)
        assert set(found) == set(keys), where
        for key, message in found.items():
            self._check(message, taken=keys[key], where=where)
        if EVERYTHING:
            assert tick(self.url, minutes + 7).returncode == 0
            assert self.delivered() == keys, f"{where}: and sent again"
        return repeats

    def _check(self, message: Message, *, taken: int, where: str) -> None:
        assert message.state == "sent", where
        assert message.tries[-1] == "sent", where
        assert set(message.tries[:-1]) <= {"unknown"}, where
        assert 1 <= taken <= len(message.tries) == message.token, where


def escalated(path: Path) -> set[str]:
    """Give the keys of the messages that hold escalations and nothing else."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT message, min(stage), max(stage) FROM reminder GROUP BY 1")
        return {key for key, first, last in rows if first == last == "escalated"}


@pytest.fixture(params=["http", "smtp"])
def lanes(request, tmp_path) -> Iterator[list[Lane]]:
    """Prepare as many lanes as trials run at once."""
    kind = {"http": HttpSink, "smtp": SmtpSink}[request.param]
    made = [Lane(tmp_path / f"lane{number}", kind()) for number in range(AT_ONCE)]
    try:
        for lane in made:
            lane.prepare()
        yield made
    finally:
        for lane in made:
            lane.sink.stop()


def in_lanes(lanes: list[Lane], trials: Iterable[T], what: Callable[[Lane, T], R]) -> list[R]:
    """Do every trial, several at once, each on a fresh database."""
    free: queue.Queue[Lane] = queue.Queue()
    for lane in lanes:
        free.put(lane)

    def one(trial: T) -> R:
        lane = free.get()
        try:
            lane.fresh()
            return what(lane, trial)
        finally:
            free.put(lane)

    with ThreadPoolExecutor(len(lanes)) as pool:
        return list(pool.map(one, trials))


def numbered(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(name, n) for name, count in counts.items() for n in range(1, count + 1)]


def sampled(calls: list[tuple[str, int]], trials: int = SAMPLE) -> list[tuple[str, int]]:
    step = 1 if EVERYTHING else max(1, len(calls) // trials)
    return calls[::step]


def count(lane: Lane, names: str) -> Counter[str]:
    lane.fresh()
    assert lane.traced(["-e", f"trace={names}"]).returncode == 0
    return counted(lane.calls())


def test_a_pass_killed_at_any_call_on_the_database_loses_nothing(lanes):
    counts = count(lanes[0], "all" if EVERYTHING else CHANGING)
    calls = sampled(numbered(counts))

    def trial(lane: Lane, call: tuple[str, int]) -> int:
        name, number = call
        where = f"{name} {number}"
        done = lane.traced(
            ["-e", f"trace={name}", "-e", f"inject={name}:signal=SIGKILL:when={number}"]
        )
        assert done.returncode == -signal.SIGKILL, f"{where}: was not killed"
        return lane.recovered(where, minutes=7, kills=1)

    repeats = in_lanes(lanes, calls, trial)
    print(
        f"\n{type(lanes[0].sink).__name__}: killed at {len(calls)} of {counts.total()} calls on "
        f"the database; 0 lost, {sum(repeats)} repeats, at most {max(repeats)} a kill"
    )
    assert 0 < sum(repeats) < len(calls)


def test_a_pass_killed_at_any_step_on_the_network_loses_nothing(lanes):
    """First by the sink, when it has taken the Nth message; then at a call of the next try.

    strace counts the calls of each thread, and one thread makes all the tries of a pass. The second
    pass begins with the message that the first was killed with: the first calls are on that one.
    """
    lane = lanes[0]
    lane.fresh()
    lane.traced(["-e", f"trace={NETWORK}"], database=False)
    (thread,) = set(re.findall(r"^(\d+) +connect\(\d+, {sa_family=AF_INET", lane.calls(), re.M))
    own = "\n".join(line for line in lane.calls().splitlines() if line.startswith(f"{thread} "))
    of_a_try = {name: number // len(lane.clean) for name, number in counted(own).items()}
    assert of_a_try["connect"] == 1
    assert of_a_try["sendto"] >= 1
    trials = sampled(
        [(name, 100 * which + n) for which in range(1, 7) for name, n in numbered(of_a_try)]
    )

    def trial(lane: Lane, call: tuple[str, int]) -> int:
        name, (which, number) = call[0], divmod(call[1], 100)
        where = f"message {which}, {name} {number}"
        lane.killed_by_the_sink(which)
        assert len(lane.taken) == which
        done = lane.traced(
            ["-e", f"trace={name}", "-e", f"inject={name}:signal=SIGKILL:when={number}"],
            minutes=7,
            database=False,
        )
        killed = done.returncode == -signal.SIGKILL
        assert killed or number > 1, where  # an answer comes in more pieces or fewer
        return lane.recovered(where, minutes=14, kills=2)

    repeats = in_lanes(lanes, trials, trial)
    print(
        f"\n{type(lane.sink).__name__}: killed twice with a message in hand, the second time at "
        f"{dict(of_a_try)}: {len(trials)} trials; 0 lost, {sum(repeats)} repeats"
    )
    assert min(repeats) >= 1  # the message in hand, each time: the sink had taken it


@pytest.mark.parametrize("lanes", ["http"], indirect=True)
def test_a_pass_on_a_full_or_broken_disk_says_so_and_a_later_one_delivers(lanes):
    writes, flushes = count(lanes[0], WRITES), count(lanes[0], FLUSHES)
    kinds = [
        *((what, call) for what in ("ENOSPC:when={}+", "ENOSPC:when={}", "EIO:when={}")
          for call in sampled(numbered(writes), SAMPLE // 2)),
        *(("EIO:when={}", call) for call in sampled(numbered(flushes), SAMPLE // 4)),
    ]  # fmt: skip

    def trial(lane: Lane, tampered: tuple[str, tuple[str, int]]) -> tuple[str, int, int]:
        what, (name, number) = tampered
        where = f"{name} {what.format(number)}"
        done = lane.traced(
            ["-e", f"trace={name}", "-e", f"inject={name}:error={what.format(number)}"]
        )
        assert done.returncode == 3, f"{where}: {done.returncode} {done.stderr}"
        assert len(done.stderr.strip().splitlines()) in (1, 2), f"{where}: {done.stderr}"
        assert re.search("full|I/O", done.stderr), f"{where}: {done.stderr}"
        return what[:6], done.returncode, lane.recovered(where, minutes=7, kills=1)

    ended = in_lanes(lanes, kinds, trial)
    print(
        f"\n{writes.total()} writes, {flushes.total()} flushes; "
        f"{dict(Counter(what.partition(':')[0] for what, _, _ in ended))} trials, exit code 3, "
        f"0 lost, {sum(repeats for _, _, repeats in ended)} repeats"
    )
