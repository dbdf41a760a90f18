"""The program and the oracle agree on every answer, on histories that Hypothesis draws.

Everyday: 90 histories. The campaign: `pytest -n 0 -m faults tests/oracle -s`, 1,000 histories;
ORACLE_HISTORIES sets another number, ORACLE_SEED other histories, ORACLE_DAYS on how many days
each is asked about. `-k us`, `-k eu` and `-k fr` let the profiles run side by side.
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
EVERYDAY = 90
CAMPAIGN = int(os.environ.get("ORACLE_HISTORIES", "1000"))
SEED = int(os.environ.get("ORACLE_SEED", "2026"))
BATCH = 500  # Hypothesis remembers all that it drew in one run
DAYS = int(os.environ.get("ORACLE_DAYS", "4"))  # on which each history is asked about


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
    disagreements: list[str] = []
    for batch in range(-(-share // BATCH)):
        number, known = min(BATCH, share - batch * BATCH), len(disagreements)
        found = compare(profile, number, first_seed=SEED + 1 + batch, into=disagreements)
        compared, days = compared + found[0], days + found[1]
        counts = f"{compared} histories, {days} days, {len(disagreements)} disagreements"
        with capsys.disabled():
            print("", *disagreements[known:], f"{profile}: {counts}", sep="\n", end="", flush=True)
    assert not disagreements, "\n\n".join(disagreements)


def compare(
    profile: str, number: int, *, first_seed: int, into: list[str] | None = None
) -> tuple[int, int]:
    """Compare so many histories; gives how many there were, and on how many days.

    Disagreements are gathered, or else the first one is made small, and fails.
    """
    counted = [0, 0]

    @seed(f"{profile} {first_seed}")
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
        if told and into is not None:
            into.append("\n".join([str(history), *told]))
            return
        assert not told, "\n".join([str(history), *told])

    agrees()
    return counted[0], counted[1]
