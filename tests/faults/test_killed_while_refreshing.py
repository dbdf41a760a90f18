"""The refreshing of a clinic is killed between its batches: what was done is kept.

Meanwhile the answers are those of the facts, and the next upgrade does the rest.
"""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.faults.tracing import ROOT, run

pytestmark = pytest.mark.faults

PATIENTS = 450
MONITOR = [sys.executable, "-m", "monitor"]


@pytest.fixture
def url(tmp_path) -> str:
    url = f"sqlite:///{tmp_path}/clinic.db"
    made = subprocess.run(
        [*MONITOR, "demo", "--patients", str(PATIENTS), "--years", "1", "--to", url],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    assert made.returncode == 0
    return url


def left(path: Path) -> int:
    """Count who waits, behind the program's back."""
    waiting = "SELECT count(DISTINCT patient) FROM treatment WHERE look_at = ''"
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        return int(connection.execute(waiting).fetchone()[0])


def kill_after(url: str, before: int) -> int:
    """Upgrade, and kill it once some wait, but fewer than before; gives how many wait then."""
    path = Path(url.removeprefix("sqlite:///"))
    with subprocess.Popen([*MONITOR, "db", "upgrade", "--db", url], cwd=ROOT) as running:
        until = monotonic() + 120
        while not 0 < left(path) < before:
            assert monotonic() < until
            assert running.poll() is None
            sleep(0.01)
        running.kill()
    return left(path)


def test_what_was_worked_out_before_a_kill_is_kept_and_the_rest_is_done_next_time(url):
    answered = ["upcoming", "--json"]
    expected = run(answered, url).stdout
    first = kill_after(url, PATIENTS)
    meanwhile = run(answered, url).stdout
    assert run(["db", "verify"], url).returncode == 0
    second = kill_after(url, first)

    finished = run(["db", "upgrade"], url)

    assert PATIENTS > first > second > 0
    assert f"checks recalculated for {second} patients" in finished.stdout
    assert run(["db", "verify"], url).returncode == 0
    assert meanwhile == expected == run(answered, url).stdout
