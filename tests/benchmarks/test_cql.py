"""Three checks beside the CQL reference engine; see docs/performance.md and cql/checks.cql.

Needs node and, once: npm install --no-package-lock --prefix tests/benchmarks/cql
"""

import json
import shutil
import subprocess
from pathlib import Path
from time import process_time

import pytest

from monitor.domain.checks import checks_of
from monitor.domain.view import View
from monitor.service.asking.cases import Case
from tests.benchmarks.test_evaluating import AS_OF, ROUNDS, UNTIL, report_rate
from tests.oracle.clinic import NOW, Clinic

CQL = Path(__file__).parent / "cql"
RULES = ("cbc-nadir", "cbc-follow-up", "lvef-follow-up")

# The engine is somebody else's, 40 MB of it, and no other test needs it: it is not installed with
# ours. Whoever wants the ratio installs it; the benchmarks are no part of the everyday tests.
pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
    pytest.mark.skipif(
        not (CQL / "node_modules" / "cql-execution").exists(),
        reason="type: npm install --no-package-lock --prefix tests/benchmarks/cql",
    ),
]


def test_three_checks_beside_the_cql_engine(benchmark, clinics):
    cases = [clinic.case(AS_OF, NOW) for clinic in clinics]
    theirs = run_cql([for_cql(number, one) for number, one in enumerate(clinics)])
    ours = benchmark.pedantic(lambda: min(ask_the_program(cases) for _ in range(ROUNDS)))

    answers = [theirs["answers"][str(number)] for number in range(len(clinics))]
    assert answers == [told(case) for case in cases]
    report_rate(benchmark, "the CQL engine", ours, theirs["seconds"], len(clinics), "100")


def for_cql(number: int, clinic: Clinic) -> dict:
    lines = [told.line for told in clinic.told]
    return {
        "id": str(number),
        "protocol": f"mitoxantrone-ms-{clinic.profile}",
        "infusions": [line["on"] for line in lines if line["kind"] == "infusion"],
        "results": [(line["code"], line["on"]) for line in lines if line["kind"] == "result"],
    }


def run_cql(patients: list[dict]) -> dict:
    """Let the engine answer; gives its answers, and the seconds of its quickest round."""
    asked = {"as_of": AS_OF.isoformat(), "until": UNTIL.isoformat(), "patients": patients}
    command = ["node", "run.mjs", str(ROUNDS)]
    done = subprocess.run(
        command, cwd=CQL, input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def ask_the_program(cases: list[Case]) -> float:
    begin = process_time()
    for case in cases:
        three_checks(case)
    return process_time() - begin


def three_checks(case: Case) -> list:
    treatment = case.treatment()
    view = View(treatment.timeline, AS_OF)
    protocol = treatment.protocol_of(view.course)
    return [check for name in RULES for check in checks_of(protocol, name, view, until=UNTIL)]


def told(case: Case) -> list:
    return [
        [
            check.rule,
            check.occurrence,
            check.due.isoformat(),
            check.done_on.isoformat() if check.done_on else None,
            check.state.value,
        ]
        for check in three_checks(case)
    ]
