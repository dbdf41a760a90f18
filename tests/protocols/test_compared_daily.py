"""`compared` for a daily drug: what stands until when, a start, a fever, and an own range."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from monitor import protocols
from monitor.domain.assessment import Treatment
from monitor.domain.facts import Event
from monitor.domain.rules.answer import Requirement
from monitor.domain.rules.question import Proposal
from monitor.domain.timeline import Timeline
from monitor.errors import ProtocolError
from monitor.protocols.reader import read_protocol
from tests.exampline import CITES, begun, day, head, taken
from tests.facts import answer, infusion, numbered, result, symptom, woman

ROWS = (
    "rows: [{above_uln: 3, outcome: stop, until: waived}, "
    "{above_uln: 2, outcome: caution, until: normal}]"
)
START = "before_start: {outcome: hold, fresh: 9 days, times: 2, restart_after: 20 days}"
FEVER = "after_fever: {fever: fever, from_value: 39 Cel, outcome: hold}"
OWN = (
    "own: {fact: benign_ethnic_neutropenia, value: 'yes', times: 1, "
    "rows: [{above_uln: 5, outcome: hold}]}"
)


def read(rule: str, given: str = "daily"):
    keys = [key for key in ("rows", "before_start", "after_fever", "own") if f"{key}: " in rule]
    if "own: {" in rule and rule.count("rows: ") == 1:
        keys.remove("rows")
    text = f"""{head(given)}requirements:
  liver: {{kind: compared, title: liver value, code: alt, {rule},
    {CITES}{", ".join(keys)}]}}]}}
