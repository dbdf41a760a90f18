"""Speed as ratios in one run. No limit is asserted: `docs/performance.md` has the figures.

Run: python -m tests.benchmarks
"""

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest

from monitor.domain.assessment import evaluate
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.asking.worklist import worklist
from monitor.service.recording import imports
from monitor.store import engine as database
from monitor.store import projection, schema, urls
from monitor.store.projection import PendingCheck, Projected
from monitor.store.tables import patient
from tests import typed
from tests.benchmarks.clinic import patient_lines
from tests.factories import NOW

END = date(2026, 11, 1)
TODAY = NOW.astimezone(UTC).date()
EMPTY = "import typer\napp = typer.Typer()\n@app.command()\ndef main(): pass\napp()\n"
PATIENTS = int(os.environ.get("BENCHMARK_PATIENTS", "800"))  # some 100,000 facts


@pytest.fixture
def clinic(tmp_path):
    return new_clinic(tmp_path / "clinic.db")


def new_clinic(path: Path):
    url = database.parse_url(f"sqlite:///{path}")
    urls.prepare(url)
    engine = database.open_engine(url)
    schema.upgrade(engine)
    return engine


def fill(engine, patients: int) -> int:
    lines = [line for number in range(patients) for line in patient_lines(number, end=END)]
    with database.writing(engine) as connection:
        return imports.import_lines(connection, "clinic", lines, now=NOW).lines


def report(benchmark, name: str, ours: float, reference: float, limit: str) -> None:
    """Say how one time compares with another, and note it for the page (`__main__.py`)."""
    ratio = ours / reference
    noted = {"name": name, "ours": ours, "beside": reference, "ratio": ratio, "aim": limit}
    benchmark.extra_info.update(noted)
    print(f"\n{name}: {ours * 1e3:.2f} ms / {reference * 1e3:.2f} ms = {ratio:.2f} (aim {limit})")


