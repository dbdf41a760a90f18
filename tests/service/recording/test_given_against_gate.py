"""Missing tests count against an infusion only where it was recorded within 30 days of its day."""

from datetime import timedelta

import pytest

from monitor.domain.outcome import Severity
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from tests import typed
from tests.factories import NOW, clinic_in_memory, day, load_facts, moment, shared_facts
from tests.facts import HARMLESS

TODAY = NOW.date()
ASKED = {"ms_type": "secondary_progressive", **HARMLESS}


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
                    "protocol": "example",
                    "on": start,
                    "facts": ASKED,
                },
            ],
        )

        line = {"kind": "infusion", "patient": "P", "on": on, "dose_mg": "21", "bsa_m2": "1.75"}
        typed.record(connection, line, now=NOW)

        case = cases.get_case(connection, "P", Asked(now=NOW))
        found = [w.rule for w in cases.warnings(case, least=Severity.CAUTION)]
    assert ("given-against-gate" in found) is warned


DAY = "2023-01-10"
CLADRIBINE = {
    **dict.fromkeys(("hiv", "tuberculosis", "hepatitis_b", "hepatitis_c", "malignancy"), "no"),
    **dict.fromkeys(("pregnancy", "active_infection"), "no"),
    "baseline_mri": "yes",
}
TABLET = {"on": DAY, "protocol": "cladribine-ms-us", "dose_mg": "20", "route": "oral"}
INFUSION = {"on": DAY, "protocol": "example", "dose_mg": "18", "bsa_m2": "1.5"}


def held_against(*given: dict[str, str], at_once: bool = False) -> list[str]:
    """Give two drugs that lower counts, everything asked and tested, and name what was held."""
    facts = [fact for name in ("ex-course", "asked", "tests-jan") for fact in shared_facts()[name]]
    lines = [
        {"kind": kind, "patient": "P", **content} for f in facts for kind, content in f.items()
    ]
    lines[0] = {**lines[0], "protocol": "example"}
    tablets = {"kind": "course", "protocol": "cladribine-ms-us", "on": "2023-01-03"}
    lines += [
        {"kind": "patient", "id": "P", "sex": "female", "born": "1993-04-02"},
        {**tablets, "patient": "P", "facts": CLADRIBINE},
    ]
    for line in lines:
        if line.get("code") == "lymphocytes":
            line["lln"] = "1.0"
    doses = [{"kind": "infusion", "patient": "P", "confirm": True, **dose} for dose in given]
    with clinic_in_memory() as connection:
        load_facts(connection, [*lines, *(doses if at_once else ())], known=DAY)
        for number, dose in enumerate(() if at_once else doses, start=1):
            typed.record(connection, dose, now=moment(dose["on"]) + timedelta(minutes=number))
        case = cases.get_case(connection, "P", Asked(now=NOW, as_of=day("2023-01-11")))
        found = cases.warnings(case, least=Severity.CAUTION)
    return [w.message for w in found if w.rule == "given-against-gate"]


LATE = "taken before recovery, needed of 2023-01-24 or later, because of the"


def test_of_two_given_on_a_day_the_one_recorded_later_went_against_the_gate():
    (told,) = held_against(TABLET, INFUSION)
    assert "18 mg" in told
    assert told.count(f"{LATE} cladribine of 2023-01-10") == 2  # neutrophils, platelets

    (told,) = held_against(INFUSION, TABLET)
    assert "20 mg" in told
    assert told.count(f"{LATE} exampline of 2023-01-10") == 2  # of both rules


def test_lines_of_one_file_came_together_and_each_counts_the_other():
    assert len(held_against(TABLET, INFUSION, at_once=True)) == 2
    assert len(held_against(INFUSION, TABLET, at_once=True)) == 2


def test_what_a_round_asks_for_before_it_looks_at_what_was_on_record_before_its_first_dose():
    def of_first(*given: dict[str, str]) -> int:
        return sum("lymphocytes-first" in told for told in held_against(*given))

    tomorrow = {**TABLET, "on": "2023-01-11"}
    assert of_first(TABLET, INFUSION, tomorrow) == 0
    assert of_first(INFUSION, TABLET, tomorrow) == 1  # of the first day, and not said again
