"""A course that something was given in keeps its drug, whoever corrects it."""

from datetime import date

import pytest

from monitor.errors import Refused
from monitor.service.recording import corrections
from tests import typed
from tests.factories import NOW, clinic_in_memory

PATIENT = {"kind": "patient", "id": "P", "sex": "female", "born": "1993-04-02", "timezone": "UTC"}
COURSE = {"kind": "course", "patient": "P", "protocol": "example", "on": "2026-08-01"}
INFUSION = {
    "kind": "infusion",
    "patient": "P",
    "on": "2026-09-01",
    "dose_mg": "18",
    "bsa_m2": "1.5",
}
PLAN = {"kind": "plan", "patient": "P", "on": "2026-12-01"}


@pytest.fixture
def recorded():
    with clinic_in_memory() as connection:

        def record(line):
            return typed.record(connection, line, now=NOW).first.event

        def correct(event, **new):
            why = {"reason": "wrong file", "by": "Dr B", "now": NOW}
            return corrections.correct(connection, event, new, **why).first

        record(PATIENT)
        yield record, correct


@pytest.mark.parametrize("leaning", [INFUSION, PLAN])
def test_it_is_not_made_one_of_another_drug_while_something_leans_on_it(recorded, leaning):
    record, correct = recorded
    course = record(COURSE)
    event = record(leaning)

    with pytest.raises(Refused, match=f"the only course that event {event} belongs to"):
        correct(course, protocol="doxorubicin-us")


def test_another_profile_of_the_drug_is_a_correction_as_any(recorded):
    record, correct = recorded
    course = record({**COURSE, "protocol": "mitoxantrone-ms-us"})
    record(INFUSION)

    assert correct(course, protocol="mitoxantrone-ms-eu").body["protocol"] == "mitoxantrone-ms-eu"


def test_so_is_another_drug_where_nothing_was_given_or_another_course_holds_it(recorded):
    record, correct = recorded
    first = record(COURSE)
    second = correct(first, protocol="doxorubicin-us", on="2026-07-01")
    assert (second.body["drug"], second.on) == ("doxorubicin", date(2026, 7, 1))

    record({**COURSE, "on": "2026-08-01"})
    record(
        {
            "kind": "course_end",
            "patient": "P",
            "on": "2026-10-01",
            "reason": "done",
            "protocol": "example",
        }
    )
    third = record({**COURSE, "on": "2026-10-02"})
    record({**INFUSION, "protocol": "example"})
    assert correct(third, protocol="cladribine-ms-us").body["drug"] == "cladribine"
