"""Ask the program and the oracle the same, and list where they differ."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from monitor.domain.assessment import Treatment, evaluate
from monitor.domain.facts import Infusion
from monitor.domain.outcome import CheckState
from monitor.domain.rules.answer import Gate
from monitor.errors import Refused
from monitor.service.asking import cases
from monitor.service.asking.proposed_dose import proposal
from tests import documents
from tests.oracle import Oracle
from tests.oracle.histories import Ask, History

AHEAD_DAYS = 400  # how far checks are compared
SUMS = ("given", "at_least", "after", "ceiling", "remaining", "remaining_mg", "over_by")
TOTALS = ("total", "at_least", "ceiling", "remaining", "over_by", "prior")
URGING = {
    "critical-result", "unexplained-cytopenia", "low-lvef", "severe-neutropenia",
    "positive-pregnancy-test", "infection-symptom", "cardiac-symptom", "bleeding-symptom",
}  # fmt: skip
Difference = tuple[str, Ask, Any, Any]  # what, when, the program's, the oracle's


def differences(history: History) -> list[Difference]:
    """Compare gate, checks, warnings and exposure on every day that is asked about."""
    found: list[Difference] = []
    told: dict[int, tuple[cases.Case, Oracle]] = {}  # by how many facts were known
    for ask in history.asks:
        known = sum(row.recorded_at <= ask.known for row in history.clinic.rows)
        if known not in told:
            case = history.clinic.case(ask.as_of, ask.known)
            ours = [each for each in case.treatments if each.timeline.drug == "mitoxantrone"]
            case = replace(case, treatments=tuple(map(_remembering, ours)))
            told[known] = case, history.clinic.oracle(ask.known)
        case, oracle = told[known]
        if not case.treatments:
            continue
        ours, theirs = _program(cases.on_day(case, ask.as_of), ask), _oracle(oracle, ask)
        for what in sorted({*ours, *theirs}):
            one, other = ours.get(what), theirs.get(what)
            if one == other:
                continue
            if isinstance(one, list) and isinstance(other, list):
                one, other = [x for x in one if x not in other], [x for x in other if x not in one]
            found.append((what, ask, one, other))
    return found


class _Remembering(Treatment):
    """What the gate said at an infusion rests on the record alone: asked once for all days."""

    __slots__ = ("said",)

    def ask_at(self, infusion: Infusion) -> Gate:
        known = infusion.event, len(infusion.parts)
        if known not in self.said:
            self.said[known] = super().ask_at(infusion)
        return self.said[known]


def _remembering(treatment: Treatment) -> Treatment:
    found = _Remembering(
        timeline=treatment.timeline, protocols=treatment.protocols, watch=treatment.watch
    )
    object.__setattr__(found, "said", {})
    return found


def _program(case: cases.Case, ask: Ask) -> dict[str, Any]:
    (treatment,) = case.treatments
    told: dict[str, Any] = {}
    words = {key: ask.dose.get(key) for key in ("dose_mg", "height_cm", "weight_kg", "bsa_m2")}
    asked = proposal(on=ask.on, route=ask.dose.get("route", "iv"), bsa_formula=None, **words)
    try:
        gate = cases.ask_gate(case, on=ask.on, proposal=asked)
    except Refused:
        told["gate"] = "no course runs"
    else:
        course = treatment.timeline.course_on(min(ask.on, ask.as_of))
        assert course is not None
        answer = documents.gate_answer(treatment, gate, treatment.protocol_of(course))
        _tell_gate(told, answer)
    until = ask.as_of + timedelta(AHEAD_DAYS)
    both = [evaluate(each, ask.as_of, until=until) for each in (treatment, case.watched)]
    told["checks"] = sorted(
        _check(documents.check_answer("P", check))
        for assessment in both
        for check in assessment.checks
        if check.state not in (CheckState.AHEAD, CheckState.OPEN)
        or check.due <= ask.as_of + timedelta(AHEAD_DAYS)
    )
    told["warnings"] = sorted(
        _warning(documents.warning_answer("P", warning))
        for assessment in both
        for warning in assessment.warnings
    )
    given = documents.exposure_answer(case)
    told |= {f"exposure {key}": given[key] for key in TOTALS if key != "prior"}
    told["doses"] = [_dose(dose) for dose in given["infusions"]]
    return told


def _oracle(oracle: Oracle, ask: Ask) -> dict[str, Any]:
    told: dict[str, Any] = {}
    try:
        answer = oracle.gate(ask.on, ask.as_of, **ask.dose)
    except LookupError:
        told["gate"] = "no course runs"
    else:
        _tell_gate(told, answer)
    until = ask.as_of + timedelta(AHEAD_DAYS)
    listed = oracle.upcoming(ask.as_of, until, [state.value for state in CheckState])
    told["checks"] = sorted(_check(check) for check in listed)
    told["warnings"] = sorted(_warning(warning) for warning in oracle.warnings(ask.as_of))
    given = oracle.exposure(ask.as_of)
    told |= {f"exposure {key}": given[key] for key in TOTALS if key != "prior"}
    told["doses"] = [_dose(dose) for dose in given["infusions"]]
    return told


def _tell_gate(told: dict[str, Any], answer: dict[str, Any]) -> None:
    told["verdict"], told["dose"] = answer["verdict"], answer["dose"]
    told["left out"] = bool(answer.get("left_out"))
    for found in answer["requirements"]:
        # A warning that urges is listed only where no other line speaks of its facts: which line
        # does is a matter of words. That the verdict is not clear is compared.
        if found["rule"] in URGING and found["state"] == "caution":
            continue
        # Nor which of several rules says that a preliminary value would be grave; but what stands
        # until it is waived is compared.
        named = {*URGING, "febrile-neutropenia"}
        if found["rule"] in named and found["state"] == "unknown":
            continue
        told[f"requirement {found['rule']}"] = (found["state"], found["verdict"])
    advice = answer["dose_advice"]
    told["advice"] = advice and (advice["decision"], advice["mg_per_m2"])
    told |= {f"gate {key}": answer["exposure"][key] for key in SUMS}


# The oracle does not know values that were corrected to preliminary or unfit, and go on asking for
# checks: no history has one, the cases do (tests/cases/taken-back.yaml).
def _check(check: dict[str, Any]) -> tuple[str, ...]:
    done = check.get("done_on")
    anchor = check["anchor"]["on"] if "anchor" in check else check["anchor_on"]
    told = [check[key] for key in ("rule", "occurrence", "opens", "due", "overdue_after", "state")]
    told += [anchor, done, check["late"] if check["state"] == "done" else None]
    return tuple(map(str, told))


def _warning(warning: dict[str, Any]) -> tuple[str, ...]:
    numbered = warning["rule"] == "given-against-gate"
    told = [warning[key] for key in ("rule", "severity", "since", "until")]
    told += [warning.get("peak"), warning["occurrence"] if numbered else None]
    return tuple(map(str, told))


def _dose(dose: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(dose[key]) for key in ("on", "mg", "bsa_m2", "mg_per_m2", "running_total"))
