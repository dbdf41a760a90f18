"""A waiver of counts does not cover a dose of another drug that lowers them, given since (S2)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.asking.proposed_dose import proposal
from monitor.service.recording import waivers
from monitor.store import engine as database

MORNING = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ON = date(2026, 12, 10)
NO_DOSE = dict.fromkeys(("dose_mg", "height_cm", "weight_kg", "bsa_m2", "bsa_formula"))
PATIENT = {"kind": "patient", "id": "P-1", "sex": "male", "born": "1993-04-02", "timezone": "UTC"}
DOSE = {"kind": "infusion", "patient": "P-1", "confirm": True, "bsa_m2": "1.5"}


def course(protocol: str, on: str) -> dict:
    return {"kind": "course", "patient": "P-1", "protocol": protocol, "on": on}


@pytest.mark.parametrize("since", [[], ["2026-11-21"]])
def test_where_there_was_no_count_since_the_own_infusion(clinic, since):
    count = {"kind": "result", "patient": "P-1", "code": "neutrophils", "value": "3.2"}
    clinic.load(
        PATIENT,
        course("example", "2026-08-01"),
        course("doxorubicin-us", "2026-08-02"),
        count | {"unit": "10*9/L", "on": "2026-08-30"},
        DOSE | {"protocol": "example", "on": "2026-09-01", "dose_mg": "18"},
        now=MORNING,
    )
    with database.writing(clinic.engine) as connection:
        waivers.waive(
            connection, "P-1", "neutrophils", named="example",
            reason="no time", by="Dr A", now=MORNING + timedelta(hours=1),
        )  # fmt: skip
    for day in since:
        given = DOSE | {"protocol": "doxorubicin-us", "on": day, "dose_mg": "90"}
        clinic.record(now=MORNING + timedelta(days=2), **given)

    with database.reading(clinic.engine) as connection:
        case = cases.get_case(connection, "P-1", Asked(now=MORNING + timedelta(days=3)))
    treatment = case.treatment("example")
    asked = treatment.ask(on=ON, today=case.today, proposal=proposal(on=ON, route="iv", **NO_DOSE))

    (neutrophils,) = [r for r in asked.requirements if r.rule == "neutrophils"]
    assert neutrophils.state.value == ("unknown" if since else "caution")
