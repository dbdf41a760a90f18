"""The kind `schedule`: what it asks for of a daily drug and of infusions, and what it refuses."""

import re
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import protocols
from monitor.domain.assessment import Treatment, evaluate
from monitor.domain.checks import Check
from monitor.domain.facts import CourseStarted, Event
from monitor.domain.outcome import CheckState
from monitor.domain.protocol import Protocol
from monitor.domain.rules.runs import From
from monitor.errors import ProtocolError
from monitor.protocols.reader import read_protocol
from tests.exampline import head
from tests.facts import ended, infusion, result, step, symptom, timeline, woman

GUIDE = (Path(__file__).parents[2] / "docs" / "protocols.md").read_text(encoding="utf-8")
START = date(2025, 1, 6)
FAR = date(2027, 1, 1)
OF_DAILY = (From.START, From.STOP, From.SYMPTOM)
CITED = ("lead", "phases", "lasts", "after_stop", "again_after", "times", "if_low", "if_above",
         "more_often", "when", "opens", "overdue")  # fmt: skip
PHASES = "[{every: 2 weeks, until: 6 weeks}, {every: 1 month}]"
COUNTED = {
    From.SYMPTOM: "from: symptom, groups: [infection], phases: [{at: [0 days, 7 days]}]",
    From.START: f"from: start, again_after: {{dose: rise, rest: 30 days}}, phases: {PHASES}",
    From.STOP: "from: stop, phases: [{every: 6 months}], lasts: 12 months",
    From.EACH_INFUSION: "from: each_infusion, phases: [{at: [10 days]}]",
    From.FIRST_INFUSION: "from: first_infusion, phases: [{every: 1 month}], lasts: 2 months",
    From.LAST_INFUSION: "from: last_infusion, phases: [{every: 1 month}]",
    From.EACH_ROUND: "from: each_round, phases: [{every: 1 month}], lasts: 6 months",
    From.COURSE_END: "from: course_end, phases: [{at: [0 days, 1 month]}]",
}


def written(rule: str, regimen: str, codes: str = "platelets") -> str:
    """Write a protocol with one rule."""
    outside, inside = rule, 1
    while inside:
        outside, inside = re.subn(r"\{[^{}]*\}", "", outside)
    used = [key for key in CITED if f"{key}:" in outside or key in ("lead", "opens", "overdue")]
    return f"""{head(regimen)}checks:
  bloods: {{kind: schedule, title: bloods, audience: [nurse], lead: 3 days,
    count: {{codes: [{codes}]}}, {rule}, opens: 3 days, overdue: 3 days,
    cites: [{{source: LABEL, where: here, kind: stated, supports: [{", ".join(used)}]}}]}}
"""


@cache
def read(rule: str, regimen: str, codes: str = "platelets") -> Protocol:
    """Read a protocol with one rule."""
    return read_protocol("ours.yaml", written(rule, regimen, codes), protocols.catalogue())


def checks(
    rule: str, *facts: Event, on: date = START, until: date = FAR, codes: str = "platelets"
) -> list[Check]:
    """List what a rule asks for."""
    regimen = "daily" if any(f"from: {f}" in rule for f in (From.START, From.STOP)) else "infusions"
    return of_protocol(read(rule, regimen, codes), *facts, on=on, until=until)


def of_protocol(protocol: Protocol, *facts: Event, on: date, until: date) -> list[Check]:
    """List what the rule of a protocol asks for."""
    begun = CourseStarted(
        event=0, on=START, recorded_on=START, protocol="exampline", version="1.0.0", digest="",
        drug="exampline",
    )  # fmt: skip
    folded = timeline(woman(), begun, *facts)
    pinned = {course.start.identity: protocol for course in folded.courses}
    treatment = Treatment(timeline=folded, protocols=pinned)
    return [
        check for check in evaluate(treatment, on, until=until).checks if check.rule == "bloods"
    ]


def days_of(found: list[Check]) -> list[str]:
    """Give the days on which checks are due."""
    return [f"{check.due:%m-%d}" for check in found]


def taken(action: str, on: date, mg: str | None = None) -> Event:
    """Record a step of the daily drug."""
    return step(action, on=on, mg=mg, drug="exampline")


def dose(on: date) -> Event:
    """Give a dose."""
    return infusion("20", on=on, drug="exampline", bsa=None)


def test_the_example_of_the_guide_is_read():
    (rule,) = re.findall(r"```\n(  bloods:\n.*?)```", GUIDE, flags=re.DOTALL)
    head, _, _ = written("", "daily").partition("  bloods:")

    protocol = read_protocol("ours.yaml", head + rule, protocols.catalogue())

    assert [check.name for check in protocol.checks] == ["bloods"]


