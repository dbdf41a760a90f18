"""A requirement as it stands at the gate: as it was found, or as a person has waived it."""

from dataclasses import replace
from decimal import Decimal

from monitor.domain.facts import Result, Waiver, is_for_the_next
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome
from monitor.domain.rule import Rule
from monitor.domain.rules.answer import Requirement
from monitor.domain.rules.question import Question
from monitor.domain.rules.requirement import RequirementRule


def requirement_of(rule: Rule, finding: Finding, question: Question) -> Requirement:
    """Make of a finding the requirement, as the waiver in force leaves it."""
    if _is_never_waived(rule, finding, question):
        finding = replace(finding, waivable=False)
    waiver = _waiver(rule.name, finding, question)
    if finding.is_argument:
        if waiver is not None:
            message = f"{finding.message}; the waiver of {waiver.on} by {waiver.by} has no effect"
            finding = replace(finding, message=f"{message} on what is asked about")
    elif waiver is not None and finding.waivable:
        message = f"waived by {waiver.by} on {waiver.on} ({waiver.reason}): {finding.message}"
        facts = (*finding.facts, waiver)
        finding = replace(finding, outcome=Outcome.CAUTION, message=message, facts=facts)
    return Requirement(
        rule=rule.name,
        title=rule.title,
        state=finding.outcome.state,
        verdict=finding.outcome.verdict,
        message=finding.message,
        facts=finding.facts,
        cites=rule.cites,
        waivable=finding.waivable,
        against=finding.facts if finding.against is None else finding.against,
        arithmetic=finding.arithmetic,
        begun_by=finding.begun_by,
    )


def _waiver(rule: str, finding: Finding, question: Question) -> Waiver | None:
    """Find the waiver in force: same occurrence and anchor, and no fact newer than itself."""
    anchor = question.view.anchor
    if finding.outcome in (Outcome.MET, Outcome.CAUTION) or anchor is None:
        return None
    against = finding.facts if finding.against is None else finding.against
    for waiver in reversed(question.view.waivers(rule, (question.occurrence, anchor))):
        if is_for_the_next(waiver, anchor) and waiver.covers(against):
            return waiver
    return None


def _is_never_waived(rule: Rule, finding: Finding, question: Question) -> bool:
    """Say whether it rests on a newest value that is too bad for any waiver."""
    demands, view = question.protocol.demands, question.view
    outside = demands.never_waived_outside
    if isinstance(rule, RequirementRule) and rule.is_never_waived(view, outside):
        return True
    limits = demands.never_waived_below
    return any(
        isinstance(fact, Result)
        and isinstance(fact.value, Decimal)
        and fact.code in limits
        and fact.value < limits[fact.code]
        and (fact is view.newest(fact.code) or fact in view.waiting(fact.code))
        for fact in (*finding.facts, *(finding.against or ()))
    )
