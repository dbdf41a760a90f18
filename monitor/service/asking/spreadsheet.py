"""Answers as rows of a spreadsheet: a value a column, under the names that an import reads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from monitor.domain.corrections import in_force
from monitor.domain.facts import Kind, Status
from monitor.domain.outcome import Severity
from monitor.service.asking.answers import ListedCheck, Unknown
from monitor.service.asking.questions import Inquiry
from monitor.store import facts

Row = Mapping[str, object]
_KINDS = {"results": Kind.RESULT, "infusions": Kind.INFUSION}


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """What is in a spreadsheet, and who is not."""

    rows: list[Row]
    unknown: tuple[Unknown, ...]


def rows(inquiry: Inquiry, what: str, patient: str | None, *, until: date | None) -> Rows:
    """Write results, infusions, checks or warnings, of one patient or of everybody."""
    if what in _KINDS:
        found = list(_facts(inquiry, _KINDS[what], patient))
        return Rows(rows=found, unknown=inquiry.left_out())
    if what == "checks":
        checks = inquiry.checks(patient, until=until)
        return Rows(rows=[_check(one) for one in checks.checks], unknown=checks.unknown)
    warnings = inquiry.warnings(patient, least=Severity.INFO)
    said: list[Row] = [
        {
            "patient": one.person.id,
            "rule": one.warning.rule,
            "severity": one.warning.severity,
            "since": one.warning.since,
            "until": one.warning.until,
            "message": one.warning.message,
        }
        for one in warnings.warnings
    ]
    return Rows(rows=said, unknown=warnings.unknown)


def _facts(inquiry: Inquiry, kind: Kind, patient: str | None) -> Iterator[Row]:
    """Write facts that count, as they were received."""
    status = {"status": Status.FINAL} if kind is Kind.RESULT else {}
    asked = inquiry.asked
    for case in inquiry.looked_at(patient):
        rows = facts.read(inquiry.connection, case.patient, known_at=asked.known_at, now=asked.now)
        counting = [fact.row for fact in in_force(rows) if fact.row.kind == kind]
        for row in sorted(counting, key=lambda row: (row.on, row.event)):
            if row.on <= case.today:
                named = {"patient": row.patient, "on": row.on, "by": row.by, "event": row.event}
                yield {**status, **row.body, **named}


def _check(one: ListedCheck) -> Row:
    check = one.check
    return {
        "patient": one.person.id,
        "rule": check.rule,
        "occurrence": check.occurrence,
        "title": check.title,
        "opens": check.opens,
        "due": check.due,
        "overdue_after": check.overdue_after,
        "state": check.state,
    }
