"""Nobody is called to an infusion that cannot be given: too little of the lifetime dose is left."""

import pytest

from tests.delivery.ward import patient_lines

DAYS = ("2023-03-27", "2023-04-03", "2023-04-10", "2023-04-17", "2023-04-24", "2023-05-15")
TOLD = {"next-infusion", "lvef", "neutrophils"}  # to come, and the tests before it


@pytest.mark.parametrize(
    ("given", "booked", "is_called"),
    [
        ("107.1", False, False),  # at 1.5 m2 0.6 of 72 mg/m2 are left, which is 0.9 mg
        ("99.015", False, False),  # 5.99: less than half a usual dose
        ("99.015", True, True),
        ("99.00", False, True),
    ],
)
def test_a_ward_is_called_to_an_infusion_only_where_it_can_be_given(
    ward, http_sink, given, booked, is_called
):
    dose = {"on": "2023-01-10", "dose_mg": given, "bsa_m2": "1.5", "confirm": True}
    none = {"on": "2023-01-03", "fact": "prior_mitoxantrone_mg_m2", "value": "0"}
    facts = [{"infusion": dose}, {"fact": none}]
    ward.load(patient_lines("P-1", *facts, include=("course-eu", "tests-jan"), profile="eu"))
    for role in ("patient", "nurse", "prescriber", "pharmacist"):
        ward.contact(http_sink.url, role=role, name=role)
    if booked:
        ward.type("infusion plan P-1 --on 2023-04-17")

    for day in DAYS:
        ward.tick(day, code=None)

    called = {one["role"] for one in ward.outbox() if one["rule"] in TOLD}
    assert called >= {"patient", "nurse", "prescriber"} if is_called else called == set()
