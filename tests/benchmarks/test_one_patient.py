"""What one patient's many results cost grows with their number, and no more.

Beside a third of them 9,000 results, or as many as BENCHMARK_RESULTS says.
"""

import json
import os
from datetime import UTC, date, datetime, timedelta
from time import process_time

from sqlalchemy import Engine

from monitor.domain.rules.question import Proposal
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.recording import imports
from monitor.store import engine as database
from tests.benchmarks.test_ratios import new_clinic, report

MANY = int(os.environ.get("BENCHMARK_RESULTS", "9000"))
NOW = datetime(2026, 11, 1, 14, 45, tzinfo=UTC)
VALUES = (("neutrophils", "3.2"), ("platelets", "240"), ("lymphocytes", "1.8"))
PATIENT = {"kind": "patient", "id": "P", "sex": "female", "born": "1993-04-02",
           "can_conceive": True, "timezone": "UTC"}  # fmt: skip
COURSE = {"kind": "course", "patient": "P", "on": "2016-01-01", "protocol": "mitoxantrone-ms-us"}


def lines(number: int) -> list[str]:
    """Write results evenly over ten years, several of one day where there are many."""
    found = [PATIENT, COURSE]
    for n in range(number):
        on = date(2016, 1, 2) + timedelta(days=3650 * n // number)
        code, value = VALUES[n % len(VALUES)]
        found.append({"kind": "result", "patient": "P", "on": on.isoformat(), "code": code,
                      "value": value, "unit": "10*9/L", "second": True})  # fmt: skip
    return [json.dumps(line) for line in found]


def imported_and_asked(folder, number: int) -> float:
    """Import so many and ask the gate; gives the processor's seconds."""
    engine, written = new_clinic(folder / f"{number}.db"), lines(number)
    began = process_time()
    import_and_ask(engine, written)
    return process_time() - began


def import_and_ask(engine: Engine, written: list[str]) -> None:
    with database.writing(engine) as connection:
        imports.import_lines(connection, "results", written, now=NOW)
    with database.reading(engine) as connection:
        case = cases.get_case(connection, "P", Asked(now=NOW))
        case.treatments[0].ask(on=NOW.date(), today=case.today, proposal=Proposal())


def test_each_of_many_results_costs_as_much_as_each_of_few(benchmark, tmp_path):
    imported_and_asked(tmp_path, 100)
    reference = imported_and_asked(tmp_path, MANY // 3) * 3
    ours = benchmark.pedantic(lambda: imported_and_asked(tmp_path, MANY), rounds=1)

    name = f"import {MANY:,} results of one patient and ask the gate, beside three times a third"
    report(benchmark, name, ours, reference, "1.5")
