"""Why: the rule, its sources, the facts it used, and the arithmetic."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from monitor import protocols
from monitor.domain.assessment import Followed, Treatment
from monitor.domain.checks import Check
from monitor.domain.facts import Event, Result
from monitor.domain.outcome import CheckState
from monitor.domain.protocol import Protocol
from monitor.domain.rule import Rule
from monitor.domain.rules.answer import Requirement
from monitor.domain.rules.expectations import Count
from monitor.domain.rules.question import Proposal
from monitor.domain.rules.warning import SafetyWarning
from monitor.domain.view import View
from monitor.errors import NotFound
from monitor.service.asking.cases import Case, assess, far_ahead
from monitor.service.asking.identity import Person, person_of
from monitor.service.input import text_fields


@dataclass(frozen=True, kw_only=True, slots=True)
class CitedSource:
    """A place in a source, with where to find it."""

    source: str
    where: str
    kind: str
    title: str
    address: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Why a rule says what it says of a patient."""

    person: Person
    rule: str
    title: str
    protocol: Protocol
    as_of: date
    occurrence: int | None
    answer: str
    because: tuple[str, ...]
    facts: tuple[Event, ...]
    arithmetic: tuple[str, ...]

    def sources(self) -> Iterator[CitedSource]:
        """List where the rule comes from."""
        for cite in self.protocol.named[self.rule].cites:
            source = self.protocol.sources[cite.source]
            yield CitedSource(
                source=cite.source,
                where=cite.where,
                kind=cite.kind.value,
                title=source.title,
                address=source.address,
            )


def explain(case: Case, rule: str, *, occurrence: int | None, named: str | None) -> Explanation:
    """Explain what a rule says of a patient today; raises NotFound for an unknown rule."""
    followed = case.follower(rule, named)
    protocol = followed.protocol_at(case.today)
    clause = find_rule(protocol, rule)
    coming, requirement = _requirement(case, followed, rule, occurrence)
    of_rule = [
        check
        for t, assessment in assess(case, until=far_ahead(case.today, occurrence))
        if t is followed
        for check in assessment.checks
        if check.rule == rule
    ]
    checks = [check for check in of_rule if occurrence in (None, check.occurrence)]
    of_warning = [
        warning
        for t, assessment in assess(case)
        if t is followed
        for warning in assessment.warnings
        if warning.rule == rule
    ]
    warnings = [w for w in of_warning if occurrence in (None, w.occurrence)]
    if occurrence is not None and not (checks or warnings or requirement):
        there = sorted({c.occurrence for c in of_rule} | {w.occurrence for w in of_warning})
        told = f"there is {there[0]} to {there[-1]}" if there else "leave --occurrence out"
        raise NotFound(f"{rule} has no occurrence {occurrence} on {case.today}; {told}")
    shown = _choose(checks) if occurrence is None else checks
    facts: list[Event] = []
    because = [condition.said(View(followed.timeline, case.today)) for condition in clause.when]
    arithmetic: list[str] = []
    if requirement is not None:
        because.append(f"gate: {requirement.state.replace('_', ' ')}, {requirement.message}")
        facts += list(requirement.facts)
        arithmetic += requirement.arithmetic()
    for check in shown:
        because.append(_check_said(check))
        facts += [check.anchor, *check.facts]
        parts = _parts(case, followed, clause, check)
        because += [words for words, _ in parts]
        facts += [result for _, result in parts if result is not None]
        arithmetic.append(_window_said(check))
    for warning in warnings:
        until = f" until {warning.until}" if warning.until else ", until a fact or a person ends it"
        because.append(f"{warning.severity} since {warning.since}{until}: {warning.message}")
        facts += list(warning.facts)
    arithmetic += _converted(facts)
    numbers = [check.occurrence for check in shown]
    numbers += [coming] if requirement is not None else []
    numbers += [warning.occurrence for warning in warnings]
    if not because:
        because.append("nothing on record concerns this rule today")
    return Explanation(
        person=person_of(case),
        rule=rule,
        title=clause.title,
        protocol=protocol,
        as_of=case.today,
        occurrence=next(iter(numbers), None),
        answer=_answer(requirement, shown, warnings),
        because=tuple(because),
        facts=tuple(dict.fromkeys(facts)),
        arithmetic=tuple(arithmetic),
    )


