"""Values out of range that take a `schedule` over: more often, then back; each day by hand.

The invented drug is started on day 0; its liver values are checked every 10 days for 30 days, then
every 20 days. They open 3 days before and are overdue 3 days after.
"""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import protocols
from monitor.domain.checks import Check
from monitor.domain.facts import Event, Result
from monitor.errors import ProtocolError
from monitor.protocols.reader import read_protocol
from tests.facts import answer, result
from tests.protocols.test_schedule import START, checks, taken, written

PHASES = "from: start, phases: [{every: 10 days, until: 30 days}, {every: 20 days}]"
ROWS = (
    "rows: [{above_uln: 3, every: 2 days, overdue: 0 days, recovery: true}, "
    "{above_uln: 2, every: 4 days, overdue: 1 day}]"
)
RECOVERY = "recovery: {every: 5 days, times: 2, opens: 1 day, overdue: 2 days}"
OWN = (
    "own: {fact: benign_ethnic_neutropenia, value: 'yes', "
    "rows: [{above_uln: 5, every: 3 days, overdue: 1 day}]}"
)
BEGIN = taken("start", START, "10")


def rule(more: str = "repeat: 1 day", before: str = PHASES) -> str:
    return f"{before}, more_often: {{code: alt, {ROWS}, {RECOVERY}, {more}}}"


def alt(value: str, on: int, uln: str | None = "40") -> Result:
    return result("alt", value, on=START + timedelta(on), uln=uln)


def due(*facts: Event, on: int, until: int, rule: str = rule()) -> list[int]:
    """List the days on which checks that are asked for are due."""
    found = asked(*facts, on=on, until=until, rule=rule)
    return [(check.due - START).days for check in found]


def asked(*facts: Event, on: int, until: int, rule: str = rule()) -> list[Check]:
    days = {"on": START + timedelta(on), "until": START + timedelta(until)}
    return checks(rule, *facts, codes="alt", **days)


def test_a_first_one_is_repeated_then_each_asks_by_its_row_until_one_is_in_range():
    begun = [BEGIN, alt("30", 0), alt("30", 10), alt("90", 20)]  # above twice 40

    assert due(*begun, on=20, until=90) == [10, 20, 21]
    assert due(*begun, alt("81", 21), on=21, until=90) == [10, 20, 21, 25]
    # 5 days out of range: from day 25 on, and the first phase ends on day 35.
    assert due(*begun, alt("81", 21), alt("80", 25), on=25, until=90) == [
        10,
        20,
        21,
        25,
        35,
        55,
        75,
    ]


def test_after_a_grave_one_so_many_more_checks_come_first():
    begun = [BEGIN, alt("30", 0), alt("121", 10), alt("40", 11)]

    assert due(*begun, on=11, until=90) == [10, 11, 16]
    assert due(*begun, alt("40", 15), on=15, until=90) == [10, 11, 16, 20]
    assert due(*begun, alt("40", 15), alt("40", 20), on=20, until=60) == [
        10,
        11,
        16,
        20,
        30,
        40,
        60,
    ]


def test_a_value_without_the_limit_it_is_held_against_counts_as_out_of_range():
    assert due(BEGIN, alt("30", 10, None), on=10, until=90) == [10, 11]


def test_without_a_repeat_its_row_says_when():
    assert due(BEGIN, alt("121", 10), on=10, until=90, rule=rule("repeat: 3 days")) == [10, 12]


@pytest.mark.parametrize("action", ["interrupt", "stop"])
def test_a_stop_or_a_rest_ends_nothing_before_a_value_in_range(action):
    stopped = taken(action, START + timedelta(12))
    facts = [BEGIN, alt("121", 10), stopped, alt("121", 13)]

    assert due(*facts, on=13, until=30) == [10, 11, 15]
    ended = due(*facts, alt("40", 15), on=15, until=80)
    assert ended == ([10, 11, 15] if action == "stop" else [10, 11, 15, 20])


def test_a_rise_of_the_dose_begins_the_phases_again_and_what_is_out_of_range_goes_on():
    again = rule(before=f"from: start, again_after: {{dose: rise}}, {PHASES.partition(', ')[2]}")
    facts = [BEGIN, alt("30", 10), taken("change", START + timedelta(15), "15")]

    assert due(*facts, on=15, until=45, rule=again) == [10, 20, 25, 35, 45]
    high = [*facts, alt("90", 16)]
    assert due(*high, on=16, until=90, rule=again) == [10, 17]
    # From the value in range of day 20 on, 10 days; the phase ends 30 days after the rise and 4.
    assert due(*high, alt("40", 20), on=20, until=80, rule=again) == [10, 17, 30, 40, 50, 69]


