"""The question the domain answers: what is due, what is dangerous, may the next one go ahead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from monitor.domain.against import given_against_gate
from monitor.domain.checks import Check, before_infusion, find_booking, follow_up, next_due
from monitor.domain.events import Dosing, Infusion
from monitor.domain.findings import GivenAgainstGate, LowLines
from monitor.domain.gate import Gate, gate, gate_at
from monitor.domain.given_wrong import OverdoseOrWrongRoute
from monitor.domain.outcome import Verdict
from monitor.domain.protocol import Protocol
from monitor.domain.question import Proposal, applies
from monitor.domain.rules import WarningRule
from monitor.domain.timeline import Course, Timeline
from monitor.domain.view import View
from monitor.domain.warning import Alert, SafetyWarning, Warned, Window


@dataclass(frozen=True, kw_only=True, slots=True)
class Treatment:
    """One patient's treatment with one drug: the facts, and the protocol of each course."""

    timeline: Timeline
    protocols: Mapping[int, Protocol]  # identity of a course's start, or move -> its protocol

    def protocol_of(self, course: Course) -> Protocol:
        """Give the protocol that a course is pinned to."""
        return self.protocols[course.pinned_by.identity]

    def ask(self, *, on: date, today: date, proposal: Proposal) -> Gate:
        """Ask the gate of the newest course for a day."""
        course = self.timeline.course_on(min(on, today)) or self.timeline.courses[0]
        protocol = self.protocol_of(course)
        return gate(
            protocol,
            self.timeline,
            on=on,
            today=today,
            proposal=proposal,
            standing=_standing(protocol),
        )

    def ask_at(self, given: Infusion | Dosing) -> Gate:
        """Ask what the gate said when an infusion was given, or a daily drug begun."""
        course = self.timeline.course_of(given) or self.timeline.courses[0]
        protocol = self.protocol_of(course)
        return gate_at(protocol, self.timeline, given, standing=_standing(protocol))


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """Where one treatment stands on a day."""

    checks: tuple[Check, ...]  # by due day, then rule, then occurrence
    warnings: tuple[SafetyWarning, ...]  # gravest first, then oldest first


def evaluate(treatment: Treatment, today: date, *, until: date | None = None) -> Assessment:
    """Work out checks and warnings on a day; series without end are shown up to `until`.

    The running course's protocol asks for the next infusion and judges facts; what an
    infusion started (follow-up and windows) goes by the protocol of that infusion's course,
    so that a new course takes no follow-up away before it has given an infusion.
    """
    return _assess(treatment, today, until or today, left_out=())


def foresee(treatment: Treatment, today: date, *, until: date) -> Assessment:
    """Evaluate what time alone may change, which is most of the answer and a third of the work.

    Left out is what was given against the gate: it stands until a person ends it.
    """
    return _assess(treatment, today, until, left_out=(GivenAgainstGate,))


def _assess(
    treatment: Treatment, today: date, until: date, *, left_out: tuple[type[Warned], ...]
) -> Assessment:
    view = View(treatment.timeline, today)
    course = view.course
    if course is None or treatment.timeline.closed(today) is not None:
        return Assessment(checks=(), warnings=())
    current = treatment.protocol_of(course)
    followed = current
    if view.last_given is not None:
        of_last = treatment.timeline.course_of(view.last_given)
        followed = treatment.protocol_of(of_last or course)
    view = current.view(treatment.timeline, today)
    since = view if followed is current else followed.view(treatment.timeline, today)
    checks = list(follow_up(followed, since, until=until))
    if course.running(today) and course.paused(today) is None:
        due = next_due(current, view)
        if due is not None:
            asked = treatment.ask(on=max(due, today), today=today, proposal=Proposal())
            is_booked = find_booking(current, view) is not None
            if asked.verdict is not Verdict.STOP and (is_booked or not asked.little_left):
                checks += before_infusion(current, view)
    warnings = [
        warning
        for rule in current.warnings
        if not isinstance(rule, (Window, *left_out))
        for warning in _warn(rule, _found(rule, treatment, view), view)
    ]
    warnings += [
        warning
        for rule in followed.warnings
        if isinstance(rule, Window)
        for warning in _warn(rule, rule.find(since), since)
    ]
    return Assessment(
        checks=tuple(sorted(checks, key=lambda c: (c.due, c.rule, c.occurrence))),
        warnings=tuple(sorted(warnings, key=lambda w: (-w.severity.rank, w.since, w.rule))),
    )


def _standing(protocol: Protocol) -> list[LowLines]:
    return [rule for rule in protocol.warnings if isinstance(rule, LowLines)]


def _found(rule: WarningRule, treatment: Treatment, view: View) -> Iterable[Alert]:
    if isinstance(rule, GivenAgainstGate):
        return given_against_gate(rule, view, treatment.ask_at)
    if isinstance(rule, OverdoseOrWrongRoute):
        if view.course is None:
            return ()
        protocol = treatment.protocol_of(view.course)
        return rule.find_by(protocol.requirements, protocol.demands.overdose_times, view)
    return rule.find(view)


def _warn(rule: Warned, alerts: Iterable[Alert], view: View) -> Iterable[SafetyWarning]:
    if not applies(rule.applies_to, view.patient):
        return
    for alert in alerts:
        yield SafetyWarning(
            key=f"{view.timeline.patient}:{rule.name}:{alert.anchor.event}",
            rule=rule.name,
            occurrence=alert.occurrence,
            severity=alert.severity or rule.severity,
            since=alert.since,
            until=alert.until,
            message=alert.message,
            patient_message=rule.patient_message,
            facts=alert.facts,
            cites=rule.cites,
            peak=alert.peak,
            anchor=alert.anchor,
        )
