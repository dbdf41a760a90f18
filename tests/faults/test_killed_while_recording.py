"""Recording is killed at every call that changes the database or its journal: all or nothing.

The commands run as real processes under strace, which kills them at the Nth such call, or lets a
call fail as on a full or broken disk. `pytest -m faults tests/faults -s` prints the counts; they
are written down in docs/reliability.md. MONITOR_FAULTS=all kills at every call of any kind that
touches the database or its journal (reads and locks too), fails every write of every command,
and adds an import that is larger than the database's cache.
"""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.commands import main
from monitor.store import engine as database
from monitor.store.tables import fact, patient, pending, protocol, treatment
from tests.faults.clinics import verified
from tests.faults.tracing import (
    AT_ONCE,
    CHANGING,
    EVERYTHING,
    FLUSHES,
    WRITES,
    counted,
    database_files,
    needs_strace,
    run,
    under_strace,
)

pytestmark = [pytest.mark.faults, needs_strace]

CALLS = "all" if EVERYTHING else CHANGING

State = dict[str, list[tuple[object, ...]]]


@dataclass(kw_only=True)
class Trial:
    """What became of a command that was killed, or whose calls failed."""

    exit_code: int
    said: str
    state: State
    faults: str  # what db verify says, if anything


@dataclass(kw_only=True)
class Command:
    """A recording command, the database before it, and what it leaves when nothing happens."""

    name: str
    typed: list[str]
    folder: Path
    before: State = field(default_factory=dict)
    after: State = field(default_factory=dict)

    @property
    def start(self) -> Path:
        return self.folder / "start.db"

    def run(self, name: str, options: list[str]) -> Trial:
        """Run the command on a copy of the database, under strace."""
        folder = self.folder / name.replace(":", "_").replace("=", "_").replace(",", "_")
        folder.mkdir()
        path = folder / "clinic.db"
        shutil.copy(self.start, path)
        prefix = under_strace(options, folder / "calls", database_files(path))
        done = run(self.typed, f"sqlite:///{path}", prefix=prefix)
        trial = Trial(
            exit_code=done.returncode,
            said=done.stderr,
            faults=verified(path),
            state=stored(path),
        )
        if (folder / "calls").exists():
            self.calls = (folder / "calls").read_text(encoding="utf-8", errors="replace")
        shutil.rmtree(folder)
        return trial

    def count(self, calls: str) -> Counter[str]:
        """Count the calls of a run to which nothing happens."""
        trial = self.run(f"clean {calls}", ["-e", f"trace={calls}"])
        assert (trial.exit_code, trial.faults) == (0, "")
        self.after = trial.state
        return counted(self.calls)

    def each(self, counts: dict[str, int], what: str, *, step: int = 1) -> Iterator["Tampered"]:
        """Run once for each call of a clean run, several at once, and tamper with that call.

        strace counts the calls of each name by themselves, hence name and number.
        """

        def one(call: tuple[str, int]) -> Tampered:
            name, number = call
            options = ["-e", f"trace={name}", "-e", f"inject={name}:{what.format(number)}"]
            return Tampered(
                where=f"{self.name}: {name} {what.format(number)}",
                trial=self.run(f"{name} {what.format(number)}", options),
            )

        calls = [(name, n) for name, count in counts.items() for n in range(1, count + 1)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            # the last call of each name always: what is stored turns on them
            yield from pool.map(one, dict.fromkeys([*calls[::step], *counts.items()]))


@dataclass(kw_only=True)
class Tampered:
    """Which call was tampered with, and what became of the command."""

    where: str
    trial: Trial


def stored(path: Path) -> State:
    """Read everything that is stored, but for moments and the digests over them."""
    engine = database.open_engine(database.parse_url(f"sqlite:///{path}"))
    left_out = {fact.c.recorded_at, fact.c.digest, patient.c.digest, protocol.c.text}
    with database.reading(engine) as connection:
        found = {
            table.name: sorted(
                map(tuple, connection.execute(select(*[c for c in table.c if c not in left_out]))),
                key=repr,
            )
            for table in (fact, patient, protocol, treatment, pending)
        }
    engine.dispose()
    return found


LINES = [
    {"kind": "patient", "id": "P-1", "sex": "female", "born": "1993-04-02", "timezone": "UTC"},
    {"kind": "patient", "id": "P-2", "sex": "male", "born": "1983-04-02"},
    {"kind": "course", "patient": "P-1", "protocol": "mitoxantrone-ms-us", "on": "2023-01-03"},
    {"kind": "course", "patient": "P-2", "protocol": "mitoxantrone-ms-eu", "on": "2023-01-03"},
    {"kind": "infusion", "patient": "P-1", "on": "2023-01-10", "dose_mg": "18", "bsa_m2": "1.5"},
    {"kind": "infusion", "patient": "P-2", "on": "2023-01-10", "dose_mg": "18", "bsa_m2": "1.5"},
]
LVEF = {"kind": "result", "code": "lvef", "unit": "%"}
IMPORTED = [
    {"kind": "patient", "id": "P-3", "sex": "female", "born": "1993-04-02"},
    {"kind": "course", "patient": "P-3", "protocol": "mitoxantrone-ms-fr", "on": "2023-02-03"},
    {"kind": "infusion", "patient": "P-3", "on": "2023-02-10", "dose_mg": "18", "bsa_m2": "1.5"},
    {"kind": "infusion", "patient": "P-1", "on": "2023-04-10", "dose_mg": "18", "bsa_m2": "1.5"},
    *({**LVEF, "patient": f"P-{n}", "on": f"2023-04-0{n}", "value": "60"} for n in (1, 2, 3)),
]
LARGE = [  # some 3 MB; the cache has 2
    line
    for number in range(10, 70)
    for line in (
        {"kind": "patient", "id": f"P-{number}", "name": "x" * 1500},
        *(
            {**LVEF, "patient": f"P-{number}", "on": f"{2010 + n // 2}-0{1 + n % 2}-01"}
            | {"value": "60", "by": "y" * 1500}
            for n in range(30)
        ),
    )
]
TYPED = {
    "infusion log": "infusion log P-1 --on 2023-04-10 --dose-mg 18 --bsa-m2 1.5 --by A",
    "result log": "result log P-1 neutrophils 3.2 10*9/L --on 2023-01-20 --by A",
    "correct": "correct 5 --reason misread --on 2023-01-11 --by A",
    "import": "import FILE",
}


@pytest.fixture(params=TYPED)
def command(request, tmp_path) -> Command:
    return prepare(request.param, TYPED[request.param], IMPORTED, tmp_path)


def prepare(name: str, typed: str, imported: list[dict[str, str]], folder: Path) -> Command:
    written(folder / "start.jsonl", LINES)
    url = f"sqlite:///{folder}/start.db"
    assert main(["import", str(folder / "start.jsonl"), "--db", url]) == 0
    file = written(folder / "more.jsonl", imported)
    words = [str(file) if word == "FILE" else word for word in typed.split()]
    command = Command(name=name, typed=words, folder=folder)
    command.before = stored(command.start)
    return command


def written(path: Path, lines: list[dict[str, str]]) -> Path:
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


def check(command: Command, tampered: Tampered) -> str:
    """Assert what must be true whatever happened; says whether all was stored, or nothing."""
    where, trial = tampered.where, tampered.trial
    assert trial.faults == "", f"{where}: {trial.faults}"
    assert trial.state in (command.before, command.after), f"{where}: half stored: {trial.state}"
    if trial.exit_code == 0:
        assert trial.state == command.after, f"{where}: said to be stored, and is not"
    return "all" if trial.state == command.after else "nothing"


def test_a_command_killed_at_any_call_leaves_all_or_nothing(command):
    counts = command.count(CALLS)
    assert command.after != command.before
    assert {"openat", "pwrite64", "fdatasync", "ftruncate"} <= set(counts)

    left: Counter[str] = Counter()
    step = 1 if EVERYTHING or command.name == "result log" else 2
    for tampered in command.each(counts, "signal=SIGKILL:when={}", step=step):
        assert tampered.trial.exit_code == -9, f"{tampered.where}: was not killed"
        left[check(command, tampered)] += 1

    print(f"\n{command.name}: killed at {left.total()} of {dict(counts)}: {dict(left)}")
    assert left["nothing"] > left["all"] > 0  # the calls after the journal is gone


def test_a_command_whose_write_fails_says_so_and_leaves_nothing(command):
    writes, flushes = command.count(WRITES), command.count(FLUSHES)
    thorough = EVERYTHING or command.name == "result log"
    left: Counter[str] = Counter()
    stored_all = 0
    for counts, what in (
        (writes, "error=ENOSPC:when={}+"),  # a disk that is full stays full
        (writes, "error=EIO:when={}"),
        (flushes, "error=EIO:when={}"),
        *([(writes, "error=ENOSPC:when={}")] if EVERYTHING else []),
    ):
        step = 1 if thorough or counts is flushes else 5
        for tampered in command.each(counts, what, step=step):
            where, trial = tampered.where, tampered.trial
            if check(command, tampered) == "all":
                # The last flush, when the journal is empty already: it is stored, and whether it
                # outlasts a power cut nobody can say.
                assert counts is flushes, where
                stored_all += 1
            assert trial.exit_code == 3, f"{where}: {trial.exit_code} {trial.said}"
            assert len(trial.said.strip().splitlines()) in (1, 2), f"{where}: {trial.said}"
            assert re.search("full|I/O", trial.said), f"{where}: {trial.said}"
            left[what.split("=")[1].split(":")[0]] += 1

    assert stored_all <= 1
    print(
        f"\n{command.name}: {writes.total()} writes, {flushes.total()} flushes; "
        f"failed {dict(left)}, exit code 3, nothing stored"
    )


@pytest.mark.skipif(not EVERYTHING, reason="MONITOR_FAULTS=all")
def test_an_import_larger_than_the_cache_leaves_all_or_nothing(tmp_path):
    command = prepare("large import", TYPED["import"], LARGE, tmp_path)
    counts = command.count(CHANGING)
    assert counts["fdatasync"] > 3  # it wrote to the database before it was all there

    left: Counter[str] = Counter()
    for tampered in command.each(counts, "signal=SIGKILL:when={}", step=counts.total() // 150):
        left[check(command, tampered)] += 1

    print(f"\nlarge import: killed at {left.total()} of {counts.total()} calls: {dict(left)}")
