"""An upgrade is killed at a call on the database: the old schema or a newer one, no fact lost.

Each migration is one transaction; what follows, the stored checks, can be worked out again. A
second `db upgrade` finishes it, and the database answers as it always did.
"""

import json
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from monitor.bootstrap import database_standing
from monitor.commands import main
from tests.faults.clinics import verified
from tests.faults.tracing import (
    AT_ONCE,
    CHANGING,
    EVERYTHING,
    counted,
    database_files,
    needs_strace,
    run,
    under_strace,
)
from tests.store.make_databases import answers

pytestmark = [pytest.mark.faults, needs_strace]

DATABASES = Path(__file__).parents[1] / "store" / "databases"
OLDER = ["0001", "0002", "0003"]
TRIALS = 10_000 if EVERYTHING else 12


@pytest.mark.parametrize("revision", OLDER)
def test_an_upgrade_killed_at_any_call_leaves_the_old_schema_or_a_newer_one(revision, tmp_path):
    expected = json.loads((DATABASES / "answers.json").read_text(encoding="utf-8"))

    def upgrade(name: str, options: list[str]) -> tuple[int, Path]:
        folder = tmp_path / name
        folder.mkdir()
        path = Path(shutil.copy(DATABASES / f"{revision}.db", folder / "clinic.db"))
        prefix = under_strace(options, folder / "calls", database_files(path))
        return run(["db", "upgrade"], f"sqlite:///{path}", prefix=prefix).returncode, path

    code, clean = upgrade("clean", ["-e", f"trace={CHANGING}"])
    assert code == 0
    calls = counted((clean.parent / "calls").read_text(encoding="utf-8", errors="replace"))
    trials = [(name, n) for name, count in calls.items() for n in range(1, count + 1)]

    def trial(call: tuple[str, int]) -> str:
        name, number = call
        kill = ["-e", f"trace={name}", "-e", f"inject={name}:signal=SIGKILL:when={number}"]
        killed, path = upgrade(f"{name}-{number}", kill)
        assert killed == -9, call
        url = f"sqlite:///{path}"
        left = database_standing(url)["schema"]
        assert left in ("older", "current"), call
        assert run(["db", "upgrade"], url).returncode == 0, call
        assert verified(path) == "", call
        assert json.loads(json.dumps(answers(url))) == expected, call
        return str(left)

    step = max(1, len(trials) // TRIALS)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        left = Counter(pool.map(trial, trials[::step]))

    print(f"\n{revision}: killed at {left.total()} of {len(trials)} calls: {dict(left)}")
    assert left["older"] > 0
    assert main(["db", "status", "--db", f"sqlite:///{clean}"]) == 0
