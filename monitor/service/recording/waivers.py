"""Waive one occurrence: a documented decision, by whom and why. Some things cannot be waived."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from monitor.domain.assessment import Followed, Treatment, evaluate
from monitor.domain.checks import Check
from monitor.domain.facts import Kind
from monitor.domain.outcome import CheckState
from monitor.domain.rules.question import Proposal
from monitor.domain.unconfirmed import never_final
from monitor.domain.view import View
from monitor.errors import Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked, Case
from monitor.service.asking.explain import find_rule
from monitor.service.recording import record
from monitor.service.recording.input_lines import line_of
from monitor.service.recording.lines.base import Line


def waive(
    connection: Connection,
    who: str,
    rule: str,
    *,
    reason: str,
    by: str,
    now: datetime,
    occurrence: int | None = None,
    on: date | None = None,
    named: str | None = None,
) -> record.Entry:
    """Record a waiver; raises Refused for what cannot be waived, or does not stand."""
    case = cases.get_case(connection, who, Asked(now=now))
    line = waiver(case, rule, reason=reason, by=by, occurrence=occurrence, on=on, named=named)
    return record.record(connection, line, now=now)


def waiver(
    case: Case,
    rule: str,
    *,
    reason: str,
    by: str | None,
    occurrence: int | None = None,
    on: date | None = None,
    named: str | None = None,
    sender_id: str | None = None,
) -> Line:
    """Make the line of a waiver; raises Refused for what cannot be waived, or does not stand."""
    if on is not None and on <= case.today:
        case = replace(case, today=on)
    followed = case.follower(rule, named)
    number, anchor = _target(case, followed, rule, occurrence)
    return line_of(
        Kind.WAIVER,
        id=sender_id,
        patient=case.patient,
        on=on or case.today,
        rule=rule,
        occurrence=number,
        anchor=anchor,
        reason=reason,
        by=by,
        drug=followed.timeline.drug or None,
    )


def _target(case: Case, followed: Followed, rule: str, occurrence: int | None) -> tuple[int, int]:
    """Find the occurrence that is meant, and the identity of the fact it counts from."""
    protocol = followed.protocol_at(case.today)
    find_rule(protocol, rule)  # raises NotFound with the nearest names
    clause = next((warning for warning in protocol.warnings if warning.name == rule), None)
    if clause is not None:
        if not clause.ends_by_waiver:
            raise Refused(f"{rule} ends by itself or by a newer result; it cannot be waived")
        standing = [
            warning
            for warning in evaluate(followed, case.today).warnings
            if warning.rule == rule and occurrence in (None, warning.occurrence)
        ]
        missing = never_final(clause, followed.view(case.today)) if not standing else []
        if missing:  # its final report; the gate waits for it until a person waives it
            newest_report = max(missing, key=lambda report: (report.on, report.event))
            return 1, newest_report.identity
        if not standing:
            raise Refused(f"no warning {rule} stands for {case.patient} on {case.today}")
        newest = max(standing, key=lambda warning: (warning.since, warning.occurrence))
        return newest.occurrence, newest.anchor.identity
    if isinstance(followed, Treatment) and any(r.name == rule for r in protocol.requirements):
        return _requirement(case, followed, rule, occurrence)
    return _check(case, followed, rule, occurrence)


def _requirement(
    case: Case, treatment: Treatment, rule: str, occurrence: int | None
) -> tuple[int, int]:
    # An infusion of that day is the one that is meant, whether it was recorded already or not.
    view = View(treatment.timeline, case.today).until(case.today)
    anchor, coming = view.anchor, view.coming
    if view.course is None or anchor is None or not view.course.running(case.today):
        raise Refused(f"{case.patient} has no course that runs on {case.today}")
    if occurrence not in (None, coming):
        raise Refused(f"{rule} can be waived for the coming infusion only, --occurrence {coming}")
    gate = treatment.ask(on=case.today, today=case.today, proposal=Proposal())
    stands = next((r for r in gate.requirements if r.rule == rule), None)
    if stands is not None and not stands.waivable:
        raise Refused(f"{rule} cannot be waived: {stands.message}")
    return coming, anchor.identity


def _check(case: Case, followed: Followed, rule: str, occurrence: int | None) -> tuple[int, int]:
    until = cases.far_ahead(case.today, occurrence)
    checks = [
        check
        for check in evaluate(followed, case.today, until=until).checks
        if check.rule == rule and occurrence in (None, check.occurrence)
    ]
    if not checks:
        wanted = f" {occurrence}" if occurrence is not None else ""
        raise Refused(f"{case.patient} has no check {rule}{wanted} on {case.today}")
    undone = [c for c in checks if c.state not in (CheckState.DONE, CheckState.WAIVED)]
    if not undone:
        raise Refused(f"{rule} {checks[-1].occurrence} is {checks[-1].state} already")
    chosen = _newest(undone)
    return chosen.occurrence, chosen.anchor.identity


def _newest(checks: list[Check]) -> Check:
    opened = [check for check in checks if check.state is not CheckState.AHEAD]
    return opened[-1] if opened else checks[0]
