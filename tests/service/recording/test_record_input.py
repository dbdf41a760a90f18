"""What the record takes, and what it refuses or asks to confirm."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.domain.view import View
from monitor.errors import NotFound, Refused, Unconfirmed
from monitor.service.recording import imports
from tests.factories import NOW
from tests.shares import so_many

DAY = "2023-01-10"
PATIENT = {"kind": "patient", "id": "P-1", "sex": "female", "born": "1993-04-02"} | {
    "timezone": "Europe/London",
    "can_conceive": True,
}
US = "mitoxantrone-ms-us"
COURSE = {"kind": "course", "patient": "P-1", "protocol": "example", "on": "2023-01-03"}
END = {"kind": "course_end", "patient": "P-1", "on": "2024-06-01", "reason": "switched"}
BSA = {"height_cm": "175", "weight_kg": "63"}


def infusion(**keys):
    return {"kind": "infusion", "patient": "P-1", "on": DAY, "dose_mg": "21.0"} | keys


def result(code="neutrophils", value="3.2", unit: str | None = "10*9/L", **keys):
    line = {"kind": "result", "patient": "P-1", "code": code, "value": value, "on": DAY} | keys
    return line if unit is None else line | {"unit": unit}


def answer(name="hepatic_impairment", value="no", **keys):
    return {"kind": "fact", "patient": "P-1", "fact": name, "value": value, "on": DAY} | keys


def symptom(code="fever", at="2023-01-22T20:00:00+00:00", **keys):
    return {"kind": "symptom", "patient": "P-1", "code": code, "at": at} | keys


FULL = [
    PATIENT,
    COURSE | {"facts": {"ms_type": "secondary_progressive", "alternatives": "two failed"}},
    answer(),
    result(on="2023-01-05"),
    infusion(**BSA),
    symptom(value="38.4", unit="Cel"),
    END,
]


@pytest.fixture
def ward(clinic):
    """A clinic with one patient and one running course."""
    clinic.load(PATIENT, COURSE)
    return clinic


def refusal(clinic, *lines, **keys) -> str:
    """Give the words of a refused import, after checking that nothing was stored."""
    before = clinic.size
    with pytest.raises(Refused) as caught:
        clinic.load(*lines, **keys)
    assert clinic.size == before
    return str(caught.value)


# --- The lines of a file -----------------------------------------------------------------------


def test_the_lines_of_a_file_may_stand_in_any_order(clinic):
    done = clinic.load(*reversed(FULL))

    assert (done.lines, done.stored, done.skipped) == (7, 7, 0)
    assert clinic.rows()[0].kind == "patient"


def test_results_and_symptoms_may_precede_the_course(clinic):
    done = clinic.load(PATIENT, result(on="2022-01-01"), symptom(at="2022-01-01T00:00:00Z"))

    assert done.stored == 3


def test_results_and_symptoms_need_no_course(clinic):
    assert clinic.load(PATIENT, result(), symptom()).stored == 3


def test_blank_lines_are_no_lines_but_are_counted_in_messages(clinic):
    assert clinic.load(PATIENT, "", result()).lines == 2
    assert refusal(clinic, "", "  ", result(code="x")).startswith("facts.jsonl:3: code: ")


def test_the_same_file_twice_stores_nothing_new(clinic):
    clinic.load(*FULL)

    done = clinic.load(*FULL)

    assert (done.lines, done.stored, done.skipped) == (7, 0, 7)


def test_the_same_file_on_a_later_day_stores_nothing_new(clinic):
    clinic.load(*FULL)

    assert clinic.load(*FULL, now=NOW + timedelta(days=400)).stored == 0


def test_the_same_file_stores_nothing_new_where_one_course_follows_another_on_a_day(clinic):
    lines = [PATIENT, COURSE, END, COURSE | {"on": END["on"], "protocol": "mitoxantrone-ms-eu"}]
    clinic.load(*lines)

    assert clinic.load(*lines).stored == 0


def test_the_same_file_stores_nothing_new_after_a_change_a_correction_and_a_retraction(clinic):
    clinic.load(*FULL)
    clinic.record(kind="patient_change", patient="P-1", on="2024-01-01", timezone="Asia/Tokyo")
    clinic.load(result(on="2023-01-05", value="3.4", status="corrected"))
    clinic.retract(next(row.event for row in clinic.rows() if row.kind == "symptom"))

    assert clinic.load(*FULL).stored == 0


def test_a_line_that_stands_twice_in_a_file_is_stored_once(clinic):
    done = clinic.load(PATIENT, result(), result())

    assert (done.stored, done.skipped) == (2, 1)


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ({"id": "L-1"}, {"id": "L-1"}),
        ({"id": "L-1"}, {}),
        ({}, {"id": "L-1"}),
        ({}, {"value": "3.20"}),
        ({}, {"status": "final"}),
        ({}, {"confirm": True}),
        ({"value": "1,500", "unit": "/uL"}, {"value": "1500", "unit": "/uL"}),
    ],
)
def test_an_equal_line_is_skipped_with_or_without_an_identifier(ward, first, again):
    ward.load(result(**first))

    assert ward.load(result(**again)).skipped == 1


def test_an_equal_moment_in_another_zone_is_the_same_symptom(ward):
    ward.load(symptom(at="2023-01-22T20:00:00+00:00"))

    assert ward.load(symptom(at="2023-01-22T21:00:00+01:00")).skipped == 1


@pytest.mark.parametrize(
    ("line", "other", "named"),
    [
        (result(), {"value": "3.3"}, "value"),
        (result(), {"value": "3200", "unit": "/uL"}, "value, unit"),
        (result(), {"method": "flow"}, "method"),
        (infusion(), {"dose_mg": "20"}, "dose_mg"),
        (infusion(), {"despite": "relapse"}, "despite"),
        (answer(), {"value": "yes"}, "value"),
        (symptom(), {"value": "39", "unit": "Cel"}, "value, unit"),
        (COURSE | {"protocol": US}, {"protocol": "mitoxantrone-ms-eu"}, "protocol"),
    ],
)
def test_the_same_thing_with_other_content_is_refused_and_the_keys_named(ward, line, other, named):
    ward.load(line)

    words = refusal(ward, line | other)

    assert words.startswith("facts.jsonl:1: event ")
    assert f"has other values for that day ({named}); correct it (monitor correct " in words


@pytest.mark.parametrize("line", [result(), infusion(), answer(), symptom(), COURSE])
def test_another_sender_or_number_makes_no_other_fact(ward, line):
    ward.load({**line, "by": "Ann", "id": "L-1"})

    done = ward.load({**line, "by": "Bo", "id": "L-2"})

    assert (done.stored, done.skipped) == (0, 1)


def test_a_second_infusion_is_never_advised(ward):
    ward.load(infusion())

    assert "second" not in refusal(ward, infusion() | {"dose_mg": "20"})


def test_a_line_that_does_not_say_who_says_so_is_equal_to_one_that_does(ward):
    ward.load(result(by="Ann"))

    assert ward.load(result()).skipped == 1


def test_two_lines_of_a_file_that_contradict_each_other_are_refused(clinic):
    words = refusal(clinic, PATIENT, result(), result(value="3.3"))

    assert words.startswith("facts.jsonl:3: event ")


def test_another_moment_is_another_symptom(ward):
    ward.load(symptom(at="2023-01-22T20:00:00Z"))

    assert ward.load(symptom(at="2023-01-22T20:00:01Z")).stored == 1


@pytest.mark.parametrize(
    "line", [result(), infusion(), answer(), symptom()], ids=lambda line: line["kind"]
)
def test_a_second_one_is_taken_where_the_line_says_so(ward, line):
    ward.load(line)

    assert ward.load(line | {"second": True}).stored == 1
    assert ward.load(line | {"second": True}).skipped == 1


def test_a_second_one_may_stand_before_the_first_in_a_file(clinic):
    lines = [infusion(second=True), infusion(), COURSE, PATIENT]

    assert clinic.load(*lines).stored == 4
    assert clinic.load(*lines).stored == 0


def test_two_equal_infusions_count_twice(ward):
    ward.load(infusion(**BSA), infusion(second=True, **BSA))

    assert len(ward.timeline().infusions) == 2


def test_of_a_patient_there_is_no_second_one(ward):
    words = refusal(ward, PATIENT | {"sex": "male", "second": True})

    assert "already registered with other values (sex)" in words


def test_of_the_end_of_a_course_there_is_no_second_one(ward):
    ward.load(END)

    words = refusal(ward, END | {"reason": "died", "second": True})

    assert "the course has ended already, on 2024-06-01" in words


def test_an_identifier_stands_for_one_fact(ward):
    ward.load(result(id="L-1"))

    assert "id: 'L-1' already names another fact" in refusal(
        ward, result(code="platelets", id="L-1")
    )


def test_a_corrected_result_replaces_the_one_of_that_day(ward):
    ward.load(result(value="0.9"))
    ward.load(result(value="2.9", status="corrected"))

    found = View(ward.timeline(), date(2023, 2, 1)).newest("neutrophils")

    assert found is not None
    assert found.value == Decimal("2.9")


def test_a_corrected_result_may_stand_before_what_it_replaces(clinic):
    clinic.load(result(value="2.9", status="corrected"), result(value="0.9"), PATIENT)

    found = View(clinic.timeline(), date(2023, 2, 1)).newest("neutrophils")

    assert found is not None
    assert found.value == Decimal("2.9")


@pytest.mark.parametrize("early", ["preliminary", "unsuitable"])
def test_a_final_result_after_one_that_does_not_count_is_taken(ward, early):
    ward.load(result(value="0.9", status=early))
    ward.load(result(value="2.9"))

    found = View(ward.timeline(), date(2023, 2, 1)).newest("neutrophils")

    assert found is not None
    assert found.value == Decimal("2.9")


@pytest.mark.parametrize("line", [*FULL[2:6], COURSE], ids=lambda line: line["kind"])
def test_a_command_is_refused_what_is_recorded_already(ward, line):
    if line is not COURSE:
        ward.record(**line)

    with pytest.raises(Refused, match="already recorded as event"):
        ward.record(**line)


def test_a_command_records_again_what_was_retracted(ward):
    (row,) = ward.record(**result())
    ward.retract(row.event)

    assert ward.record(**result())


def test_a_day_that_was_given_up_may_be_booked_again(ward):
    for on in ("2027-01-01", "2027-01-08", "2027-01-01"):
        assert ward.record(kind="plan", patient="P-1", on=on)

    with pytest.raises(Refused, match="already recorded as event"):
        ward.record(kind="plan", patient="P-1", on="2027-01-01")


def test_an_infusion_known_only_in_mg_is_taken(ward):
    ward.load(infusion())

    (given_then,) = ward.timeline().infusions
    assert given_then.bsa is None


# --- All or nothing ----------------------------------------------------------------------------


def test_one_bad_line_keeps_the_whole_file_out(clinic):
    words = refusal(clinic, *FULL, result(on="2023-02-01", value="1e400"))

    assert words.splitlines() == [
        "facts.jsonl:8: value: '1e400' is not a number or a word; write for instance 3.2",
        "cannot tell whether these are urgent; look at them first: line 8",
    ]


def test_a_fault_found_late_keeps_the_whole_file_out(clinic):
    others = [PATIENT | {"id": f"A-{number}"} for number in range(5)]

    words = refusal(clinic, *others, PATIENT, infusion())

    assert words.startswith("facts.jsonl:7: P-1 has no course; type: monitor course start P-1")


def test_every_bad_line_is_named_in_the_order_of_the_file(clinic):
    words = refusal(
        clinic,
        infusion(patient="P-2", on="2030-01-01"),
        PATIENT,
        result(code="neutrofils"),
        "{",
        PATIENT | {"id": "P-2"},
        COURSE | {"patient": "P-2"},
    )

    assert [line.split(": ")[0] for line in words.splitlines()] == [
        "facts.jsonl:1",
        "facts.jsonl:3",
        "facts.jsonl:4",
        "cannot tell whether these are urgent; look at them first",
    ]


def test_a_file_of_rubbish_ends_after_fifty_faults(clinic):
    words = refusal(clinic, *["{"] * 500).splitlines()

    assert len(words) == imports.MOST_FAULTS + 2
    assert words[-2] == "… and more; the rest was not checked"
    assert words[-1].endswith("18, 19, 20 and 31 more")


@pytest.mark.parametrize(
    ("bad", "key"), [(PATIENT | {"sex": "f"}, "sex"), (PATIENT | {"born": "2030-01-01"}, "born")]
)
def test_a_faulty_patient_line_is_the_only_fault_that_is_named(clinic, bad, key):
    words = refusal(clinic, bad, COURSE, result(), infusion())

    assert words.startswith(f"facts.jsonl:1: {key}: ")
    assert "\n" not in words


# --- Names -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (result(code="neutrofils"), "code: no result code 'neutrofils'; did you mean 'neutr"),
        (symptom(code="feverish"), "code: no symptom 'feverish'; did you mean 'fever'?"),
        (
            answer("hepatic_impair"),
            "fact: no fact 'hepatic_impair'; did you mean 'hepatic_impairment'?",
        ),
        (COURSE | {"on": "2024-01-01", "facts": {"ms": "no"}}, "fact: no fact 'ms'; "),
        (COURSE | {"protocol": "mitoxantron"}, "protocol: 'mitoxantron' names no protocol; choose"),
        (COURSE | {"protocol": "mitoxantrone"}, "protocol: 'mitoxantrone' names several protoco"),
        (infusion(route="po"), "route: 'po' is not one of iv, im,"),
        (answer(value="maybe"), "value: hepatic_impairment is yes, no, unknown, not 'maybe'"),
        (answer("ms_type", "yes"), "value: ms_type is relapsing_remitting, "),
        (answer("prior_mitoxantrone_mg_m2", "none"), "value: prior_mitoxantrone_mg_m2: 'none'"),
        (answer("prior_mitoxantrone_mg_m2", "-1"), "value: prior_mitoxantrone_mg_m2: '-1'"),
        (result("ecg", "fine", None), "value: ecg is normal or abnormal, not 'fine'"),
        (result("ecg", "normal", "mV"), "unit: ecg has none; it is normal or abnormal"),
        (result(unit=None), "unit: missing; neutrophils is given in 10*9/L or "),
        (result(unit="K"), "unit: neutrophils is given in 10*9/L or "),
        (result("lvef", "55", None), "unit: missing; lvef is given in %"),
        (result(value="normal"), "value: 'normal' is not a number"),
        (result(value="1,500"), "value: '1,500' with a comma; write 1500 for thousands, 1.5 for"),
        (result("ecg", "normal", None, uln="1"), "uln: ecg has no limits; leave it out"),
        (symptom(value="38.4"), "unit: missing; temperature is given in Cel or F or degF"),
        (symptom(unit="Cel"), "value: missing; a value and its unit go together"),
        (symptom(value="311", unit="K"), "unit: temperature is given in Cel or F or degF, not 'K'"),
        (symptom("chills", value="38", unit="Cel"), "value: chills has none"),
    ],
)
def test_a_name_or_unit_that_does_not_exist_is_refused_with_file_line_and_key(ward, line, words):
    assert refusal(ward, result(on="2023-02-02"), line).startswith(f"facts.jsonl:2: {words}")


def test_no_message_repeats_a_long_text(ward):
    assert len(refusal(ward, result(code="x" * 2000))) < 500


def test_an_unknown_patient_is_refused_with_the_nearest_of_record_and_file(ward):
    near = PATIENT | {"id": "P-125"}

    words = refusal(ward, near, result(patient="P-124"))

    assert words.startswith(
        "facts.jsonl:2: no patient 'P-124' in this file and the record; "
        "did you mean P-125, P-1 (born 1993-04-02)?"
    )


def test_a_command_never_creates_a_patient_by_accident(ward):
    with pytest.raises(
        NotFound, match=r"no patient 'P1' in the record; did you mean P-1 \(born 1993-04-02\)\?"
    ):
        ward.record(**result(patient="P1"))

    assert ward.size == (2, 1)


def test_an_infusion_without_any_course_is_refused(clinic):
    clinic.load(PATIENT)

    assert "P-1 has no course; type: monitor course start P-1" in refusal(clinic, infusion())


def test_an_infusion_after_the_end_of_the_course_belongs_to_it(ward):
    ward.load(END)

    assert ward.load(infusion(on="2025-01-01")).stored == 1


def test_two_courses_with_a_drug_do_not_run_at_once(ward):
    words = refusal(ward, PATIENT, COURSE | {"on": "2024-01-01"})

    assert words.startswith(
        "facts.jsonl:2: on: a course under example runs since 2023-01-03; type: "
        "monitor course end P-1 "
    )


def test_what_was_given_is_recorded_where_courses_overlap_already(ward):
    (end,) = ward.record(**END)
    ward.load(COURSE | {"on": "2024-06-01"})
    ward.retract(end.event)

    assert ward.record(**infusion())


def test_a_faulty_course_line_is_the_only_fault_that_is_named(clinic):
    words = refusal(clinic, PATIENT, COURSE | {"protocol": "nothing"}, infusion(), END)

    assert words.startswith("facts.jsonl:2: protocol: 'nothing' names no protocol; choose ")
    assert [line for line in words.splitlines() if line.startswith("facts")][1:] == []


def test_a_course_may_start_where_the_file_ends_the_one_before(ward):
    assert ward.load(COURSE | {"on": "2024-06-01", "protocol": "mitoxantrone-ms-eu"}, END).stored


def test_the_end_of_a_course_needs_a_course_that_runs(ward):
    assert "P-1 has no course that runs on 2022-01-01" in refusal(ward, END | {"on": "2022-01-01"})


# --- Days --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line", [result(), infusion(), answer(), END, COURSE], ids=lambda line: line["kind"]
)
def test_a_day_in_the_future_is_refused(ward, line):
    words = refusal(ward, line | {"on": "2026-11-24"})

    assert "on: 2026-11-24 is in the future; today is 2026-11-23 in Europe/London" in words


def test_a_moment_in_the_future_is_refused(ward):
    assert "at: 2026-11-23T10:00:01+00:00 is in the future" in refusal(
        ward, symptom(at="2026-11-23T10:00:01+00:00")
    )
    assert "at: 2026-11-24 is in the future" in refusal(
        ward, symptom(at="2026-11-24T00:00:00+00:00")
    )


@pytest.mark.parametrize(
    ("zone", "on", "taken"),
    [
        ("Pacific/Kiritimati", "2026-11-24", True),
        ("Pacific/Kiritimati", "2026-11-25", False),
        ("Pacific/Pago_Pago", "2026-11-22", True),
        ("Pacific/Pago_Pago", "2026-11-23", False),
    ],
)
def test_the_future_begins_in_the_patients_zone(clinic, zone, on, taken):
    now = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
    lines = [result(on=on), PATIENT | {"timezone": zone}]

    if taken:
        assert clinic.load(*lines, now=now).stored == 2
    else:
        assert "is in the future" in refusal(clinic, *lines, now=now)


def test_a_child_may_be_registered_on_its_birthday_in_its_zone(clinic):
    now = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
    born = {"timezone": "Pacific/Kiritimati", "born": "2026-11-24"}

    assert clinic.load(PATIENT | born, now=now).stored == 1


def test_the_next_infusion_is_booked_in_the_future(ward):
    assert ward.record(kind="plan", patient="P-1", on="2026-12-24")


def test_a_day_before_birth_is_refused(clinic):
    lines = [result(on="1993-04-01"), PATIENT]

    assert "on: 1993-04-01 lies before the birth of P-1, 1993-04-02" in refusal(clinic, *lines)


def test_a_birth_after_a_fact_on_record_is_refused(ward):
    ward.load(result(on="1999-01-01"))

    with pytest.raises(Refused, match="born: 2000-01-01 is later than a fact on record, of 1999-"):
        ward.record(kind="patient_change", patient="P-1", on=DAY, born="2000-01-01")


def test_a_retracted_fact_does_not_speak_against_a_birth(ward):
    (row,) = ward.record(**result(on="1999-01-01"))
    ward.retract(row.event)

    assert ward.record(kind="patient_change", patient="P-1", on=DAY, born="2000-01-01")


@pytest.mark.parametrize("born", ["2026-11-24", "1879-12-31"])
def test_a_birth_that_cannot_be_is_refused(clinic, born):
    assert f"born: {born} cannot be" in refusal(clinic, PATIENT | {"born": born})


def test_a_day_before_1980_is_refused_but_a_birth_may_be_older(clinic):
    old = PATIENT | {"born": "1950-01-01"}

    words = refusal(clinic, old, result(on="1979-12-31"), symptom(at="1979-12-31T12:00:00Z"))

    assert "on: 1979-12-31 lies before 1980-01-01; check the year" in words
    assert "at: 1979-12-31 lies before 1980-01-01; check the year" in words
    assert clinic.load(old, result(on="1980-01-01")).stored == 2


def test_a_symptom_belongs_to_the_day_in_the_patients_zone(clinic):
    clinic.load(PATIENT | {"timezone": "Asia/Tokyo"}, symptom(at="2023-01-22T20:00:00+00:00"))

    assert clinic.rows()[-1].on == date(2023, 1, 23)


# --- Values that cannot be ---------------------------------------------------------------------

COUNTS = ("neutrophils", "lymphocytes", "leucocytes")
ENZYMES = ("alt", "ast", "alp")
REFUSED = [
    *[(code, value, "10*9/L") for code in COUNTS for value in ("0.009", "0.000000001")],
    ("neutrophils", "100.01", "10*9/L"),
    ("lymphocytes", "1000.01", "10*9/L"),
    ("leucocytes", "1000.01", "10*9/L"),
    ("neutrophils", "1.5", "/uL"),
    ("neutrophils", "1500", "10*9/L"),
    ("platelets", "5000.01", "10*9/L"),
    ("platelets", "210000", "10*9/L"),
    ("haemoglobin", "19.9", "g/L"),
    ("haemoglobin", "300.1", "g/L"),
    ("haemoglobin", "120", "g/dL"),
    *[(code, "20000.1", "U/L") for code in ENZYMES],
    ("bilirubin", "1500.1", "umol/L"),
    ("bilirubin", "88", "mg/dL"),
    ("lvef", "0", "%"),
    ("lvef", "0.55", "%"),
    ("lvef", "1", "%"),
    ("lvef", "100.1", "%"),
    ("temperature", "24.9", "Cel"),
    ("temperature", "45.1", "Cel"),
    ("temperature", "0", "Cel"),
    ("height", "0", "cm"),
    ("weight", "0", "kg"),
]
TAKEN = [
    *[(code, value, "10*9/L") for code in COUNTS for value in ("0", "0.01")],
    ("neutrophils", "25", "10*9/L"),
    ("lymphocytes", "20", "10*9/L"),
    ("leucocytes", "50", "10*9/L"),
    ("neutrophils", "1500", "/uL"),
    ("neutrophils", "1,500", "cells/uL"),
    ("neutrophils", "1.5", "10*3/uL"),
    ("neutrophils", "1500", "/mm3"),
    ("platelets", "10", "10*9/L"),
    ("platelets", "1000", "10*9/L"),
    ("platelets", "210,000", "/uL"),
    ("haemoglobin", "50", "g/L"),
    ("haemoglobin", "200", "g/L"),
    ("haemoglobin", "12", "g/dL"),
    *[(code, value, "U/L") for code in ENZYMES for value in ("10", "1000")],
    ("bilirubin", "300", "umol/L"),
    ("bilirubin", "0.8", "mg/dL"),
    ("lvef", "10", "%"),
    ("lvef", "85", "%"),
    ("temperature", "34", "Cel"),
    ("temperature", "42", "Cel"),
    ("height", "100", "cm"),
    ("height", "230", "cm"),
    ("weight", "25", "kg"),
    ("weight", "200", "kg"),
]
CONFIRMED = [
    ("neutrophils", "25.1", "10*9/L"),
    ("neutrophils", "100", "10*9/L"),
    ("lymphocytes", "20.1", "10*9/L"),
    ("lymphocytes", "1000", "10*9/L"),
    *[(code, value, "U/L") for code in ENZYMES for value in ("0", "3.9")],
    ("temperature", "25", "Cel"),
    ("temperature", "33.9", "Cel"),
    ("temperature", "42.1", "Cel"),
    ("temperature", "45", "Cel"),
    ("leucocytes", "50.1", "10*9/L"),
    ("leucocytes", "1000", "10*9/L"),
    ("platelets", "9.9", "10*9/L"),
    ("platelets", "0", "10*9/L"),
    ("platelets", "1000.1", "10*9/L"),
    ("platelets", "5000", "10*9/L"),
    ("haemoglobin", "49.9", "g/L"),
    ("haemoglobin", "20", "g/L"),
    ("haemoglobin", "200.1", "g/L"),
    ("haemoglobin", "300", "g/L"),
    *[(code, value, "U/L") for code in ENZYMES for value in ("1000.1", "20000")],
    ("bilirubin", "300.1", "umol/L"),
    ("bilirubin", "1500", "umol/L"),
    ("lvef", "9.9", "%"),
    ("lvef", "2", "%"),
    ("lvef", "85.1", "%"),
    ("lvef", "100", "%"),
    ("height", "99.9", "cm"),
    ("height", "230.1", "cm"),
    ("height", "1.75", "cm"),
    ("weight", "24.9", "kg"),
    ("weight", "200.1", "kg"),
]


@pytest.mark.parametrize(("code", "value", "unit"), REFUSED)
def test_a_value_that_cannot_be_is_refused_and_no_confirmation_helps(ward, code, value, unit):
    words = refusal(ward, result(code, value, unit, confirm=True))

    assert words.startswith(f"facts.jsonl:1: value: {code} {value} {unit} cannot be; ")


@pytest.mark.parametrize(("code", "value", "unit"), TAKEN)
def test_an_ordinary_value_is_taken_up_to_the_limit(ward, code, value, unit):
    assert ward.load(result(code, value, unit)).stored == 1


@pytest.mark.parametrize(("code", "value", "unit"), CONFIRMED)
def test_an_unusual_value_must_be_confirmed(ward, code, value, unit):
    words = refusal(ward, result(code, value, unit))

    assert f"{code} {value} {unit} is unusually " in words
    assert ward.load(result(code, value, unit, confirm=True)).stored == 1
    assert ward.rows()[-1].body["confirm"] == "true"


@pytest.mark.parametrize(
    ("code", "value", "unit", "bound"),
    [
        ("alt", "30", "U/L", {"uln": "1001"}),
        ("platelets", "250", "10*9/L", {"lln": "9"}),
        ("haemoglobin", "14", "g/dL", {"uln": "20.1"}),
    ],
)
def test_an_unusual_limit_of_a_laboratory_must_be_confirmed_as_a_value_must(
    ward, code, value, unit, bound
):
    ((key, limit),) = bound.items()

    assert f"{key} {limit} {unit} is an unusual limit for {code}" in refusal(
        ward, result(code, value, unit, **bound)
    )
    assert ward.load(result(code, value, unit, **bound, confirm=True)).stored == 1


@pytest.mark.parametrize(
    ("value", "unit", "meant"),
    [
        ("1.5", "/uL", "did you mean 1.5 10*9/L?"),
        ("1.5", "cells/uL", "did you mean 1.5 10*9/L?"),
        ("1500", "10*9/L", "did you mean 1500 /uL?"),
        ("1500", "10*3/uL", "did you mean 1500 /uL?"),
    ],
)
def test_neutrophils_in_the_wrong_unit_are_refused_with_the_right_one(ward, value, unit, meant):
    assert refusal(ward, result(value=value, unit=unit)).endswith(meant)


@pytest.mark.parametrize("first", [0, 1])
def test_neutrophils_above_leucocytes_of_the_day_are_refused(ward, first):
    lines = [result(value="3.2"), result("leucocytes", "3.1")]

    words = refusal(ward, *lines)
    ward.load(lines[first])

    assert words.startswith(
        "facts.jsonl:2: value: neutrophils 3.2 10*9/L above leucocytes 3.1 10*9/L of the same day"
    )
    assert "above leucocytes" in refusal(ward, lines[1 - first])
    with pytest.raises(Refused, match="above leucocytes"):
        ward.record(**lines[1 - first])


@pytest.mark.parametrize(
    "other",
    [
        result("leucocytes", "3.2"),
        result("leucocytes", "3200", "/uL"),
        result("leucocytes", "3.1", on="2023-01-11"),
        result("leucocytes", "3.1", status="preliminary"),
        result("lymphocytes", "3.1"),
    ],
)
def test_neutrophils_are_held_against_counting_leucocytes_of_the_day_only(ward, other):
    assert ward.load(result(value="3.2"), other).stored == 2


def test_neutrophils_are_held_against_the_corrected_leucocytes(ward):
    wrong, right = result("leucocytes", "1.5"), result("leucocytes", "15", status="corrected")

    assert ward.load(result(value="3.2"), wrong, right).stored == 3


def test_a_fact_is_taken_from_a_patient_whose_record_contradicts_itself_elsewhere(ward):
    ward.load(result("leucocytes", "1.5"), result("leucocytes", "15", status="corrected"))
    ward.load(result(value="3.2"))
    ward.retract(ward.rows()[-2].event)  # leucocytes are 1.5 again

    assert ward.record(**infusion())


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"uln": "7000"}, "uln: neutrophils 7000 10*9/L cannot be"),
        ({"lln": "0.001"}, "lln: neutrophils 0.001 10*9/L cannot be"),
        ({"uln": "1.8", "lln": "7.5"}, "lln: must be below uln"),
        ({"uln": "7,500"}, "uln: '7,500' is not a number"),
    ],
)
def test_a_laboratorys_limits_obey_the_limits_of_the_value(ward, keys, words):
    assert f"facts.jsonl:1: {words}" in refusal(ward, result(**keys))


def test_a_fall_of_lvef_by_more_than_20_points_must_be_confirmed(ward):
    ward.load(result("lvef", "62", "%", on="2023-01-01"))

    assert "lvef 41.9 % after 62 % on 2023-01-01" in refusal(ward, result("lvef", "41.9", "%"))
    assert ward.load(result("lvef", "42", "%")).stored == 1


def test_a_rise_of_lvef_by_more_than_20_points_must_be_confirmed(ward):
    ward.load(result("lvef", "41", "%", on="2023-01-01"))

    assert "lvef 62 % after 41 % on 2023-01-01" in refusal(ward, result("lvef", "62", "%"))


def test_a_corrected_lvef_is_not_held_against_the_wrong_one(ward):
    ward.load(result("lvef", "62", "%", on="2023-01-01"), result("lvef", "82", "%"))

    assert ward.load(result("lvef", "58", "%", status="corrected")).stored == 1
    assert ward.load(result("lvef", "60", "%", on="2023-02-01")).stored == 1


def test_another_method_than_last_time_must_be_confirmed(ward):
    ward.load(result("lvef", "62", "%", on="2023-01-01", method="echo"))

    assert "method MUGA, but echo on 2023-01-01" in refusal(
        ward, result("lvef", "60", "%", method="MUGA")
    )
    assert ward.load(result("lvef", "60", "%", method="echo")).stored == 1


@pytest.mark.parametrize("value", ["24.9", "45.1", "104"])
def test_a_fever_that_cannot_be_is_refused(ward, value):
    assert f"value: temperature {value} Cel cannot be" in refusal(
        ward, symptom(value=value, unit="Cel", confirm=True)
    )


# --- Doses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"dose_mg": "0"}, "dose_mg: 0 cannot be"),
        ({"dose_mg": "0.0", "confirm": True}, "dose_mg: 0.0 cannot be"),
        ({"bsa_m2": "0"}, "bsa_m2: 0 cannot be"),
        ({"height_cm": "0", "weight_kg": "63"}, "height_cm: 0 cannot be"),
        ({"height_cm": "175", "weight_kg": "0.0"}, "weight_kg: 0.0 cannot be"),
        ({"height_cm": "175"}, "weight_kg: missing; height and weight go together"),
        ({"weight_kg": "63"}, "height_cm: missing; height and weight go together"),
        ({"bsa_m2": "1.75", **BSA}, "bsa_m2: give height and weight, or the BSA, not both"),
        ({"bsa_m2": "1.75", "bsa_formula": "dubois"}, "bsa_formula: only with height and weight"),
        ({"bsa_formula": "dubois"}, "bsa_formula: only with height and weight"),
    ],
)
def test_a_dose_that_cannot_be_is_refused(ward, keys, words):
    assert refusal(ward, infusion(**keys)).startswith(f"facts.jsonl:1: {words}")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"dose_mg": "12", "bsa_m2": "1.21"}, "12 mg for 1.2100 m2 (mg, not mg/m2?)"),
        ({"dose_mg": "12.0", **BSA}, "(mg, not mg/m2?)"),
        ({"bsa_m2": "0.99"}, "a body surface of 0.9900 m2"),
        ({"bsa_m2": "2.81"}, "a body surface of 2.8100 m2"),
        ({"height_cm": "230", "weight_kg": "200"}, "a body surface of 3.5746 m2"),
        ({"height_cm": "1.75", "weight_kg": "63"}, "height 1.75 cm (metres or inches?)"),
        ({"height_cm": "69", "weight_kg": "63"}, "height 69 cm (metres or inches?)"),
        ({"height_cm": "230.1", "weight_kg": "63"}, "height 230.1 cm (metres or inches?)"),
        ({"height_cm": "175", "weight_kg": "200.1"}, "weight 200.1 kg (pounds?)"),
        ({"height_cm": "175", "weight_kg": "24.9"}, "weight 24.9 kg (pounds?)"),
    ],
)
def test_an_unusual_dose_must_be_confirmed(ward, keys, words):
    refused = refusal(ward, infusion(**keys))

    assert words in refused
    assert 'confirm with --confirm (in a file "confirm":true)' in refused
    assert ward.load(infusion(confirm=True, **keys)).stored == 1
    assert ward.rows()[-1].body["confirm"] == "true"


@pytest.mark.parametrize(
    "keys",
    [
        {"dose_mg": "12", "bsa_m2": "1.2"},
        {"dose_mg": "12.1", "bsa_m2": "1.75"},
        {"dose_mg": "12", "bsa_m2": "1.0"},
        {"bsa_m2": "2.8"},
        {"height_cm": "175", "weight_kg": "63", "bsa_formula": "dubois"},
        {"height_cm": "200", "weight_kg": "120"},
    ],
)
def test_an_ordinary_dose_is_taken_up_to_the_limits(ward, keys):
    assert ward.load(infusion(**keys)).stored == 1


def test_a_confirmation_of_what_needs_none_is_not_stored(ward):
    ward.load(infusion(confirm=True, **BSA))

    assert "confirm" not in ward.rows()[-1].body


def test_a_confirmed_line_is_equal_to_itself_without_the_confirmation(ward):
    ward.load(result("lvef", "9", "%", confirm=True))

    assert ward.load(result("lvef", "9", "%")).skipped == 1


def test_a_command_is_told_how_to_confirm(ward):
    with pytest.raises(Unconfirmed, match="if it is right, confirm with --confirm"):
        ward.record(**infusion(dose_mg="12", **BSA))

    assert ward.record(**infusion(dose_mg="12", confirm=True, **BSA))


# --- Hostile input -----------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NASTY = st.sampled_from(
    [
        *("NaN", "Infinity", "1e400", "-1", "0", "9" * 400, "1,500", "\u0663", "\u22121"),
        *("\x00", "\u202e", "\ud800", "", " ", "%", "true", "corrected", "P-1", "fever", "lvef"),
        *("0001-01-01", "9999-12-31", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"),
    ]
)
KEYS = sorted({key for line in FULL for key in line} | {"id", "by", "confirm", "second", "status"})


@settings(max_examples=so_many(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    changes=st.lists(
        st.tuples(st.integers(0, len(FULL) - 1), st.sampled_from(KEYS) | st.text(), JSON | NASTY),
        min_size=1,
        max_size=4,
    )
)
def test_hostile_input_is_stored_whole_or_refused_whole(fresh_clinic, changes):
    lines = [dict(line) for line in FULL]
    for number, key, value in changes:
        lines[number][key] = value
    clinic = fresh_clinic()

    try:
        done = clinic.load(*map(json.dumps, lines))
    except Refused as fault:
        str(fault).encode()
        assert clinic.size == (0, 0)
    else:
        assert done.stored + done.skipped == done.lines
        assert clinic.load(*map(json.dumps, lines)).stored == 0
    finally:
        clinic.engine.dispose()


@settings(max_examples=so_many(200), deadline=None)
@given(text=st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_a_hostile_line_is_refused_with_its_number(fresh_clinic, text):
    clinic = fresh_clinic()

    try:
        if text.strip() and not text.startswith("#"):  # these lines are for people
            with pytest.raises(Refused, match=r"^facts\.jsonl:1: "):
                clinic.load(text)
        assert clinic.size == (0, 0)
    finally:
        clinic.engine.dispose()
