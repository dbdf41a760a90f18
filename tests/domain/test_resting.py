"""A daily drug rests with its course, and is taken up again with it: read as an interruption.

Under an invented drug: see `exampline`. The dose goes on after fewer than 3 days without it.
"""

from dataclasses import replace
from datetime import date

import pytest

from monitor.domain.describing import describe
from monitor.domain.events import CourseEnded, CoursePaused, CourseResumed
from tests.exampline import asked, begun, counted, day, left_out, stands, taken, treated
from tests.facts import ended, found, paused, resumed

TAKEN = [counted(-1), taken("start", 0, "5"), counted(8), taken("change", 9, "40"), counted(19)]


def pause(on: int) -> CoursePaused:
    return paused(on=day(on))


def go_on(on: int) -> CourseResumed:
    return resumed(on=day(on))


def end(on: int) -> CourseEnded:
    return ended(on=day(on))


def steps(*facts) -> list[tuple[str, date]]:
    """List the steps as they are read, without those of the treatment before."""
    read = treated(*TAKEN, *facts).timeline.taking
    return [(s.action.value, (s.on - day(0)).days) for s in read[2:]]


@pytest.mark.parametrize(
    ("facts", "read"),
    [
        ([pause(20), go_on(25)], [("interrupt", 20), ("resume", 25)]),
        ([pause(20)], [("interrupt", 20)]),
        # of one day the one recorded later counts
        ([pause(20), go_on(20)], []),
        ([pause(20), go_on(20), pause(22)], [("interrupt", 22)]),
        ([pause(20), go_on(25), pause(25)], [("interrupt", 20)]),
        # what somebody recorded counts, and is not resumed with the course
        ([taken("interrupt", 20), pause(21), go_on(25)], [("interrupt", 20)]),
        ([pause(20), taken("interrupt", 20), go_on(25)], [("interrupt", 20)] * 2),
        ([pause(20), taken("stop", 22), go_on(25)], [("interrupt", 20), ("stop", 22)]),
        # taken all the same
        ([pause(20), taken("change", 22, "40"), go_on(25)], [("interrupt", 20), ("change", 22)]),
        # of one day a pause comes after what was taken, and a resumption before
        ([taken("change", 20, "5"), pause(20)], [("change", 20), ("interrupt", 20)]),
        (
            [pause(20), go_on(25), taken("change", 25, "5")],
            [("interrupt", 20), ("resume", 25), ("change", 25)],
        ),
        # the end, until a dose of a later course
        ([end(20), begun(24)], [("interrupt", 20)]),
        ([end(20), begun(24), taken("change", 25, "5")], [("interrupt", 20), ("change", 25)]),
        ([end(20), begun(20)], []),  # it goes straight on
        ([pause(20), end(22), begun(22)], [("interrupt", 20)]),
        ([taken("stop", 20), end(20)], [("interrupt", 20), ("stop", 20)]),
    ],
)
def test_a_course_that_is_paused_or_ended_is_read_as_an_interruption(facts, read):
    assert steps(*facts) == read


def test_nothing_rests_that_was_never_taken():
    assert treated(pause(0), go_on(5), end(9)).timeline.taking == []
    assert [s.action for s in treated(pause(0), taken("start", 1), go_on(5)).timeline.taking] == [
        "start"
    ]


def test_it_is_said_in_the_words_of_the_course():
    interrupted, resumed = treated(*TAKEN, pause(20), go_on(25)).timeline.taking[2:]

    assert (describe(interrupted), describe(resumed)) == ("course paused", "course resumed")


def test_on_the_day_on_which_its_course_is_resumed_it_begins_with_a_small_dose():
    facts = [*TAKEN, pause(20), go_on(25)]

    assert asked(*facts, on=24).verdict.value == "hold"  # paused
    that_day = asked(*facts, on=25)
    assert found(that_day, "amount")[:2] == ("caution", "caution")
    assert left_out(that_day) == []  # nobody recorded a dose
    assert found(asked(*facts, on=25, mg="40"), "amount")[:2] == ("not_met", "hold")
    assert asked(*facts, on=25, mg="5").verdict.value == "clear"


def test_after_fewer_days_the_day_of_the_resumption_is_clear():
    assert asked(*TAKEN, pause(20), go_on(22), on=22).verdict.value == "clear"


def test_a_course_resumed_after_missed_days_is_looked_at_unless_a_small_dose_is_named():
    facts = [*TAKEN, pause(20), go_on(25)]

    (told,) = stands(*facts, on=60)

    assert told == (
        f"Look: course resumed on {day(25)}: amount: 5 days without it since {day(20)}: "
        "begin again with at most 5 mg, no dose is named."
    )
    assert stands(*facts, taken("change", 25, "5"), on=60) == []
    assert len(stands(*facts, taken("change", 25, "40"), on=60)) == 1
    assert stands(*TAKEN, pause(20), go_on(22), on=60) == []
    late = replace(go_on(25), recorded_on=day(56))
    assert stands(*TAKEN, pause(20), late, on=60) == []


def test_a_dose_of_a_later_course_begins_again():
    facts = [*TAKEN, end(20), begun(24), counted(24)]

    assert found(asked(*facts, on=25, mg="40"), "amount")[1] == "hold"
    assert len(stands(*facts, taken("change", 25, "40"), on=60)) == 1
    assert stands(*facts, taken("change", 25, "5"), on=60) == []
    assert left_out(asked(*facts, taken("change", 25, "5"), on=25)) == [("change", "5")]


def test_after_a_long_pause_it_is_a_start():
    facts = [*TAKEN, pause(20), go_on(40)]

    assert found(asked(*facts, on=40), "level")[0] == "unknown"  # the count is 21 days old
    assert found(asked(*TAKEN, pause(21), go_on(40), on=40), "level")[0] == "met"
