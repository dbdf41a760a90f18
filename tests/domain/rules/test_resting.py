"""A daily drug rests with its course, and is taken up again with it: read as an interruption.

Under an invented drug: see `exampline`. The dose goes on after fewer than 3 days without it.
"""

from datetime import date

import pytest

from monitor.domain.facts import CourseEnded, CoursePaused, CourseResumed
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

    assert (str(interrupted), str(resumed)) == ("course paused", "course resumed")


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


TOLD = f"5 days without it from {day(20)} to {day(25)}"
UNNAMED = f"{TOLD}; no dose is named since: begin again with at most 5 mg"
TOO_MUCH = f"40 mg after {TOLD}: begin again with at most 5 mg"
BACK = [*TAKEN, pause(20), go_on(25), counted(26)]


def amount(*facts, on: int, mg: str | None = None) -> tuple[str, str]:
    """Say how the amount stands at the gate of a day, and in which words."""
    answered = asked(*facts, on=on, mg=mg)
    return next((r.verdict.value, r.message) for r in answered.requirements if r.rule == "amount")


def is_asked(*facts, on: int) -> bool:
    return any(r.rule == "amount" for r in asked(*facts, on=on).requirements)


def test_to_resume_a_course_gives_nothing_and_is_not_looked_at():
    assert stands(*BACK, on=60) == []


def test_until_a_dose_is_named_it_is_asked_with_how_much_it_begins_again():
    assert amount(*BACK, on=26) == ("caution", UNNAMED)
    assert amount(*BACK, on=26, mg="40") == ("hold", TOO_MUCH)
    assert amount(*BACK, on=26, mg="5")[0] == "clear"
    # a step that names no dose does not name one
    assert amount(*BACK, taken("resume", 26), on=27) == ("caution", UNNAMED)
    assert not is_asked(*BACK, taken("resume", 26, "5"), on=27)
    assert not is_asked(*BACK, taken("change", 26, "40"), on=27)
    assert not is_asked(*BACK, taken("change", 25, "5"), on=27)


def test_thirty_days_after_the_resumption_it_is_taken_though_nobody_named_a_dose():
    assert amount(*BACK, on=55)[0] == "caution"
    assert not is_asked(*BACK, on=56)
    assert len(stands(*BACK, counted(46), taken("change", 55, "40"), on=60)) == 1
    assert stands(*BACK, counted(46), taken("change", 56, "40"), on=60) == []
    # it rests anew, after so long
    anew = [*BACK, counted(55), pause(57), go_on(61)]
    assert f"since {day(57)}" in amount(*anew, on=61)[1]


def test_after_fewer_days_no_dose_need_be_named():
    facts = [*TAKEN, pause(20), go_on(22)]

    assert not is_asked(*facts, on=23)
    assert f"3 days without it since {day(24)}" in amount(*facts, pause(24), go_on(27), on=27)[1]


def test_what_rests_again_before_a_dose_is_named_has_rested_since_the_first_day():
    assert f"7 days without it since {day(20)}" in amount(*BACK, taken("stop", 26), on=27)[1]
    again = [*BACK, pause(26), go_on(28)]
    assert f"8 days without it from {day(20)} to {day(28)}" in amount(*again, on=29)[1]


@pytest.mark.parametrize("action", ["change", "resume", "start"])
def test_the_first_dose_that_is_named_is_looked_at(action):
    (told,) = stands(*BACK, taken(action, 27, "40"), on=60)

    assert told == f"Look: daily dose: {action} 40 mg a day on {day(27)}: amount: {TOO_MUCH}."
    assert stands(*BACK, taken(action, 27, "5"), taken("change", 28, "40"), on=60) == []
    assert len(stands(*BACK, taken(action, 25, "40"), on=60)) == 1


def test_a_step_without_a_dose_is_looked_at_and_so_is_the_first_dose_after_it():
    unnamed = f"Look: daily dose: resume on {day(27)}: amount: {UNNAMED}."
    facts = [*BACK, taken("resume", 27)]

    assert stands(*facts, on=60) == [unnamed]
    assert stands(*facts, taken("change", 28, "5"), on=60) == [unnamed]
    assert len(stands(*facts, taken("change", 28, "40"), on=60)) == 2


def test_a_resumption_of_the_course_that_is_typed_in_later_takes_nothing_from_a_dose():
    facts = [*TAKEN, pause(20), taken("change", 26, "40")]

    (before,) = stands(*facts, on=60)
    (after,) = stands(*facts, go_on(25), on=60)

    assert "40 mg after 6 days without it" in before
    assert "40 mg after 5 days without it" in after


def test_the_first_dose_is_left_out_of_the_gate_of_its_day():
    facts = [*BACK, taken("change", 27, "40")]

    assert left_out(asked(*facts, on=27)) == [("change", "40")]
    assert amount(*facts, on=27, mg="5") == ("hold", TOO_MUCH)
    assert left_out(asked(*facts, taken("change", 28, "5"), on=28)) == []


def test_the_number_of_a_dose_does_not_count_the_resumption_of_the_course():
    assert asked(*TAKEN, on=24).occurrence == asked(*BACK, on=27).occurrence == 2
    assert asked(*BACK, taken("change", 27, "5"), on=28).occurrence == 3


def test_after_a_long_pause_the_dose_of_the_day_of_the_resumption_is_a_start():
    facts = [*TAKEN, pause(20), go_on(40), taken("change", 40, "5")]

    (told,) = stands(*facts, on=60)

    assert "level: " in told  # the count is 21 days old


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
