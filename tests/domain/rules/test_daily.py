"""A drug that is taken daily: how it was taken, and what its counts ask for, day by day."""

import calendar
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from monitor import protocols
from monitor.domain.facts import DoseAction, order_of_steps
from monitor.domain.intake import clocks, under_watch, would_start
from monitor.domain.outcome import CheckState
from monitor.domain.rules.phased_count import PhasedCount
from tests.daily import DAILY
from tests.facts import answer, checks, gate, result, started, step, symptom, view, woman

BEGUN = date(2023, 1, 10)
RULE = next(r for r in protocols.load(DAILY).checks if isinstance(r, PhasedCount))


def day(number: int) -> date:
    return BEGUN + timedelta(number)


def course(*facts):
    return [woman(), started(DAILY, on=day(-40)), *facts]


def count(value: str, on: int):
    return result("neutrophils", value, on=day(on))


def asked(*facts, on: int, until: int | None = None):
    """List what is still to be counted, as days after the start."""
    return [
        ((c.opens - BEGUN).days, (c.due - BEGUN).days, (c.overdue_after - BEGUN).days)
        for c in checks(*course(*facts), on=day(on), until=day(until or on + 40))
        if c.rule == "blood-count"
        and c.state not in (CheckState.DONE, CheckState.MISSED)
        and c.due <= day(until or on + 40)
    ]


# ── how it was taken ──


@pytest.mark.parametrize(
    ("steps", "anew"),
    [
        ([("start", 0)], [0]),
        ([("start", 0), ("interrupt", 50), ("resume", 79)], [0]),
        ([("start", 0), ("interrupt", 50), ("resume", 80)], [0, 80]),
        ([("start", 0), ("interrupt", 50), ("resume", 81)], [0, 81]),
        ([("start", 0), ("interrupt", 50), ("resume", 60), ("interrupt", 70), ("resume", 95)], [0]),
        ([("start", 0), ("stop", 50), ("start", 51)], [0, 51]),
        ([("start", 0), ("interrupt", 50), ("stop", 60), ("resume", 61)], [0, 61]),
        ([("start", 0), ("change", 50)], [0]),
        # recorded out of order: toward watching
        ([("resume", 5)], [5]),
        ([("change", 5)], [5]),
        ([("start", 0), ("interrupt", 50), ("interrupt", 70), ("resume", 80)], [0, 80]),
        ([("start", 0), ("interrupt", 50), ("change", 80)], [0, 80]),
        ([("start", 0), ("start", 10)], [0, 10]),
        ([("interrupt", 0)], []),
        ([], []),
    ],
)
def test_starts_and_late_resumptions_begin_anew(steps, anew):
    found = clocks([step(action, on=day(on)) for action, on in steps], 30)

    assert [(clock.on - BEGUN).days for clock in found] == anew


@pytest.mark.parametrize(
    ("steps", "on", "would"),
    [
        ([], 0, True),
        ([("start", 0)], 400, False),
        ([("start", 0), ("interrupt", 50)], 79, False),
        ([("start", 0), ("interrupt", 50)], 80, True),
        ([("start", 0), ("stop", 50)], 51, True),
        ([("interrupt", 0)], 5, True),  # recorded out of order
    ],
)
def test_the_next_dose_would_be_a_start(steps, on, would):
    taken = [step(action, on=day(number)) for action, number in steps]

    assert would_start(taken, day(on), 30) is would


def test_it_is_watched_from_the_start_to_so_many_days_after_a_stop():
    taken = [step("start", on=day(0)), step("interrupt", on=day(5)), step("stop", on=day(50))]

    watched = [n for n in (-1, 0, 7, 50, 64, 65) if under_watch(taken, day(n), 14)]

    assert watched == [0, 7, 50, 64]


def test_steps_of_one_day_count_in_the_order_of_their_actions():
    taken = [step(action, on=day(0)) for action in ("stop", "interrupt", "change", "resume")]
    taken.append(replace(step("start", on=day(0)), event=9))

    ordered = [one.action for one in sorted(taken, key=order_of_steps)]

    assert ordered == list(DoseAction)


# ── what is asked for ──


