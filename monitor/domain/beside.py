"""The warnings that a gate lists beside its own requirements, of every drug and of everybody."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from monitor.domain.facts import Event
from monitor.domain.finding import Finding
from monitor.domain.gate import StandingFindings
from monitor.domain.outcome import Outcome
from monitor.domain.protocol import Protocol
from monitor.domain.rule import Rule
from monitor.domain.rules.warning import RestsOn, WarningRule, listed
from monitor.domain.timeline import Timeline
from monitor.domain.unconfirmed import as_before, left_open
from monitor.domain.view import View
from monitor.domain.watch import Watch


def acting(
    protocol: Protocol, timeline: Timeline, day: date, watch: Watch | None
) -> list[WarningRule]:
    """List a protocol's warning rules without those that the watch has taken over.

    Those of its own table act as long as the table does.
    """
    taken = watch.rules if watch is not None else frozenset()
    ended = frozenset(protocol.own_table) - protocol.judged(timeline, day)
    acts = [rule for rule in protocol.warnings if rule.name not in taken]
    return [rule for rule in acts if not rule.is_judged_by(ended)] if ended else acts


def standing(
    protocol: Protocol, timeline: Timeline, day: date, watch: Watch | None
) -> list[StandingFindings]:
    """List what the gate of a drug looks at: its own warnings, those of other drugs, everybody's.

    First come the kinds that hold by themselves: what rests on the same facts is said by them.
    Left out is a symptom that one of the gate's own requirements asks a newer result for: with
    such a result the contract calls it answered (§6, "after a symptom").
    """
    own = [OfDrug(rule, protocol, timeline) for rule in _grave(protocol, timeline, day, watch)]
    others: list[OfDrug | OfEverybody] = []
    if watch is not None:
        others += [OfEverybody(rule, watch) for rule in watch.protocol.warnings]
        others += [
            OfDrug(rule, other, of_other, is_other=True)
            for of_other, protocols in watch.drugs
            if of_other.drug != timeline.drug and (course := of_other.course_on(day)) is not None
            for other in [protocols[course.pinned_by.identity]]
            for rule in _grave(other, of_other, day, watch)
        ]
    answered = {
        required.answers_symptoms
        for required in protocol.requirements
        if required.answers_symptoms is not None
    }
    found = [one for one in (*own, *others) if one.rule.symptoms not in answered]
    return [*sorted(found, key=lambda one: not one.rule.leads_gate)]


def _grave(
    protocol: Protocol, timeline: Timeline, day: date, watch: Watch | None
) -> Iterator[WarningRule]:
    for rule in acting(protocol, timeline, day, watch):
        if rule.may_be_grave and rule.rests_on is not RestsOn.GATE:
            yield rule


@dataclass(frozen=True, slots=True)
class OfDrug:
    """A warning rule of a drug as a gate asks it."""

    rule: WarningRule
    protocol: Protocol
    timeline: Timeline
    is_other: bool = False  # the gate is that of another drug

    def requirement(self, view: View, said: Collection[Event]) -> tuple[Rule, Finding] | None:
        """Find the requirement, if the warning stands on the day of the view."""
        rule = self.rule
        if self.is_other:
            view = self.protocol.view(self.timeline, view.day)
        if not rule.is_for(view):
            return None
        if rule.rests_on is RestsOn.PROTOCOL:
            return listed(rule, rule.find_of_doses(view, self.protocol), said)
        return _asked(rule, view, said, self.protocol)


@dataclass(frozen=True, slots=True)
class OfEverybody:
    """A rule of the watch as the gate of one drug asks it: with that gate's infusions."""

    rule: WarningRule
    watch: Watch

    def requirement(self, view: View, said: Collection[Event]) -> tuple[Rule, Finding] | None:
        """Find the requirement on the day of a drug's view, if the warning stands."""
        taken = {infusion.event for infusion in view.infusions}  # one without its later parts too
        infusions = [
            infusion
            for infusion in self.watch.timeline.infusions
            if infusion.on <= view.day
            and (infusion.drug != view.timeline.drug or infusion.event in taken)
        ]
        view = self.watch.view(view.day, infusions)
        return _asked(self.rule, view, said, self.watch.protocol)


def _asked(
    rule: WarningRule, view: View, said: Collection[Event], protocol: Protocol
) -> tuple[Rule, Finding] | None:
    def ask(view: View) -> tuple[Rule, Finding] | None:
        return rule.requirement(view, said)

    found = ask(view)
    if found is not None and found[1].outcome.rank >= Outcome.UNKNOWN.rank:
        return found
    open_still = left_open(rule, view, said, protocol.checks)
    return as_before(ask, view) or open_still or found