@pytest.mark.parametrize("regimen", ["infusions", "daily"])
@pytest.mark.parametrize("counted", From)
def test_whatever_it_counts_from_it_acts_or_is_refused(counted, regimen):
    text = written(COUNTED[counted], regimen)
    if counted is From.SYMPTOM or (counted in OF_DAILY) == (regimen == "daily"):
        given_ = [taken("start", START), taken("stop", START + timedelta(100))]
        given_ += [dose(START), ended(on=START + timedelta(99)), symptom("fever", on=START)]
        assert checks(COUNTED[counted], *given_, on=START + timedelta(120))
    else:
        with pytest.raises(ProtocolError, match="'schedule' never acts where"):
            read_protocol("ours.yaml", text, protocols.catalogue())


# ── a daily drug ──


def test_phases_follow_each_other_from_the_start_and_a_rise_begins_them_again():
    rise = START + timedelta(28)

    plain = checks(COUNTED[From.START], taken("start", START, "10"), until=date(2025, 5, 1))
    risen = checks(
        COUNTED[From.START], taken("start", START, "10"), taken("change", rise, "15"),
        on=rise, until=date(2025, 6, 1),
    )  # fmt: skip

    assert days_of(plain) == ["01-20", "02-03", "02-17", "03-17", "04-17"]
    assert days_of(risen) == ["01-20", "02-03", "02-17", "03-03", "03-17", "04-17", "05-17"]
    assert [check.occurrence for check in risen] == [1, 2, 3, 4, 5, 6, 7]


def test_months_are_counted_from_the_start_in_every_phase():
    rule = "from: start, phases: [{every: 1 month, until: 3 months}, {every: 1 month}]"

    begun = date(2025, 1, 31)

    found = checks(rule, taken("start", begun), on=begun, until=date(2025, 6, 30))

    assert days_of(found) == ["02-28", "03-31", "04-30", "05-31", "06-30"]


@pytest.mark.parametrize(
    ("again", "mg", "begins"),
    [("dose: rise", "5", False), ("dose: any", "5", True), ("dose: rise", None, True),
     ("dose: any", "10", False), ("rest: 30 days", "15", False)],
)  # fmt: skip
def test_which_changes_of_the_dose_begin_it_again(again, mg, begins):
    rule = f"from: start, again_after: {{{again}}}, phases: [{{at: [9 days]}}]"
    changed = taken("change", START + timedelta(50), mg)

    assert len(checks(rule, taken("start", START, "10"), changed, on=changed.on)) == 1 + begins


def test_a_stop_ends_what_has_not_opened_and_leaves_what_has():
    stopped = START + timedelta(12)  # the check of day 14 is open

    found = checks(
        COUNTED[From.START],
        taken("start", START),
        taken("stop", stopped),
        on=stopped + timedelta(9),
    )

    assert [(f"{check.due:%m-%d}", check.state) for check in found] == [
        ("01-20", CheckState.OVERDUE)
    ]


def test_a_stop_soon_after_a_rise_ends_what_was_left_of_the_days_before_it():
    rise, stopped = START + timedelta(12), START + timedelta(13)
    rule = "from: start, again_after: {dose: rise}, phases: [{at: [10 days, 18 days, 30 days]}]"
    facts = [taken("start", START, "10"), taken("change", rise, "15")]

    assert days_of(checks(rule, *facts, on=rise)) == ["01-16", "01-24", "01-28", "02-05", "02-17"]
    assert days_of(checks(rule, *facts, taken("stop", stopped), on=stopped)) == ["01-16"]


@pytest.mark.parametrize(("days", "begins"), [(29, False), (30, True)])
def test_a_long_rest_begins_it_again(days, begins):
    rested = START + timedelta(50)
    back = rested + timedelta(days)

    found = checks(
        COUNTED[From.START], taken("start", START), taken("interrupt", rested),
        taken("resume", back), on=back,
    )  # fmt: skip

    assert (back + timedelta(14) in {check.due for check in found}) == begins


def test_the_tail_after_a_stop_ends_where_the_drug_is_started_again():
    stopped, again = START + timedelta(10), START + timedelta(20)
    facts = [taken("start", START), taken("stop", stopped)]

    tail = checks(COUNTED[From.STOP], *facts, on=stopped)
    over = checks(COUNTED[From.STOP], *facts, taken("start", again), on=again)

    assert [f"{check.due}" for check in tail] == ["2025-07-16", "2026-01-16"]
    assert over == []


