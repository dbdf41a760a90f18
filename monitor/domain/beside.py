"""The warnings that a gate lists beside its own requirements, of every drug and of everybody."""

from collections.abc import Collection, Iterator
from datetime import date

from monitor.domain.facts import Event, Infusion
from monitor.domain.finding import Finding
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
    protocol: Protocol,
    timeline: Timeline,
    watch: Watch | None,
    view: View,
    said: Collection[Event],
) -> Iterator[tuple[Rule, Finding]]:
    """Go through what stands beside a drug's gate: of its own warnings, everybody's, other drugs'.

    First come the kinds that hold by themselves: what rests on the same facts is said by them.
    Left out is a symptom that one of the gate's own requirements asks a newer result for: with
    such a result the contract calls it answered (§6, "after a symptom").
    """
    day = view.day
    asked = [(rule, protocol, view) for rule in _grave(protocol, timeline, day, watch)]
    if watch is not None:
        everybodys = watch.view(day, _taken_as_given(watch, view))
        asked += [(rule, watch.protocol, everybodys) for rule in watch.protocol.warnings]
        for of_other, protocols in watch.drugs:
            course = of_other.course_on(day)
            if of_other.drug != timeline.drug and course is not None:
                other = protocols[course.pinned_by.identity]
                seen = other.view(of_other, day)
                asked += [(rule, other, seen) for rule in _grave(other, of_other, day, watch)]
    for rule, of, seen in sorted(asked, key=lambda one: not one[0].leads_gate):
        if rule.symptoms not in protocol.symptoms_answered:
            stands = _asked(rule, seen, said, of)
            if stands is not None:
                yield stands


def _grave(
    protocol: Protocol, timeline: Timeline, day: date, watch: Watch | None
) -> Iterator[WarningRule]:
    for rule in acting(protocol, timeline, day, watch):
        if rule.may_be_grave and rule.rests_on is not RestsOn.GATE:
            yield rule


def _taken_as_given(watch: Watch, view: View) -> list[Infusion]:
    """List everybody's infusions with those of the gate's own drug that the gate takes as given."""
    taken = {infusion.event for infusion in view.infusions}  # one without its later parts too
    return [
        infusion
        for infusion in watch.timeline.infusions
        if infusion.on <= view.day
        and (infusion.drug != view.timeline.drug or infusion.event in taken)
    ]


def _asked(
    rule: WarningRule, view: View, said: Collection[Event], protocol: Protocol
) -> tuple[Rule, Finding] | None:
    if not rule.is_for(view):
        return None
    if rule.rests_on is RestsOn.PROTOCOL:
        return listed(rule, rule.find_of_doses(view, protocol), said)

    def ask(view: View) -> tuple[Rule, Finding] | None:
        return rule.requirement(view, said)

    found = ask(view)
    if found is not None and found[1].outcome.rank >= Outcome.UNKNOWN.rank:
        return found
    open_still = left_open(rule, view, said, protocol.checks)
    return as_before(ask, view) or open_still or found
