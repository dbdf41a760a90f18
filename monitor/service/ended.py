"""Urgent warnings that end when a fact takes another's place: a slip of a number must be seen."""

from typing import Any

from monitor.domain.events import Status
from monitor.domain.outcome import Severity
from monitor.domain.record import Recorded
from monitor.domain.warning import SafetyWarning
from monitor.service import answers, queries
from monitor.service.queries import Case

Matter = tuple[str, int]


def matter_of(warning: SafetyWarning) -> Matter:
    """Give what a warning is about; a correction leaves it the same."""
    return warning.rule, warning.anchor.identity


def ranks_of(case: Case | None, *, least: Severity) -> dict[Matter, int]:
    """Give how grave each warning is; of a patient who was not registered there is none."""
    found: dict[Matter, int] = {}
    for warning in queries.warnings(case, least=least) if case is not None else ():
        matter = matter_of(warning)
        found[matter] = max(found.get(matter, -1), warning.severity.rank)
    return found


def takes_a_place(row: Recorded) -> bool:
    """Say whether a fact corrects another, or takes it back."""
    return row.corrects is not None or row.body.get("status") == Status.CORRECTED


def ended(before: Case | None, case: Case) -> list[dict[str, Any]]:
    """List the urgent warnings that ended, or became milder, with what they are now."""
    if before is None:
        return []
    stands = ranks_of(case, least=Severity.INFO)
    found = []
    for warning in queries.warnings(before, least=Severity.URGENT):
        rank = stands.get(matter_of(warning))
        if rank is None or rank < warning.severity.rank:
            left = next((severity.value for severity in Severity if severity.rank == rank), None)
            answer = answers.warning_answer(case.patient, warning)
            named = {key: answer[key] for key in ("rule", "severity", "since", "message")}
            found.append({**named, "now": left})
    return found


def ended_in_words(one: dict[str, Any]) -> str:
    """Say that a warning ended."""
    left = f" (now {one['now']})" if one["now"] else ""
    return f"ended: {one['severity'].upper()}  {one['rule']}{left}: {one['message']}"