def _parts(
    case: Case, treatment: Followed, clause: Rule, check: Check
) -> list[tuple[str, Result | None]]:
    """Say what is there of an undone count whose results must be of one day."""
    count = getattr(clause, "count", None)
    if check.state not in (CheckState.OPEN, CheckState.OVERDUE) or not isinstance(count, Count):
        return []
    view = View(treatment.timeline, case.today)
    found = {code: view.between(code, check.opens, case.today) for code in count.choices[0]}
    if not any(found.values()):
        return []
    return [
        (f"{code}: none since it opened", None)
        if not results
        else (
            f"{results[-1]} of {results[-1].on}: all parts must be of the same day",
            results[-1],
        )
        for code, results in found.items()
    ]


def find_rule(protocol: Protocol, name: str) -> Rule:
    """Find a rule of a protocol; raises NotFound with the nearest names."""
    rules = protocol.named
    if name not in rules:
        word = text_fields.printable(name)
        if name.casefold() in rules:
            raise NotFound(f"{protocol.name} has no rule '{word}'; write {name.casefold()}")
        close = difflib.get_close_matches(name, rules, n=3) or sorted(rules)
        raise NotFound(f"{protocol.name} has no rule '{word}'; there is {', '.join(close)}")
    return rules[name]


def refuse_no_warning(name: str, found: Iterable[Case]) -> None:
    """Raise NotFound where no protocol warns by a name: "none" would read as calm."""
    of = [one for case in found for each in case.followed for one in each.protocols.values()]
    known = {rule.name for one in (protocols.every_patient(), *of) for rule in one.warnings}
    if name not in known:
        shipped = map(protocols.load, protocols.shipped())
        known |= {rule.name for one in shipped for rule in one.warnings}
    if name not in known:
        close = difflib.get_close_matches(name.casefold(), sorted(known), n=3) or sorted(known)
        word = text_fields.printable(name)
        raise NotFound(f"--rule: no protocol has a warning '{word}'; there is {', '.join(close)}")


def _requirement(
    case: Case, followed: Followed, rule: str, occurrence: int | None
) -> tuple[int, Requirement | None]:
    """Find the requirement at the gate; what the watch holds stands at the gate of every drug."""
    if isinstance(followed, Treatment):
        return _at_gate(case, followed, rule, occurrence)
    if occurrence is None:
        for treatment in followed.treatments:
            coming, found = _at_gate(case, treatment, rule, None)
            if found is not None:
                return coming, found
    return 0, None


def _at_gate(
    case: Case, treatment: Treatment, rule: str, occurrence: int | None
) -> tuple[int, Requirement | None]:
    course = treatment.timeline.course_on(case.today)
    if course is None or not course.running(case.today):
        return 0, None
    gate = treatment.ask(on=case.today, today=case.today, proposal=Proposal())
    if occurrence not in (None, gate.occurrence):
        return gate.occurrence, None
    found = next((r for r in gate.requirements if r.rule == rule), None)
    return gate.occurrence, found


def _choose(checks: list[Check]) -> list[Check]:
    """Choose the occurrence a person most likely means: the newest opened, else the next."""
    opened = [check for check in checks if check.state != "ahead"]
    return opened[-1:] or checks[:1]


def _answer(
    requirement: Requirement | None, checks: list[Check], warnings: list[SafetyWarning]
) -> str:
    if requirement is not None:
        return requirement.state.value
    if checks:
        return checks[0].state.value
    return "warning" if warnings else "nothing"


def _converted(facts: Sequence[Event]) -> list[str]:
    """Show results as they were compared: in the first unit, and at which end of a comparator."""
    found = []
    for fact in dict.fromkeys(facts):
        if isinstance(fact, Result) and isinstance(fact.value, Decimal):
            unit = protocols.catalogue().results[fact.code].unit
            if fact.written is not None:
                end = f"as {fact.written.normalize():f} {unit}"
                end = end if fact.value == fact.written else "as beyond every limit"
                found.append(f"{fact.code} {fact.shown}, judged {end}")
            elif not fact.shown.endswith((f" {unit}", f" {unit})")):
                found.append(f"{fact.code} {fact.shown} = {fact.value.normalize():f} {unit}")
    return found


def _check_said(check: Check) -> str:
    said = f"check {check.occurrence}: {check.state.value}, due {check.due}"
    if check.done_on is not None:
        said += f", done on {check.done_on}" + (" (late)" if check.late else "")
    return said


def _window_said(check: Check) -> str:
    return (
        f"check {check.occurrence}, counted from event {check.anchor.event} of {check.anchor.on}: "
        f"opens {check.opens}, due {check.due}, overdue after {check.overdue_after}"
    )
