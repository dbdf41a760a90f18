"""What a requirement found, and which of several findings counts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

from monitor.domain.facts import Event
from monitor.domain.outcome import Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What a requirement found: the outcome, why, and the facts that led there."""

    outcome: Outcome
    message: str
    facts: tuple[Event, ...] = ()
    waivable: bool = True
    is_argument: bool = False  # it rests on what was given with the question, not on the record
    against: tuple[Event, ...] | None = None  # those a waiver must have seen; None: all facts
    arithmetic: Callable[[], list[str]] = list  # worked out where somebody asks
    begun_by: Event | None = None  # the first dose of the round, against which it spoke already
    since: date | None = None  # it has been so since this day, by time alone
    besides: "Finding | None" = None  # what a waiver of this one leaves; another waiver is for it


def gravest(findings: Sequence[Finding]) -> Finding:
    """Choose the gravest, of equals the first; a waiver must have seen the reasons of all."""
    worst = max(findings, key=lambda finding: finding.outcome.rank)
    against = [f for f in findings if f.outcome.rank >= Outcome.UNKNOWN.rank]
    if not against:
        return worst
    reasons = (f.facts if f.against is None else f.against for f in against)
    return replace(
        worst,
        against=tuple(chain.from_iterable(reasons)),
        waivable=all(finding.waivable for finding in findings),
        begun_by=worst.begun_by if all(f.begun_by is not None for f in against) else None,
    )
