"""Infusions that were given although the gate said hold or stop."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from monitor.domain.events import Event, Infusion, describe
from monitor.domain.gate import Gate, Requirement, covers
from monitor.domain.outcome import State, Verdict
from monitor.domain.timeline import View
from monitor.domain.warning import Alert, Warned

HELD = (Verdict.HOLD, Verdict.STOP)


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenAgainstGate(Warned):
    """An infusion given against the gate: stands until a person waives it."""

    missing_counts_within_days: int  # recorded later than this, only what was not met counts

    def find(self, view: View, gate_at: Callable[[Infusion], Gate]) -> Iterator[Alert]:
        """Ask the gate again for every infusion, as of its day."""
        for number, infusion in enumerate(view.infusions, start=1):
            answer = gate_at(infusion)
            if answer.verdict not in HELD:
                continue
            reasons = [r for r in answer.requirements if self._counts(r, infusion)]
            told = [f"{reason.rule}: {reason.message}" for reason in reasons]
            told += answer.notes
            if answer.advice is not None and answer.advice.verdict(dose_given=True) in HELD:
                told.append(answer.advice.message)
            facts: list[Event] = [infusion]
            facts += [fact for reason in reasons for fact in reason.facts if fact is not infusion]
            if not told or self._waived(view, number, infusion, facts):
                continue
            despite = f" Reason given: {infusion.despite}." if infusion.despite else ""
            yield Alert(
                since=infusion.on,
                until=None,
                message=f"{self.message} {describe(infusion)} on {infusion.on}: "
                f"{'; '.join(told)}.{despite}",
                facts=tuple(dict.fromkeys(facts)),
                anchor=infusion,
                occurrence=number,
            )

    def _counts(self, requirement: Requirement, infusion: Infusion) -> bool:
        if requirement.verdict not in HELD:
            return False
        recorded_after = (infusion.recorded_on - infusion.on).days
        return (
            requirement.state is State.NOT_MET or recorded_after <= self.missing_counts_within_days
        )

    def _waived(self, view: View, number: int, infusion: Infusion, facts: list[Event]) -> bool:
        return any(
            waiver.rule == self.name
            and waiver.occurrence == number
            and waiver.anchor == infusion.identity
            and waiver.on <= view.day
            and covers(waiver, facts)
            for waiver in view.timeline.waivers
        )
