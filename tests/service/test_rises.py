"""What became graver without a new fact, as by another version of a protocol, is told anew."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from monitor.domain.outcome import Role, Urgency
from monitor.domain.reminders.plan import Recipient, Reminder
from monitor.domain.reminders.policy import Stage
from monitor.domain.reminders.subject import Matter
from monitor.service.reminding.already_sent import as_told, is_told, kept_of
from monitor.store.owing import Stored

TO = Recipient(role=Role.NURSE, name="N", zone=ZoneInfo("UTC"), is_private=True, address="a")
MATTER = Matter(drug="", rule="critical-result", occurrence=1, anchor=7, urgency=Urgency.URGENT)


def planned(urgency: Urgency) -> Reminder:
    return Reminder(
        patient="P",
        matter=replace(MATTER, urgency=urgency),
        subject=None,  # is not asked of warnings
        recipient=TO,
        stage=Stage.WARNING,
        since=date(2026, 11, 20),
        repeat=0,
        urgency=urgency,
    )


def told(reminder: Reminder, state: str, *, tries: int = 1) -> Stored:
    return Stored(
        key=reminder.key,
        identity=reminder.identity,
        message="m",
        ref="R",
        drug="",
        rule=MATTER.rule,
        occurrence=1,
        anchor=7,
        stage="warning",
        repeat=0,
        planned_on="2026-11-20",
        owed_at="2026-11-20T08:00:00.000000+00:00",
        known=7,
        is_withdrawn=False,
        retracts=None,
        words=f"P: critical-result, {reminder.urgency}, since 2026-11-20.",
        role="nurse",
        recipient="N",
        address="a",
        zone="UTC",
        urgency="emergency",  # of the message: its gravest
        tries=tries,
        due_at="2026-11-20T08:00:00.000000+00:00",
        sent_at=None,
        state=state,
    )


def needs_owing(reminder: Reminder, *stored: Stored) -> bool:
    known = as_told(reminder, stored)
    kept = kept_of([known], stored)
    return not is_told(known, stored, None, kept=kept, void=())


def test_an_emergency_is_told_though_it_was_told_as_urgent():
    urgent = told(planned(Urgency.URGENT), "sent")

    assert needs_owing(planned(Urgency.EMERGENCY), urgent)


def test_it_is_told_once():
    before = told(planned(Urgency.URGENT), "sent")
    risen = as_told(planned(Urgency.EMERGENCY), [before])

    assert not needs_owing(planned(Urgency.EMERGENCY), before, told(risen, "sent"))
    assert not needs_owing(planned(Urgency.EMERGENCY), before, told(risen, "owed"))


def test_it_takes_the_place_of_the_urgent_message_that_nobody_took_yet():
    for tries in (0, 3):
        urgent = told(planned(Urgency.URGENT), "owed", tries=tries)
        assert needs_owing(planned(Urgency.EMERGENCY), urgent)


def test_what_becomes_milder_again_is_not_told_anew():
    before = told(planned(Urgency.URGENT), "sent")
    risen = told(as_told(planned(Urgency.EMERGENCY), [before]), "sent")

    assert not needs_owing(planned(Urgency.URGENT), before, risen)
