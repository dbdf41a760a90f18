"""What has become of reminders and acknowledgements, as the next plan needs to know it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.domain.corrections import Recorded
from monitor.domain.facts import Acknowledgement, Event
from monitor.domain.outcome import Role, Severity, Urgency
from monitor.domain.reminders.history import History, first_planned_on, history_of, retracted_in
from monitor.domain.reminders.message import Delivery
from monitor.domain.reminders.subject import due_in, subject_of, urgency_in
from tests.domain.reminders.past import NOW, PATIENT, POLICY, TODAY, check, due, past, warning
from tests.facts import result

COUNT, ACHE = due(check()), due(warning())
ROUTINE_ACHE = replace(ACHE.subject, urgency=Urgency.ROUTINE)
LONG = timedelta(days=9)
A_NURSE = frozenset({(Role.NURSE, "N")})


def history(*on_record, events=(), rows=(), retracted=()) -> History:
    return history_of(
        events, rows, on_record, POLICY, retracted=set(retracted), today=TODAY, now=NOW
    )


def seen(reminder, *, days_ago: int = 0, **more) -> Acknowledgement:
    on = TODAY - timedelta(days=days_ago)
    subject = reminder.subject
    return Acknowledgement(
        event=20, on=on, recorded_on=on, rule=subject.rule, drug=subject.drug,
        occurrence=subject.occurrence, anchor=subject.anchor, **more,
    )  # fmt: skip


# words on record


def test_the_words_on_record_say_the_due_day_and_how_urgent_they_were():
    said, ached = past(COUNT), past(ACHE)

    assert (due_in(said.words), due_in(ached.words)) == (TODAY, None)
    assert urgency_in(said.words, otherwise=Urgency.EMERGENCY) is Urgency.ROUTINE
    assert urgency_in(ached.words, otherwise=Urgency.EMERGENCY) is Urgency.URGENT
    mild = past(due(warning(Severity.INFO)))
    assert urgency_in(mild.words, otherwise=Urgency.EMERGENCY) is Urgency.ROUTINE
    to_patient = past(due(warning(), to=PATIENT))
    assert urgency_in(to_patient.words, otherwise=Urgency.URGENT) is Urgency.URGENT
    assert ached.subject == subject_of("example", warning())


# acknowledgements


def test_the_newest_acknowledgement_counts_and_a_patients_own_for_the_patient_alone():
    found = history(
        events=[seen(COUNT, days_ago=3), seen(COUNT), seen(COUNT, days_ago=5),
                seen(COUNT, days_ago=-1), seen(ACHE, role=Role.PATIENT, severity="urgent")],
    )  # fmt: skip

    assert found.acknowledged_on[COUNT.subject] == TODAY
    assert ACHE.subject not in found.acknowledged_on
    assert found.seen_by_patient_on == {ACHE.subject: TODAY, ROUTINE_ACHE: TODAY}


def test_nobody_has_seen_a_message_before_it_was_there():
    found = history(past(COUNT), events=[seen(COUNT, days_ago=1)])

    assert found.acknowledged_on == {}
    assert first_planned_on([past(COUNT)], TODAY - timedelta(days=1)) == {}
    assert first_planned_on([past(COUNT, retracts="x")], TODAY) == {}


# sent


@pytest.mark.parametrize(("state", "tries", "is_sent"), [
    (Delivery.SENT, 1, True), (Delivery.QUEUED, 0, True), (Delivery.WITHDRAWN, 0, False),
    (Delivery.WITHDRAWN, 1, True),
])  # fmt: skip
def test_a_warning_was_sent_first_when_it_was_queued(state, tries, is_sent):
    before = past(ACHE, state, tries=tries, queued_at=NOW - LONG)

    found = history(past(ACHE), before)

    first = NOW - LONG if is_sent else NOW - timedelta(hours=1)
    assert found.first_sent_at == {ACHE.subject: first, ROUTINE_ACHE: first}


def test_what_was_retracted_or_retracts_was_not_sent_and_checks_do_not_escalate_by_it():
    back = past(ACHE, retracts=ACHE.key)

    assert history(past(ACHE), back, retracted=[ACHE.key]).first_sent_at == {}
    assert history(past(COUNT)).first_sent_at == {}
    assert retracted_in([past(ACHE), back]) == {ACHE.key}


def test_what_was_sent_while_the_clock_was_far_ahead_was_sent_long_ago():
    found = history(past(ACHE, queued_at=NOW + LONG))

    assert found.first_sent_at[ACHE.subject] == datetime(1980, 1, 1, tzinfo=UTC)


# not delivered


def test_what_was_given_up_did_not_reach_the_recipient_unless_a_later_one_did():
    failed = past(ACHE, Delivery.FAILED)
    later = past(replace(ACHE, repeat=1, offset=7), queued_at=NOW)
    other = past(COUNT, queued_at=NOW)

    found = history(failed, other)
    assert found.failed == {ACHE.subject: A_NURSE, ROUTINE_ACHE: A_NURSE}
    assert found.undelivered == found.failed
    assert history(failed, later).failed == history(failed, later).undelivered == {}
    assert history(failed, replace(later, queued_at=NOW + LONG)).failed == found.failed
    assert history(failed, retracted=[failed.key]).failed == {}


def test_an_urgent_message_is_late_after_the_minutes_of_the_policy():
    waits = past(ACHE, Delivery.QUEUED, queued_at=NOW - timedelta(minutes=9))
    late = past(ACHE, Delivery.SENDING, queued_at=NOW - timedelta(minutes=10))
    ahead = past(ACHE, Delivery.QUEUED, queued_at=NOW + LONG)

    assert history(waits).undelivered == {}
    assert history(waits).undelivered_at == (NOW + timedelta(minutes=1),)
    for one in (late, ahead):  # the clock was put back
        assert history(one).undelivered[ACHE.subject] == A_NURSE
        assert history(one).undelivered_at == ()
    for one in (past(COUNT, Delivery.QUEUED), replace(late, retracts="x")):
        assert history(one).undelivered == {}


# what gave way to another value


def row(event: int, *, corrects: int | None = None, kind: str = "result") -> Recorded:
    return Recorded(
        event=event, patient="P", kind=kind, on=TODAY, recorded_at=NOW, by=None,
        corrects=corrects, body={"code": "count", "value": "1"},
    )  # fmt: skip


def numbered(event: int) -> Event:
    return replace(result("platelets", "1", on=TODAY), event=event)


@pytest.mark.parametrize(("rows", "newer"), [
    ([row(8), row(9, corrects=8)], 9),  # a correction
    ([row(8), row(9)], 9),  # another result of its code and day
    ([row(8, kind="symptom"), row(9, corrects=8)], 9),
    ([row(8), row(9, kind="symptom")], None),
])  # fmt: skip
def test_nobody_has_answered_what_gave_way_to_a_newer_value(rows, newer):
    found = history(past(ACHE), past(COUNT), rows=rows, events=[numbered(9)])

    at = NOW - timedelta(hours=1)
    wanted = {} if newer is None else {replace(ACHE.subject, anchor=newer): at}
    assert found.unanswered_since == wanted


def test_what_was_acknowledged_was_answered():
    rows, events = [row(8), row(9)], [numbered(9), seen(ACHE, severity="urgent")]

    assert history(past(ACHE), rows=rows, events=events).unanswered_since == {}
