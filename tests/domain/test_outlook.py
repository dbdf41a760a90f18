"""By time alone nothing changes before the next day to look: every day of some histories."""

from datetime import date

import pytest

from monitor.domain.assessment import Assessment, evaluate, foresee
from monitor.domain.facts import Status
from monitor.domain.next_change import coming_days, next_look
from tests.facts import (
    FIRST,
    after,
    all_tests,
    answer,
    infusion,
    planned,
    ready,
    result,
    symptom,
    timeline,
    treatment,
)
from tests.other_drugs import OTHERS

FAR = after(400)
COUGH = symptom("cough", on=after(94))
HISTORIES = {
    "tests that grow old after the booked day": (
        [*ready(), infusion(), *all_tests(on=after(95)), planned(on=after(97))], 90, 130,
    ),
    "one test that grows old": (
        [*ready(), infusion(), *all_tests(on=after(88)), result("lvef", "60", on=after(91))],
        85, 150,
    ),
    "an infection and a low count that leave the window": (
        [*ready("eu"), infusion(), result("neutrophils", "0.6", on=after(97)), COUGH], 85, 125,
    ),
    "an infection that was answered, and ended": (
        [*ready("eu"), infusion(), answer("active_infection", "yes", on=after(80)),
         result("neutrophils", "0.6", on=after(97)),
         answer("active_infection", "no", on=after(96))],
        85, 125,
    ),
    "a grave count soon after the infusion": (
        [*ready("eu"), infusion(), planned(on=after(24)), symptom("cough", on=after(10)),
         result("neutrophils", "0.4", on=after(18))], 10, 45,
    ),
    "windows of one infusion": ([*ready(), infusion()], 0, 60),
    "a round that turns": (OTHERS["cladribine-ms-us"].history(0, 1), 0, 60),
}  # fmt: skip


def shown(found: Assessment) -> tuple[list, list]:
    checks = [(c.rule, c.occurrence, c.state, c.opens, c.due, c.facts) for c in found.checks]
    return checks, [(w.rule, w.since, w.until, w.message) for w in found.warnings]


@pytest.mark.parametrize("name", HISTORIES)
def test_nothing_changes_before_the_next_day_to_look(name):
    facts, first, last = HISTORIES[name]
    case = treatment(*facts)
    days = {after(n): evaluate(case, after(n), until=FAR) for n in range(first, last)}

    for today in days:
        again = next_look(case, days[today], today, latest=FAR)
        assert again > today
        between = [day for day in days if today < day < again]
        assert all(shown(days[day]) == shown(days[today]) for day in between), (today, again)


def test_the_next_day_to_look_at_a_check_is_the_day_after_it_was_due_or_became_overdue():
    # The count at the lowest point is due on day 10, overdue after day 14.
    case = treatment(*ready(), infusion())

    def again(today: int) -> date:
        whole = evaluate(case, after(today), until=FAR)
        nadir = tuple(c for c in whole.checks if c.rule == "cbc-nadir")
        return next_look(
            case, Assessment(checks=nadir, warnings=()), after(today), latest=after(40)
        )

    # Tests of day -5 that stay fresh for 7, 14, 28 and 42 days are too old on days 3, 10, 24, 38.
    assert [(again(n) - FIRST).days for n in (0, 3, 7, 10, 11, 15, 24)] == [
        3,
        7,
        10,
        11,
        15,
        24,
        38,
    ]


def test_a_fact_of_today_is_not_coming():
    facts = [*ready(), infusion(on=after(3)), result("lvef", "60", on=after(5))]

    assert set(coming_days(timeline(*facts), after(3))) == {after(5)}


@pytest.mark.parametrize("status", [Status.PRELIMINARY, Status.UNSUITABLE])
def test_a_fact_that_counts_for_nothing_is_coming_too(status):
    """It is named, and beside what counts it makes an emergency."""
    facts = [*ready(), result("platelets", "12", on=after(5), status=status)]

    assert set(coming_days(timeline(*facts), after(3))) == {after(5)}


def test_what_is_foreseen_leaves_out_what_only_a_person_ends():
    case = treatment(*ready(), infusion("60"))
    seen, ahead = evaluate(case, after(1), until=FAR), foresee(case, after(1), until=FAR)

    left_out = {warning.rule for warning in set(seen.warnings) - set(ahead.warnings)}

    assert ahead.checks == seen.checks
    assert left_out == {"given-against-gate"}
