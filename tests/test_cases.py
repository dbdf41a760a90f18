"""The clinical cases: facts, a day, and what must follow, written by hand from the sources."""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from monitor import protocols
from monitor.domain.outcome import CheckState, Severity
from monitor.errors import MonitorError
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.asking.proposed_dose import proposal
from monitor.service.recording import corrections, waivers
from monitor.store import facts
from tests import documents, typed
from tests.factories import (
    NOW,
    case_files,
    case_lines,
    clinic_in_memory,
    day,
    load_facts,
    moment,
    read_cases,
)
from tests.shares import one_of

KINDS = {
    "plan": "plan",
    "cancel": "cancel",
    "move": "course_move",
    "pause": "course_pause",
    "resume": "course_resume",
    "close": "close",
}
DOSE = ("dose_mg", "height_cm", "weight_kg", "bsa_m2", "bsa_formula")

READ = [case for path in case_files() for case in read_cases(path)]
WRITTEN = [
    pytest.param(case, profile, "as written", id=f"{profile}: {case['case']}-as written")
    for case in READ
    for profile in case["profiles"]
]
SHUFFLED = [
    # in another order under one of its profiles, in turn
    pytest.param(case, profile, "shuffled", id=f"{profile}: {case['case']}-shuffled")
    for number, case in enumerate(READ)
    for profile in [case["profiles"][number % len(case["profiles"])]]
]


@pytest.mark.parametrize(("case", "profile", "order"), [*WRITTEN, *one_of(16, SHUFFLED)])
def test_the_case_holds(case, profile, order):
    with clinic_in_memory() as connection:
        seed = case["case"] if order == "shuffled" else None
        load_facts(connection, case_lines(case, profile), shuffled=seed, known=case.get("known"))
        take_steps(connection, case)

        asks = case["ask"]
        for ask in asks[profile] if isinstance(asks, dict) else asks:
            check(connection, ask)


def take_steps(connection, case: dict[str, Any]) -> None:
    """Record what follows the facts of a case, one step after the other.

    Long after them, but where the case says on which day (`then_on`).
    """
    begin = moment(case["then_on"]) if "then_on" in case else NOW
    for number, step in enumerate(case.get("then", []), start=1):
        do(connection, step, now=begin + timedelta(seconds=number))


def do(connection, step: dict[str, Any], *, now: datetime) -> None:
    (kind, content), *_ = step.items()
    must_be_refused = step.get("refused") or content.get("refused", False)
    content = {key: value for key, value in content.items() if key != "refused"}
    expectation = pytest.raises(MonitorError) if must_be_refused else nullcontext()
    with expectation:
        if kind == "waive":
            waive(connection, content, now=now)
        elif kind == "correct":
            correct(connection, content, now=now)
        elif kind == "retract":
            event = newest(connection, content)
            corrections.retract(connection, event, reason="wrong", by="Dr A", now=now)
        else:
            line = {"kind": KINDS.get(kind, kind), "patient": "P", **content}
            typed.record(connection, {"confirm": True, **line}, now=now)


def waive(connection, content: dict[str, Any], *, now: datetime) -> None:
    waivers.waive(
        connection,
        "P",
        content["rule"],
        reason=content.get("reason", "decided"),
        by=content.get("by", "Dr A"),
        now=now,
        occurrence=content.get("occurrence"),
        on=day(content.get("on")),
    )


def correct(connection, content: dict[str, Any], *, now: datetime) -> None:
    """Correct the newest result of a code, or of the value that it `was`, or a newest answer."""
    new = {"confirm": True, **content}
    named = {key: new.pop(key) for key in ("code", "fact") if key in new}
    if "was" in new:
        named["value"] = new.pop("was")
    reason = new.pop("reason", "misread")
    event = newest(connection, named)
    corrections.correct(connection, event, new, reason=reason, by="Dr A", now=now)


def newest(connection, named: dict[str, Any]) -> int:
    """Find the newest fact, as it was first recorded or corrected last, that says so."""
    rows = facts.read(connection, "P")
    said = ({"on": row.on.isoformat(), **row.body} for row in rows)
    return [
        row.event for row, body in zip(rows, said, strict=True) if named.items() <= body.items()
    ][-1]


def check(connection, ask: dict[str, Any]) -> None:
    kind = next(key for key in QUESTIONS if key in ask)  # a gate may also state its exposure
    QUESTIONS[kind](connection, ask[kind], ask)


