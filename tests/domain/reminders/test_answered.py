"""Urgent warnings that were raised, and how soon somebody answered."""

from dataclasses import replace
from datetime import timedelta

from monitor.domain.assessment import Assessment
from monitor.domain.facts import Acknowledgement
from monitor.domain.outcome import Role, Severity, Urgency
from monitor.domain.reminders.answered import Raised, raised
from monitor.domain.reminders.message import Delivery
from tests.domain.reminders.past import (
    NOW,
    PATIENT,
    TODAY,
    check,
    due,
    graver,
    past,
    warning,
)
from tests.facts import ready, treatment

ACHE = due(warning())
QUEUED = NOW - timedelta(hours=1)


def standing(*warnings):
    followed = replace(treatment(*ready()), timeline=treatment(*ready()).timeline)
    return [(followed, Assessment(checks=(), warnings=warnings))]


def answer(minutes: int, reminder=ACHE, **more) -> Acknowledgement:
    subject = reminder.subject
    return Acknowledgement(
        event=20, on=TODAY, recorded_on=TODAY, rule=subject.rule, drug=subject.drug,
        occurrence=subject.occurrence, anchor=subject.anchor,
        said_at=QUEUED + timedelta(minutes=minutes), **more,
    )  # fmt: skip


def waits(*past, events=()) -> list[timedelta | None]:
    return [one.waited for one in raised(past, events, ())]


def test_what_was_told_to_several_several_times_is_one_from_its_first_message_on():
    again = past(ACHE, queued_at=NOW, repeat=1)
    found = raised([past(ACHE), past(due(warning(), to=PATIENT)), again], [answer(12)], ())

    assert found == [
        Raised(
            subject=ACHE.subject, on=TODAY, at=QUEUED, is_told=True,
            acknowledged_at=QUEUED + timedelta(minutes=12),
        )
    ]  # fmt: skip
    assert found[0].waited == timedelta(minutes=12)


def test_the_first_answer_of_the_staff_counts_and_the_patients_own_is_none():
    own = answer(3, role=Role.PATIENT)

    assert waits(past(ACHE), events=[answer(30), answer(20), own]) == [timedelta(minutes=20)]
    assert waits(past(ACHE), events=[own]) == [None]
    # Of a clock that was put back.
    assert waits(past(ACHE), events=[answer(-5)]) == [timedelta(0)]


def test_who_has_seen_the_graver_has_seen_the_lesser_and_not_the_other_way_round():
    worse = graver(ACHE, Urgency.EMERGENCY)

    assert (
        waits(past(ACHE), past(worse), events=[answer(9, severity="emergency")])
        == [timedelta(minutes=9)] * 2
    )
    assert waits(past(ACHE), past(worse), events=[answer(9, severity="urgent")]) == [
        timedelta(minutes=9), None,
    ]  # fmt: skip


def test_what_is_routine_or_takes_back_or_was_withdrawn_before_it_went_out_was_never_raised():
    assert waits(past(due(check())), past(due(warning(Severity.CAUTION)))) == []
    assert waits(past(ACHE, retracts="k"), past(ACHE, Delivery.WITHDRAWN)) == []


def test_what_stands_and_was_told_to_nobody_is_raised_by_its_recording():
    (fact,) = warning().facts
    recorded = warning(facts=(replace(fact, said_at=QUEUED),))
    mild, unsaid = warning(Severity.CAUTION), warning()

    (known,) = raised([], [], standing(recorded, mild))
    assert (known.on, known.at, known.is_told, known.waited) == (TODAY, QUEUED, False, None)
    (unknown,) = raised([], [answer(1, ACHE, severity="emergency")], standing(unsaid))
    assert (unknown.at, unknown.waited) == (None, None)


def test_what_was_told_is_not_listed_again_because_it_stands():
    followed, assessment = standing(warning())[0]
    told = replace(ACHE, subject=replace(ACHE.subject, drug=followed.timeline.drug))

    found = raised([past(graver(told, Urgency.EMERGENCY))], [], [(followed, assessment)])

    assert [one.is_told for one in found] == [True]
