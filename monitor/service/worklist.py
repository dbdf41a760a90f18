"""What must be checked in the whole clinic, read from the stored checks.

Treatments of which something may have changed by time alone since they were stored are worked
out anew; a patient whose facts cannot be used is named, and does not hide the others.
"""

from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from sqlalchemy import Connection

from monitor.domain.checks import find_next_infusion
from monitor.domain.outcome import Role
from monitor.domain.protocol import Protocol
from monitor.errors import MonitorError
from monitor.service import queries
from monitor.service.answers import check_answer, cites
from monitor.service.projecting import READABLE
from monitor.service.queries import Asked
from monitor.store import projection
from monitor.store.projection import PendingCheck


@dataclass(frozen=True, kw_only=True, slots=True)
class Worklist:
    """Checks of the clinic by due day, and the patients who could not be looked at."""

    checks: list[dict[str, Any]]
    damaged: list[str]


def can_be_read(asked: Asked, until: date) -> bool:
    """Say whether a question can be answered from the stored checks."""
    today = asked.now.astimezone(UTC).date()
    # Not for a day that is named, not even today: in some zones tomorrow is stored already.
    return asked.as_of is None and asked.known_at is None and until <= today + READABLE


def worklist(
    connection: Connection, asked: Asked, *, until: date, limit: int | None = None
) -> Worklist:
    """List what is ahead, open or overdue in the clinic, by due day."""
    # In the zones farthest ahead it is tomorrow already.
    latest = asked.now.astimezone(UTC).date() + timedelta(days=1)
    stored = projection.pending_until(connection, looked_after=latest, until=until, limit=limit)
    found: list[dict[str, Any]] = []
    unusable: dict[str, str] = {}  # by patient, why
    for check in stored:
        try:
            protocol = queries.get_protocol(connection, check.protocol)
        except MonitorError as fault:
            unusable[check.patient] = _named(check.patient, fault)
            continue
        found.append(_stored_answer(check, protocol))
    for who in projection.to_look_at(connection, latest):
        try:
            case = queries.get_case(connection, who, asked)
        except MonitorError as fault:
            unusable[who] = _named(who, fault)
            continue
        found += [
            check_answer(who, check) for check in queries.upcoming(case, until=until, states=())
        ]
    found.sort(key=lambda c: (c["due"], c["patient"], c["rule"], c["occurrence"]))
    return Worklist(checks=found[:limit], damaged=[unusable[who] for who in sorted(unusable)])


def _named(who: str, fault: MonitorError) -> str:
    """Say what is wrong, and with whom."""
    return str(fault) if who in str(fault) else f"{who}: {fault}"


def _stored_answer(check: PendingCheck, protocol: Protocol) -> dict[str, Any]:
    """Write a stored check as the same document as a computed one."""
    title, audience, sources = _words(protocol, check.rule)
    return {
        "patient": check.patient,
        "rule": check.rule,
        "occurrence": check.occurrence,
        "title": title,
        "opens": check.opens,
        "due": check.due,
        "overdue_after": check.overdue_after,
        "state": check.state,
        "anchor": {"event": check.anchor, "on": check.anchor_on},
        "audience": [role.value for role in audience],
        "cites": sources,
    }


def _words(protocol: Protocol, rule: str) -> tuple[str, tuple[Role, ...], list[Any]]:
    """Find the title, audience and sources of a rule that asks for checks."""
    return _all_words(protocol.digest, protocol)[rule]


_KNOWN: dict[str, dict[str, tuple[str, tuple[Role, ...], list[Any]]]] = {}


def _all_words(
    digest: str, protocol: Protocol
) -> dict[str, tuple[str, tuple[Role, ...], list[Any]]]:
    if digest not in _KNOWN:
        next_infusion = find_next_infusion(protocol)
        audience = next_infusion.audience if next_infusion else ()
        _KNOWN[digest] = {
            **{r.name: (r.title, audience, cites(r.cites)) for r in protocol.requirements},
            **{c.name: (c.title, c.audience, cites(c.cites)) for c in protocol.checks},
        }
    return _KNOWN[digest]
