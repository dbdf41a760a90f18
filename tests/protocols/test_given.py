"""No rule is swallowed in silence: where it can never act, the file that holds it is refused.

Each kind of rule is tried in a drug given as infusions and in one that is taken daily: it must
change an answer for some patient, or `protocol check` must say that it never acts.
"""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from monitor import protocols
from monitor.domain.assessment import Treatment, evaluate
from monitor.domain.facts import CourseStarted, Status
from monitor.domain.outcome import State
from monitor.domain.rules.kinds import SECTIONS
from monitor.domain.rules.question import Proposal
from monitor.domain.rules.rounds import Rounds
from monitor.errors import ProtocolError
from monitor.protocols.reader import read_protocol
from tests.facts import FIRST, answer, ended, infusion, result, step, symptom, timeline, woman

DAILY, INFUSIONS = "daily", "infusions"
SECTION = {kind: section for section, kinds in SECTIONS.items() for kind in kinds}
ONLY_DAILY = {
    "phased_count", "at_fever", "count_level", "on_schedule", "restart_dose", "signs_after_start",
}  # fmt: skip
ONLY_INFUSIONS = {
    "next_infusion", "after_each_infusion", "after_each_round", "after_low_result", "series",
    "series_above", "recurring", "interval", "dose_size", "ceiling", "route", "body_surface",
    "rounds", "total_above", "exposure_unknown", "prophylaxis",
    "after_low_nadir", "at_course_end", "overdose_or_wrong_route",
}  # fmt: skip

