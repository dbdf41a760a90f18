"""When a plan of reminders may next change by time, and what a reminder says besides its stage."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from monitor import policy, protocols
from monitor.domain.assessment import Assessment
from monitor.domain.outcome import Role
from monitor.domain.reminders.due import reminders_due
from monitor.domain.reminders.history import History
from monitor.domain.reminders.stages import next_change
from monitor.domain.reminders.wording import first_telling
from tests.daily import DAILY
from tests.domain.reminders.test_reminders import LOW, NOTHING, assessed, nadir, person, planned_on
from tests.facts import (
    FIRST,
    after,
    ended,
    infusion,
    ready,
    result,
    started,
    step,
    symptom,
    woman,
)

POLICY = policy.load(None)


def announced(name: str, *, until: int) -> list[int]:
    """List the days on which the plan of one check or warning is announced to change, in turn."""
    found: list[int] = []
    today = 0
    while today < until:
        ((followed, whole),) = assessed(after(today))
        part = Assessment(
            checks=tuple(c for c in whole.checks if c.rule == name),
            warnings=tuple(w for w in whole.warnings if w.rule == name),
        )
        now = datetime.combine(after(today), time(10), UTC)
        day, _ = next_change([(followed, part)], POLICY, NOTHING, today=after(today), now=now)
        if day is None:
            break
        assert day > after(today)
        today = (day - FIRST).days
        found.append(today)
    return found


def test_a_check_changes_when_it_is_told_ahead_is_due_overdue_repeated_and_escalated():
    assert announced("cbc-nadir", until=43) == [8, 10, 15, 22, 29, 36, 43]


def test_a_window_changes_at_its_peak_and_on_the_day_after_its_end():
    # To 10 February, day 31; worst from day 7 on.
    assert announced("infection-watch", until=40) == [7, 32]


def test_a_moment_that_has_come_is_not_the_next():
    today = after(62)
    now = datetime.combine(today, time(10), UTC)
    facts = (*LOW, symptom("breathlessness", on=today))
    (one, *_) = planned_on(today, *facts, rule="low-lvef")
    told = replace(NOTHING, first_sent_at={one.subject: now - timedelta(hours=48)})

    _, moment = next_change(assessed(today, *facts), POLICY, told, today=today, now=now)

    assert moment is None


def test_the_number_of_earlier_ones_is_said_of_the_overdue_only():
    # Due on days 90, 181 and 273; the first two are overdue, the second since day 196.
    found = planned_on(after(273), people=[person("nurse")], rule="cbc-follow-up")

    assert [(one.subject.occurrence, one.stage.value, one.earlier) for one in found] == [
        (2, "escalated", 1),
        (3, "due", 0),
    ]
    assert [one.earlier for one in nadir(after(10), people=[person("nurse")])] == [0]


def test_a_telling_missed_within_a_week_of_repeats_is_the_next_repeat():
    (one,) = nadir(after(8), people=[person("nurse")])

    found = [
        first_telling(one.cause, POLICY, one.lead, Role.NURSE, after=after(n)) for n in (16, 23)
    ]

    assert found == [after(22), after(29)]


def test_a_reminder_says_until_when_its_matter_had_been_quiet():
    (one,) = nadir(after(10), people=[person("nurse")])
    seen = replace(NOTHING, acknowledged_on={one.subject: after(10)})

    (again,) = nadir(after(17), people=[person("nurse")], past=seen)

    assert one.quiet_until is None
    assert again.quiet_until == after(17)


@pytest.mark.parametrize(("told_on", "day", "repeat", "since"), [(0, 9, 1, 7), (7, 9, 0, 7)])
def test_the_worst_week_is_told_as_of_its_first_day(told_on, day, repeat, since):
    told = {"people": [person("patient", private=True)], "rule": "infection-watch"}
    (first,) = planned_on(FIRST, **told)
    past = replace(NOTHING, first_sent_at={first.subject: moment(after(told_on))})

    (again,) = planned_on(after(day), past=past, **told)

    assert (again.repeat, again.since) == (repeat, after(since))


def moment(day: date) -> datetime:
    return datetime.combine(day, time(10), UTC)


def test_where_somebody_could_not_be_reached_that_is_told_the_first_time():
    (one,) = nadir(after(10), people=[person("nurse")])
    past: History = replace(NOTHING, failed={one.subject: frozenset({(Role.NURSE, "nurse")})})
    people = [person("nurse"), person("prescriber")]

    found = [each for each in nadir(after(10), people=people, past=past) if each.unreached]

    assert [each.repeat for each in found] == [0]


def test_the_staff_whom_a_rule_is_for_come_before_others():
    facts = assessed(after(9))
    ((followed, whole),) = facts
    checks = [
        replace(c, audience=(Role.PATIENT, Role.NURSE, Role.PRESCRIBER))
        for c in whole.checks
        if c.rule == "cbc-nadir"
    ]
    part = Assessment(checks=tuple(checks), warnings=())
    people = [person("prescriber"), person("pharmacist")]

    found = reminders_due(
        "P", [(followed, part)], people, POLICY, NOTHING, today=after(9), now=moment(after(9))
    )

    assert [one.recipient.role for one in found] == [Role.PRESCRIBER]


def test_a_weekly_count_of_a_daily_drug_is_told_two_days_ahead():
    facts = (woman(), started(DAILY, on=after(-40)), step("start", on=FIRST))
    counted = result("neutrophils", "2.0", on=FIRST)
    told = {"people": [person("nurse")], "rule": "blood-count"}

    days = [planned_on(after(n), *facts, counted, **told) for n in (4, 5, 6, 7)]
    found = assessed(after(3), *facts, counted)
    day, _ = next_change(found, POLICY, NOTHING, today=after(3), now=moment(after(3)))

    told_as = [[one.stage.value for one in reminders] for reminders in days]
    assert told_as == [[], ["ahead"], ["ahead"], ["due"]]
    assert day == after(5)


@pytest.mark.parametrize(
    ("table", "first"),
    [("", 5), ("blood-count = 4", 3), ("blood-count = 0", 7), ("series = 4", 5)],
)
def test_a_policy_may_change_how_far_ahead_a_check_is_told(table, first):
    shipped = policy.text(None)
    ours = policy.parse(shipped.replace("[lead_days]\n", f"[lead_days]\n{table}\n"), "ours")
    facts = (woman(), started(DAILY, on=after(-40)), step("start", on=FIRST))
    found = assessed(after(1), *facts, result("neutrophils", "2.0", on=FIRST))

    day, _ = next_change(found, ours, NOTHING, today=after(1), now=moment(after(1)))

    assert day == after(first)


@pytest.mark.parametrize(("table", "lead"), [("", 14), ("series = 3", 3), ("blood-monthly = 5", 5)])
def test_the_names_of_kinds_in_an_older_policy_still_count(table, lead):
    shipped = policy.text(None)
    ours = policy.parse(shipped.replace("[lead_days]\n", f"[lead_days]\n{table}\n"), "ours")
    recurring = next(
        r for r in protocols.load("alemtuzumab-ms-us").checks if r.name == "blood-monthly"
    )

    assert ours.lead(recurring.name, "series", recurring.lead_days) == lead


@pytest.mark.parametrize(("seen_on", "told_again"), [(4, [18, 19]), (5, []), (6, [])])
def test_an_acknowledged_warning_is_not_told_again_on_the_day_on_which_it_ends(seen_on, told_again):
    facts = (*ready(), infusion(), symptom("breathlessness", on=after(5)))
    told = {"people": [person("nurse")], "rule": "cardiac-symptom"}
    (one,) = planned_on(after(5), *facts, **told)
    assert one.cause.until == after(19)
    seen = replace(NOTHING, acknowledged_on={one.subject: after(seen_on)})

    days = [n for n in range(6, 24) if planned_on(after(n), *facts, past=seen, **told)]

    assert days == told_again


@pytest.mark.parametrize(
    ("more", "repeated_on"), [((), [120, 150, 180]), ((ended(on=after(100)),), [])]
)
def test_a_total_that_was_passed_is_told_again_only_while_more_may_be_given(more, repeated_on):
    doses = [infusion(on=after(30 * n), mg="60") for n in range(4)]  # 100 mg/m2 on day 60
    facts = (*ready(), *doses, *more)
    told = {"people": [person("nurse")], "rule": "cumulative-100"}
    (first,) = planned_on(after(90), *facts, **told)
    past = replace(
        NOTHING, first_sent_at={first.subject: datetime.combine(after(90), time(10), UTC)}
    )

    found = [planned_on(after(n), *facts, past=past, **told) for n in (90, 120, 150, 180)]

    # What has the key of the first is not told again.
    days = [one.offset + 90 for (one,) in found if one.key != first.key]
    assert days == repeated_on
