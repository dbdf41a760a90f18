"""The day on which a daily drug begins, or begins again: to record it calms no question of it.

Under an invented drug: see `exampline`.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.daily import daily_histories, last_day
from tests.exampline import asked, counted, day, left_out, stands, taken, treated
from tests.facts import found, gate, paused, step, waiver
from tests.shares import so_many

RESTED = [counted(-1), taken("start", 0, "5"), taken("interrupt", 30)]


# ── the day itself ──


@pytest.mark.parametrize(
    ("known", "recorded", "on"),
    [
        ([counted(-50)], taken("start", 0, "5"), 0),  # no count that is fresh
        (RESTED, taken("resume", 60, "5"), 60),  # a start, after 30 days
        ([*RESTED[:2], taken("stop", 30), counted(34)], taken("start", 35, "40"), 35),
        ([*RESTED, counted(34)], taken("resume", 35, "40"), 35),
        ([*RESTED, counted(34, "0.9")], taken("resume", 35, "5"), 35),
    ],
)
@pytest.mark.parametrize("mg", [None, "5", "40"])
def test_what_held_on_a_day_holds_when_that_days_step_is_recorded(known, recorded, on, mg):
    before, after = (asked(*facts, on=on, mg=mg) for facts in (known, [*known, recorded]))

    rank = {r.rule: r.verdict.rank for r in after.requirements}
    assert after.verdict.rank >= max(before.verdict.rank, 1)
    assert all(rank[r.rule] >= r.verdict.rank for r in before.requirements)
    assert after.left_out == (treated(*known, recorded).timeline.dosing[-1],)
    assert after.occurrence == before.occurrence


def test_where_all_is_well_the_day_of_a_start_is_a_caution_and_the_next_one_clear():
    facts = [counted(-1), taken("start", 0, "5")]

    that_day, next_day = asked(*facts, on=0), asked(*facts, on=1)

    assert (that_day.verdict.value, left_out(that_day)) == ("caution", [("start", "5")])
    assert all(r.verdict.value == "clear" for r in that_day.requirements)
    assert (next_day.verdict.value, left_out(next_day)) == ("clear", [])
    assert left_out(asked(*facts, on=1, today=0)) == []  # asked ahead: it was begun before


def test_to_change_the_dose_of_what_is_taken_is_no_beginning():
    facts = [counted(-1), taken("start", 0, "5"), counted(8), taken("change", 9, "40")]

    answered = asked(*facts, on=9)

    assert (answered.verdict.value, left_out(answered)) == ("clear", [])


def test_a_change_on_the_day_of_a_start_counts_with_it():
    facts = [counted(-1), taken("start", 0, "5"), taken("change", 0, "40")]

    answered = asked(*facts, on=0, mg="5")

    assert left_out(answered) == [("start", "5"), ("change", "40")]
    assert found(answered, "amount") == (
        "not_met", "hold", "40 mg as the first dose: begin with at most 5 mg",
    )  # fmt: skip


def test_a_small_dose_on_record_that_day_names_none_for_the_question():
    facts = [*RESTED, counted(34), taken("resume", 35, "5")]

    assert found(asked(*facts, on=35), "amount")[0] == "caution"
    assert found(asked(*facts, on=35, mg="5"), "amount")[0] == "met"


@pytest.mark.parametrize("action", ["interrupt", "stop"])
def test_a_rest_on_the_day_of_the_start_makes_no_first_dose_a_next_one(action):
    facts = [counted(-1), taken("start", 0, "5"), taken(action, 0)]

    assert found(asked(*facts, on=0, mg="40"), "amount")[0] == "not_met"


def test_a_rest_of_the_day_counts():
    facts = [*RESTED[:2], counted(34), taken("stop", 35)]

    answered = asked(*facts, on=35)

    assert (answered.verdict.value, left_out(answered)) == ("clear", [])
    assert found(asked(*facts[:2], taken("stop", 35), on=35), "level")[0] == "unknown"


def test_a_waiver_of_before_the_start_is_for_it_on_its_day():
    known = [counted(-1, "1.2")]
    anchor = treated(*known).timeline.courses[0].start.identity
    decided = replace(waiver("level", on=day(0), anchor=anchor), drug="exampline")

    assert asked(*known, decided, on=0).verdict.value == "caution"
    assert asked(*known, decided, taken("start", 0, "5"), on=0).verdict.value == "caution"


def test_a_paused_course_holds_on_the_day_of_a_start_too():
    facts = [counted(-1), paused(on=day(-1)), taken("start", 0, "5")]

    assert asked(*facts, on=0).verdict.value == "hold"


@settings(max_examples=so_many(150), deadline=None)
@given(
    data=st.data(),
    action=st.sampled_from(["start", "resume", "change", "interrupt", "stop"]),
    mg=st.sampled_from([None, "12.5", "300"]),
    named=st.sampled_from([None, "12.5", "300"]),
    later=st.sampled_from([0, 1, 2, 7, 30]),
)
def test_no_step_of_a_day_makes_the_gate_of_that_day_calmer(data, action, mg, named, later):
    facts = data.draw(daily_histories())
    on = last_day(facts) + timedelta(later)

    before = gate(*facts, on=on, mg=mg)
    after = gate(*facts, step(action, on=on, mg=named), on=on, mg=mg)

    assert after.verdict.rank >= before.verdict.rank


# ── a dose that nobody named ──


@pytest.mark.parametrize(
    ("rest", "again", "says"),
    [
        ("interrupt", "resume", ["5 days without it"]),
        ("stop", "start", ["5 days without it"]),
    ],
)
def test_what_is_taken_up_again_without_a_dose_after_missed_days_is_looked_at(rest, again, says):
    known = [*RESTED[:2], counted(26), taken(rest, 30), counted(34)]

    (told,) = stands(*known, taken(again, 35), on=90)

    assert says[0] in told
    assert "begin again with at most 5 mg, no dose is named" in told
    assert stands(*known, taken(again, 35, "5"), on=90) == []
    assert stands(*known, taken(again, 35), taken("change", 35, "5"), on=90) == []


def test_after_fewer_missed_days_no_dose_need_be_named_and_none_of_the_first():
    known = [*RESTED[:2], counted(26), taken("interrupt", 30)]

    assert stands(*known, taken("resume", 32), on=90) == []
    assert stands(counted(-1), taken("start", 0), on=90) == []


def test_of_an_old_record_a_dose_that_nobody_named_is_not_asked_for_and_a_large_one_said():
    known = [*RESTED[:2], counted(26), taken("interrupt", 30), counted(34)]
    in_time, late = (
        replace(taken("resume", 35), recorded_on=day(35 + after)) for after in (30, 31)
    )

    assert len(stands(*known, in_time, on=90)) == 1
    assert stands(*known, late, on=90) == []
    assert len(stands(*known, replace(late, mg=Decimal(40)), on=90)) == 1


def test_the_question_before_it_is_a_caution():
    assert found(asked(*RESTED, counted(34), on=35), "amount")[:2] == ("caution", "caution")