CHECK = "audience: [nurse], lead: 0 days, count: {codes: [platelets]}"
WINDOW = "opens: 9 days, overdue: 5 days"
COUNTED = "code: neutrophils, normal: {at_least: 1.5 10*9/L}, restart_after: 30 days"
PHASED = (
    f"audience: [nurse], lead: 0 days, {COUNTED}, baseline: 7 days, repeat: 1 day, "
    "phases: [{every: 1 week, opens: 2 days, overdue: 2 days}], "
    "while_low: [{below: 1.5 10*9/L, every: 2 days, overdue: 1 day}], "
    "recovery: {every: 7 days, times: 4, opens: 2 days, overdue: 2 days}"
)
PRIOR = "prior: prior_mitoxantrone_mg_m2"
TWO_LINES = "recovered_after: 20 days, two_lines: Two."
# What each kind needs to be a rule at all.
RULES = {
    "asked": 'asks: {hiv: {"no": met, "yes": stop}}',
    "prior_exposure": "asks: prior_mitoxantrone_mg_m2, earlier: hold",
    "age": "minimum: 40 years, below: hold",
    "result": "panels: [[platelets]], limits: {platelets: {at_least: 100 10*9/L}}, fresh: 7 days",
    "ceiling": "measure: mg, ceiling: 10 mg",
    "interval": "usual: 3 months, early: 7 days, never_before: 21 days",
    "dose_size": "per_infusion: 10 mg",
    "route": "allowed: [iv], otherwise: hold",
    "body_surface": "height: height, weight: weight, not_older_than: 42 days",
    "rounds": "within: 1 day, apart: 3 months",
    "count_level": f"{COUNTED}, not_normal: hold, fresh: 7 days, "
    "levels: [{below: 1.5 10*9/L, outcome: hold}]",
    "on_schedule": "check: other, late: unknown",
    "restart_dose": "after_missed: 2 days, most: 12.5 mg",
    "next_infusion": f"audience: [nurse], lead: 7 days, after: 3 months, {WINDOW}, "
    "plan_used_up: 0 days",
    "schedule": f"{CHECK}, from: symptom, groups: [infection], phases: [{{at: [0 days]}}], "
    "opens: 0 days, overdue: 5 days",  # of all others see `test_schedule.py`
    "after_each_infusion": f"{CHECK}, opens: 7 days, due: 10 days, overdue_after: 14 days",
    "series": f"{CHECK}, every: 1 month, {WINDOW}",
    "at_symptom": f"{CHECK}, groups: [infection], overdue: 1 day",
    "recurring": f"{CHECK}, every: 1 month, {WINDOW}",
    "after_each_round": f"{CHECK}, at: [1 month], {WINDOW}",
    "after_low_result": f"{CHECK}, code: neutrophils, below: 1.5 10*9/L, every: 1 month, "
    f"until: 6 months, {WINDOW}",
    "series_above": f"{CHECK}, {PRIOR}, mg_per_m2: 1 mg/m2, every: 1 month, {WINDOW}",
    "phased_count": PHASED,
    "at_fever": f"{CHECK}, fever: fever, after_stop: 14 days, overdue: 1 day",
    "after_low_nadir": f"{CHECK}, lines: [{{code: neutrophils, below: 1.5 10*9/L}}], "
    "opens: 35 days, due: 40 days, overdue_after: 50 days",
    "at_course_end": f"{CHECK}, opens: 30 days, overdue: 30 days",
    "window": "opened_by: each_infusion, lasts: 3 months",
    "low_result": "code: neutrophils, limit: {at_least: 1.5 10*9/L}",
    "result_word": "code: hcg, value: positive",
    "symptom": "group: infection, lasts: 14 days",
    "fever_with_low_count": "fever: fever, code: neutrophils, lasts: 14 days, "
    "very_low: 0.5 10*9/L, low: 1.5 10*9/L, count_within: 7 days, unknown_after: 1 month, "
    "known_within: 2 days",
    "low_lines": "lines: [{code: neutrophils, below: 1.5 10*9/L}, "
    "{code: platelets, below: 100 10*9/L}], together: 7 days, not_within: 0 days, "
    "blasts: blasts, blasts_word: present, outcome: stop",
    "total_above": f"{PRIOR}, mg_per_m2: 5 mg/m2, reaching: true",
    "exposure_unknown": PRIOR,
    "given_against_gate": "missing_counts_within: 30 days",
    "prophylaxis": "lasts: 2 months, code: cd4, limit: {at_least: 0.2 10*9/L}",
    "against_baseline": "code: neutrophils, beyond: [{below: 1.5 10*9/L, severity: caution}]",
    "signs_after_start": "signs: [fever], within: 8 weeks, restart_after: 30 days, lasts: 14 days",
    "compared": "code: neutrophils, rows: [{below: 1.5 10*9/L, outcome: hold}]",
    "rising_with": "code: creatinine, result: urine_cells, value: red_cells, together: 31 days",
    "critical_result": "rows: [{code: creatinine, above: 100 umol/L}], old_after: 30 days, "
    "symptom_within: 14 days, emergency_message: Now., emergency_patient_message: Call., "
    "old_message: Repeat.",
    "critical_repeat": "audience: [nurse], lead: 0 days, of: other, due: 1 day, "
    "overdue_after: 2 days",
    "sample_repeat": "audience: [nurse], lead: 0 days, of: other, due: 1 day, "
    "overdue_after: 2 days",
    "low_again": "lines: [{code: creatinine, below: 300 umol/L}, "
    "{code: platelets, below: 100 10*9/L}], apart: 14 days, not_within: 40 days, "
    f"together: 7 days, {TWO_LINES}",
    "overdose_or_wrong_route": "",
}
WHATEVER = {"next_infusion", "rounds"}  # with a condition they would be no less, so it is refused
# Rules without which another one cannot be read.
BESIDE = {
    "on_schedule": {"other": ("phased_count", PHASED)},
    "critical_repeat": {"other": ("critical_result", RULES["critical_result"])},
    "sample_repeat": {"other": ("critical_result", RULES["critical_result"])},
}
BEFORE_ALL = {
    "given_against_gate": {"first": ("asked", 'asks: {hiv: {"no": met, "yes": stop}}')},
    "overdose_or_wrong_route": {"first": ("dose_size", "per_infusion: 9 mg")},
}

LATER = FIRST + timedelta(30)


