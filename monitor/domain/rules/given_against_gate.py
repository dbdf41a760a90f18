"""Doses that were given, or begun, although the gate said hold or stop."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from monitor.domain.facts import Dosing, Event, Infusion
from monitor.domain.faults import nothing_wrong
from monitor.domain.outcome import State, Verdict
from monitor.domain.rule import ALWAYS
from monitor.domain.rules.answer import NO_COURSE, Requirement
from monitor.domain.rules.question import AskedUnder
from monitor.domain.rules.warning import Alert, AskAt, RestsOn, WarningRule, waived_at
from monitor.domain.view import View

HELD = (Verdict.HOLD, Verdict.STOP)


class GivenAgainst(NamedTuple):
    """A dose given against the gate: which, and what spoke against it."""

    number: int
    given: Infusion | Dosing
    reasons: list[Requirement]
    told: list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenAgainstGate(WarningRule):
    """A dose given against the gate stands until waived."""

    kind = "given_against_gate"
    acts_where = ALWAYS
    rests_on = RestsOn.GATE
    ends_by_waiver = True
    means: ClassVar = {
        "missing_counts_within": "recorded later, only what was not met counts",
    }

    missing_counts_within_days: int  # recorded later than this, only what was not met counts

    faults = nothing_wrong

    def find(self, _view: View) -> Iterator[Alert]:
        """Find nothing: it takes a gate to tell."""
        yield from ()

    def find_of_doses(
        self, view: View, _protocol: AskedUnder, ask_at: AskAt | None = None
    ) -> Iterator[Alert]:
        """Ask the gate again for every infusion, start and resumption, as of its day.

        What spoke against the first infusion of a round is not said again of the later ones.
        """
        assert ask_at is not None
        for number, given, reasons, told in self.against(view, ask_at):
            more = view.timeline.with_it(given) if isinstance(given, Dosing) else ()
            facts: list[Event] = [given, *more]
            facts += [fact for reason in reasons for fact in reason.facts if fact is not given]
            parts = given.parts if isinstance(given, Infusion) else ()
            seen = [given, *parts, *more, *(fact for reason in reasons for fact in reason.against)]
            if waived_at(self.name, view, number, given, seen):
                continue
            why = given.despite if isinstance(given, Infusion) else given.reason
            despite = f" Reason given: {why}." if why else ""
            words = "; ".join(told).removesuffix(".")
            yield Alert(
                since=given.on,
                until=None,
                message=f"{self.message} {given} on {given.on}: {words}.{despite}",
                facts=tuple(dict.fromkeys(facts)),
                anchor=given,
                occurrence=number,
            )

    def against(self, view: View, ask_at: AskAt) -> Iterator[GivenAgainst]:
        """Go through what was given against the gate, waived since or not."""
        doses: list[Infusion | Dosing] = [*view.infusions, *view.begun]
        said: dict[int, set[str]] = {}
        for number, given in enumerate(doses, start=1):
            answer = ask_at(given)
            if answer.verdict not in HELD:
                continue
            reasons = [r for r in answer.requirements if self._counts(r, given)]
            said[given.event] = {reason.rule for reason in reasons}
            reasons = [r for r in reasons if not _is_of_the_first(r, said)]
            told = [f"{reason.rule}: {reason.message}" for reason in reasons]
            told += [note for note in answer.notes if note != NO_COURSE]
            if answer.advice is not None and answer.advice.verdict(dose_given=True) in HELD:
                told.append(answer.advice.message)
            if told:
                yield GivenAgainst(number, given, reasons, told)

    def _counts(self, requirement: Requirement, given: Infusion | Dosing) -> bool:
        if requirement.verdict not in HELD:
            return False
        recorded_after = (given.recorded_on - given.on).days
        in_time = recorded_after <= self.missing_counts_within_days
        return requirement.state is State.NOT_MET or in_time


def _is_of_the_first(requirement: Requirement, said: Mapping[int, Collection[str]]) -> bool:
    first = requirement.begun_by
    return first is not None and requirement.rule in said.get(first.event, ())
