"""What came due and what became of it, counted by hand."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from monitor.domain.came_due import came_due, doses_given
from monitor.domain.facts import BookingCancelled
from tests.facts import (
    DRUG,
    FIRST,
    after,
    all_tests,
    asked,
    closed,
    infusion,
    planned,
    ready,
    reopened,
    result,
    started,
    treatment,
    waiver,
    watched,
    woman,
)
from tests.other_drugs import OTHERS

# Under the example protocol: the next infusion 3 months after the last, late from the 15th day on;
# nadir count due on day 10, late from day 15 on; counts every 3 months, late from the 15th day on.
SECOND = date(2023, 4, 10)  # 90 days after the first
TESTED_BEFORE = (
    "lvef", "ecg", "cardiac-exam", "neutrophils", "platelets", "liver-tests", "pregnancy-test",
    "infection-screen",
)  # fmt: skip


def counted(*facts, today: date, since: date = FIRST) -> dict[str, dict[str, int]]:
    """Count by rule and fate."""
    found: dict[str, Counter[str]] = {}
    for followed in (treatment(*facts), watched(*facts)):
        for one in came_due(followed, today, since=since):
            found.setdefault(one.rule, Counter())[one.fate.value] += 1
    return {rule: dict(fates) for rule, fates in found.items()}


def count(on: date, neutrophils: str = "3.0"):
    return [result("neutrophils", neutrophils, on=on), result("platelets", "200", on=on)]


def test_an_infusion_on_its_day_with_every_test_is_in_time_and_what_is_not_done_is_overdue():
    facts = [*ready(), infusion(), *count(after(12)), *all_tests(on=after(88)), infusion(on=SECOND)]

    assert counted(*facts, today=after(120)) == {
        "next-infusion": {"in_time": 1},
        **{rule: {"in_time": 1} for rule in TESTED_BEFORE},
        "cbc-nadir": {"in_time": 1, "overdue": 1},
    }
    # On the last day of the second nadir count it is open only.
    assert counted(*facts, today=after(104))["cbc-nadir"] == {"in_time": 1, "open": 1}


def test_a_late_infusion_without_a_test_is_late_and_the_test_missed():
    late = date(2023, 4, 30)
    tests = all_tests(on=date(2023, 4, 28), lvef=None)

    found = counted(*ready(), infusion(), *tests, infusion(on=late), today=late)

    assert found == {
        "next-infusion": {"late": 1},
        # Their last day was the 24th; a count of the 28th does them late.
        **{rule: {"late": 1} for rule in TESTED_BEFORE if rule != "lvef"},
        "lvef": {"missed": 1},
        # So does it the counts of 20 January and 10 April: a late result is taken.
        "cbc-nadir": {"late": 1},
        "cbc-follow-up": {"late": 1},
    }


def test_a_booked_day_is_what_the_infusion_is_held_against():
    booked = date(2023, 5, 20)
    given = [*ready(), infusion(), planned(on=booked), infusion(on=booked)]
    # A booking made after it, one far off, and one that was given up, say nothing of it.
    others = [*given, planned(on=date(2023, 9, 20))]
    cancelled = BookingCancelled(event=0, on=FIRST, recorded_on=FIRST, drug=DRUG)
    given_up = [*ready(), infusion(), planned(on=booked), cancelled, infusion(on=booked)]
    far_off = [*ready(), infusion(), planned(on=date(2023, 9, 20)), infusion(on=booked)]

    assert counted(*given, today=booked)["next-infusion"] == {"in_time": 1}
    assert counted(*others, today=booked)["next-infusion"] == {"in_time": 1}
    # Without the booking it was due on 10 April.
    assert counted(*given_up, today=booked)["next-infusion"] == {"late": 1}
    assert counted(*far_off, today=booked)["next-infusion"] == {"late": 1}


def test_what_a_newer_infusion_took_the_place_of_is_counted_once_where_it_had_come_due():
    third, last = date(2023, 8, 1), date(2023, 11, 1)
    facts = [*ready(), infusion(), infusion(on=SECOND), infusion(on=third), infusion(on=last)]

    found = counted(*facts, today=last)

    # Counts were due on 10 July, 3 months after the second infusion, and not done on 1 August;
    # those of 10 April and 1 November on the day of the next infusion, which asks anew.
    assert found["cbc-follow-up"] == {"missed": 1}
    # The nadir counts stay: a later count still does them.
    assert found["cbc-nadir"] == {"overdue": 3}
    assert counted(*facts, today=last, since=third)["cbc-nadir"] == {"overdue": 1}


def test_a_further_day_of_a_round_is_asked_for_by_nothing():
    history = OTHERS["cladribine-ms-us"].history(0, 1)

    assert "next-infusion" not in counted(*history, today=after(1))


def test_a_waived_check_is_counted_as_waived():
    facts = [*ready(), infusion()]
    waived = waiver("cbc-nadir", on=after(15), anchor=len(facts))

    assert counted(*facts, waived, today=after(20)) == {"cbc-nadir": {"waived": 1}}


@pytest.mark.parametrize(
    ("closing", "found"),
    [
        (closed(on=after(9)), {}),  # before it was due
        (closed(on=after(12)), {}),  # before its last day
        (closed(on=after(16)), {"cbc-nadir": {"missed": 1}}),
    ],
)
def test_of_a_closed_patient_what_came_due_before_counts(closing, found):
    assert counted(*ready(), infusion(), closing, today=after(60)) == found


def test_while_a_patient_is_closed_nothing_comes_due():
    away = [closed(on=after(8)), reopened(on=after(30))]

    assert counted(*ready(), infusion(), *away, today=after(60)) == {}


def test_what_every_patient_is_watched_for_is_counted():
    facts = [*ready(), infusion(), *count(after(12), "0.4"), *count(after(13))]

    found = counted(*facts, today=after(20))

    # A critical value is repeated the next day.
    assert found == {"cbc-nadir": {"in_time": 1}, "critical-repeat": {"in_time": 1}}


def test_an_infusion_of_before_the_course_is_held_against_the_first_course():
    early = [woman(), infusion(), started(on=after(40)), *asked(), infusion(on=SECOND)]

    assert counted(*early, today=SECOND)["cbc-nadir"] == {"overdue": 1}


def test_doses_against_the_gate_are_counted_waived_or_not():
    good = [*ready(), infusion()]
    facts = [*good, infusion(on=SECOND)]  # without a test
    decided = waiver("given-against-gate", on=after(95), occurrence=2, anchor=len(facts))

    def doses(*facts, since: date = FIRST, until: date = SECOND) -> tuple[int, int]:
        return doses_given(treatment(*facts), after(120), since=since, until=until)

    assert doses(*good) == (1, 0)
    assert doses(*facts) == doses(*facts, decided) == (2, 1)
    assert doses(*facts, since=after(1)) == (1, 1)
    assert doses(*facts, until=after(80)) == (1, 0)


def test_where_a_protocol_has_no_such_warning_the_gate_itself_is_asked():
    one = treatment(*ready(), infusion(), infusion(on=SECOND))
    bare = {number: replace(of, warnings=()) for number, of in one.protocols.items()}

    found = doses_given(replace(one, protocols=bare), SECOND, since=FIRST, until=SECOND)

    assert found == (2, 1)
