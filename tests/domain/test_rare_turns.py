"""What seldom happens: moved courses, cancelled bookings, rules without their optional half."""

from dataclasses import replace

import pytest

from monitor import policy, protocols
from monitor.domain.facts import BookingCancelled, CourseMoved
from monitor.domain.outcome import Role
from monitor.domain.reminders.audience import Recipient
from monitor.domain.reminders.due import reminders_due
from monitor.domain.reminders.history import History
from monitor.domain.reminders.stages import longest_lead
from monitor.domain.reminders.subject import subject_of
from monitor.domain.rules.overdose import _overdose
from tests import example
from tests.domain.reminders.test_reminders import NOW, POLICY, assessed, person
from tests.facts import DRUG, after, infusion, ready, result, symptom, timeline, view
from tests.other_drugs import OTHERS


def of_every_patient(name: str):
    return next(r for r in protocols.every_patient().warnings if r.name == name)


def test_a_move_to_another_version_is_told_and_counts_from_its_day_on():
    start = ready()
    begun = timeline(*start).courses[0].start
    moved = CourseMoved(
        event=99, on=after(5), recorded_on=after(5), course=begun.identity,
        protocol=begun.protocol, version="9.0.0", digest="d9",
    )  # fmt: skip
    folded = timeline(*start, moved)

    assert str(moved) == f"course taken to {begun.protocol} 9.0.0"
    assert folded.course_on(after(4)).moved is None
    assert folded.course_on(after(5)).moved.version == "9.0.0"


def test_a_cancelled_booking_is_told():
    cancelled = BookingCancelled(event=1, on=after(0), recorded_on=after(0), drug=DRUG)

    assert str(cancelled) == "booking of the next infusion cancelled"


def test_the_longest_lead_is_that_of_the_check_told_farthest_ahead():
    known = example.protocol()

    assert longest_lead([known], policy.load(None)) == max(rule.lead_days for rule in known.checks)
    assert longest_lead([], policy.load(None)) == 0


def test_fever_is_judged_by_neutrophils_alone_where_a_rule_names_no_whole_count():
    facts = [*ready(), symptom("fever", on=after(60)), result("leucocytes", "0.4", on=after(60))]
    rule = of_every_patient("febrile-neutropenia")

    assert list(rule.find(view(*facts, on=after(60))))
    assert not list(replace(rule, whole=None).find(view(*facts, on=after(60))))


def test_suspected_leukaemia_looks_at_high_counts_only_where_a_rule_names_them():
    facts = [*ready(), result("leucocytes", "31", on=after(60))]
    rule = of_every_patient("suspected-leukaemia")

    assert list(rule.find(view(*facts, on=after(60))))
    assert not list(replace(rule, high=None).find(view(*facts, on=after(60))))


def test_a_protocol_without_a_largest_dose_knows_no_overdose():
    given = infusion("500")
    seen = view(*ready(), given, on=after(0))

    assert not list(_overdose([], example.protocol().demands, seen, given, []))


def test_a_table_judges_nobody_before_the_course():
    clozapine = protocols.load("clozapine-us")

    assert clozapine.judged(timeline(), after(0)) == frozenset()


@pytest.mark.parametrize(("before", "told"), [("", "no value from before"), ("200", "before the")])
def test_a_low_count_says_what_it_is_compared_with(before, told):
    other = OTHERS["alemtuzumab-ms-us"]
    begun = other.beginning()
    tested = [result("platelets", before, on=after(-3))] if before else []
    facts = [*begun, *tested, other.dose(after(0)), result("platelets", "90", on=after(30))]
    rule = next(
        r for r in protocols.load(other.protocol).warnings if r.name == "immune-thrombocytopenia"
    )

    (found,) = rule.find(view(*facts, on=after(30)))

    assert told in found.message


def test_the_next_role_with_a_contact_hears_of_what_the_patient_did_not_take():
    facts = (*ready(), infusion(), symptom("breathlessness", on=after(9)))
    today = after(9)
    ((_, found),) = assessed(today, *facts)
    (warning,) = [w for w in found.warnings if w.rule == "cardiac-symptom"]
    people: list[Recipient] = [person("patient"), person("prescriber"), person("operator")]
    subject = subject_of(DRUG, warning)
    past = History(
        acknowledged_on={}, first_sent_at={}, failed={},
        undelivered={subject: frozenset({(Role.PATIENT, "patient")})},
    )  # fmt: skip

    planned = reminders_due(
        "P", assessed(today, *facts), people, POLICY, past, today=today, now=NOW
    )

    told = {one.recipient.role for one in planned if one.unreached == "patient"}
    assert told == {Role.PRESCRIBER}


def test_a_low_count_before_any_infusion_is_compared_with_none():
    other = OTHERS["alemtuzumab-ms-us"]
    facts = [*other.beginning(), result("platelets", "90", on=after(-1))]
    rule = next(
        r for r in protocols.load(other.protocol).warnings if r.name == "immune-thrombocytopenia"
    )

    (found,) = rule.find(view(*facts, on=after(0)))

    assert "before any infusion" in found.message
