"""The calendar: what was expected, what was done, and how each check stands."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.domain.dates import days
from monitor.domain.facts import Event, InfusionPlanned, Waiver, is_for_the_next
from monitor.domain.outcome import CheckState, Role
from monitor.domain.protocol import Protocol
from monitor.domain.rule import Cite, Rule
from monitor.domain.rules.expectations import CheckRule, Expectation, Fulfilment
from monitor.domain.rules.question import RequirementRule
from monitor.domain.rules.result import ResultRequired
from monitor.domain.view import View


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
    protocol: str = ""  # digest of the protocol that asks for it
    drug: str = ""
    codes: frozenset[str] = frozenset()  # the results that do it; none: it is no test
    about: str = ""  # the code, of a rule that asks for several of which one does no other

    @property
    def folded_as(self) -> tuple[str, str]:
        """Say of which overdue occurrences the newest stands for the earlier ones."""
        return self.rule, self.about


def follow_up(protocol: Protocol, view: View, *, until: date) -> Iterator[Check]:
    """Work out the checks that go on whatever becomes of the course."""
    for rule in protocol.checks:
        yield from _of_rule(protocol, rule, view, until=until)


def checks_of(protocol: Protocol, name: str, view: View, *, until: date) -> list[Check]:
    """Work out the checks of one rule of the calendar, whatever becomes of the course."""
    return [
        check
        for rule in protocol.checks
        if rule.name == name
        for check in _of_rule(protocol, rule, view, until=until)
    ]


def before_infusion(protocol: Protocol, view: View) -> Iterator[Check]:
    """Work out the next infusion and the checks that it needs.

    They open as many days before as they stay fresh, not before the day after the last
    infusion; done results count after the day has passed only while they are still fresh.
    """
    rule = protocol.next_infusion
    expected = rule.next(view) if rule else None
    if rule is None or expected is None:
        return
    yield from _match(protocol, rule, [expected], [], view, rule.audience)
    for required in protocol.results:
        if required.concerns(view) and _is_needed(required, expected, view):
            yield _needed(protocol, required, expected, view, rule.audience)


def next_due(protocol: Protocol, view: View) -> date | None:
    """Find the day the next infusion is due."""
    rule = protocol.next_infusion
    expected = rule.next(view) if rule else None
    return expected.due if expected else None


def find_booking(protocol: Protocol, view: View) -> InfusionPlanned | None:
    """Find the booking of the next infusion that is in force."""
    rule = protocol.next_infusion
    return view.plan(rule.plan_used_up_days) if rule else None


def _is_needed(required: ResultRequired, infusion: Expectation, view: View) -> bool:
    """Say whether an infusion needs a result: what is asked once a round only at its beginning."""
    if required.before is None:
        return True
    return not _goes_on(view, infusion.due) and required.before.asks(len(view.rounds) + 1)


def _goes_on(view: View, on: date) -> bool:
    return bool(view.rounds) and view.parting.goes_on(view.rounds[-1], on)


def _of_rule(protocol: Protocol, rule: CheckRule, view: View, *, until: date) -> Iterator[Check]:
    if not rule.is_for(view):
        return
    for expected, evidence in rule.asked(protocol.warnings, view, max(until, view.day)):
        yield from _match(protocol, rule, expected, evidence, view, rule.audience)


def _needed(
    protocol: Protocol,
    required: ResultRequired,
    infusion: Expectation,
    view: View,
    audience: tuple[Role, ...],
) -> Check:
    opens = infusion.due - days(required.fresh_days)
    waits = protocol.lowers_counts and required.is_count(protocol.demands)
    beside = view.lowered_beside(infusion.due)
    if waits and beside is not None:
        opens = max(opens, beside.on + days(protocol.demands.counts_from_days))
    if view.last_infusion is not None and not required.serves_several:
        is_new = not _goes_on(view, infusion.due)
        wait = protocol.demands.counts_from_days if is_new and waits else 1
        opens = max(opens, view.last_infusion.on + days(wait))
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
        Fulfilment(on=max(r.on for r in found.results), oldest=found.on, facts=found.results)
        for found in required.answers.evidence(view, opens)
        if not passed or found.on >= still_fresh
    ]
    return _match(protocol, required, [expected], evidence, view, audience)[0]


def _match(
    protocol: Protocol,
    rule: Rule,
    expectations: Sequence[Expectation],
    evidence: Sequence[Fulfilment],
    view: View,
    audience: tuple[Role, ...],
) -> list[Check]:
    """Give each piece of evidence to the newest occurrence whose window it has reached.

    One piece does at most one occurrence; older undone ones become missed. Expectations come
    in the order in which they open, evidence in the order of days.
    """
    opening = [expected.opens for expected in expectations]
    done: dict[int, Fulfilment] = {}
    for piece in evidence:
        newest = bisect_right(opening, piece.oldest) - 1
        if newest >= 0 and newest not in done:
            done[newest] = piece
    newest_done, codes = max(done, default=-1), rule.codes
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
                protocol=protocol.digest,
                drug=protocol.drug,
                codes=codes,
                about=expected.about,
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
            for waiver in view.waivers(rule.name)
            if waiver.occurrence == expected.occurrence
            and waiver.anchor == expected.anchor.identity
            and (not isinstance(rule, RequirementRule) or is_for_the_next(waiver, expected.anchor))
        ),
        None,
    )
