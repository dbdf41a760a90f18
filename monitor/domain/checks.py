"""The calendar: what was expected, what was done, and how each check stands."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.domain.facts import Event, InfusionPlanned, is_for_the_next
from monitor.domain.outcome import CheckState, Role
from monitor.domain.protocol import Protocol, first
from monitor.domain.rule import Cite, Rule
from monitor.domain.rules.expectations import CheckRule, Expectation, Fulfilment
from monitor.domain.rules.requirement import RequirementRule
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

    def last_day(self, today: date) -> date:
        """Give the last day on which it can be done: what is overdue, as long as it is."""
        is_overdue = self.state is CheckState.OVERDUE
        return max(self.overdue_after, today) if is_overdue else self.overdue_after


Test = tuple[str, Check, date]  # whose check, and what day it is there


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
    for rule in protocol.checks:
        expected = rule.next(view)
        if expected is None:
            continue
        yield from _match(protocol, rule, [expected], [], view, rule.audience)
        for required in protocol.requirements:
            asked = required.asked_before(expected, view, protocol)
            if asked is not None and required.concerns(view):
                yield from _match(protocol, required, *asked, view, rule.audience)


def next_due(protocol: Protocol, view: View) -> date | None:
    """Find the day the next infusion is due."""
    expected = first(rule.next(view) for rule in protocol.checks)
    return expected.due if expected else None


def find_booking(protocol: Protocol, view: View) -> InfusionPlanned | None:
    """Find the booking of the next infusion that is in force."""
    return first(rule.booking(view) for rule in protocol.checks)


def _of_rule(protocol: Protocol, rule: CheckRule, view: View, *, until: date) -> Iterator[Check]:
    if not rule.is_for(view):
        return
    for expected, evidence in rule.asked(protocol.warnings, view, max(until, view.day)):
        yield from _match(protocol, rule, expected, evidence, view, rule.audience)


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
        elif _is_waived(rule, expected, view):
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


def _is_waived(rule: Rule, expected: Expectation, view: View) -> bool:
    return any(
        not isinstance(rule, RequirementRule) or is_for_the_next(waiver, expected.anchor)
        for waiver in view.waivers(rule.name, (expected.occurrence, expected.anchor))
    )


def bundle(tests: Sequence[Test]) -> list[list[int]]:
    """Group the positions of the checks that one test on one day does, across drugs.

    The codes of one contain those of the other, there is a day on which all would do, and no
    rule stands in a group twice, because one result does at most one occurrence. Within a drug
    nothing is grouped: there a protocol says itself what is done at once.
    """
    groups: list[list[int]] = []
    for position in sorted(range(len(tests)), key=lambda n: -len(tests[n][1].codes)):
        for group in groups:
            if _fits(tests[position], [tests[n] for n in group]):
                group.append(position)
                break
        else:
            groups.append([position])
    return sorted(sorted(group) for group in groups)


def _fits(one: Test, group: Sequence[Test]) -> bool:
    who, check, _ = one
    whose, widest, _ = group[0]  # they come with the most codes first
    return (
        bool(check.codes)
        and check.codes <= widest.codes
        and who == whose
        and check.drug != widest.drug
        and all((check.drug, check.rule) != (other.drug, other.rule) for _, other, _ in group)
        and max(other.opens for _, other, _ in (one, *group))
        <= min(other.last_day(today) for _, other, today in (one, *group))
    )