def seconds(work, rounds: int) -> float:
    """Give the quickest of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        begin = perf_counter()
        work()
        best = min(best, perf_counter() - begin)
    return best


def command(*arguments: str, env: dict[str, str] | None = None):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return lambda: subprocess.run([*arguments], env={**os.environ, **(env or {})}, **quiet)


@pytest.mark.parametrize("asked", ["--help", "upcoming"])
def test_a_command_beside_an_empty_one(benchmark, clinic, tmp_path, asked):
    fill(clinic, 1)
    script = tmp_path / "empty.py"
    script.write_text(EMPTY)
    env = {"MONITOR_DB": str(clinic.url)}
    words = ["--help"] if asked == "--help" else ["upcoming", "S-000000"]
    empty = [sys.executable, str(script), *(["--help"] if asked == "--help" else [])]

    reference = seconds(command(*empty), 7)
    benchmark.pedantic(command(sys.executable, "-m", "monitor", *words, env=env), rounds=7)

    aim = "1.3" if asked == "--help" else "3.2"
    report(
        benchmark,
        f"monitor {asked}, beside an empty Typer program",
        benchmark.stats.stats.min,
        reference,
        aim,
    )


def test_evaluating_beside_loading(benchmark, clinic):
    fill(clinic, 1)
    with database.reading(clinic) as connection:
        asked = Asked(now=NOW)
        case = cases.get_case(connection, "S-000000", asked)
        reference = seconds(lambda: cases.get_case(connection, "S-000000", asked), 30)
        benchmark.pedantic(lambda: evaluate(case.treatments[0], TODAY), rounds=30)

    report(
        benchmark,
        "evaluate one patient, beside loading the facts",
        benchmark.stats.stats.min,
        reference,
        "1",
    )


def test_recording_an_infusion_beside_a_bare_insert(benchmark, clinic, tmp_path):
    fill(clinic, 1)
    bare = sqlite3.connect(tmp_path / "bare.db", isolation_level=None)
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE fact (event INTEGER PRIMARY KEY, body TEXT)")
    days = iter(range(1, 400))

    def insert() -> None:
        bare.execute("BEGIN IMMEDIATE")
        bare.execute("INSERT INTO fact (body) VALUES (?)", ("x" * 300,))
        bare.execute("COMMIT")

    def record() -> None:
        on = (END - timedelta(days=next(days))).isoformat()
        line = {"kind": "infusion", "patient": "S-000000", "on": on, "dose_mg": "20"}
        with database.writing(clinic) as connection:
            typed.record(connection, {**line, "bsa_m2": "1.75"}, now=NOW)

    reference = seconds(insert, 30)
    benchmark.pedantic(record, rounds=10)

    report(
        benchmark,
        "record one infusion, beside a bare committed insert",
        benchmark.stats.stats.min,
        reference,
        "3",
    )


def test_importing_beside_a_bare_executemany(benchmark, clinic, tmp_path):
    begin = perf_counter()
    lines = benchmark.pedantic(fill, args=(clinic, PATIENTS), rounds=1)
    ours = perf_counter() - begin
    with database.reading(clinic) as connection:
        rows = [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM fact")]
    bare = sqlite3.connect(tmp_path / "bare.db", isolation_level=None)
    columns = ", ".join(f"c{n}" for n in range(len(rows[0])))
    bare.execute(f"CREATE TABLE fact ({columns})")

    def insert() -> None:
        bare.execute("BEGIN IMMEDIATE")
        places = ", ".join("?" * len(rows[0]))
        bare.executemany(f"INSERT INTO fact VALUES ({places})", rows)
        bare.execute("COMMIT")

    benchmark.extra_info["note"] = f"{lines:,} lines"
    report(
        benchmark,
        "import a file of facts, beside the bare executemany",
        ours,
        seconds(insert, 3),
        "30",
    )


def test_the_list_of_a_large_clinic_beside_that_of_a_small_one(benchmark, tmp_path):
    small, large = (new_clinic(tmp_path / f"{size}.db") for size in ("small", "large"))
    seed(small, 1_000)
    seed(large, 100_000)
    until = TODAY + timedelta(days=90)

    def ask(engine):
        with database.reading(engine) as connection:
            return worklist(connection, Asked(now=NOW), until=until, limit=50)

    assert len(ask(small).checks) == len(ask(large).checks) == 50
    reference = seconds(lambda: ask(small), 20)
    benchmark.pedantic(lambda: ask(large), rounds=20)

    report(
        benchmark,
        "the clinic's list, first 50, of 100,000 courses beside 1,000, stored checks only",
        benchmark.stats.stats.min,
        reference,
        "1.5",
    )


def seed(engine, courses: int) -> None:
    """Store the checks of many courses, alike but for their days, without their facts."""
    with database.writing(engine) as connection:
        imports.import_lines(connection, "one", list(patient_lines(0, end=END)), now=NOW)
        (model,) = (m for m in projection.read(connection, "S-000000") if m.drug)
        for first in range(0, courses, 5_000):
            some = range(first, min(first + 5_000, courses))
            ends = [{"id": f"T-{n:06d}", "position": 0, "digest": "0" * 64} for n in some]
            connection.execute(patient.insert(), ends)
            moved = [shifted(model, f"T-{n:06d}", timedelta(days=n % 365)) for n in some]
            projection.replace(connection, "nobody", moved)


def shifted(model: Projected, name: str, by: timedelta) -> Projected:
    def moved(day: str) -> str:
        return (date.fromisoformat(day) + by).isoformat()

    checks = [
        PendingCheck(
            **{
                **{field: getattr(check, field) for field in PendingCheck.__slots__},
                "patient": name,
                "opens": moved(check.opens),
                "due": moved(check.due),
                "overdue_after": moved(check.overdue_after),
            }
        )
        for check in model.checks
    ]
    return Projected(
        patient=name,
        drug=model.drug,
        protocol=model.protocol,
        evaluated_on=TODAY,
        next_look=projection.FAR,
        look_at=datetime(9999, 12, 31, tzinfo=UTC),
        checks=tuple(checks),
    )
