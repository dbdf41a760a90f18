"""The gate of a daily drug: what its count means, what a waiver covers, and the words and facts."""

from dataclasses import replace
from datetime import date, timedelta

from monitor.domain.facts import Dosing, Event, Result, Waiver
from monitor.domain.rules.answer import Requirement
from tests.daily import BEN, DAILY
from tests.facts import answer, gate, numbered, requirement_of, result, started, step, waiver, woman

BEGUN = date(2023, 1, 10)


def day(number: int) -> date:
    return BEGUN + timedelta(number)


def count(value: str, on: int) -> Result:
    return result("neutrophils", value, on=day(on))


def course(*facts: Event) -> list[Event]:
    return [woman(), started(DAILY, on=day(-40)), *facts]


BEGIN = [count("2.0", -1), step("start", on=BEGUN)]


def requirement(rule: str, *facts: Event, on: int) -> Requirement:
    return requirement_of(gate(*course(*facts), on=day(on)), rule)


def waived(rule: str, *known: Event, on: int, occurrence: int = 2) -> Waiver:
    """Waive an occurrence that counts from the newest start."""
    starts = [f.event for f in numbered(course(*known)) if isinstance(f, Dosing)]
    return replace(
        waiver(rule, on=day(on), occurrence=occurrence, anchor=starts[-1]), drug="clozapine"
    )


# ── what a waiver covers ──


def test_a_count_below_500_cannot_be_waived_while_it_is_the_newest():
    known = [*BEGIN, count("0.4", 7)]

    found = requirement("neutrophils", *known, waived("neutrophils", *known, on=8), on=8)

    assert (found.verdict.value, found.waivable) == ("stop", False)


def test_a_count_that_holds_can_be_waived_until_another_low_one_is_known():
    known = [*BEGIN, count("0.9", 7)]
    decided = waived("neutrophils", *known, on=8)

    alone = requirement("neutrophils", *known, decided, on=8)
    with_an_earlier_one = requirement("neutrophils", *known, decided, count("0.4", 6), on=8)
    without = requirement("neutrophils", *known, on=8)

    assert alone.verdict.value == "caution"
    assert with_an_earlier_one.verdict.value == "hold"
    assert [fact.on for fact in without.against] == [day(7)]


def test_a_stop_that_stands_can_be_waived_and_a_good_count_takes_nothing_from_that():
    known = [*BEGIN, count("0.4", 7), count("1.6", 8)]
    decided = waived("neutrophils", *known, on=9)

    standing = requirement("neutrophils", *known, on=9)
    after_another = requirement("neutrophils", *known, decided, count("1.7", 9), on=9)
    after_a_low_one = requirement("neutrophils", *known, decided, count("0.4", 6), on=9)

    assert standing.verdict.value == "hold"
    assert standing.message == (
        "neutrophils 0.4 10*9/L on 2023-01-17 stands until a person waives it"
    )
    assert [fact.on for fact in standing.facts] == [day(7), day(8)]
    assert after_another.verdict.value == "caution"
    assert after_a_low_one.verdict.value == "hold"


def test_who_waives_an_old_stop_leaves_the_count_that_a_start_needs():
    known = [*BEGIN, count("0.4", 7), step("stop", on=day(7)), count("1.6", 9)]
    old, again = (waived("neutrophils", *BEGIN, on=on) for on in (320, 321))

    standing = requirement("neutrophils", *known, on=320)
    left = requirement("neutrophils", *known, old, on=320)
    decided = requirement("neutrophils", *known, old, again, on=321)

    missing = "1.6 10*9/L on 2023-01-19, normal from 1.5 10*9/L: 311 days old; must be at most 7"
    stands = "neutrophils 0.4 10*9/L on 2023-01-17 stands until a person waives it"
    both = f"{stands}; before a start: neutrophils {missing}"
    assert (standing.state.value, standing.message) == ("not_met", both)
    assert (left.state.value, left.verdict.value, left.waivable) == ("unknown", "hold", True)
    by_whom = f"waived by {old.by} on {old.on} ({old.reason}): {stands}"
    assert (
        left.message
        == f"before a start: neutrophils {missing} (another waiver is for this); {by_whom}"
    )
    assert [fact.on for fact in left.against] == [day(9)]
    assert decided.verdict.value == "caution"