def written(kind: str, given: str) -> str:
    """Write a protocol whose only rule is of a kind, with those that it cannot be without."""
    beside = {**BEFORE_ALL.get(kind, {}), **BESIDE.get(kind, {})}
    text = RULES[kind]
    if kind == "window" and given == DAILY:
        text = text.replace("each_infusion", "stop")
    elif kind == "low_again" and given == DAILY:
        text = text.replace(f", {TWO_LINES}", "")
    rules = {**beside, "tried": (kind, text)}
    lines = [
        "protocol: exampline", "version: 1.0.0", "status: draft", "drug: exampline",
        "title: Exampline", "jurisdiction: EX", "indication: An invented one",
        "summary: An invented drug.", "lowers_counts: false", f"given: {given}",
        "sources: {LABEL: {title: Label, address: example.org/label, seen: itself}}",
    ]  # fmt: skip
    for section in ("requirements", "checks", "warnings"):
        inside = [name for name, (of, _) in rules.items() if SECTION[of] == section]
        lines += [f"{section}:"] if inside else []
        lines += [_rule(name, *rules[name]) for name in inside]
    return "\n".join(lines)


def _rule(name: str, kind: str, text: str) -> str:
    words = ", severity: caution, message: Look." if SECTION[kind] == "warnings" else ""
    text = f", {text}" if text else ""
    supports = f"supports: [{', '.join(_keys(text.removeprefix(', ')))}]"
    cites = f"cites: [{{source: LABEL, where: here, kind: stated, {supports}}}]"
    return f"  {name}: {{kind: {kind}, title: tried{text}{words}, {cites}}}"


def _keys(text: str) -> list[str]:
    depth, found, word = 0, [], ""
    for character in text:
        depth += (character in "{[") - (character in "}]")
        if character == ":" and depth == 0:
            found.append(word.strip())
        word = "" if character in ",{}[]" else word + character
        if character == ":":
            word = ""
    return list(dict.fromkeys(found))


def happened(kind: str, given: str):
    """Tell a story in which every rule has something to say."""
    begun = CourseStarted(
        event=0, on=FIRST, recorded_on=FIRST, protocol="exampline", version="1.0.0",
        digest="", drug="exampline",
    )  # fmt: skip
    facts = [
        woman(), begun,
        answer("hiv", "yes", on=FIRST), answer("prior_mitoxantrone_mg_m2", "50", on=FIRST),
        result("creatinine", "70", on=FIRST), result("neutrophils", "1.2", on=LATER),
        result("platelets", "80", on=LATER), result("creatinine", "200", on=LATER),
        result("haemoglobin", "80", on=LATER, status=Status.UNSUITABLE),
        result("urine_cells", "red_cells", on=LATER), result("hcg", "positive", on=LATER),
        result("temperature", "39.0", on=LATER), symptom("fever", on=LATER),
    ]  # fmt: skip
    if given == INFUSIONS:
        ends = [ended(on=LATER)] if kind == "at_course_end" else []
        return [*facts, infusion("20", on=FIRST, drug="exampline", bsa=None), *ends]
    return [*facts, step("start", on=FIRST, drug="exampline"),
            step("stop", on=LATER, drug="exampline")]  # fmt: skip


def acts(kind: str, given: str) -> bool:
    """Say whether a rule changes an answer in the story."""
    protocol = read_protocol("ours.yaml", written(kind, given), protocols.catalogue())
    folded = timeline(*happened(kind, given))
    treatment = Treatment(
        timeline=folded, protocols={c.start.identity: protocol for c in folded.courses}
    )
    seen = evaluate(treatment, LATER, until=LATER + timedelta(90))
    told = {check.rule for check in seen.checks} | {warning.rule for warning in seen.warnings}
    proposal = Proposal(mg=Decimal(20), route="oral")
    on = LATER + timedelta(40)  # when a count is overdue
    asked = treatment.ask(on=on, today=on, proposal=proposal)
    told |= {r.rule for r in asked.requirements if r.state is not State.MET}
    return "tried" in told


@pytest.mark.parametrize("given", [INFUSIONS, DAILY])
@pytest.mark.parametrize("kind", SECTION)
def test_every_kind_of_rule_acts_or_is_refused(kind, given, monkeypatch):
    assert kind in RULES, f"write an example of the new kind '{kind}' here: does it act daily?"
    if kind == "overdose_or_wrong_route" and given == DAILY:
        monkeypatch.delitem(BEFORE_ALL, kind)  # a dose is no size of a daily drug
    if kind in (ONLY_DAILY if given == INFUSIONS else ONLY_INFUSIONS):
        with pytest.raises(ProtocolError, match=f"'{kind}' never acts where"):
            read_protocol("ours.yaml", written(kind, given), protocols.catalogue())
    else:
        assert acts(kind, given)


