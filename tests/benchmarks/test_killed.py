"""What a kill -9 loses, and what sending takes in memory, beside one scheduled job a reminder."""

import os
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

from tests.delivery.sinks import HttpSink
from tests.faults.clinics import DAY, a_nurse_each, build, many, messages, tick
from tests.faults.test_senders_together import taken_by
from tests.faults.tracing import ROOT, program, surroundings

DUE = int(os.environ.get("BENCHMARK_KILLED", "200"))
NAIVE = [sys.executable, "-m", "tests.benchmarks.one_job_each"]


def test_what_a_kill_loses_and_what_sending_takes_in_memory(benchmark, tmp_path):
    sink = HttpSink()
    sink.delay = 0.05  # as far ends need
    try:
        clinic, jobs = tmp_path / "clinic.db", str(tmp_path / "jobs.db")
        url = build(clinic, many(DUE), a_nurse_each(DUE, sink.url))
        one_pass = [*program("tick"), "--now", DAY.isoformat()]
        ours_took = benchmark.pedantic(killed_halfway, args=(one_pass, sink, url), rounds=1)
        assert tick(url, 11).returncode == 0  # once the lease has ended
        owed, ours = set(messages(clinic)), taken_by(sink)
        assert len(owed) == DUE

        subprocess.run([*NAIVE, "add", jobs, sink.url, str(DUE)], cwd=ROOT, check=True)
        theirs_took = killed_halfway([*NAIVE, "run", jobs], sink, url)
        with subprocess.Popen([*NAIVE, "run", jobs], cwd=ROOT) as again:
            wait_until_quiet(sink)
            again.kill()
        theirs = taken_by(sink) - ours
    finally:
        sink.stop()

    lost = [len(owed - set(ours)), DUE - len(theirs)]
    repeated = [sum(found.values()) - len(found) for found in (ours, theirs)]
    told = [f"{a} lost, {b} repeated" for a, b in zip(lost, repeated, strict=True)]
    name = "killed with -9 while sending, beside one job a reminder"
    memory = [f"{took:.0f} MB" for took in (ours_took, theirs_took)]
    note = f"of {DUE}; at most {memory[0]} of memory beside {memory[1]}"
    benchmark.extra_info.update(name=name, note=note, ours=told[0], beside=told[1])
    print(f"\n{name}: {told[0]} / {told[1]}; {note}")


def killed_halfway(command: list[str], sink, url: str) -> float:
    """Kill a sender once half of its messages are out; gives its megabytes at their most."""
    before, until = taken_by(sink).total(), monotonic() + 300
    with subprocess.Popen(command, cwd=ROOT, env=surroundings(url)) as running:
        while taken_by(sink).total() - before < DUE // 2:
            assert monotonic() < until
            sleep(0.005)
        most = megabytes(running.pid)
        running.kill()
    sleep(1)  # what was on its way arrives
    return most


def megabytes(process: int) -> float:
    """Read how much memory a process had at its most."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def wait_until_quiet(sink) -> None:
    """Wait until nothing has arrived for some seconds."""
    since, seen = monotonic(), -1
    while monotonic() - since < 5:
        if (now_there := taken_by(sink).total()) != seen:
            since, seen = monotonic(), now_there
        sleep(0.2)