def test_a_newest_count_that_stops_is_not_waived_with_an_old_one():
    known = [*BEGIN, count("0.4", 7), step("stop", on=day(7)), count("1.6", 8), count("0.3", 9)]

    found = requirement("neutrophils", *known, waived("neutrophils", *BEGIN, on=30), on=30)

    assert (found.verdict.value, found.waivable) == ("stop", False)


# ── words and facts ──


def test_what_was_held_goes_on_with_care_from_one_on():
    found = requirement("neutrophils", *BEGIN, count("0.9", 7), count("1.2", 8), on=8)

    assert (found.verdict.value, found.message) == (
        "caution",
        "neutrophils 1.2 10*9/L on 2023-01-18, normal from 1.5 10*9/L",
    )


def test_the_newest_count_is_named_with_the_range_it_was_held_against():
    found = requirement("neutrophils", *BEGIN, count("1.2", 7), on=7)

    assert found.message == "neutrophils 1.2 10*9/L on 2023-01-17, normal from 1.5 10*9/L"
    assert [fact.on for fact in found.facts] == [day(7)]


def test_another_normal_range_is_named_with_who_recorded_it():
    said = replace(answer(BEN, "yes", on=day(-9)), by="Dr H")
    counts = [count("1.1", -3), count("1.2", -1)]

    found = requirement("neutrophils", said, *counts, on=0)
    running = requirement("neutrophils", said, *counts, step("start", on=BEGUN), on=1)
    unsaid = requirement("neutrophils", replace(said, by=None), *counts, on=0)

    words = ", normal from 1 10*9/L (benign ethnic neutropenia, recorded by Dr H on 2023-01-01)"
    assert found.message == running.message == f"neutrophils 1.2 10*9/L on 2023-01-09{words}"
    assert [fact.on for fact in found.facts] == [day(-3), day(-1), day(-9)]  # both, at a start
    assert [fact.on for fact in running.facts] == [day(-1), day(-9)]
    assert (found.verdict.value, unsaid.verdict.value) == ("clear", "hold")


def test_a_start_names_what_is_wrong_with_its_counts_and_lists_them():
    said = replace(answer(BEN, "yes", on=day(-9)), by="Dr H")

    low = requirement("neutrophils", count("1.4", -1), on=0)
    one = requirement("neutrophils", said, count("1.4", -1), on=0)
    old = requirement("neutrophils", count("2.0", -8), on=0)

    held = "neutrophils 1.4 10*9/L on 2023-01-09, normal from 1.5 10*9/L"
    assert (low.verdict.value, low.message) == ("hold", f"before a start: {held}")
    assert one.message.startswith(
        "before a start 2 values are needed, on record is 1: neutrophils 1.4 10*9/L on 2023-01-09"
    )
    assert old.message == (
        "before a start: neutrophils 2.0 10*9/L on 2023-01-02, normal from 1.5 10*9/L: "
        "8 days old; must be at most 7"
    )
    assert [[fact.on for fact in found.facts] for found in (low, one, old)] == [
        [day(-1)],
        [day(-1), day(-9)],
        [day(-8)],
    ]


# ── as new as its phase demands ──


def test_the_count_that_is_needed_is_named_with_the_newest():
    on_time = requirement("count-schedule", *BEGIN, count("2.0", 0), on=9)
    late = requirement("count-schedule", *BEGIN, count("2.0", 0), on=10)

    assert on_time.message == "the newest is of 2023-01-10, the next one is needed by 2023-01-19"
    assert late.message == "the newest is of 2023-01-10, the next one was needed by 2023-01-19"
    assert [fact.on for fact in on_time.facts] == [fact.on for fact in late.facts] == [BEGUN]


def test_a_check_that_was_waived_makes_a_late_count_a_caution_until_the_next_one_opens():
    # Due on day 14 is check 3, which opens on day 12; check 4 opens on day 19.
    known = [*BEGIN, count("2.0", 7)]
    decided = waived("blood-count", *known, on=17, occurrence=3)

    found = [requirement("count-schedule", *known, decided, on=n) for n in (16, 18, 19)]

    assert [r.verdict.value for r in found] == ["clear", "caution", "hold"]
    assert found[1].message == (
        "the newest is of 2023-01-17, the next one was needed by 2023-01-26; "
        "blood-count 3 is waived"
    )
    assert "waived" not in found[2].message


def test_it_is_the_check_that_is_waived_not_the_schedule():
    known = [*BEGIN, count("2.0", 0)]

    found = requirement("count-schedule", *known, waived("count-schedule", *known, on=10), on=10)

    assert (found.verdict.value, found.waivable) == ("hold", False)
