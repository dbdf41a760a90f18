"""Infusions that were given although the gate said hold or stop."""

from collections.abc import Callable, Iterator, Sequence

from monitor.domain.events import Event, Infusion, describe
from monitor.domain.findings import GivenAgainstGate
from monitor.domain.gate import Gate, Requirement
from monitor.domain.outcome import State, Verdict
from monitor.domain.timeline import View
from monitor.domain.warning import Alert

HELD = (Verdict.HOLD, Verdict.STOP)


def given_against_gate(
    rule: GivenAgainstGate, view: View, gate_at: Callable[[Infusion], Gate]
) -> Iterator[Alert]:
    """Ask the gate again for every infusion, as of its day."""
    for number, infusion in enumerate(view.infusions, start=1):
        answer = gate_at(infusion)
        if answer.verdict not in HELD:
            continue
        reasons = [r for r in answer.requirements if _counts(rule, r, infusion)]
        told = [f"{reason.rule}: {reason.message}" for reason in reasons]
        told += answer.notes
        if answer.advice is not None and answer.advice.verdict(dose_given=True) in HELD:
            told.append(answer.advice.message)
        facts: list[Event] = [infusion]
        facts += [fact for reason in reasons for fact in reason.facts if fact is not infusion]
        seen = [infusion, *(fact for reason in reasons for fact in reason.against)]
        if not told or _waived(rule, view, number, infusion, seen):
            continue
        despite = f" Reason given: {infusion.despite}." if infusion.despite else ""
        yield Alert(
            since=infusion.on,
            until=None,
            message=f"{rule.message} {describe(infusion)} on {infusion.on}: "
            f"{'; '.join(told)}.{despite}",
            facts=tuple(dict.fromkeys(facts)),
            anchor=infusion,
            occurrence=number,
        )


def _counts(rule: GivenAgainstGate, requirement: Requirement, infusion: Infusion) -> bool:
    if requirement.verdict not in HELD:
        return False
    recorded_after = (infusion.recorded_on - infusion.on).days
    in_time = recorded_after <= rule.missing_counts_within_days
    return requirement.state is State.NOT_MET or in_time


def _waived(
    rule: GivenAgainstGate, view: View, number: int, infusion: Infusion, facts: Sequence[Event]
) -> bool:
    return any(
        waiver.rule == rule.name
        and waiver.occurrence == number
        and waiver.anchor == infusion.identity
        and waiver.on <= view.day
        and waiver.covers(facts)
        for waiver in view.timeline.waivers
    )
