"""What a reminder says on a private channel, and how late it is."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.domain.checks import Check
from monitor.domain.outcome import CheckState, Severity
from monitor.domain.reminders.policy import Stage
from monitor.domain.reminders.wording import delayed_since, words
from tests.domain.reminders.past import NOW, PATIENT, POLICY, TODAY, check, due, warning

UTC = ZoneInfo("UTC")
DAY = timedelta(days=1)


def test_a_check_says_what_by_when_and_why():
    other = check(rule="other", title="Other", drug="second", anchor=check().anchor)
    reminder = due(
        check(about="white_cells"), also=(other, replace(other, drug="")), earlier=2, number=3
    )

    assert words(reminder).splitlines() == [
        "P, example: Count (white cells), due 2026-11-20.",
        "And 2 earlier of the same kind.",
        "One test does this too: second: Other, due 2026-11-20.",
        "One test does this too: Other, due 2026-11-20.",
        "Why: rule count 1, counted from infusion of 18.0 mg (BSA 1.5000 m2) on 2026-11-10 ().",
        "Why: rule other 1, counted from infusion of 18.0 mg (BSA 1.5000 m2) on 2026-11-10 ().",
        "Why: rule other 1, counted from infusion of 18.0 mg (BSA 1.5000 m2) on 2026-11-10 ().",
        "This is reminder 3 about it.",
    ]
    assert words(replace(reminder, recipient=PATIENT)).splitlines()[:3] == [
        "Count (white cells), due 2026-11-20.",
        "And 2 earlier of the same kind.",
        "One test does this too: Other, due 2026-11-20.",
    ]


@pytest.mark.parametrize("stage", [Stage.OVERDUE, Stage.ESCALATED])
def test_an_overdue_check_says_since_when(stage):
    first = words(due(check(state=CheckState.OVERDUE), stage=stage)).splitlines()[0]

    assert first.startswith("P, example: Count, due 2026-11-20, overdue since 2026-11-25; ")


def test_a_warning_says_what_to_tell_the_patient_and_whom_nobody_reached():
    staff = due(warning(Severity.EMERGENCY), unreached="Dr B", stage=Stage.ESCALATED)
    alone = due(warning(patient_message=""), stage=Stage.ESCALATED)
    bare = replace(alone, subject=replace(alone.subject, drug=""), stage=Stage.WARNING)

    assert words(staff).splitlines() == [
        "P, example: ache, emergency, since 2026-11-20.", "An ache.", "Tell the patient: Call.",
        "Why: rule ache ().", "Dr B could not be reached.",
    ]  # fmt: skip
    assert words(alone).splitlines()[-2:] == [
        "Why: rule ache ().", "Nobody has acknowledged it yet."
    ]  # fmt: skip
    assert words(bare).splitlines() == ["P: ache, urgent, since 2026-11-20.", "An ache.",
                                        "Why: rule ache ()."]  # fmt: skip
    assert words(due(warning(), to=PATIENT)) == "Call."


# delays


def late(reminder, days_ago: int | None) -> int:
    """Count the days that a message is late where the last pass was so long ago."""
    last = None if days_ago is None else NOW - days_ago * DAY
    since = delayed_since(reminder, POLICY, last, zone=UTC, today=TODAY, now=NOW)
    return (TODAY - since).days


def check_of(days_ago: int, **more) -> Check:
    on = TODAY - days_ago * DAY
    return check(due=on, opens=on, overdue_after=on + 4 * DAY, **more)


@pytest.mark.parametrize(("days_ago", "late_by"), [(None, 0), (0, 0), (3, 3), (-1, 0)])
def test_a_warning_is_late_since_the_last_pass_that_could_have_sent_it(days_ago, late_by):
    old = warning(since=TODAY - 9 * DAY)

    assert late(due(replace(old, facts=(replace(old.anchor, on=TODAY - 9 * DAY),))), days_ago) == (
        late_by
    )
    assert late(due(warning()), days_ago) == 0


@pytest.mark.parametrize(("stage", "repeat", "late_by"), [
    (Stage.ESCALATED, 0, 2),  # 12 hours are no day
    (Stage.ESCALATED, 1, 2),
    (Stage.WARNING, 1, 2),
])  # fmt: skip
def test_an_escalation_or_a_repeat_is_late_since_its_own_day(stage, repeat, late_by):
    reminder = due(warning(), stage=stage, repeat=repeat, since=TODAY - 2 * DAY)

    assert late(reminder, 5) == late_by


@pytest.mark.parametrize(("due_ago", "last_pass", "late_by"), [
    (3, 2, 3),  # a delay that was begun is told from its beginning
    (3, 5, 3),
    (3, None, 3),  # nobody ever sent: nobody waited for what is sent ahead
    (0, 1, 0),
])  # fmt: skip
def test_a_check_is_late_since_the_first_day_that_no_pass_came(due_ago, last_pass, late_by):
    reminder = due(check_of(due_ago), since=TODAY - due_ago * DAY)

    assert late(reminder, last_pass) == late_by


def test_what_was_quiet_or_stands_in_for_another_is_late_since_then():
    quiet = due(check_of(3), since=TODAY - 3 * DAY, quiet_until=TODAY - DAY)
    stand_in = due(check_of(3), since=TODAY - 2 * DAY, unreached="X")

    assert (late(quiet, 9), late(stand_in, 9)) == (1, 2)
