"""What must be checked in the whole clinic, read from the stored checks.

Treatments of which something may have changed by time alone since they were stored are worked
out anew, and so are those whose stored checks are not what was stored; a patient whose facts
cannot be used is named, also beside checks that were stored before the damage, and does not hide
the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from sqlalchemy import Connection

from monitor.domain.checks import find_next_infusion
from monitor.domain.outcome import CheckState, Role
from monitor.domain.protocol import Protocol
from monitor.domain.reminders.bundle import Wanted, wanted_by
from monitor.domain.rule import Rule
from monitor.errors import MonitorError
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.asking.documents import check_answer, cites
from monitor.service.asking.projection import READABLE
from monitor.store import chain, evaluation, facts, projection, unchanged
from monitor.store.projection import PendingCheck

_NOBODYS = "what is stored of checks names a patient who is not on record; type: monitor db verify"


@dataclass(frozen=True, kw_only=True, slots=True)
class Worklist:
    """Checks of the clinic by due day, and the patients who could not be looked at."""

    checks: list[dict[str, Any]]
    wanted: list[Wanted]  # the test that each of them asks for
    damaged: dict[str, str]  # by patient, why


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
    stored, damaged = _stored(connection, asked, latest, until, limit)
    if damaged and limit is not None:  # others take their place
        stored, damaged = _stored(connection, asked, latest, until, None)
    changed = {*projection.to_look_at(connection, asked.now), *evaluation.waiting(connection)}
    known = chain.on_record(connection, {check.patient for check in stored} | changed)
    unusable: dict[str, str] = {}  # by patient, why
    if chain.count_strays(connection):
        unusable["a patient"] = cases.STRAY
    elif not {check.patient for check in stored} | changed <= known:
        unusable["a patient"] = _NOBODYS
    shown = ({check.patient for check in stored} & known) - changed - damaged
    for who, why in chain.broken(connection, shown):
        name = chain.named(connection, who)
        unusable[name] = f"{why}; what is listed of {name} is from before"
    usable: list[tuple[PendingCheck, Protocol]] = []
    for check in stored:
        if check.patient in damaged or check.patient not in known:
            continue
        try:
            protocol = cases.get_protocol(connection, check.protocol)
        except MonitorError as fault:
            unusable[check.patient] = _named(check.patient, fault)
            continue
        usable.append((check, protocol))
    found = _as_stored(connection, usable, asked.now.astimezone(UTC).date())
    for who in sorted((changed | damaged) & known):
        try:
            case = cases.get_case(connection, who, asked)
        except MonitorError as fault:
            name = chain.named(connection, who)
            unusable[name] = _named(name, fault)
            continue
        found += [
            (check_answer(who, check), wanted_by(who, check, case.today))
            for check in cases.upcoming(case, until=until, states=())
        ]
    found.sort(key=lambda f: (f[0]["due"], f[0]["patient"], f[0]["rule"], f[0]["occurrence"]))
    return Worklist(
        checks=[answer for answer, _ in found[:limit]],
        wanted=[wanted for _, wanted in found[:limit]],
        damaged=unusable,
    )


def _stored(
    connection: Connection, asked: Asked, latest: date, until: date, limit: int | None
) -> tuple[list[PendingCheck], set[str]]:
    """Read stored checks, and of whom they are not those that were stored."""
    found = projection.pending_until(connection, asked.now, latest=latest, until=until, limit=limit)
    known = chain.on_record(connection, {check.patient for check in found})
    return found, {*unchanged.changed(connection, known)}


def _as_stored(
    connection: Connection, checks: Sequence[tuple[PendingCheck, Protocol]], today: date
) -> list[tuple[dict[str, Any], Wanted]]:
    """Write stored checks as answers, each with the test that it asks for."""
    by_code = {c.anchor for c, protocol in checks if _words(protocol, c.rule).is_by_code}
    about = facts.codes(connection, by_code)
    return [
        (
            _stored_answer(check, protocol),
            _stored_wanted(check, protocol, today, about.get(check.anchor, "")),
        )
        for check, protocol in checks
    ]


def _named(who: str, fault: MonitorError) -> str:
    """Say what is wrong, and with whom."""
    return str(fault) if who in str(fault) else f"{who}: {fault}"


def _stored_answer(check: PendingCheck, protocol: Protocol) -> dict[str, Any]:
    """Write a stored check as the same document as a computed one."""
    words = _words(protocol, check.rule)
    return {
        "patient": check.patient,
        "rule": check.rule,
        "occurrence": check.occurrence,
        "title": words.title,
        "opens": check.opens,
        "due": check.due,
        "overdue_after": check.overdue_after,
        "state": check.state,
        "anchor": {"event": check.anchor, "on": check.anchor_on},
        "audience": [role.value for role in words.audience],
        "cites": words.sources,
    }


def _stored_wanted(check: PendingCheck, protocol: Protocol, today: date, about: str) -> Wanted:
    """Say which test a stored check asks for; what is overdue can still be done."""
    last = date.fromisoformat(check.overdue_after)
    is_overdue = check.state == CheckState.OVERDUE
    return Wanted(
        patient=check.patient,
        drug=check.drug,
        rule=check.rule,
        codes=_words(protocol, check.rule).codes,
        first=date.fromisoformat(check.opens),
        last=max(last, today) if is_overdue else last,
        about=about,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Words:
    """What a rule that asks for checks says of them."""

    title: str
    audience: tuple[Role, ...]
    sources: list[Any]
    codes: frozenset[str]
    is_by_code: bool


def _words(protocol: Protocol, rule: str) -> _Words:
    """Find what a rule that asks for checks says of them."""
    if protocol.digest not in _KNOWN:
        next_infusion = find_next_infusion(protocol)
        audience = next_infusion.audience if next_infusion else ()
        _KNOWN[protocol.digest] = {
            **{r.name: _words_of(r, audience) for r in protocol.requirements},
            **{c.name: _words_of(c, c.audience) for c in protocol.checks},
        }
    return _KNOWN[protocol.digest][rule]


_KNOWN: dict[str, dict[str, _Words]] = {}


def _words_of(rule: Rule, audience: tuple[Role, ...]) -> _Words:
    return _Words(
        title=rule.title,
        audience=audience,
        sources=cites(rule.cites),
        codes=rule.codes,
        is_by_code=rule.is_by_code,
    )