def test_what_is_out_of_range_puts_the_first_phase_off_that_a_rise_began_again():
    both = rule(
        before=f"from: start, again_after: {{dose: rise, then: back}}, {PHASES.partition(', ')[2]}"
    )
    rise, high = taken("change", START + timedelta(35), "15"), alt("90", 47)
    before = [alt("30", n) for n in (10, 20, 30)]

    assert due(BEGIN, *before, rise, on=35, until=120, rule=both) == [
        10, 20, 30, 45, 55, 65, 85, 105,
    ]  # fmt: skip
    # Out of range from day 47 to day 50: the first phase ends on day 68; then every 20 days.
    found = due(BEGIN, *before, rise, high, alt("40", 50), on=50, until=120, rule=both)
    assert found == [10, 20, 30, 45, 48, 60, 70, 88, 108]
    # Out of range before the rise: the first phase counts from the value in range of day 40 on.
    early = [alt("90", 33), rise, alt("40", 40)]
    assert due(BEGIN, *before, *early, on=40, until=120, rule=both) == [
        10, 20, 30, 34, 50, 60, 70, 90, 110,
    ]  # fmt: skip


days_later = st.sampled_from([1, 2, 4, 5, 7, 9, 10, 20, 31])
values = st.tuples(st.just(None), st.sampled_from(["30", "60", "90", "130"]))
doses = st.tuples(
    st.sampled_from(["start", "change", "interrupt", "resume", "stop"]),
    st.sampled_from(["5", "20"]),
)
tales = st.lists(st.tuples(days_later, values | doses), min_size=1, max_size=9)


def happened(tale) -> list[Event]:
    """Tell what was drawn, after a start."""
    found, day = [BEGIN], 0
    for later, (action, said) in tale:
        day += later
        on = START + timedelta(day)
        found.append(taken(action, on, said) if action else alt(said, day))
    return found


@settings(deadline=None)
@given(tales, st.sampled_from(["back", "all"]))
def test_nothing_that_comes_takes_away_what_is_open_or_gives_it_another_number(tale, then):
    again = f"again_after: {{dose: any, rest: 30 days, then: {then}}}"
    both = rule(before=f"from: start, {again}, {PHASES.partition(', ')[2]}")
    *before, newest = happened(tale)
    on = (newest.on - START).days

    opened = asked(*before, on=on, until=on, rule=both)
    since = asked(*before, newest, on=on, until=on, rule=both)

    assert {(c.occurrence, c.due) for c in opened} <= {(c.occurrence, c.due) for c in since}


def test_others_have_other_rows_where_somebody_recorded_it_by_name():
    said = answer("benign_ethnic_neutropenia", "yes", on=START - timedelta(5))
    facts = [BEGIN, alt("90", 10)]

    named = due(replace(said, by="Dr H"), *facts, on=10, until=30, rule=rule(OWN))
    unnamed = due(replace(said, by=None), *facts, on=10, until=30, rule=rule(OWN))

    assert (named, unnamed) == ([10, 20, 30], [10, 14])


def test_a_phase_may_have_a_window_of_its_own():
    before = (
        "from: start, phases: [{at: [0 days], opens: 7 days, overdue: 0 days}, {every: 10 days}]"
    )

    found = asked(BEGIN, on=0, until=10, rule=rule(before=before))

    assert [((c.opens - START).days, (c.overdue_after - START).days) for c in found] == [
        (-7, 0), (7, 13),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (rule().replace("{code: alt,", "{code: ast,"), "no check shows 'ast'"),
        (
            f"{rule()}, if_low: {{lines: [{{code: alt, below: 5 U/L}}], "
            "from: 1 day, until: 9 days}",
            "asks by the values itself",
        ),
        (rule().replace("from: start", "from: stop"), "never acts with `from: stop`"),
        (rule().replace("above_uln: 2", "above_uln: 4"), "the rows before take them all"),
        (rule().replace("above_uln: 2, ", ""), "nothing is compared"),
        (rule().replace("every: 4 days", "every: 0 days"), "'0' makes no sense here"),
        (rule().replace("recovery: true", "recovery: false"), "need each other"),
        (rule().replace(f"{RECOVERY}, ", ""), "need each other"),
        (rule().replace("times: 2", "times: 0"), "'0' makes no sense here"),
        (rule().replace("opens: 1 day", "opens: 5 days"), "'5 days' before is longer"),
        (rule(OWN).replace("'yes'", "maybe"), "unknown answer 'maybe'"),
        (rule(OWN).replace("above_uln: 5, ", ""), "nothing is compared"),
        (rule().replace("[{every: 10 days, until: 30 days}, {every: 20 days}]", "[]"), "is empty"),
        (rule().replace(ROWS, "rows: []"), "is empty"),
        (rule().replace("alt", "hcg"), "'hcg' is a word, not a number"),
    ],
)  # fmt: skip
def test_what_could_never_act_is_refused(text, words):
    with pytest.raises(ProtocolError, match=re.escape(words)):
        read_protocol("ours.yaml", written(text, "daily", "alt"), protocols.catalogue())
