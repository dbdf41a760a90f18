"""The calendar: which checks are expected, in which window, and what was done.

Each kind of rule answers one question: which checks, and when? Matching them with results is
the same for all kinds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.domain.dates import Span, days
from monitor.domain.events import Event, Waiver
from monitor.domain.gate import anchor_of
from monitor.domain.outcome import CheckState, Role
from monitor.domain.protocol import Cite, Protocol, Rule
from monitor.domain.question import applies
from monitor.domain.results import ResultRequired, signs
from monitor.domain.timeline import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """One check that is expected: which time round, when, counted from which fact."""

    occurrence: int
    opens: date
    due: date
    overdue_after: date
    anchor: Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Facts that do a check."""

    on: date  # the day it was done
    oldest: date  # the day of the oldest part, for freshness
    facts: tuple[Event, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing to be done for a patient, and how it stands."""

    rule: str
    title: str
    occurrence: int
    opens: date
    due: date
    overdue_after: date
    state: CheckState
    anchor: Event
    audience: tuple[Role, ...]
    cites: tuple[Cite, ...]
    done_on: date | None = None
    late: bool = False
    facts: tuple[Event, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NextInfusion(Rule):
    """The next infusion itself, and with it the results that its gate asks for."""

    audience: tuple[Role, ...]
    after: Span
    opens_days: int  # before the due day
    overdue_days: int  # after the due day
    plan_used_up_days: int  # an infusion so many days before the booked day uses the booking up

    def expected(self, view: View) -> Expectation | None:
        """Expect the next infusion on the booked day, else a span after the last one."""
        last, plan = view.last_infusion, view.plan(self.plan_used_up_days)
        anchor = anchor_of(view)
        if anchor is None or (last is None and plan is None):
            return None
        due = plan.on if plan else self.after.after(anchor.on)
        return Expectation(
            occurrence=len(view.infusions) + 1,
            opens=due - days(self.opens_days),
            due=due,
            overdue_after=due + days(self.overdue_days),
            anchor=anchor,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """A blood count: several codes measured on one day."""

    codes: tuple[str, ...]

    def evidence(self, view: View) -> list[Evidence]:
        """List the days on which every code was measured."""
        by_day = [{result.on: result for result in view.series(code)} for code in self.codes]
        shared = sorted(set.intersection(*(set(found) for found in by_day)))
        return [
            Evidence(on=day, oldest=day, facts=tuple(found[day] for found in by_day))
            for day in shared
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class AfterEachInfusion(Rule):
    """A check so many days after each infusion."""

    audience: tuple[Role, ...]
    count: Count
    opens_days: int
    due_days: int
    overdue_after_days: int

    def expected(self, view: View, until: date) -> Iterator[Expectation]:
        """Expect one check for every infusion."""
        for number, infusion in enumerate(view.infusions, start=1):
            yield Expectation(
                occurrence=number,
                opens=infusion.on + days(self.opens_days),
                due=infusion.on + days(self.due_days),
                overdue_after=infusion.on + days(self.overdue_after_days),
                anchor=infusion,
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Series(Rule):
    """A check at regular spans from the last infusion on; each infusion starts it anew."""

    audience: tuple[Role, ...]
    count: Count
    every: Span
    lasts: Span | None = None  # None: without end
    opens_days: int  # before the due day
    overdue_days: int  # after the due day

    def expected(self, view: View, until: date) -> Iterator[Expectation]:
        """Expect the occurrences that open or are due by a day, counted from the anchor."""
        anchor = view.last_infusion
        if anchor is None:
            return
        last = self.lasts.after(anchor.on) if self.lasts else None
        number = 1
        while True:
            due = self.every.times(number).after(anchor.on)
            opens = due - days(self.opens_days)
            if opens > until or (last is not None and due > last):
                return
            yield Expectation(
                occurrence=number,
                opens=opens,
                due=due,
                overdue_after=due + days(self.overdue_days),
                anchor=anchor,
            )
            number += 1


@dataclass(frozen=True, kw_only=True, slots=True)
class AtSymptom(Rule):
    """A check on the day of a symptom; several symptoms of one day ask for it once."""

    audience: tuple[Role, ...]
    count: Count
    groups: tuple[str, ...]
    overdue_days: int

    def expected(self, view: View, until: date) -> Iterator[Expectation]:
        """Expect one check for every day with such a symptom."""
        by_day: dict[date, Event] = {}
        for group in self.groups:
            for sign in signs(view, group, date.min, view.day):
                if sign.on not in by_day or sign.event < by_day[sign.on].event:
                    by_day[sign.on] = sign
        for number, day in enumerate(sorted(by_day), start=1):
            yield Expectation(
                occurrence=number,
                opens=day,
                due=day,
                overdue_after=day + days(self.overdue_days),
                anchor=by_day[day],
            )


CheckRule = NextInfusion | AfterEachInfusion | Series | AtSymptom


def follow_up(protocol: Protocol, view: View, *, until: date) -> Iterator[Check]:
    """Work out the checks that go on whatever becomes of the course."""
    for rule in protocol.checks:
        if isinstance(rule, NextInfusion) or not applies(rule.applies_to, view.patient):
            continue
        expectations = sorted(rule.expected(view, max(until, view.day)), key=lambda e: e.opens)
        if expectations:
            yield from _match(rule, expectations, rule.count.evidence(view), view, rule.audience)


def before_infusion(protocol: Protocol, view: View) -> Iterator[Check]:
    """Work out the next infusion and the checks that it needs.

    They open as many days before as they stay fresh, not before the day after the last
    infusion; done results count after the day has passed only while they are still fresh.
    """
    rule = find_next_infusion(protocol)
    expected = rule.expected(view) if rule else None
    if rule is None or expected is None:
        return
    yield from _match(rule, [expected], [], view, rule.audience)
    for required in protocol.requirements:
        if not isinstance(required, ResultRequired):
            continue
        if not applies(required.applies_to, view.patient):
            continue
        yield _needed(required, expected, view, rule.audience)


def next_due(protocol: Protocol, view: View) -> date | None:
    """Find the day the next infusion is due."""
    rule = find_next_infusion(protocol)
    expected = rule.expected(view) if rule else None
    return expected.due if expected else None


def find_next_infusion(protocol: Protocol) -> NextInfusion | None:
    """Find the rule that asks for the next infusion."""
    return next((rule for rule in protocol.checks if isinstance(rule, NextInfusion)), None)


def _needed(
    required: ResultRequired, infusion: Expectation, view: View, audience: tuple[Role, ...]
) -> Check:
    opens = infusion.due - days(required.fresh_days)
    if view.last_infusion is not None:
        opens = max(opens, view.last_infusion.on + days(1))
    expected = Expectation(
        occurrence=infusion.occurrence,
        opens=opens,
        due=infusion.due,
        overdue_after=infusion.due + days(required.check_overdue_days),
        anchor=infusion.anchor,
    )
    still_fresh = view.day - days(required.fresh_days)
    passed = view.day > infusion.due
    evidence = [
        Evidence(on=max(r.on for r in found.results), oldest=found.on, facts=found.results)
        for found in required.evidence(view, opens)
        if not passed or found.on >= still_fresh
    ]
    return next(iter(_match(required, [expected], evidence, view, audience)))


def _match(
    rule: Rule,
    expectations: Sequence[Expectation],
    evidence: Sequence[Evidence],
    view: View,
    audience: tuple[Role, ...],
) -> list[Check]:
    """Give each piece of evidence to the newest occurrence whose window it has reached.

    One piece does at most one occurrence; older undone ones become missed. Expectations come
    in the order in which they open, evidence in the order of days.
    """
    done: dict[int, Evidence] = {}
    for piece in evidence:
        reached = [n for n, e in enumerate(expectations) if e.opens <= piece.oldest]
        if reached and reached[-1] not in done:
            done[reached[-1]] = piece
    newest_done = max(done, default=-1)
    checks = []
    for number, expected in enumerate(expectations):
        piece_done = done.get(number)
        if piece_done is not None:
            state = CheckState.DONE
        elif _waiver(rule, expected, view) is not None:
            state = CheckState.WAIVED
        elif number < newest_done:
            state = CheckState.MISSED
        else:
            state = _by_time(expected, view.day)
        checks.append(
            Check(
                rule=rule.name,
                title=rule.title,
                occurrence=expected.occurrence,
                opens=expected.opens,
                due=expected.due,
                overdue_after=expected.overdue_after,
                state=state,
                anchor=expected.anchor,
                audience=audience,
                cites=rule.cites,
                done_on=piece_done.on if piece_done else None,
                late=piece_done is not None and piece_done.on > expected.overdue_after,
                facts=piece_done.facts if piece_done else (),
            )
        )
    return checks


def _by_time(expected: Expectation, day: date) -> CheckState:
    if day < expected.opens:
        return CheckState.AHEAD
    return CheckState.OPEN if day <= expected.overdue_after else CheckState.OVERDUE


def _waiver(rule: Rule, expected: Expectation, view: View) -> Waiver | None:
    return next(
        (
            waiver
            for waiver in view.timeline.waivers
            if waiver.rule == rule.name
            and waiver.occurrence == expected.occurrence
            and waiver.anchor == expected.anchor.identity
            and waiver.on <= view.day
        ),
        None,
    )


