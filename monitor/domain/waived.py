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
    waivers = _waivers(rule.name, finding, question)
    waiver, is_left = waivers[-1] if waivers else None, False
    if finding.is_argument:
        if waiver is not None:
            message = f"{finding.message}; the waiver of {waiver.on} by {waiver.by} has no effect"
            finding = replace(finding, message=f"{message} on what is asked about")
    elif waiver is not None and finding.waivable:
        decided = f"waived by {waiver.by} on {waiver.on} ({waiver.reason}): "
        left, message = finding.besides, finding.message
        facts = (*finding.facts, *(waivers[-1:] if left is None else waivers))
        if left is None or (len(waivers) > 1 and _is_for(waiver, left)):
            finding = replace(finding, outcome=Outcome.CAUTION, message=decided + message)
        else:
            is_left = True
            message = message.removesuffix(f"; {left.message}")
            message = f"{left.message} (another waiver is for this); {decided}{message}"
            finding = replace(finding, outcome=left.outcome, message=message, against=left.facts)
        finding = replace(finding, facts=facts)
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
        is_left=is_left,
    )


def _waivers(rule: str, finding: Finding, question: Question) -> list[Waiver]:
    """List the waivers in force: same occurrence and anchor, and no fact newer than themselves."""
    anchor = question.view.anchor
    if finding.outcome in (Outcome.MET, Outcome.CAUTION) or anchor is None:
        return []
    against = finding.facts if finding.against is None else finding.against
    found = question.view.waivers(rule, (question.occurrence, anchor))
    return [w for w in found if is_for_the_next(w, anchor) and w.covers(against)]


def _is_for(waiver: Waiver, left: Finding) -> bool:
    """Say whether a waiver knew of it: its facts were recorded, and it was so on that day."""
    return waiver.covers(left.facts) and (left.since is None or waiver.on >= left.since)


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
