"""What came due for a patient and what became of it: counted for a clinic's own audit.

A check is counted once, where it stands today. What a newer infusion took the place of stands as
on the day of that infusion, and what an infusion needed as when it was given.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor.domain.assessment import Followed, Treatment, foresee
from monitor.domain.checks import Check, before_infusion, find_booking, follow_up
from monitor.domain.dates import days
from monitor.domain.facts import BookingCancelled, Dosing, Infusion, InfusionPlanned
from monitor.domain.outcome import CheckState
from monitor.domain.protocol import Protocol
from monitor.domain.rules.given_against_gate import HELD, GivenAgainstGate
from monitor.domain.view import View


class Fate(StrEnum):
    """What became of a check that came due."""

    IN_TIME = "in_time"
    LATE = "late"
    MISSED = "missed"  # not done, and it never will be
    WAIVED = "waived"
    OPEN = "open"
    OVERDUE = "overdue"  # open, and its last day has passed


@dataclass(frozen=True, kw_only=True, slots=True)
class CameDue:
    """A check that came due on a day, and what became of it."""

    rule: str
    on: date
    fate: Fate


def came_due(followed: Followed, today: date, *, since: date) -> Iterator[CameDue]:
    """Go through the checks that came due from a day on, while the patient was watched."""
    closed = followed.timeline.closed(today)
    day = today if closed is None else closed.on - days(1)
    stood = foresee(followed, day, until=day).checks
    found = [*_judged(stood, day, is_over=closed is not None)]
    if isinstance(followed, Treatment):
        known = {_which(check) for check in stood}
        for given in reversed(followed.timeline.infusions):
            if since <= given.on <= day:
                found += _before(followed, given, known)
    for one in found:
        if one.on >= since and followed.timeline.closed(one.on) is None:
            yield one


def doses_given(treatment: Treatment, today: date, *, since: date, until: date) -> tuple[int, int]:
    """Count infusions, starts and resumptions within two days, and those against the gate.

    A waiver of today does not undo that the gate spoke against it then.
    """
    view = treatment.view(min(today, until))
    doses: list[Infusion | Dosing] = [*view.infusions, *view.begun]
    within = {dose.event: dose for dose in doses if dose.on >= since}
    rules = [
        rule
        for rule in treatment.protocol_at(view.day).warnings
        if isinstance(rule, GivenAgainstGate)
    ]
    if rules:
        against = {one.given.event for r in rules for one in r.against(view, treatment.ask_at)}
    else:
        against = {e for e, dose in within.items() if treatment.ask_at(dose).verdict in HELD}
    return len(within), len(against & within.keys())


def _before(
    treatment: Treatment, given: Infusion, known: set[tuple[str, int, int]]
) -> Iterator[CameDue]:
    """Judge what an infusion needed, and what had come due when it took the place of it."""
    protocol = treatment.protocol_at(given.on)
    view = _when_given(treatment, protocol, given)
    if not view.goes_on(given.on):  # a further day of a round is asked for by nothing
        asks = protocol.next_infusion
        for check in before_infusion(protocol, view):
            if asks is not None and check.rule == asks.name:
                is_late = given.on > check.overdue_after
                fate = Fate.LATE if is_late else Fate.IN_TIME
            else:
                fate = _fate(check, is_over=True) or Fate.MISSED
            yield CameDue(rule=check.rule, on=min(check.due, given.on), fate=fate)
    last = view.last_infusion
    if last is not None:
        course = treatment.timeline.course_of(last)
        before = treatment.protocol_of(course) if course is not None else protocol
        seen = before.view(view.timeline, given.on)
        passed = [c for c in follow_up(before, seen, until=given.on) if _which(c) not in known]
        known.update(_which(check) for check in passed)
        yield from _judged(passed, given.on - days(1), is_over=True)


def _when_given(treatment: Treatment, protocol: Protocol, given: Infusion) -> View:
    """Look at the day of an infusion before it was given, with the booking that it used up."""
    timeline = treatment.timeline
    cancelled = [c.event for c in timeline.of(BookingCancelled) if c.event < given.event]
    booked = [
        plan
        for plan in timeline.of(InfusionPlanned)
        if max(cancelled, default=-1) < plan.event < given.event
    ]
    for plan in sorted(booked, key=lambda plan: -plan.event):
        view = protocol.view(timeline.when_given(given, plan), given.on)
        after = protocol.view(view.timeline, given.on, infusions=[*view.infusions, given])
        if find_booking(protocol, view) and not find_booking(protocol, after):
            return view
    return protocol.view(timeline.when_given(given, None), given.on)


def _judged(checks: Iterable[Check], day: date, *, is_over: bool) -> Iterator[CameDue]:
    """Say what became of the checks that had come due by a day."""
    for check in checks:
        fate = _fate(check, is_over=is_over)
        if check.due <= day and fate is not None:
            yield CameDue(rule=check.rule, on=check.due, fate=fate)


def _fate(check: Check, *, is_over: bool) -> Fate | None:
    """Say what became of a check; None of one that ended before its last day."""
    match check.state:
        case CheckState.DONE:
            return Fate.LATE if check.late else Fate.IN_TIME
        case CheckState.MISSED | CheckState.WAIVED:
            return Fate(check.state)
        case CheckState.OVERDUE:
            return Fate.MISSED if is_over else Fate.OVERDUE
        case _:
            return None if is_over else Fate.OPEN


def _which(check: Check) -> tuple[str, int, int]:
    return check.rule, check.occurrence, check.anchor.identity