BACK = (
    "from: start, again_after: {dose: rise, rest: 30 days, then: back}, phases: "
    "[{every: 10 days, until: 30 days}, {every: 20 days, until: 90 days}, {every: 40 days}]"
)


def due(*facts: Event, on: int, until: int, rule: str = BACK) -> list[int]:
    """List the days after the start on which checks are due."""
    found = checks(rule, taken("start", START, "10"), *facts, on=day(on), until=day(until))
    return [(check.due - START).days for check in found]


def day(number: int) -> date:
    """Give the day so many days after the start."""
    return START + timedelta(number)


def test_after_a_rise_the_first_phase_comes_again_and_then_the_one_that_was_left():
    rise = taken("change", day(52), "15")

    assert due(on=52, until=180) == [10, 20, 30, 50, 70, 90, 130, 170]
    # To day 82; 38 days of the second phase were left, which end on day 120.
    assert due(rise, on=52, until=180) == [10, 20, 30, 50, 62, 72, 82, 102, 122, 160]
    assert due(rise, on=100, until=180) == [10, 20, 30, 50, 62, 72, 82, 102, 122, 160]


def test_a_second_rise_begins_the_first_phase_anew():
    rises = [taken("change", day(52), "15"), taken("change", day(65), "20")]

    assert due(*rises, on=65, until=150) == [10, 20, 30, 50, 62, 72, 75, 85, 95, 115, 135]
    later = [rises[0], taken("change", day(90), "20")]
    assert due(*later, on=90, until=150) == [10, 20, 30, 50, 62, 72, 82, 100, 110, 120, 140]


def test_a_rise_in_the_first_phase_begins_it_anew():
    # 22 days of it were left; they follow, as they were left.
    rise = taken("change", day(8), "15")

    assert due(rise, on=8, until=90) == [10, 18, 28, 38, 48, 58, 68, 80]


def test_a_long_rest_goes_back_too_and_a_start_does_not():
    rested = [taken("interrupt", day(52)), taken("resume", day(82))]
    begun = [taken("stop", day(52)), taken("start", day(82))]

    assert due(*rested, on=82, until=140) == [10, 20, 30, 50, 70, 90, 92, 102, 112, 132]
    assert due(*begun, on=82, until=140) == [10, 20, 30, 50, 92, 102, 112, 132]


ACTIONS = ["start", "change", "interrupt", "resume", "stop"]
steps = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from(ACTIONS), st.sampled_from(["5", "15", None])),
    max_size=6,
)


def happened(drawn) -> list[Event]:
    """Tell what was drawn, after a start."""
    found, day = [taken("start", START, "10")], START
    for later, action, mg in drawn:
        day += timedelta(later)
        found.append(taken(action, day, mg))
    return found


@settings(deadline=None)
@given(steps, st.integers(1, 60), st.sampled_from([COUNTED[From.START], BACK]))
def test_a_rise_makes_no_check_later_and_takes_none_away_that_is_open(drawn, later, rule):
    facts = happened(drawn)
    rise = taken("change", facts[-1].on + timedelta(later), "20")

    before = checks(rule, *facts, on=rise.on, until=rise.on + timedelta(200))
    since = checks(rule, *facts, rise, on=rise.on, until=rise.on + timedelta(200))

    opened = [check for check in before if check.opens <= rise.on]
    assert [(c.due, c.occurrence) for c in opened] == [(c.due, c.occurrence) for c in since][
        : len(opened)
    ]
    coming = [check.due for check in before if check.due >= rise.on]
    assert not coming or min(c.due for c in since if c.due >= rise.on) <= coming[0]


@settings(deadline=None)
@given(steps, steps.filter(len))
def test_no_step_takes_away_what_is_open_or_gives_it_another_number(drawn, more):
    facts = happened(drawn)
    last = facts[-1].on
    added = [
        step(f.action, on=f.on - START + last, mg=None, drug="exampline") for f in happened(more)
    ]
    newest = added[1]  # the first one is the start that each tale begins with

    for rule in (COUNTED[From.START], COUNTED[From.STOP], BACK):
        before = checks(rule, *facts, on=newest.on, until=newest.on)
        since = checks(rule, *facts, newest, on=newest.on, until=newest.on)

        opened = [(c.due, c.occurrence) for c in before if c.opens <= newest.on]
        assert opened == [(c.due, c.occurrence) for c in since][: len(opened)]


