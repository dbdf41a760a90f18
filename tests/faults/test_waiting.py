"""R24: how long a fever call waits while something long is done with the same database.

By default beside 3,000 lines and 600 patients; MONITOR_FAULTS=all: 100,000 and 10,000.
"""

import json
import os
import subprocess
import threading
import time
from contextlib import redirect_stdout
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest

from monitor.commands import main
from monitor.commands.options import now
from tests.faults.clinics import build, many, verified
from tests.faults.tracing import EVERYTHING, ROOT, program, surroundings

pytestmark = pytest.mark.faults
LINES, PATIENTS = (100_000, 10_000) if EVERYTHING else (3_000, 600)
DAYS = 75  # on which each of those patients has a result
LONGEST = 5.0  # seconds, on a machine on which a call alone takes a quarter of one
ORDINARY = 0.25
PIECES, PAUSE = 20, 0.3  # of a pipe that is slow


@pytest.fixture(scope="module")
def clinic(tmp_path_factory) -> str:
    return build(tmp_path_factory.mktemp("waiting") / "clinic.db", many(PATIENTS), ())


def results(lines: int) -> str:
    """Write results of the first patients, each of a day of its own."""
    first, people = now().date() - timedelta(days=900), max(1, lines // DAYS)
    return "".join(
        json.dumps({
            "kind": "result", "patient": f"S-{2 + n % people:05d}", "code": "ecg",
            "value": "normal", "on": f"{first + timedelta(days=n // people)}",
        }) + "\n"
        for n in range(lines)
    )  # fmt: skip


def drip(pipe: Path) -> None:
    with pipe.open("w") as stream:
        for line in results(PIECES).splitlines(keepends=True):
            stream.write(line.replace("normal", "abnormal").replace("ecg", "cardiac_exam"))
            stream.flush()
            time.sleep(PAUSE)


def fever_call(clinic: str) -> float:
    """Record a fever; gives how many seconds that took."""
    at = (now() - timedelta(days=1)).isoformat()
    typed = ["symptom", "log", "S-00001", "fever", "38.4", "Cel", "--at", at, "--db", clinic]
    began = time.monotonic()
    with redirect_stdout(StringIO()):
        assert main(typed) == 0
    return time.monotonic() - began


@pytest.mark.parametrize("work", ["import of a file", "import of a slow pipe", "verify", "backup"])
def test_a_fever_call_waits_for_nobody(work, clinic, tmp_path):
    file = tmp_path / "lines.jsonl"
    typed = {"verify": ["db", "verify"], "backup": ["db", "backup", str(tmp_path / "b.db")]}
    if work == "import of a slow pipe":
        os.mkfifo(file)
        threading.Thread(target=drip, args=(file,)).start()
    else:
        file.write_text(results(LINES))
    command = program(*typed.get(work, ["import", str(file)]))
    alone, waited = fever_call(clinic), []
    with subprocess.Popen(
        command, cwd=ROOT, env=surroundings(clinic), stdout=subprocess.DEVNULL
    ) as working:
        while working.poll() is None:
            waited.append(fever_call(clinic))
            time.sleep(0.5)
    assert working.returncode == 0
    assert len(waited) > 1, "nobody called meanwhile"
    assert max(waited) <= LONGEST * max(1, alone / ORDINARY)
    assert verified(Path(clinic.removeprefix("sqlite:///"))) == ""
    print(
        f"\n{work} ({LINES:,} lines, {PATIENTS:,} patients): {len(waited)} fever calls, all "
        f"stored; the longest took {max(waited):.1f} s, from typing to stored"
    )