"""
    return read_protocol("ours.yaml", text, protocols.catalogue())


def asked(*facts: Event, on: int, rule: str = f"{ROWS}, {START}, {FEVER}") -> Requirement:
    protocol = read(rule)
    known = numbered([woman(), begun(-30), *facts])
    folded = Timeline(
        "P", known, drug="exampline", catalogue=protocols.catalogue(),
        lowering=frozenset({"mitoxantrone"}),
    )  # fmt: skip
    pinned = {course.start.identity: protocol for course in folded.courses}
    gate = Treatment(timeline=folded, protocols=pinned).ask(
        on=day(on), today=day(on), proposal=Proposal(mg=Decimal(5))
    )
    return next(r for r in gate.requirements if r.rule == "liver")


def alt(value: str, on: int, **more) -> Event:
    return result("alt", value, on=day(on), uln="40", **more)


GOOD = [alt("30", -9), alt("30", -1), taken("start", 0)]


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        ([alt("80", -9), alt("80", -1)], "clear", "alt 80 U/L on 2023-02-28"),
        ([alt("81", -9), alt("80", -1)], "hold", "before a start: alt 81 U/L on 2023-02-20, above"),
        ([alt("80", -1)], "hold", "before a start 2 values are needed, on record is 1: alt 80"),
        ([alt("80", -19), alt("80", -10)], "hold", "10 days old; must be at most 9"),
        ([], "hold", "no liver value on record"),
    ],
)
def test_a_start_needs_so_many_values_in_range_the_newest_of_them_fresh(facts, verdict, words):
    found = asked(*facts, on=0)

    assert (found.verdict.value, words in found.message) == (verdict, True), found.message


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        (["81"], "caution"),
        (["121"], "stop"),
        (["81", "80"], "clear"),
        (["121", "80"], "hold"),  # until a person waives it
        (["81", "30", "30"], "clear"),
        (["81", "81"], "hold"),  # the earlier one holds until one is in range
    ],
)
def test_what_stands_after_a_newer_value_is_as_its_row_says(values, verdict):
    facts = [alt(value, n) for n, value in enumerate(values, start=10)]

    assert asked(*GOOD, *facts, on=13).verdict.value == verdict


def test_a_value_that_cannot_be_compared_holds_and_leaves_nothing_behind():
    untold = result("alt", "500", on=day(10), uln=None)

    assert asked(*GOOD, untold, on=10).message == (
        "alt 500 U/L on 2023-03-11: whether it is above uln 3 times cannot be told"
    )
    assert asked(*GOOD, untold, on=10).verdict.value == "hold"
    assert asked(*GOOD, untold, alt("30", 11), on=11).verdict.value == "clear"


def test_a_preliminary_value_that_a_person_would_have_to_waive_asks_for_its_final_report():
    early = alt("121", 10, status="preliminary")

    assert "its final report is missing" in asked(*GOOD, early, alt("30", 11), on=11).message


def test_a_fever_asks_for_a_value_of_its_day_or_later():
    fever = symptom("fever", on=day(10))

    assert asked(*GOOD, fever, on=10).verdict.value == "hold"
    assert asked(*GOOD, fever, alt("30", 10), on=10).verdict.value == "clear"


def test_somebody_of_whom_it_is_recorded_by_name_has_a_range_of_their_own():
    said = replace(answer("benign_ethnic_neutropenia", "yes", on=day(-20)), by="Dr H")
    rule = f"{ROWS}, {START}, {OWN}"

    assert asked(said, alt("150", -1), on=0, rule=rule).verdict.value == "clear"
    assert asked(said, *GOOD, alt("150", 5), on=5, rule=rule).verdict.value == "clear"
    found = asked(said, *GOOD, alt("201", 5), on=5, rule=rule)
    assert found.verdict.value == "hold"
    assert "recorded by Dr H" in found.message


@pytest.mark.parametrize(("ago", "verdict"), [(13, "stop"), (14, "clear")])
def test_soon_after_another_drug_that_lowers_counts_nobody_has_an_own_range(ago, verdict):
    said = replace(answer("benign_ethnic_neutropenia", "yes", on=day(-20)), by="Dr H")
    other = infusion("20", on=day(20 - ago), drug="mitoxantrone", bsa=None)
    rule = f"{ROWS}, {OWN}".replace("times: 1, ", "")

    found = asked(said, *GOOD, other, alt("150", 20), on=20, rule=rule)

    assert found.verdict.value == verdict


def test_a_range_of_ones_own_may_be_narrower():
    said = replace(answer("benign_ethnic_neutropenia", "yes", on=day(-20)), by="Dr H")
    rule = f"{ROWS}, {START}, {OWN.replace('above_uln: 5', 'above_uln: 1')}"

    assert asked(said, alt("41", -1), on=0, rule=rule).message.startswith("before a start: alt 41")
    assert asked(alt("41", -1), alt("41", -2), on=0, rule=rule).verdict.value == "clear"


@pytest.mark.parametrize(
    ("rule", "given", "words"),
    [
        (f"{ROWS}, {START}", "infusions", "'before_start' never acts where"),
        (f"{ROWS}, {OWN.replace('times: 1, ', '')}", "infusions", "'own' never acts where"),
        (f"{ROWS}, {OWN}", "daily", "never acts without `before_start`"),
        (f"{ROWS}, {START}, {OWN.replace('times: 1', 'times: 0')}", "daily", "'0' makes no sense"),
        (f"{ROWS}, {START.replace('times: 2', 'times: 0')}", "daily", "'0' makes no sense"),
        (f"{ROWS}, {START}, {OWN.replace('above_uln: 5, ', '')}", "daily", "nothing is compared"),
        (f"{ROWS}, {START}, {OWN}".replace("'yes'", "maybe"), "daily", "unknown answer 'maybe'"),
    ],
)
def test_what_could_never_act_is_refused(rule, given, words):
    with pytest.raises(ProtocolError, match=re.escape(words)):
        read(rule, given)


def test_the_rows_of_a_warning_have_no_such_end():
    text = f"""{head()}warnings:
  high: {{kind: against_baseline, title: high, severity: caution, message: Look., code: alt,
    beyond: [{{above_uln: 3, severity: caution, until: waived}}], {CITES}beyond]}}]}}
"""
    with pytest.raises(ProtocolError, match="a warning has no such end"):
        read_protocol("ours.yaml", text, protocols.catalogue())


@pytest.mark.parametrize(("started", "warned"), [(True, 1), (False, 0)])
def test_a_number_rises_above_the_one_before_the_first_dose_of_a_daily_drug(started, warned):
    rule = "kind: rising_with, title: kidney, severity: urgent, message: Rising."
    rule += ", code: creatinine, result: urine_cells, value: red_cells, together: 7 days, by: 30 %"
    text = f"{head('daily')}warnings:\n  kidney: {{{rule}, {CITES}together, by]}}]}}\n"
    protocol = read_protocol("ours.yaml", text, protocols.catalogue())
    values = [(-60, "100"), (-1, "60"), (20, "95"), (40, "96")]  # of all but 60 less than 30 % more
    facts = [result("creatinine", value, on=day(on)) for on, value in values]
    cells = result("urine_cells", "red_cells", on=day(40))
    begins = [taken("start", 0)] if started else []
    known = numbered([woman(), begun(-90), *facts, cells, *begins])
    folded = Timeline("P", known, drug="exampline", catalogue=protocols.catalogue())

    (kidney,) = (found for found in protocol.warnings if found.name == "kidney")

    assert len([*kidney.find(protocol.view(folded, day(40)))]) == warned