@settings(deadline=None)
@given(
    steps, st.integers(0, 400), st.integers(0, 400), st.sampled_from([COUNTED[From.START], BACK])
)
def test_it_is_the_same_grid_from_any_day_asked(drawn, near, far, rule):
    facts = happened(drawn)
    on = facts[-1].on

    less = checks(rule, *facts, on=on, until=on + timedelta(min(near, far)))
    more = checks(rule, *facts, on=on, until=on + timedelta(max(near, far)))

    assert [(c.occurrence, c.due) for c in less] == [(c.occurrence, c.due) for c in more][
        : len(less)
    ]


@pytest.mark.parametrize(
    ("asked", "by"),
    [("groups: [infection]", {"fever", "chills"}), ("symptom: fever", {"fever"})],
)
def test_which_symptoms_ask_for_it(asked, by):
    rule = f"from: symptom, {asked}, phases: [{{at: [0 days]}}]"
    (check,) = read_protocol("a.yaml", written(rule, "daily"), protocols.catalogue()).checks
    known = protocols.catalogue().symptoms

    assert {
        name for name in ("fever", "chills", "weight_loss") if check.is_asked_by(known[name])
    } == by


def test_of_the_short_forms_only_that_of_symptoms_is_asked_for_by_one():
    fever = protocols.catalogue().symptoms["fever"]

    asked = [c.name for c in protocols.load("mitoxantrone-ms-eu").checks if c.is_asked_by(fever)]

    assert asked == ["cbc-now"]


@pytest.mark.parametrize(
    ("measured", "state"),
    [
        (["alt", "platelets"], CheckState.DONE),
        (["ast", "platelets"], CheckState.DONE),
        (["alt", "ast", "platelets"], CheckState.DONE),
        (["alt", "ast"], CheckState.OPEN),
    ],
)
def test_any_one_of_several_panels_of_one_day_does_a_check(measured, state):
    text = written("from: start, phases: [{at: [9 days]}]", "daily").replace(
        "{codes: [platelets]}", "{panels: [[platelets, alt], [platelets, ast]]}"
    )
    protocol = read_protocol("ours.yaml", text, protocols.catalogue())
    on = START + timedelta(9)
    known = {"alt": "30", "ast": "30", "platelets": "200"}
    facts = [result(code, known[code], on=on) for code in measured]

    (check,) = of_protocol(protocol, taken("start", START), *facts, on=on, until=on)

    assert (check.state, check.codes) == (state, {"platelets", "alt"})
    assert len(check.facts) == (2 if state is CheckState.DONE else 0)


@pytest.mark.parametrize("count", ["{}", "{codes: [alt], panels: [[ast]]}"])
def test_what_does_a_check_is_said_once(count):
    text = written("from: start, phases: [{at: [9 days]}]", "daily")

    with pytest.raises(ProtocolError, match="write either `codes"):
        read_protocol(
            "ours.yaml", text.replace("{codes: [platelets]}", count), protocols.catalogue()
        )


# ── infusions ──


def test_on_treatment_only_ends_with_the_course():
    rule = f"{COUNTED[From.LAST_INFUSION]}, on_treatment_only: true"
    over = [dose(START), ended(on=START + timedelta(40))]

    assert days_of(checks(rule, *over, on=START + timedelta(60))) == ["02-06"]
    assert len(checks(COUNTED[From.LAST_INFUSION], *over, on=START + timedelta(60))) > 20


def test_a_new_course_begins_another_run_of_what_is_for_the_treatment_only():
    rule = "from: first_infusion, phases: [{every: 1 month}], on_treatment_only: true"
    again = CourseStarted(
        event=0, on=date(2025, 6, 1), recorded_on=START, protocol="exampline", version="1.0.0",
        digest="", drug="exampline",
    )  # fmt: skip
    facts = [dose(START), ended(on=START + timedelta(40)), again, dose(date(2025, 6, 2))]

    found = checks(rule, *facts, on=date(2025, 6, 2), until=date(2025, 7, 15))

    assert days_of(found) == ["02-06", "07-02"]


def test_only_where_a_result_was_low_and_not_before_the_day_after_it():
    rule = (
        "from: each_infusion, phases: [{at: [20 days]}], "
        "if_low: {lines: [{code: platelets, below: 50 10*9/L}], from: 1 day, until: 19 days}"
    )
    low = result("platelets", "40", on=START + timedelta(18))

    (check,) = checks(rule, dose(START), low, on=low.on)

    assert (check.opens - START).days == 19
    assert checks(rule, dose(START), on=low.on) == []


