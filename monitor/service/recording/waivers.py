"""Waive one occurrence: a documented decision, by whom and why. Some things cannot be waived."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from monitor.domain.assessment import Followed, Treatment, evaluate
from monitor.domain.checks import Check
from monitor.domain.facts import Kind
from monitor.domain.outcome import CheckState
from monitor.domain.rules.question import Proposal
from monitor.domain.rules.warning import WarningRule
from monitor.domain.unconfirmed import never_final
from monitor.domain.view import View
from monitor.errors import BadOption, Refused
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
    case = _on(case, on)
    followed = case.follower(rule, named)
    target = _target(case, followed, rule, occurrence)
    decided = _Decided(rule=rule, reason=reason, by=by, on=on or case.today, sender_id=sender_id)
    return _line(followed, target, decided)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waived:
    """Several occurrences of a rule, waived at once."""

    entry: record.Entry
    due: tuple[tuple[int, date], ...]  # by occurrence, the day it was due, or a warning began


def waive_all(
    connection: Connection,
    who: str,
    rule: str,
    before: date,
    *,
    reason: str,
    by: str,
    now: datetime,
    on: date | None = None,
    named: str | None = None,
) -> Waived:
    """Waive each occurrence of a rule that was due, or began to be warned of, before a day.

    All or none. Raises Refused where there is none, and for what cannot be waived so.
    """
    case = _on(cases.get_case(connection, who, Asked(now=now)), on)
    day = on or case.today
    if before > day + timedelta(days=1):
        raise BadOption("--before", f"{before} lies after {day}: this is for what is past")
    followed = case.follower(rule, named)
    found = sorted(_all_before(case, followed, rule, before))
    if not found:
        raise Refused(f"{who} has no {rule} of before {before} that is not done, nor waived")
    decided = _Decided(rule=rule, reason=reason, by=by, on=day)
    lines = [_line(followed, (number, anchor), decided) for _, number, anchor in found]
    return Waived(
        entry=record.record_all(connection, lines, now=now),
        due=tuple((number, due) for due, number, _ in found),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Decided:
    rule: str
    reason: str
    by: str | None
    on: date
    sender_id: str | None = None


def _on(case: Case, on: date | None) -> Case:
    return replace(case, today=on) if on is not None and on <= case.today else case


def _line(followed: Followed, target: tuple[int, int], decided: _Decided) -> Line:
    number, anchor = target
    return line_of(
        Kind.WAIVER,
        id=decided.sender_id,
        patient=followed.timeline.patient,
        on=decided.on,
        rule=decided.rule,
        occurrence=number,
        anchor=anchor,
        reason=decided.reason,
        by=decided.by,
        drug=followed.timeline.drug or None,
    )


def _all_before(
    case: Case, followed: Followed, rule: str, before: date
) -> list[tuple[date, int, int]]:
    """Find what of a rule is of before a day: the day, the occurrence, and what it counts from."""
    protocol = followed.protocol_at(case.today)
    find_rule(protocol, rule)
    if any(one.name == rule for one in protocol.requirements):
        raise Refused(
            f"{rule} is waived for the coming infusion only, by itself; "
            f"type: monitor waive {case.patient} {rule} --reason R --by WHO"
        )
    clause = next((warning for warning in protocol.warnings if warning.name == rule), None)
    assessment = evaluate(followed, case.today, until=max(before, case.today))
    if clause is not None:
        _refuse_lasting(clause)
        warned = (one for one in assessment.warnings if one.rule == rule and one.since < before)
        return [(one.since, one.occurrence, one.anchor.identity) for one in warned]
    return [
        (check.due, check.occurrence, check.anchor.identity)
        for check in assessment.checks
        if check.rule == rule and check.due < before
        if check.state not in (CheckState.DONE, CheckState.WAIVED)
    ]


def _refuse_lasting(clause: WarningRule) -> None:
    if not clause.ends_by_waiver:
        raise Refused(f"{clause.name} ends by itself or by a newer result; it cannot be waived")


def _target(case: Case, followed: Followed, rule: str, occurrence: int | None) -> tuple[int, int]:
    """Find the occurrence that is meant, and the identity of the fact it counts from."""
    protocol = followed.protocol_at(case.today)
    find_rule(protocol, rule)  # raises NotFound with the nearest names
    clause = next((warning for warning in protocol.warnings if warning.name == rule), None)
    if clause is not None:
        _refuse_lasting(clause)
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
    waived = [check.occurrence for check in checks if check.state is CheckState.WAIVED]
    if occurrence is None and waived and chosen.state is CheckState.AHEAD:
        # Typed twice, the same words must not take away what is still to come.
        raise Refused(
            f"{rule} {waived[-1]} is waived already; the next, due {chosen.due}, is ahead: "
            f"to waive that one too, add --occurrence {chosen.occurrence}"
        )
    return chosen.occurrence, chosen.anchor.identity


def _newest(checks: list[Check]) -> Check:
    opened = [check for check in checks if check.state is not CheckState.AHEAD]
    return opened[-1] if opened else checks[0]
