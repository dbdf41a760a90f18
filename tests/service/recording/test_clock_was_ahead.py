"""A clock that was ahead for one entry calms nothing that is recorded after it."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.domain.outcome import Severity
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.store import engine as database

MORNING = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
TODAY = "2026-11-29"
PATIENT = {"kind": "patient", "id": "P-1", "sex": "male", "born": "1993-04-02", "timezone": "UTC"}
MITOXANTRONE, CLOZAPINE = (
    {"kind": "course", "patient": "P-1", "protocol": protocol, "on": "2026-11-01"}
    for protocol in ("example", "clozapine-us")
)
TAKEN = {"kind": "dose", "patient": "P-1", "protocol": "clozapine-us", "action": "start"}
TAKEN |= {"on": "2026-11-21", "dose_mg": "12.5"}
BLEEDING = {"kind": "symptom", "patient": "P-1", "code": "bleeding", "at": f"{TODAY}T07:00:00Z"}
ETHNIC = {"kind": "fact", "patient": "P-1", "fact": "benign_ethnic_neutropenia", "value": "yes"}
ETHNIC |= {"by": "Dr B", "on": TODAY, "confirm": True}
INFUSION = {"kind": "infusion", "patient": "P-1", "dose_mg": "18", "bsa_m2": "1.5", "on": TODAY}
AHEAD = [timedelta(0), timedelta(seconds=90), timedelta(hours=1), timedelta(days=400)]
FAR = [timedelta(0), timedelta(days=40), timedelta(days=400)]


def result(code: str, value: str, unit: str = "10*9/L", on: str = TODAY, **more):
    line = {"kind": "result", "patient": "P-1", "code": code, "value": value, "on": on}
    return {**line, **({"unit": unit} if unit else {}), "confirm": True, **more}


WEIGHT = result("weight", "63", "kg")


@pytest.fixture
def told(clinic):
    """Record one line by a clock that is ahead, and others by a right one; say what stands."""

    def told(known, wrong, ahead, *after, later=timedelta(hours=1)):
        clinic.load(*known, now=MORNING)
        clinic.record(now=MORNING + timedelta(seconds=1) + ahead, **wrong)
        for seconds, line in enumerate(after, start=2):
            clinic.record(now=MORNING + timedelta(seconds=seconds), **line)
        with database.reading(clinic.engine) as connection:
            case = cases.get_case(connection, "P-1", Asked(now=MORNING + later))
        return {(one.rule, one.severity) for one in cases.warnings(case, least=Severity.CAUTION)}

    return told


# ── what came later is later ──


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_preliminary_value_is_not_answered_by_a_final_one_before_it(told, ahead):
    early = result("platelets", "12", status="preliminary")

    found = told([PATIENT, MITOXANTRONE], result("platelets", "150"), ahead, early, BLEEDING)

    assert ("critical-result", Severity.EMERGENCY) in found


@pytest.mark.parametrize("ahead", AHEAD)
def test_an_answer_calms_no_count_that_was_known_before_it(told, ahead):
    normal = result("neutrophils", "4600", "/uL", on="2026-11-20")
    low = result("neutrophils", "700", "/uL", on="2026-11-28")

    found = told([PATIENT, CLOZAPINE, TAKEN, normal], low, ahead, ETHNIC)

    assert ("moderate-neutropenia", Severity.URGENT) in found


@pytest.mark.parametrize("ahead", AHEAD)
def test_an_infusion_explains_no_count_that_spoke_against_it(told, ahead):
    found = told([PATIENT, MITOXANTRONE], result("neutrophils", "0.99"), ahead, INFUSION)

    assert ("critical-result", Severity.URGENT) in found


def test_lines_of_one_file_came_together_all_the_same(clinic):
    """The infusion of a file explains the count of its day, also behind a clock that was ahead."""
    clinic.load(PATIENT, MITOXANTRONE, WEIGHT, now=MORNING + timedelta(hours=1))

    clinic.load(result("neutrophils", "0.99"), INFUSION, now=MORNING)

    assert len({row.recorded_at for row in clinic.rows()}) == 2
    with database.reading(clinic.engine) as connection:
        case = cases.get_case(connection, "P-1", Asked(now=MORNING))
    assert "critical-result" not in {
        one.rule for one in cases.warnings(case, least=Severity.CAUTION)
    }


# ── first seen when it was recorded in truth ──


@pytest.mark.parametrize("ahead", FAR)
@pytest.mark.parametrize(
    ("line", "severity"),
    [
        (result("platelets", "12"), Severity.EMERGENCY),
        (result("haemoglobin", "50", "g/L"), Severity.URGENT),
        (result("bilirubin", "200", "umol/L"), Severity.URGENT),
    ],
)
def test_what_comes_after_is_not_taken_for_old(told, line, severity, ahead):
    found = told([PATIENT, MITOXANTRONE], WEIGHT, ahead, line)

    assert ("critical-result", severity) in found


@pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(days=31), timedelta(days=500)])
def test_it_never_grows_old_unrepeated(told, later):
    known, low = [PATIENT, MITOXANTRONE], result("platelets", "12")

    found = told(known, WEIGHT, timedelta(days=400), low, later=later)

    assert ("critical-result", Severity.EMERGENCY) in found


@pytest.mark.parametrize("ahead", FAR)
def test_what_was_recorded_by_the_wrong_clock_itself_was_seen_by_now(told, ahead):
    low = result("platelets", "12")

    assert ("critical-result", Severity.EMERGENCY) in told([PATIENT, MITOXANTRONE], low, ahead)


def test_and_stays_so_once_anything_else_was_recorded(told):
    low, later = result("platelets", "12"), timedelta(days=60)

    found = told([PATIENT, MITOXANTRONE], low, timedelta(days=400), WEIGHT, later=later)

    assert ("critical-result", Severity.EMERGENCY) in found


@pytest.mark.parametrize("ahead", FAR)
def test_what_is_old_in_truth_is_old(told, ahead):
    old = result("platelets", "12", on="2026-10-20")

    found = told([PATIENT, MITOXANTRONE], WEIGHT, ahead, old)

    assert ("critical-result", Severity.CAUTION) in found


@pytest.mark.parametrize("ahead", FAR)
def test_an_infusion_of_today_without_tests_was_given_against_the_gate(told, ahead):
    found = told([PATIENT, MITOXANTRONE], WEIGHT, ahead, INFUSION)

    assert ("given-against-gate", Severity.CAUTION) in found


@pytest.mark.parametrize("ahead", FAR)
def test_a_day_that_has_begun_stays_begun_for_who_moves_west(told, ahead):
    """In Kiritimati it is the 29th, and to the west the 28th, when the value is typed in."""
    east = PATIENT | {"timezone": "Pacific/Kiritimati"}
    move = {
        "kind": "patient_change",
        "patient": "P-1",
        "timezone": "Etc/GMT+12",
        "on": "2026-11-28",
    }
    low = result("platelets", "12", on="2026-11-29")

    found = told([east, MITOXANTRONE], WEIGHT, ahead, low, move, later=timedelta(minutes=5))

    assert ("critical-result", Severity.EMERGENCY) in found
