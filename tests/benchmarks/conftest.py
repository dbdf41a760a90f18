import json
import os
from datetime import UTC, date, datetime, time

import pytest

from tests.benchmarks.clinic import PROFILES, patient_lines
from tests.oracle.clinic import Clinic

END = date(2026, 11, 1)
PATIENTS = int(os.environ.get("BENCHMARK_EVALUATED", "300"))


@pytest.fixture(scope="session")
def clinics():
    """Record patients of ten years, without a database."""
    return [recorded(number) for number in range(PATIENTS)]


def recorded(number: int) -> Clinic:
    """Record a patient, each line at noon of its day."""
    clinic = Clinic(PROFILES[number % len(PROFILES)])
    lines = [json.loads(line) for line in patient_lines(number, end=END)]
    first = min(line["on"] for line in lines if "on" in line)
    for line in sorted(lines, key=lambda line: line.get("on", first)):
        day = date.fromisoformat(line.get("on", first))
        assert clinic.record(line, datetime.combine(day, time(12), UTC)), line
    return clinic
