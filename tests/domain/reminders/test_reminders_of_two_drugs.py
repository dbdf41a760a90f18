"""One test for two drugs is reminded once: who leads, who is told, and that nothing is lost."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor import policy
from monitor.domain.assessment import evaluate
from monitor.domain.checks import Check
from monitor.domain.outcome import Role
from monitor.domain.reminders.due import Reminder, reminders_due
from monitor.domain.reminders.history import History
from monitor.domain.reminders.stages import stages_on
from tests.domain.reminders.test_reminders import EVERYBODY, person
from tests.facts import after, ended, infusion, ready, treatment
from tests.other_drugs import OTHERS

POLICY = policy.load(None)
NOTHING = History()
HEART = ("lvef-follow-up", "lvef-yearly")
DOXORUBICIN = OTHERS["doxorubicin-us"]

# Yearly LVEF: of the first drug from 2023-01-10, of the second from 2023-01-20.
FIRST = treatment(*ready(), infusion(), ended(on=after(2)))
SECOND = treatment(*DOXORUBICIN.history(10), ended(on=after(12)))


def assessed(today: date, *, audiences: dict[str, tuple[Role, ...]] | None = None) -> list:
    found = []
    for one in (FIRST, SECOND):
        assessment = evaluate(one, today, until=today + timedelta(60))
        checks = tuple(
            replace(check, audience=(audiences or {}).get(check.rule, check.audience))
            for check in assessment.checks
            if check.rule in HEART
        )
        found.append((one, replace(assessment, checks=checks, warnings=())))
    return found


def told_on(today: date, people=EVERYBODY, **more) -> list[Reminder]:
    now = datetime.combine(today, datetime.min.time(), UTC) + timedelta(hours=10)
    given = assessed(today, **more)
    return list(reminders_due("P", given, people, POLICY, NOTHING, today=today, now=now))


@pytest.mark.parametrize(
    ("today", "leads", "stage", "also"),
    [
        (date(2023, 12, 27), "lvef-follow-up", "ahead", []),  # 14 days before the first
        (date(2024, 1, 5), "lvef-follow-up", "ahead", []),
        (date(2024, 1, 6), "lvef-follow-up", "ahead", ["lvef-yearly"]),
        (date(2024, 1, 10), "lvef-follow-up", "due", ["lvef-yearly"]),
        (date(2024, 1, 20), "lvef-follow-up", "due", ["lvef-yearly"]),
        (date(2024, 2, 10), "lvef-follow-up", "overdue", ["lvef-yearly"]),
        (date(2024, 3, 10), "lvef-follow-up", "escalated", ["lvef-yearly"]),
    ],
)
def test_the_one_at_the_gravest_stage_leads(today, leads, stage, also):
    (one,) = told_on(today, people=[person("nurse")])

    assert (one.subject.rule, one.stage.value) == (leads, stage)
    assert [check.rule for check in one.also] == also


def test_everybody_is_told_whom_any_of_them_is_for():
    audiences = {"lvef-follow-up": (Role.NURSE,), "lvef-yearly": (Role.PATIENT,)}

    found = told_on(date(2024, 1, 12), audiences=audiences)

    assert {one.recipient.role for one in found} == {Role.NURSE, Role.PATIENT}
    assert {one.subject.rule for one in found} == {"lvef-follow-up"}


def test_nothing_is_lost_on_any_day():
    for number in range(300, 900, 3):
        today = after(number)
        given = assessed(today)
        standing = {}
        for one in given:
            standing |= stages_on(one, POLICY, today)

        found = told_on(today, people=[person("nurse")])

        named = [(c.drug, c.rule, c.occurrence) for one in found for c in checks_of(one)]
        assert sorted(named) == sorted((m.drug, m.rule, m.occurrence) for m in standing), today


def checks_of(reminder: Reminder) -> list[Check]:
    assert isinstance(reminder.cause, Check)
    return [reminder.cause, *reminder.also]
