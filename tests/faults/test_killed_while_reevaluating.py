"""The re-evaluation of a clinic is killed between its batches: what was done is kept.

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


def reached(path: Path) -> str | None:
    """Read how far it is behind the program's back."""
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        found = connection.execute("SELECT after FROM evaluation").fetchone()
    return found[0] if found else None


def kill_after(url: str, before: str) -> str:
    """Upgrade, and kill it once it has got farther; gives how far it got."""
    path = Path(url.removeprefix("sqlite:///"))
    with subprocess.Popen([*MONITOR, "db", "upgrade", "--db", url], cwd=ROOT) as running:
        until = monotonic() + 120
        while (reached(path) or "") <= before:
            assert monotonic() < until
            assert running.poll() is None
            sleep(0.01)
        running.kill()
    return reached(path) or ""


def test_what_was_worked_out_before_a_kill_is_kept_and_the_rest_is_done_next_time(url):
    answered = ["upcoming", "--json"]
    expected = run(answered, url).stdout
    first = kill_after(url, "")
    meanwhile = run(answered, url).stdout
    assert run(["db", "verify"], url).returncode == 0
    second = kill_after(url, first)

    finished = run(["db", "upgrade"], url)

    assert "D-0000000" < first < second < f"D-{PATIENTS:07d}"
    rest = PATIENTS - int(second.removeprefix("D-"))
    assert f"checks worked out anew for {rest} patients" in finished.stdout
    assert run(["db", "verify"], url).returncode == 0
    assert meanwhile == expected == run(answered, url).stdout