@pytest.mark.parametrize(
    ("kind", "given"),
    [(kind, INFUSIONS) for kind in SECTION if kind not in ONLY_DAILY | WHATEVER]
    + [(kind, DAILY) for kind in SECTION if kind not in ONLY_INFUSIONS],
)
def test_every_kind_acts_only_when_its_conditions_hold(kind, given, monkeypatch):
    for hiv, holds in (("yes", True), ("no", False)):  # in the story it is yes
        rule = RULES[kind].replace("asks: {hiv", "asks: {malignancy")  # another than `when` names
        text = ", ".join(filter(None, [rule, f'when: [{{fact: hiv, is: "{hiv}"}}]']))
        with monkeypatch.context() as tried:
            tried.setitem(RULES, kind, text)
            assert acts(kind, given) == holds


def test_no_drug_is_taken_otherwise():
    with pytest.raises(ProtocolError, match="unknown word 'weekly'"):
        read_protocol("ours.yaml", written("asked", "weekly"), protocols.catalogue())


@pytest.mark.parametrize("kind", sorted(WHATEVER))
def test_the_next_infusion_and_the_rounds_are_whatever_holds(kind, monkeypatch):
    monkeypatch.setitem(RULES, kind, f'{RULES[kind]}, when: [{{fact: hiv, is: "no"}}]')

    with pytest.raises(ProtocolError, match=r"leave (`when`|it) out"):
        read_protocol("ours.yaml", written(kind, INFUSIONS), protocols.catalogue())


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("result", "before: every_round"),
        ("result", "usable: 30 days"),
        ("result", "serves_several: true"),
        ("prior_exposure", "earlier_courses_count: true"),
    ],
)
def test_a_key_that_looks_at_infusions_is_refused_in_a_daily_drug(kind, key, monkeypatch):
    monkeypatch.setitem(RULES, kind, f"{RULES[kind]}, {key}")
    name = key.partition(":")[0]

    read_protocol("ours.yaml", written(kind, INFUSIONS), protocols.catalogue())
    with pytest.raises(ProtocolError, match=f"'{name}' never acts where the drug is taken daily"):
        read_protocol("ours.yaml", written(kind, DAILY), protocols.catalogue())


def test_a_dose_table_is_refused_in_a_daily_drug():
    eu = protocols.text("mitoxantrone-ms-eu")
    table = eu[eu.index("\ndose_table:") : eu.index("\nchecks:")]
    text = written("asked", DAILY) + re.sub(r"source: \w+", "source: LABEL", table)

    with pytest.raises(ProtocolError, match="'dose_table' never acts"):
        read_protocol("ours.yaml", text, protocols.catalogue())


def test_a_text_that_courses_are_pinned_to_is_still_read():
    text = written("recurring", DAILY)

    kept = read_protocol("ours.yaml", text, protocols.catalogue(), is_kept=True)

    assert [rule.name for rule in kept.rules()] == ["recorded-against", "tried"]


def test_a_check_of_a_kept_text_is_told_as_far_ahead_as_it_was():
    text = written("series", INFUSIONS).replace("lead: 0 days, ", "").replace("lead, ", "")

    (check,) = read_protocol("ours.yaml", text, protocols.catalogue(), is_kept=True).checks

    assert check.lead_days == 14


def test_a_check_without_a_lead_is_refused_in_a_new_file():
    text = written("series", INFUSIONS).replace("lead: 0 days, ", "").replace("lead, ", "")

    with pytest.raises(ProtocolError, match="the key 'lead' is missing: add `lead: 14 days`"):
        read_protocol("ours.yaml", text, protocols.catalogue())


def test_rounds_may_have_as_many_days_as_one_before(monkeypatch):
    rule = f"{RULES['rounds']}, days_of_round: [5, 3, 5]"
    monkeypatch.setitem(RULES, "rounds", rule)

    (rounds,) = read_protocol(
        "ours.yaml", written("rounds", INFUSIONS), protocols.catalogue()
    ).requirements[:1]

    assert isinstance(rounds, Rounds)
    assert rounds.days_of_round == (5, 3, 5)