# ── what is refused ──


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("from: start, phases: [{every: 1 month, at: [1 month]}]", "either `at:"),
        ("from: start, phases: [{until: 1 month}]", "either `at:"),
        ("from: start, phases: [{every: 2 days}]", "'3 days' before is longer than the time"),
        ("from: start, phases: [{every: 0 days}]", "'0 days' makes no sense here"),
        ("from: start, phases: [{every: 1 month, until: 7 days}]", "ends before the first check"),
        ("from: start, phases: [{every: 7 days}, {every: 1 month}]", "never begins: add for"),
        ("from: start, phases: [{at: [7 days], until: 1 month}]", "leave `until` out"),
        ("from: start, phases: [{at: [7 days, 6 days]}]", "'6 days' is not later"),
        ("from: start, phases: [{at: [30 days]}, {at: [20 days]}]", "is over when it begins"),
        ("from: start, phases: [{every: 7 days}], lasts: 6 days", "ends before the first check"),
        ("from: start, phases: [{every: 7 days}], times: 0", "'0' makes no sense here"),
        ("from: start, phases: [{every: 7 days}], again_after: {}", "nothing begins it again"),
        ("from: start, phases: [{every: 7 days}], again_after: {dose: rise, then: back}",
         "the first phase has no end to go back at"),
        ("from: start, phases: [{at: [0 days]}, {every: 7 days}], "
         "again_after: {dose: rise, then: back}", "the first phase has no end to go back at"),
        ("from: start, phases: [{at: [7 days]}], groups: [infection]", "never acts with `from"),
        ("from: start, phases: [{at: [7 days]}], on_treatment_only: true", "a stop ends it"),
        ("from: each_infusion, phases: [{every: 7 days}]", "its checks never end"),
        ("from: course_end, phases: [{at: [7 days]}], again_after: {dose: any}", "never acts with"),
        ("from: symptom, phases: [{at: [0 days]}]", "nothing asks for it"),
        ("from: symptom, phases: [{at: [0 days]}], symptom: fevr", "did you mean 'fever'"),
        ("from: last_infusion, phases: [{every: 7 days}], if_low: {lines: [{code: platelets, "
         "below: 50 10*9/L}], from: 9 days, until: 8 days}", "'9 days' is later than `until`"),
        ("from: last_infusion, phases: [{every: 7 days}], if_low: {lines: [{code: hcg, "
         "below: 50}], from: 1 day, until: 8 days}", "'hcg' is a word, not a number"),
        ("from: last_infusion, phases: [{every: 7 days}], if_above: {prior: "
         "prior_mitoxantrone_mg_m2, mg_per_m2: 0 mg/m2}", "'0' makes no sense here"),
        ("from: last_infusion, phases: [{every: 7 days}], if_above: {prior: hiv, "
         "mg_per_m2: 5 mg/m2}", "'hiv' is not a number"),
    ],
)  # fmt: skip
def test_what_never_acts_or_never_ends_is_refused(rule, words):
    regimen = "daily" if "start" in rule else "infusions"

    with pytest.raises(ProtocolError, match=re.escape(words)):
        read_protocol("ours.yaml", written(rule, regimen), protocols.catalogue())


def test_so_many_times_counts_only_what_is_asked_for():
    monthly = "from: first_infusion, phases: [{every: 1 month}], times: 2"
    late = f"{monthly}, when: [{{on_drug: 3 months}}]"
    low = (
        "from: each_infusion, phases: [{at: [14 days]}], times: 1, "
        "if_low: {lines: [{code: platelets, below: 50 10*9/L}], from: 1 day, until: 10 days}"
    )
    second = START + timedelta(30)
    lowered = result("platelets", "40", on=second + timedelta(5))

    assert days_of(checks(monthly, dose(START), on=FAR)) == ["02-06", "03-06"]
    assert days_of(checks(late, dose(START), on=FAR)) == ["04-06", "05-06"]
    assert days_of(checks(low, dose(START), dose(second), lowered, on=FAR)) == ["02-19"]


def test_a_check_that_was_over_before_the_low_result_is_not_asked_for():
    weekly = (
        "from: each_infusion, phases: [{every: 7 days, until: 21 days}], "
        "if_low: {lines: [{code: platelets, below: 50 10*9/L}], from: 1 day, until: 20 days}"
    )
    lowered = result("platelets", "40", on=START + timedelta(12))

    # That of 13 January is overdue after the 16th; the result is of the 18th.
    assert days_of(checks(weekly, dose(START), lowered, on=FAR)) == ["01-20", "01-27"]
