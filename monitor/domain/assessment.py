"""The question the domain answers: what is due, what is dangerous, may the next one go ahead."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from monitor.domain import unconfirmed
from monitor.domain.beside import acting, standing
from monitor.domain.checks import Check, before_infusion, find_booking, follow_up, next_due
from monitor.domain.course import Course
from monitor.domain.facts import Dosing, Infusion
from monitor.domain.gate import gate, gate_at
from monitor.domain.intake import taken_up_on
from monitor.domain.outcome import URGENCIES, Verdict
from monitor.domain.protocol import Protocol
from monitor.domain.rules.answer import Gate
from monitor.domain.rules.question import Proposal
from monitor.domain.rules.warning import Alert, RestsOn, SafetyWarning, WarningRule
from monitor.domain.timeline import Timeline
from monitor.domain.view import View
from monitor.domain.watch import Watch, settled

_OF_DOSES = (RestsOn.PROTOCOL, RestsOn.GATE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Treatment:
    """One patient's treatment with one drug: the facts, and the protocol of each course."""

    timeline: Timeline
    protocols: Mapping[int, Protocol]  # identity of a course's start, or move -> its protocol
    watch: Watch | None = None  # what every patient is watched for; None: a drug by itself

    def protocol_of(self, course: Course) -> Protocol:
        """Give the protocol that a course is pinned to."""
        return self.protocols[course.pinned_by.identity]

    def course_at(self, day: date) -> Course:
        """Give the newest course of a day; before all of them the first."""
        return self.timeline.course_on(day) or self.timeline.courses[0]

    def protocol_at(self, day: date) -> Protocol:
        """Give the protocol of the newest course of a day."""
        return self.protocol_of(self.course_at(day))

    def view(self, day: date) -> View:
        """Look at the facts on a day as the protocol of the newest course does."""
        return self.protocol_at(day).view(self.timeline, day)

    def ask(self, *, on: date, today: date, proposal: Proposal) -> Gate:
        """Ask the gate of the newest course for a day."""
        day = min(on, today)
        protocol = self.protocol_at(day)
        known = [step for step in self.timeline.taking if step.on <= day]
        taken_up = taken_up_on(known, on)
        seen = self._without(taken_up)
        # To resume a course gives nothing: what is named is what somebody recorded of a dose.
        taken_up = [step for step in taken_up if step.of_course is None]
        return gate(
            protocol,
            seen.timeline,
            on=on,
            today=today,
            proposal=proposal,
            standing=partial(standing, protocol, seen.timeline, seen.watch),
            taken_up=taken_up,
        )

    def ask_at(self, given: Infusion | Dosing) -> Gate:
        """Ask what the gate said when an infusion was given, or a daily drug begun."""
        protocol = self.protocol_at(given.on)
        past = self.timeline.before(given) if isinstance(given, Dosing) else []
        taking = self.timeline.taking if isinstance(given, Dosing) else []
        since = [step for step in taking if step not in past]
        before = self._without(since)
        beside = partial(standing, protocol, before.timeline, before.watch)
        return gate_at(protocol, self.timeline, given, standing=beside)

    def _without(self, steps: Sequence[Dosing]) -> "Treatment":
        """Look at the same treatment as if some steps were not on record: nothing calms by them."""
        if not steps:  # of most patients
            return self
        seen = self.timeline.without(steps)
        return replace(self, timeline=seen, watch=self.watch and self.watch.seeing(seen))

    def acting(self, protocol: Protocol, day: date) -> list[WarningRule]:
        """List a protocol's warning rules that act on a day."""
        return acting(protocol, self.timeline, day, self.watch)

    def grave(self, today: date) -> list[SafetyWarning]:
        """List the urgent warnings of the newest course's protocol that facts give rise to."""
        course = self.timeline.course_on(today)
        if course is None:
            return []
        protocol = self.protocol_of(course)
        view = protocol.view(self.timeline, today)
        return [
            warning
            for rule in self.acting(protocol, today)
            if rule.severity in URGENCIES and rule.rests_on is RestsOn.FACTS
            for warning in rule.warnings(unconfirmed.found(rule, view), view)
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """What is followed with no drug: the watch, beside the treatments of the patient."""

    watch: Watch
    treatments: tuple[Treatment, ...] = ()

    @property
    def timeline(self) -> Timeline:
        """Give the facts, with the infusions of every drug."""
        return self.watch.timeline

    @property
    def protocols(self) -> Mapping[int, Protocol]:
        """Give the protocol, as a treatment gives those of its courses."""
        return {0: self.watch.protocol}

    def protocol_at(self, _day: date) -> Protocol:
        """Give the protocol, as a treatment gives that of a day."""
        return self.watch.protocol

    def view(self, day: date) -> View:
        """Look at all facts on a day."""
        return self.watch.view(day)


Followed = Treatment | Watched


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """Where one treatment stands on a day."""

    checks: tuple[Check, ...]  # by due day, then rule, then occurrence
    warnings: tuple[SafetyWarning, ...]  # gravest first, then oldest first


def evaluate(followed: Followed, today: date, *, until: date | None = None) -> Assessment:
    """Work out checks and warnings on a day; series without end are shown up to `until`.

    The running course's protocol asks for the next infusion and judges facts; what an
    infusion started (follow-up and windows) goes by the protocol of that infusion's course,
    so that a new course takes no follow-up away before it has given an infusion.
    """
    return _assess(followed, today, until or today)


def warn(followed: Followed, today: date) -> Assessment:
    """Work out the warnings of a day, and no check: half of the work."""
    return _assess(followed, today, None)


def foresee(followed: Followed, today: date, *, until: date) -> Assessment:
    """Evaluate what time alone may change, which is most of the answer and a third of the work.

    Left out is what was given against the gate: it stands until a person ends it.
    """
    return _assess(followed, today, until, left_out=RestsOn.GATE)


def _assess(
    followed: Followed, today: date, until: date | None, *, left_out: RestsOn | None = None
) -> Assessment:
    if isinstance(followed, Watched):
        return _assess_watched(followed, today, until)
    treatment = followed
    view = View(treatment.timeline, today)
    course = view.course
    if course is None or treatment.timeline.closed(today) is not None:
        return Assessment(checks=(), warnings=())
    current = treatment.protocol_of(course)
    of_last_dose = current
    if view.last_given is not None:
        of_last = treatment.timeline.course_of(view.last_given)
        of_last_dose = treatment.protocol_of(of_last or course)
    view = current.view(treatment.timeline, today)
    since = view if of_last_dose is current else of_last_dose.view(treatment.timeline, today)
    checks = [] if until is None else list(follow_up(of_last_dose, since, until=until))
    if until is not None and course.running(today) and course.paused(today) is None:
        due = next_due(current, view)
        if due is not None:
            asked = treatment.ask(on=max(due, today), today=today, proposal=Proposal())
            is_booked = find_booking(current, view) is not None
            if asked.verdict is not Verdict.STOP and (is_booked or not asked.little_left):
                checks += before_infusion(current, view)
    warnings = [
        warning
        for rule in treatment.acting(current, today)
        if rule.rests_on not in (RestsOn.LAST_DOSE, left_out)
        for warning in rule.warnings(_found(rule, treatment, view), view)
    ]
    warnings += [
        warning
        for rule in treatment.acting(of_last_dose, today)
        if rule.rests_on is RestsOn.LAST_DOSE
        for warning in rule.warnings(rule.find(since), since)
    ]
    return _sorted(checks, warnings)


def _assess_watched(watched: Watched, today: date, until: date | None) -> Assessment:
    watch = watched.watch
    if watch.timeline.closed(today) is not None:
        return Assessment(checks=(), warnings=())
    view = watch.view(today)
    found = [
        warning
        for rule in watch.protocol.warnings
        if rule.rests_on not in _OF_DOSES
        for warning in rule.warnings(unconfirmed.found(rule, view), view)
    ]
    others = [warning for treatment in watched.treatments for warning in treatment.grave(today)]
    checks = [] if until is None else list(follow_up(watch.protocol, view, until=until))
    return _sorted(checks, settled(watch.protocol, found, others))


def _sorted(checks: Iterable[Check], warnings: Iterable[SafetyWarning]) -> Assessment:
    return Assessment(
        checks=tuple(sorted(checks, key=lambda c: (c.due, c.rule, c.occurrence))),
        warnings=tuple(sorted(warnings, key=lambda w: (-w.severity.rank, w.since, w.rule))),
    )


def _found(rule: WarningRule, treatment: Treatment, view: View) -> Iterable[Alert]:
    if rule.rests_on not in _OF_DOSES:
        return unconfirmed.found(rule, view)
    assert view.course is not None  # without one there is nothing to assess
    return rule.find_of_doses(view, treatment.protocol_of(view.course), treatment.ask_at)
