"""What was on record of a day before an infusion was stays known, whatever becomes of it."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.domain.outcome import Severity
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.recording import corrections
from monitor.store import engine as database

MORNING = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
PATIENT = {"kind": "patient", "id": "P-1", "sex": "male", "born": "1993-04-02", "timezone": "UTC"}
COURSE = {"kind": "course", "patient": "P-1", "protocol": "example", "on": "2026-08-01"}
LOW = {"kind": "result", "patient": "P-1", "code": "neutrophils", "value": "0.99"}
LOW |= {"unit": "10*9/L", "on": "2026-11-28"}
INFUSION = {"kind": "infusion", "patient": "P-1", "dose_mg": "18", "bsa_m2": "1.5"}
INFUSION |= {"on": "2026-11-28"}


@pytest.fixture
def told(clinic):
    """Record lines an hour apart, or call what is done then; say what urgent warnings stand."""

    def told(*steps):
        clinic.load(PATIENT, COURSE, now=MORNING)
        for hour, step in enumerate(steps, start=1):
            now = MORNING + timedelta(hours=hour)
            if callable(step):
                step(clinic, now)
            else:
                clinic.record(now=now, **step)
        with database.reading(clinic.engine) as connection:
            case = cases.get_case(connection, "P-1", Asked(now=MORNING + timedelta(hours=9)))
        return [one.rule for one in cases.warnings(case, least=Severity.URGENT)]

    return told


def retract_the_count(clinic, _now):
    clinic.retract(next(row.event for row in clinic.rows() if row.kind == "result"))


def correct_the_day(clinic, now):
    event = next(row.event for row in clinic.rows() if row.kind == "infusion")
    with database.writing(clinic.engine) as connection:
        why = {"reason": "wrong day", "by": "Dr B", "now": now}
        corrections.correct(connection, event, {"on": "2026-11-28"}, **why)


def test_a_count_that_came_after_the_infusion_is_put_down_to_it(told):
    assert told(INFUSION, LOW) == []


def test_one_that_was_taken_back_and_typed_anew_is_not(told):
    assert told(LOW, INFUSION, retract_the_count, LOW) == ["critical-result"]


def test_an_infusion_whose_day_was_corrected_is_known_of_that_day_since_then(told):
    assert told(INFUSION | {"on": "2026-10-01"}, LOW, correct_the_day) == ["critical-result"]


def test_a_preliminary_report_was_known_too(told):
    early = LOW | {"status": "preliminary"}

    assert told(early, INFUSION, LOW) == ["critical-result"]
