"""The program and the oracle agree on every answer, on histories that Hypothesis draws.

Everyday: 150 histories. The campaign: `pytest -n 0 -m faults tests/oracle -s`, 2,000 histories;
ORACLE_HISTORIES sets another number, ORACLE_SEED other histories.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.oracle.compare import differences
from tests.oracle.histories import History, histories

PROFILES = ["us", "eu", "fr"]
EVERYDAY = 150
CAMPAIGN = int(os.environ.get("ORACLE_HISTORIES", "2000"))
SEED = int(os.environ.get("ORACLE_SEED", "2026"))
BATCH = 500  # Hypothesis remembers all that it drew in one run
DAYS = 4  # on which each history is asked about


def test_the_oracle_itself_answers_the_worked_cases():
    check = Path(__file__).parent / "check.py"

    told = subprocess.run([sys.executable, check], capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize("profile", PROFILES)
def test_they_agree(profile):
    compare(profile, EVERYDAY // len(PROFILES), first_seed=SEED)


@pytest.mark.faults
@pytest.mark.parametrize("profile", PROFILES)
def test_they_agree_on_many(profile, capsys):
    share = -(-CAMPAIGN // len(PROFILES))
    compared = days = 0
    for batch in range(-(-share // BATCH)):
        found = compare(profile, min(BATCH, share - compared), first_seed=SEED + 1 + batch)
        compared, days = compared + found[0], days + found[1]
        with capsys.disabled():
            print(f"\n{profile}: {compared} histories compared, on {days} days", end="", flush=True)


def compare(profile: str, number: int, *, first_seed: int) -> tuple[int, int]:
    """Compare so many histories; gives how many there were, and on how many days."""
    counted = [0, 0]

    @seed(first_seed)
    @settings(
        max_examples=number, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(history=histories(profile, DAYS))
    def agrees(history: History) -> None:
        counted[0] += 1
        counted[1] += len(history.asks)
        told = [
            f"{what}: {ask}\n    program {ours}\n    oracle  {theirs}"
            for what, ask, ours, theirs in differences(history)
        ]
        assert not told, "\n".join([str(history), *told])

    agrees()
    return counted[0], counted[1]
