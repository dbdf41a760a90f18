"""Every requirement lists the very facts it used: without the others it stands as it did."""

from dataclasses import replace
from datetime import date

import pytest

from monitor import protocols
from monitor.domain.assessment import Treatment
from monitor.domain.facts import Answer, CourseStarted, Result, Symptom, Waiver
from monitor.domain.outcome import Verdict
from monitor.domain.timeline import Timeline
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.asking.proposed_dose import proposal
from tests.factories import (
    NOW,
    case_files,
    case_lines,
    clinic_in_memory,
    day,
    load_facts,
    read_cases,
)
from tests.facts import after, gate, infusion, ready, result, waiver
from tests.shares import one_of
from tests.test_cases import DOSE, take_steps

LISTED = Result | Symptom | Answer | Waiver
CASES = [
    pytest.param(case, case["profiles"][number % len(case["profiles"])], id=case["case"])
    for path in case_files()
    for number, case in enumerate(read_cases(path))
]


@pytest.mark.parametrize(("case", "profile"), one_of(12, CASES))
def test_a_requirement_stands_on_the_facts_it_lists(case, profile):
    asks = case["ask"]
    asks = asks[profile] if isinstance(asks, dict) else asks
    gates = [ask["gate"] for ask in asks if "gate" in ask and not ask.get("error")][:1]
    if not gates:
        return
    with clinic_in_memory() as connection:
        load_facts(connection, case_lines(case, profile), known=case.get("known"))
        take_steps(connection, case)
        asked = gates[0]
        on = date.fromisoformat(asked["on"])
        as_of = day(asked.get("as_of")) or on
        read = cases.get_case(connection, "P", Asked(now=NOW, as_of=as_of))
    dose = {key: None if asked.get(key) is None else str(asked[key]) for key in DOSE}
    proposed = proposal(on=on, route=asked.get("route", "iv"), **dose)
    whole = read.treatment(asked.get("protocol"))  # of a patient with several drugs
    answered = whole.ask(on=on, today=read.today, proposal=proposed)
    for requirement in answered.requirements:
        listed = {_as_one(fact) for fact in requirement.facts}
        kept = [e for e in read.events if not isinstance(e, LISTED) or _as_one(e) in listed]
        part = Treatment(
            timeline=Timeline(
                "P",
                kept,
                drug=whole.timeline.drug,
                catalogue=protocols.catalogue(),
                lowering=whole.timeline.lowering,
            ),
            protocols=whole.protocols,
            watch=replace(
                read.watched.watch,
                timeline=Timeline("P", kept, drug="", catalogue=protocols.catalogue()),
            ),
        )
        again = part.ask(on=on, today=read.today, proposal=proposed)
        stands = {r.rule: (r.state, r.verdict) for r in again.requirements}
        if requirement.rule not in stands:  # a warning of whose facts another one speaks now
            others = [r for r in again.requirements if r.verdict is not Verdict.CLEAR]
            said = {_as_one(fact) for other in others for fact in other.facts}
            assert said & listed, requirement.rule
            continue
        assert stands.get(requirement.rule) == (requirement.state, requirement.verdict), (
            requirement.rule,
            requirement.facts,
        )


def _as_one(fact):
    """Take the values of a code and day as one: together they say since when it is known."""
    return (fact.code, fact.on) if isinstance(fact, Result) else fact


def test_a_waived_requirement_lists_the_waiver():
    facts = [*ready(), infusion()]
    facts.append(waiver("ecg", on=after(1), occurrence=2, anchor=len(facts)))

    answered = gate(*facts, on=after(95))

    (ecg,) = [r for r in answered.requirements if r.rule == "ecg"]
    assert [type(fact) for fact in ecg.facts][-1] is Waiver


def test_a_low_value_that_stands_is_listed_with_the_good_one_after_it():
    facts = [*ready(), result("lvef", "45", on=after(-3)), result("lvef", "60", on=after(-1))]

    answered = gate(*facts)

    (lvef,) = [r for r in answered.requirements if r.rule == "lvef"]
    assert [fact.shown for fact in lvef.facts] == ["45 %", "60 %"]


def test_a_good_result_takes_nothing_from_the_waiver_of_a_low_one_that_stands():
    """What a waiver must have seen is the low value, not every fact that is listed (0008, 30)."""
    low, good = result("lvef", "45", on=after(-4)), result("lvef", "60", on=after(-3))
    known = [*ready(), low, good]
    course = next(n for n, fact in enumerate(known, 1) if isinstance(fact, CourseStarted))
    waived = waiver("lvef", on=after(-2), anchor=course)

    before = gate(*known, waived)
    after_another = gate(*known, waived, result("lvef", "61", on=after(-1)))

    for answered in (before, after_another):
        (lvef,) = [r for r in answered.requirements if r.rule == "lvef"]
        assert lvef.state.value == "caution"
        assert "waived by" in lvef.message
