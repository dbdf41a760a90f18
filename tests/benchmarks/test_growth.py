"""How answers grow with the clinic: invented courses with all their facts, from 1,000 on.

By default up to 100,000 courses; BENCHMARK_COURSES=1000000 adds the million, which takes half an
hour and 10 GB in the temporary folder.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import pytest
from sqlalchemy import Engine, update

from monitor import policy
from monitor.delivery.tick import tick
from monitor.demo.invented_clinic import Size, populate
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.asking.worklist import worklist
from monitor.store import engine as database
from monitor.store import evaluation, heartbeats
from monitor.store import facts as events
from monitor.store.facts import moment_text
from monitor.store.heartbeats import Heartbeat
from monitor.store.tables import look, metadata
from monitor.store.triggers import make_guards
from tests import typed
from tests.benchmarks.test_ratios import new_clinic, report, seconds

UNTIL = date(2026, 11, 1)
NOW = datetime(2026, 11, 1, 14, 45, tzinfo=UTC)  # the same day everywhere, and all is kept up
POLICY = policy.load(None)
SMALL = 1_000
SIZES = [
    size
    for size in (10_000, 100_000, 1_000_000)
    if size <= int(os.environ.get("BENCHMARK_COURSES", "100000"))
]
RECORDED = 40  # infusions, each of another patient


@pytest.fixture(scope="session")
def invented(tmp_path_factory):
    """Give clinics by size; each is made once, and all are at rest: nobody is due to be told."""
    folder = tmp_path_factory.mktemp("growth")
    return cache(lambda courses: invent(folder / f"{courses}.db", courses))


def invent(path: Path, courses: int) -> Engine:
    begin = perf_counter()
    engine = new_clinic(path)
    scratch = database.open_engine(database.parse_url("sqlite://"))
    with database.writing(engine) as connection, database.writing(scratch) as thrown_away:
        metadata.create_all(thrown_away)
        make_guards(thrown_away)
        facts = populate(
            connection, thrown_away, Size(patients=courses, years=1, seed=1, until=UNTIL)
        )
        later = moment_text(NOW + timedelta(days=30))
        connection.execute(update(look).values(next_at=later))
        heartbeats.keep(connection, Heartbeat(at=NOW, policy=POLICY.digest))
    took, size = perf_counter() - begin, path.stat().st_size
    print(f"\n{courses} courses, {facts} facts, {size / 1e6:.0f} MB, invented in {took:.0f} s")
    return engine


@pytest.fixture(scope="session")
def recording(invented):
    """Give what recording takes by the size of the clinic; in each it is done once."""
    given = cache(lambda: treated(invented(SMALL)))
    return cache(lambda courses: median(record(invented(courses), who) for who in given()))


def grow(benchmark, invented, courses: int, what: str, once: Callable[[Engine], None]) -> None:
    """Compare how long something takes in a large clinic with the same in a small one."""
    small, large = invented(SMALL), invented(courses)
    reference = seconds(lambda: once(small), 20)
    benchmark.pedantic(lambda: once(large), rounds=20)
    name = f"{what}, {courses:,} courses beside {SMALL:,}"
    report(benchmark, name, benchmark.stats.stats.min, reference, "1.5")


@pytest.mark.parametrize("courses", SIZES)
def test_the_list_of_the_whole_clinic(benchmark, invented, courses):
    def ask(engine: Engine) -> None:
        with database.reading(engine) as connection:
            until = UNTIL + timedelta(days=cases.HORIZON_DAYS)
            assert len(worklist(connection, Asked(now=NOW), until=until, limit=50).checks) == 50

    grow(benchmark, invented, courses, "the clinic's list, first 50", ask)


@pytest.mark.parametrize("courses", SIZES)
def test_a_tick_with_nothing_due(benchmark, invented, courses):
    def once(engine: Engine) -> None:
        assert tick(engine, POLICY, lambda: NOW).patients == 0

    grow(benchmark, invented, courses, "a tick with nothing due", once)


@pytest.mark.parametrize("courses", SIZES)
def test_recording_one_infusion(benchmark, recording, courses):
    reference, ours = recording(SMALL), recording(courses)
    benchmark.pedantic(lambda: None)  # what is compared is the median of many patients

    name = f"record one infusion, {courses:,} courses beside {SMALL:,}"
    report(benchmark, name, ours, reference, "2")


def treated(engine: Engine) -> list[str]:
    """List patients with a running course of infusions, the same in a clinic of every size."""
    found = []
    with database.reading(engine) as connection:
        for who in events.patients(connection):
            case = cases.get_case(connection, who, Asked(now=NOW))
            timeline = case.treatments[0].timeline
            before = timeline.infusions and timeline.infusions[-1].on < UNTIL
            if before and timeline.courses[0].running(UNTIL):
                found.append(who)
            if len(found) == RECORDED:
                return found
    raise AssertionError("too few are treated")


def record(engine: Engine, who: str) -> float:
    line = {"kind": "infusion", "patient": who, "on": UNTIL.isoformat(), "dose_mg": "20"}
    begin = perf_counter()
    with database.writing(engine) as connection:
        typed.record(connection, line, now=NOW)
    return perf_counter() - begin


@pytest.mark.parametrize("courses", SIZES)
def test_working_everything_out_anew(benchmark, invented, courses):
    """Beside 1,000 courses: is it as quick, and does memory stay as flat? For a minute at most."""
    small, large = (worked_out(invented(size)) for size in (SMALL, courses))
    for size, found in ((SMALL, small), (courses, large)):
        print(f"\n{size} courses: {found.rate:.0f} patients/s, {found.megabytes:.0f} MB at most")
    hours = 1_000_000 / large.rate / 3600
    benchmark.pedantic(lambda: None)
    benchmark.extra_info["note"] = (
        f"{large.rate:.0f} patients a second beside {small.rate:.0f}; a million would take "
        f"{hours:.1f} h"
    )
    benchmark.extra_info.update(
        name=f"memory of working checks out anew, {courses:,} courses beside {SMALL:,}",
        ours=f"{large.megabytes:.0f} MB",
        beside=f"{small.megabytes:.0f} MB",
        ratio=large.megabytes / small.megabytes,
        aim="1.2",
    )


@dataclass(frozen=True)
class WorkedOut:
    rate: float  # patients a second
    megabytes: float


def worked_out(engine: Engine) -> WorkedOut:
    """Upgrade in a process of its own until all is done, or for a minute, and then kill it."""
    command = [sys.executable, "-m", "monitor", "db", "upgrade", "--db", str(engine.url)]
    seen: list[tuple[float, int]] = []  # when, how many were left
    most = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        end = perf_counter() + 60
        while running.poll() is None and perf_counter() < end:
            sleep(0.2)
            with database.reading(engine) as connection:
                seen.append((perf_counter(), evaluation.count_waiting(connection)))
            status = Path(f"/proc/{running.pid}/status").read_text()
            most = max([most, *(int(kb) for kb in re.findall(r"VmHWM:\s+(\d+)", status))])
        running.kill()
    under_way = [(at, left) for at, left in seen if left > 0]
    (began, first), (ended, last) = under_way[0], under_way[-1]
    return WorkedOut(rate=(first - last) / (ended - began), megabytes=most / 1024)