@pytest.mark.parametrize("start", [date(2023, 1, 31), date(2023, 8, 31), date(2024, 2, 29)])
def test_sixty_monthly_checks_fall_on_the_day_of_the_start_or_the_last_of_the_month(start):
    facts = [woman(), started(DAILY, on=start), step("start", on=start)]

    due = [c.due for c in checks(*facts, on=start, until=date(2030, 12, 31))]

    monthly = due[1 + 26 + 14 :][:60]
    months = [(start.year * 12 + start.month - 1 + 13 + n) for n in range(60)]
    assert monthly == [
        date(m // 12, m % 12 + 1, min(start.day, calendar.monthrange(m // 12, m % 12 + 1)[1]))
        for m in months
    ]


def test_no_time_between_two_checks_is_longer_than_its_phase_says():
    for start in (date(2023, 1, 1) + timedelta(n) for n in range(0, 366, 7)):
        facts = [woman(), started(DAILY, on=start), step("start", on=start)]
        due = [c.due for c in checks(*facts, on=start, until=start + timedelta(800))]

        for earlier, later in pairwise(due):
            limit = 7 if earlier < start + timedelta(181) else 14
            limit = limit if earlier < start + timedelta(365) else 31
            assert 0 < (later - earlier).days <= limit


def test_a_low_count_puts_the_end_of_a_phase_off():
    # Weekly to day 181 (10 July). Low from day 175 to 177: two days, so weekly to day 183.
    facts = [step("start", on=day(0)), count("2.0", 168), count("1.2", 175), count("1.6", 177)]

    found = [due for _, due, _ in asked(*facts, on=177, until=230)]

    assert found == [184, 197, 211, 225]  # 177 + 7; then 183 + 14, + 28, + 42


def test_a_low_count_from_before_the_start_is_followed_from_then_on():
    assert asked(count("0.9", -3), step("start", on=day(0)), on=0) == [(-2, -2, -2)]


def test_a_count_below_the_lowest_row_goes_by_that_row():
    facts = [step("start", on=day(0)), count("2.0", 7), count("0.3", 10)]

    assert asked(*facts, on=10) == [(11, 11, 11)]


def test_a_low_count_while_recovering_begins_again():
    facts = [
        step("start", on=day(0)), count("0.9", 7), count("1.6", 8), count("1.6", 15),
        count("1.2", 20), count("1.6", 21),
    ]  # fmt: skip

    assert asked(*facts[:4], on=15) == [(20, 22, 24)]
    assert asked(*facts[:5], on=20) == [(21, 21, 21)]
    assert asked(*facts, on=21) == [(26, 28, 30)]  # grave before, so four more


def test_a_low_count_goes_on_when_the_drug_is_started_again():
    facts = [step("start", on=day(0)), count("0.9", 7), step("interrupt", on=day(7))]

    found = asked(*facts, step("resume", on=day(37)), on=37)

    assert found == [(8, 8, 8), (30, 37, 37)]


def test_nothing_is_asked_for_without_a_start_or_once_recovered():
    assert asked(count("0.9", 0), count("2.0", 5), on=5) == []
    assert asked(step("stop", on=day(0)), count("0.9", 1), on=5) == []


def test_only_fever_and_a_temperature_that_is_fever_ask_for_a_count():
    facts = course(
        step("start", on=day(0)), symptom("cough", on=day(1)), symptom("fever", on=day(2)),
        result("temperature", "37.9", on=day(3)), result("temperature", "38.0", on=day(4)),
    )  # fmt: skip

    fevers = [c for c in checks(*facts, on=day(5)) if c.rule == "fever-count"]

    assert [(c.occurrence, c.due) for c in fevers] == [(1, day(2)), (2, day(4))]


# ── the gate ──


def told(*facts, on: int) -> dict[str, tuple[str, str]]:
    answered = gate(*course(*facts), on=day(on))
    return {r.rule: (r.verdict.value, r.message) for r in answered.requirements}


def test_one_low_count_among_the_baselines_is_enough_to_hold():
    said = replace(answer("benign_ethnic_neutropenia", "yes", on=day(-9)), by="Dr H")

    found = told(said, count("0.9", -5), count("1.1", -1), on=0)

    assert found["neutrophils"][0] == "hold"


@pytest.mark.parametrize(
    ("facts", "needed_by"),
    [
        ([count("2.0", -7)], 9),
        ([count("2.0", 0), count("2.0", 5)], 14),
        ([count("2.0", 0), count("2.0", 180)], 189),  # weekly to day 180
        ([count("2.0", 0), count("2.0", 181)], 198),  # 181 + 14 + 3
        ([count("2.0", 0), count("2.0", 365)], 401),  # 10 February and 5 days
        ([count("1.2", -3)], 1),  # repeated the next day
        ([count("2.0", 0), count("1.2", 7)], 8),
        ([count("2.0", 0), count("1.2", 7), count("1.2", 8)], 11),
        ([count("0.9", 0), count("1.5", 1), count("1.5", 3)], 12),
    ],
)
def test_the_gate_says_by_when_the_next_count_is_needed(facts, needed_by):
    begun = [step("start", on=day(0)), *facts]

    on_time = told(*begun, on=needed_by)
    late = told(*begun, on=needed_by + 1)

    assert "needed by" in on_time["count-schedule"][1]
    assert late["count-schedule"][0] == "hold"
    assert on_time["count-schedule"][0] == "clear"
    assert on_time["count-schedule"][1].endswith(f"needed by {day(needed_by)}")


@pytest.mark.parametrize("facts", [[], [count("2.0", -8)]], ids=["no count", "none that is fresh"])
def test_a_count_was_needed_before_the_start(facts):
    late = told(step("start", on=day(0)), *facts, on=1)

    assert late["count-schedule"][0] == "hold"
    assert late["count-schedule"][1].endswith(f"needed by {day(0)}")


def test_a_normal_count_taken_off_the_record_does_not_clear_the_gate():
    # The count of day 32 comes before the check of day 35 opens; without that of day 28 the
    # checks would be counted from it, and nothing be overdue on day 38.
    weekly = [count("2.0", 0), count("2.0", 7), count("2.0", 14), count("1.49", 21)]
    facts = [step("start", on=day(0)), *weekly, count("2.0", 28), count("1.5", 32)]
    without = [fact for fact in facts if fact.on != day(28)]

    for on, verdict in ((41, "clear"), (42, "hold")):
        assert told(*facts, on=on)["count-schedule"][0] == verdict
        assert told(*without, on=on)["count-schedule"][0] == verdict


def test_a_low_count_that_only_a_newer_one_ends_leaves_nothing_behind():
    found = told(count("2.0", -1), step("start", on=day(0)), count("1.2", 7), count("1.5", 8), on=8)

    assert found["neutrophils"][0] == "clear"


def test_a_view_counts_steps_as_given():
    steps = [step("start", on=day(0)), step("change", on=day(3), mg="25"), step("stop", on=day(6))]

    looked_at = view(*course(*steps), on=day(5))

    assert len(looked_at.dosing) == 2
    assert (looked_at.coming, looked_at.last_given) == (2, looked_at.dosing[0])
