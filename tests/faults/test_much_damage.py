"""A tool or a disk damages a great many messages at once: neither memory nor words grow with them.

By default 2,000 messages that are owed, 100,000 with MONITOR_FAULTS=all: `-s` prints what
`db verify`, `doctor` and a pass said, took, and held.
"""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from monitor.store.facts import moment_text
from monitor.store.seals import sealed
from monitor.store.tables import message, reminder
from tests.behind import behind
from tests.faults.clinics import DAY, LINES, build
from tests.faults.tracing import ROOT

pytestmark = pytest.mark.faults

DAMAGED = 100_000 if os.environ.get("MONITOR_FAULTS") == "all" else 2_000
_AT_ONCE = 2_000
_MONITOR = (sys.executable, "-m", "monitor")
_MOST_MEGABYTES = 400


@pytest.fixture
def clinic(tmp_path) -> str:
    url = build(tmp_path / "clinic.db", LINES, [])
    for first in range(0, DAMAGED, _AT_ONCE):
        with behind(url) as connection:
            owed = [owed_to_somebody(n) for n in range(first, first + _AT_ONCE)]
            connection.execute(insert(message), [one for one, _ in owed])
            connection.execute(insert(reminder), [one for _, one in owed])
    with behind(url) as connection:
        connection.execute(text("UPDATE message SET zone = 'Nowhere/Town'"))
    return url


def owed_to_somebody(number: int) -> tuple[dict[str, object], dict[str, object]]:
    key, at = hashlib.sha256(str(number).encode()).hexdigest()[:32], moment_text(DAY)
    return sealed(message, {
        "key": key, "ref": f"R{number}", "role": "nurse", "recipient": "nurse", "address": "nurse",
        "channels": '[{"url": "console:", "private": false}]', "zone": "UTC", "rank": 20,
        "urgency": "routine", "state": "owed", "due_at": at, "next_at": at, "token": 0, "tries": 0,
        "text": None,
    }), sealed(reminder, {
        "key": f"r{number}", "identity": f"r{number}", "message": key, "patient": "P-1",
        "drug": "mitoxantrone", "rule": "lvef-yearly", "occurrence": 1, "anchor": 1,
        "stage": "due", "repeat": 0, "since": at[:10], "planned_on": at[:10], "owed_at": at,
        "known": 1, "withdrawn": 0, "retracts": None, "words": "",
    })  # fmt: skip


def test_what_is_said_and_held_does_not_grow_with_what_is_damaged(clinic):
    for typed in ("db verify", "doctor", "tick", "doctor"):
        code, said, seconds, megabytes = typed_to(clinic, typed)
        lines = said.splitlines()
        print(f"{typed}: {len(lines)} lines, {seconds:.1f} s, {megabytes} MB, exit code {code}")
        assert len(lines) < 150
        assert max(map(len, lines)) < 1500
        assert megabytes < _MOST_MEGABYTES
    with behind(clinic) as connection:
        left = "SELECT count(*) FROM message WHERE zone = 'Nowhere/Town'"
        assert connection.execute(text(left)).scalar_one() == 0
        noted = connection.execute(text("SELECT count(*) FROM damage")).scalar_one()
    assert noted == DAMAGED


def typed_to(url: str, typed: str) -> tuple[int, str, float, int]:
    """Run a command as a process; gives exit code, words, seconds and the most that it held."""
    out = Path(url.removeprefix("sqlite:///")).with_suffix(".said")
    begun = time.monotonic()
    with out.open("w") as said:
        process = subprocess.Popen(
            [*_MONITOR, *typed.split(), "--db", url], stdout=said, stderr=said, cwd=ROOT
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - begun
    return process.returncode, out.read_text(), seconds, used.ru_maxrss // 1024