def check_gate(connection, question: dict[str, Any], ask: dict[str, Any]) -> None:
    on = date.fromisoformat(question["on"])
    case = cases.get_case(connection, "P", Asked(now=NOW, as_of=day(question.get("as_of")) or on))
    dose = {key: None if question.get(key) is None else str(question[key]) for key in DOSE}
    proposed = proposal(on=on, route=question.get("route"), **dose)
    if ask.get("error"):
        with pytest.raises(MonitorError):
            cases.ask_gate(case, on=on, proposal=proposed)
        return
    named = question.get("protocol")  # of a patient with several drugs
    gate = cases.ask_gate(case, on=on, proposal=proposed, named=named)
    treatment = case.treatment(named)
    course = treatment.timeline.course_on(min(on, case.today))
    answer = documents.gate_answer(treatment, gate, treatment.protocol_of(course))
    found = {r["rule"]: r for r in answer["requirements"]}
    shown = {name: (r["state"], r["verdict"], r["message"]) for name, r in found.items()}
    if "verdict" in ask:
        assert answer["verdict"] == ask["verdict"], shown
    for name, expected in ask.get("requirements", {}).items():
        states = expected if isinstance(expected, list) else [expected]
        assert name in found, f"{name} is not listed"
        assert list(shown[name][: len(states)]) == states, shown[name]
    for name in ask.get("absent", []):
        assert name not in found
    if "only" in ask:
        assert {n for n, r in found.items() if r["state"] != "met"} == set(ask["only"]), shown
    for key in ("dose", "dose_advice", "exposure", "left_out", "notes"):
        if key in ask:
            assert_subset(answer[key], ask[key], key)


def check_upcoming(connection, question: dict[str, Any], ask: dict[str, Any]) -> None:
    case = cases.get_case(connection, "P", Asked(now=NOW, as_of=day(question["as_of"])))
    until = day(question.get("until")) or case.today + timedelta(days=cases.HORIZON_DAYS)
    states = tuple(CheckState(state) for state in question.get("state", []))
    found = [
        documents.check_answer("P", item)
        for item in cases.upcoming(case, until=until, states=states)
    ]
    told = [(c["rule"], c["occurrence"], c["due"], c["state"]) for c in found]
    for expected in ask.get("checks", []):
        assert any(is_subset(item, expected) for item in found), f"{expected} not in {told}"
    for name in ask.get("absent", []):
        if isinstance(name, dict):
            assert not any(is_subset(item, name) for item in found), f"{name} in {told}"
        else:
            assert name not in {c["rule"] for c in found}, told
    if "count" in ask:
        assert len(found) == ask["count"], told


def check_warnings(connection, question: dict[str, Any], ask: dict[str, Any]) -> None:
    case = cases.get_case(connection, "P", Asked(now=NOW, as_of=day(question["as_of"])))
    found = [
        documents.warning_answer("P", item) for item in cases.warnings(case, least=Severity.INFO)
    ]
    told = [(w["rule"], w["severity"], w["since"], w["until"], w["message"]) for w in found]
    for name, expected in (ask.get("present") or {}).items():
        for wanted in expected if isinstance(expected, list) else [expected or {}]:
            assert any(is_subset(w, {"rule": name, **wanted}) for w in found), (
                f"{name} {wanted} not in {told}"
            )
    for name in ask.get("absent", []):
        unwanted = name if isinstance(name, dict) else {"rule": name}
        assert not any(is_subset(w, unwanted) for w in found), f"{name} in {told}"


def check_exposure(connection, question: dict[str, Any], ask: dict[str, Any]) -> None:
    case = cases.get_case(connection, "P", Asked(now=NOW, as_of=day(question["as_of"])))
    answer = documents.exposure_answer(case)
    assert_subset(answer, ask["expect"], "exposure")


QUESTIONS = {
    "gate": check_gate,
    "upcoming": check_upcoming,
    "warnings": check_warnings,
    "exposure": check_exposure,
}


def is_subset(found: Any, expected: Any) -> bool:
    try:
        assert_subset(found, expected, "")
    except AssertionError:
        return False
    return True


def assert_subset(found: Any, expected: Any, where: str) -> None:
    """Compare only what the case states."""
    if isinstance(expected, dict):
        assert isinstance(found, dict), f"{where}: {found!r} instead of {expected!r}"
        for key, value in expected.items():
            assert key in found, f"{where}: no {key}"
            assert_subset(found[key], value, f"{where}.{key}")
    elif isinstance(expected, list):
        assert isinstance(found, list), where
        assert len(found) == len(expected), where
        for one, other in zip(found, expected, strict=True):
            assert_subset(one, other, where)
    else:
        assert found == expected, f"{where}: {found!r} instead of {expected!r}"


def told_in(content: object) -> Iterator[str]:
    """Go through every key and every word of what cases ask and do."""
    if isinstance(content, dict):
        yield from content
        content = list(content.values())
    if isinstance(content, list):
        for item in content:
            yield from told_in(item)
    elif isinstance(content, str):
        yield content


@pytest.mark.parametrize("name", protocols.names())
def test_every_rule_of_a_protocol_that_ships_is_in_a_case(name):
    told = {word for case in READ for word in told_in([case["ask"], case.get("then", [])])}

    missing = [rule.name for rule in protocols.load(name).rules() if rule.name not in told]
    assert not missing, f"write cases in tests/cases for {', '.join(missing)} of {name}"
