"""Urgent warnings that end by a fact, newer or in another's place: a slip must be seen."""

from dataclasses import dataclass
from datetime import date

from monitor.domain.corrections import Recorded
from monitor.domain.facts import Result, Status
from monitor.domain.outcome import Severity
from monitor.domain.rules.warning import SafetyWarning
from monitor.service.asking import cases
from monitor.service.asking.cases import Case


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """An urgent warning that ended, or became milder."""

    rule: str
    severity: Severity
    since: date
    message: str
    now: Severity | None  # None: it stands no more

    def __str__(self) -> str:
        left = f" (now {self.now})" if self.now else ""
        return f"ended: {self.severity.upper()}  {self.rule}{left}: {self.message}"


Matter = tuple[str, int]


def matter_of(warning: SafetyWarning) -> Matter:
    """Give what a warning is about; a correction leaves it the same."""
    return warning.rule, warning.anchor.identity


def ranks_of(case: Case | None, *, least: Severity) -> dict[Matter, int]:
    """Give how grave each warning is; of a patient who was not registered there is none."""
    found: dict[Matter, int] = {}
    for warning in cases.warnings(case, least=least) if case is not None else ():
        matter = matter_of(warning)
        found[matter] = max(found.get(matter, -1), warning.severity.rank)
    return found


def takes_a_place(row: Recorded) -> bool:
    """Say whether a fact corrects another, or takes it back."""
    return row.corrects is not None or row.body.get("status") == Status.CORRECTED


def ended(before: Case | None, case: Case) -> list[Ended]:
    """List the urgent warnings that ended, or became milder, with what they are now."""
    if before is None or case.closed is not None:
        return []  # of a closed patient nothing is watched, which is said elsewhere
    stood = cases.warnings(before, least=Severity.URGENT)
    stands = cases.warnings(case, least=Severity.INFO) if stood else []
    found = []
    for warning in stood:
        left = [one.severity for one in stands if _goes_on(warning, one)]
        now = max(left, key=lambda severity: severity.rank, default=None)
        if now is None or now.rank < warning.severity.rank:
            found.append(
                Ended(
                    rule=warning.rule,
                    severity=warning.severity,
                    since=warning.since,
                    message=warning.message,
                    now=now,
                )
            )
    return found


def _goes_on(was: SafetyWarning, one: SafetyWarning) -> bool:
    """Say whether a warning goes on as another: of a newer value, or as one at least as grave."""
    if was.rule == one.rule:
        return matter_of(was) == matter_of(one) or _code(was) == _code(one) != ""
    is_graver = one.severity.rank >= was.severity.rank
    return is_graver and was.anchor.identity in {fact.identity for fact in one.facts}


def _code(warning: SafetyWarning) -> str:
    return warning.anchor.code if isinstance(warning.anchor, Result) else ""
