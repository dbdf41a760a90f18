"""What is done about reminders: queued, kept, withdrawn, retracted."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.domain.outcome import Role, Severity, Urgency
from monitor.domain.reminders.audience import had_message_on
from monitor.domain.reminders.due import Reminder
from monitor.domain.reminders.message import Delivery, Via
from monitor.domain.reminders.plan import Plan, plan
from monitor.domain.reminders.policy import Stage
from monitor.domain.reminders.subject import PastReminder
from tests.domain.reminders.past import (
    NOW,
    NURSE,
    OPEN_TO_ALL,
    PATIENT,
    POLICY,
    PRIVATE,
    TODAY,
    check,
    due,
    graver,
    past,
    warning,
)

ACHE = due(warning())
COUNT = due(check())
AGAIN = timedelta(days=7)


def planned(
    *reminders: Reminder,
    on_record: Iterable[PastReminder] = (),
    retracted: Iterable[str] = (),
    took: Via | None = None,
) -> Plan:
    return plan(reminders, [*on_record], POLICY, retracted=set(retracted), taken_by=lambda _: took)


def is_queued(reminder: Reminder, *on_record: PastReminder, **more) -> bool:
    return bool(planned(reminder, on_record=on_record, **more).queue)


# queue


def test_what_is_due_is_queued_the_gravest_first_and_what_staff_has_seen_is_not():
    grave = due(warning(Severity.EMERGENCY, event=9))
    answered = replace(due(warning(event=11), to=PATIENT), is_answered=True)

    found = planned(COUNT, ACHE, answered, grave)

    assert [*found.queue.values()] == [grave, ACHE, COUNT]
    assert [*found.queue] == [grave.key, ACHE.key, COUNT.key]
    assert (found.retract, found.withdraw, found.keep) == ((), (), frozenset())


@pytest.mark.parametrize(("state", "address", "queued"), [
    (Delivery.SENT, "a", False), (Delivery.QUEUED, "a", False), (Delivery.SENDING, "a", False),
    (Delivery.FAILED, "a", False),
    (Delivery.FAILED, "b", True),  # given up on one, it is tried on another
    (Delivery.SENT, "b", False),
    (Delivery.WITHDRAWN, "a", True),
])  # fmt: skip
def test_what_was_sent_waits_or_was_given_up_is_not_queued_anew(state, address, queued):
    assert is_queued(COUNT, past(COUNT, state, address=address)) is queued


def test_what_nobody_tried_keeps_its_key_and_what_was_tried_stays_with_its_message():
    untried = past(COUNT, Delivery.WITHDRAWN)
    tried = past(COUNT, Delivery.WITHDRAWN, tries=1)
    elsewhere = past(COUNT, Delivery.WITHDRAWN, address="b")

    assert [*planned(COUNT, on_record=[untried]).queue] == [COUNT.key]
    assert [*planned(COUNT, on_record=[tried]).queue] != [COUNT.key]
    assert [*planned(COUNT, on_record=[elsewhere]).queue] != [COUNT.key]


def test_the_second_message_about_a_subject_says_which_it_is():
    repeat = replace(COUNT, repeat=1, offset=7, since=TODAY + AGAIN)

    (found,) = planned(repeat, on_record=[past(COUNT)]).queue.values()
    (anew,) = planned(repeat, on_record=[past(COUNT)], retracted=[COUNT.key]).queue.values()

    assert (found.number, anew.number) == (2, 1)


def test_a_later_stage_is_not_queued_where_the_earlier_one_arrived_only_once_it_had_begun():
    overdue = replace(COUNT, stage=Stage.OVERDUE, since=TODAY)
    late = past(COUNT, queued_at=NOW - timedelta(days=3), sent_at=NOW)
    early = past(COUNT, queued_at=NOW - timedelta(days=3), sent_at=NOW - timedelta(days=2))

    assert not is_queued(overdue, late)
    assert is_queued(overdue, early)
    assert is_queued(overdue, late, retracted=[late.key])
    assert is_queued(replace(overdue, unreached="X"), late)


@pytest.mark.parametrize(("severity", "hours", "queued"), [
    (Severity.URGENT, 12, False), (Severity.URGENT, 11, True), (Severity.INFO, 900, True),
])  # fmt: skip
def test_an_escalation_is_not_queued_where_the_warning_arrived_only_then(severity, hours, queued):
    first = due(warning(severity))
    escalated = replace(first, stage=Stage.ESCALATED)
    at = NOW - timedelta(hours=hours)

    assert is_queued(escalated, past(first, queued_at=at, sent_at=NOW)) is queued


# keep and withdraw


def test_what_is_not_due_any_more_is_withdrawn_and_what_retracts_another_is_not():
    waiting, taking_back = (
        past(COUNT, Delivery.QUEUED),
        past(ACHE, Delivery.QUEUED, retracts="x"),
    )

    found = planned(on_record=[waiting, taking_back, past(due(warning(event=9)))])

    assert found.withdraw == (waiting.key,)


def test_a_repeat_keeps_the_message_of_the_stage_that_waits():
    repeat = replace(COUNT, repeat=1, offset=7)

    found = planned(repeat, on_record=[past(COUNT, Delivery.QUEUED)])

    assert (found.keep, found.withdraw, [*found.queue]) == ({COUNT.key}, (), [])


@pytest.mark.parametrize(("tries", "unreached", "kept"), [(1, "", True), (0, "", False),
                                                          (1, "X", False)])  # fmt: skip
def test_an_earlier_stage_is_tried_to_its_end_once_it_was_tried(tries, unreached, kept):
    overdue = replace(COUNT, stage=Stage.OVERDUE, unreached=unreached)

    found = planned(overdue, on_record=[past(COUNT, Delivery.QUEUED, tries=tries)])

    assert (COUNT.key in found.keep, bool(found.queue)) == (kept, not kept)


def test_an_urgent_message_that_gives_way_hands_on_since_when_it_waits():
    newer = due(warning(event=9))
    since = NOW - timedelta(hours=3)
    waiting = [past(ACHE, Delivery.QUEUED, queued_at=since),
               past(COUNT, Delivery.QUEUED, queued_at=NOW - timedelta(hours=9))]  # fmt: skip

    (found,) = planned(newer, on_record=waiting).queue.values()
    heard = past(newer, key="other", sent_at=NOW, queued_at=since)
    again = replace(newer, repeat=1, offset=7, since=TODAY + AGAIN)
    (after_it,) = planned(again, on_record=[*waiting, heard]).queue.values()

    assert found.waits_since == since
    assert after_it.waits_since is None


# what was sent and changed since


def test_a_due_day_that_moved_is_retracted_and_sent_anew():
    moved = due(check(due=TODAY + AGAIN))
    said = past(COUNT)

    found = planned(moved, on_record=[said])

    ((retraction),) = found.retract
    assert (retraction.reminders, retraction.why) == ((said,), "The due day has moved. It said:\n")
    assert [one.moves for one in found.queue.values()] == [1]
    assert planned(moved, on_record=[said], retracted=[said.key]).retract == ()


@pytest.mark.parametrize("said", [
    past(COUNT, channels=(OPEN_TO_ALL,)),
    past(COUNT, Delivery.WITHDRAWN),
    past(replace(COUNT, stage=Stage.WARNING)),
    past(COUNT, words="P: no day."),
])  # fmt: skip
def test_a_due_day_that_nobody_read_is_not_retracted(said):
    assert planned(due(check(due=TODAY + AGAIN)), on_record=[said]).retract == ()


def test_what_was_retracted_is_another_reminder_when_it_is_due_again():
    said = past(COUNT)

    (found,) = planned(COUNT, on_record=[said], retracted=[said.key]).queue.values()

    assert (found.turn, found.key != said.key) == (1, True)


def test_an_emergency_is_queued_though_the_same_was_sent_as_urgent_and_only_once():
    urgent, emergency = ACHE, graver(ACHE, Urgency.EMERGENCY)
    before = past(urgent)

    (risen,) = planned(emergency, on_record=[before]).queue.values()

    assert risen.rises == 1
    for state in (Delivery.SENT, Delivery.QUEUED):
        assert not is_queued(emergency, before, past(risen, state))
    assert not is_queued(urgent, before, past(risen))  # what becomes milder again is not sent anew


@pytest.mark.parametrize("tries", [0, 3])
def test_an_emergency_takes_the_place_of_the_urgent_message_that_nobody_took_yet(tries):
    urgent = past(ACHE, Delivery.QUEUED, tries=tries, urgency=Urgency.EMERGENCY)

    found = planned(graver(ACHE, Urgency.EMERGENCY), on_record=[urgent])

    assert (bool(found.queue), found.withdraw) == (True, (urgent.key,))


# addresses


def test_what_arrived_where_the_recipient_is_no_more_is_sent_where_the_recipient_is():
    said, elsewhere = past(ACHE, address="old"), Via(url="old:", is_private=True)

    assert is_queued(ACHE, said, took=elsewhere)
    assert not is_queued(ACHE, said, took=PRIVATE)  # one of the channels that are left
    assert not is_queued(ACHE, said, took=None)
    assert not is_queued(COUNT, past(COUNT, address="old"), took=elsewhere)  # that can wait


def test_one_message_a_day_is_meant_for_people_whatever_becomes_of_their_channels():
    said = past(COUNT, address="old", due_at=NOW)

    assert had_message_on([said], NURSE, TODAY)
    assert not had_message_on([said], NURSE, TODAY + AGAIN)
    for other in (
        replace(said, address="a"), replace(said, tries=0), replace(said, retracts="x"),
        replace(said, urgency=Urgency.URGENT), replace(said, role=Role.PRESCRIBER),
    ):  # fmt: skip
        assert not had_message_on([other], NURSE, TODAY)
