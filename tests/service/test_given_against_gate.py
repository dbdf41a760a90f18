"""Missing tests count against an infusion only where it was recorded within 30 days of its day."""

from datetime import timedelta

import pytest

from monitor.domain.outcome import Severity
from monitor.service import queries, records
from monitor.service.queries import Asked
from tests.factories import NOW, clinic_in_memory, load_facts

TODAY = NOW.date()
ASKED = {
    "ms_type": "secondary_progressive",
    "alternatives": "two others failed",
    "prior_mitoxantrone_mg_m2": "0",
    "cardiac_disease": "no",
    "prior_anthracycline": "no",
    "mediastinal_radiotherapy": "no",
    "cardiotoxic_drug": "no",
    "hypersensitivity": "no",
    "breast_feeding": "no",
    "hepatic_impairment": "no",
}


@pytest.mark.parametrize(("days_ago", "warned"), [(0, True), (30, True), (31, False)])
def test_missing_tests_count_against_an_infusion_recorded_within_30_days(days_ago, warned):
    on = (TODAY - timedelta(days=days_ago)).isoformat()
    start = (TODAY - timedelta(days=60)).isoformat()
    with clinic_in_memory() as connection:
        load_facts(
            connection,
            [
                {"kind": "patient", "id": "P", "sex": "female", "born": "1993-04-02"},
                {
                    "kind": "course",
                    "patient": "P",
                    "protocol": "mitoxantrone-ms-us",
                    "on": start,
                    "facts": ASKED,
                },
            ],
        )

        line = {"kind": "infusion", "patient": "P", "on": on, "dose_mg": "21", "bsa_m2": "1.75"}
        records.record(connection, line, now=NOW)

        case = queries.get_case(connection, "P", Asked(now=NOW))
        found = [w.rule for w in queries.warnings(case, least=Severity.CAUTION)]
    assert ("given-against-gate" in found) is warned
