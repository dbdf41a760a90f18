"""What must be checked in the whole clinic, read from the stored checks.

Treatments of which something may have changed by time alone since they were stored are worked
out anew, and so are those whose stored checks are not what was stored; a patient whose facts
cannot be used is named, also beside checks that were stored before the damage, and does not hide
the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from sqlalchemy import Connection

from monitor.domain.checks import Check
from monitor.domain.facts import Event
from monitor.domain.outcome import CheckState
from monitor.domain.protocol import Protocol
from monitor.domain.rules.expectations import CheckRule
from monitor.errors import MonitorError
from monitor.service.asking import cases
from monitor.service.asking.answers import ListedCheck
from monitor.service.asking.cases import Asked
from monitor.service.asking.identity import Person
from monitor.service.asking.projection import READABLE
from monitor.store import chain, facts, projection, unchanged
from monitor.store.projection import PendingCheck

_NOBODYS = "stored checks name a patient who is not on record; type: monitor db verify"


@dataclass(frozen=True, kw_only=True, slots=True)
class Worklist:
    """Checks of the clinic by due day, and the patients who could not be looked at."""

    checks: list[ListedCheck]
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
    changed = {*projection.to_look_at(connection, asked.now)}
    known = chain.on_record(connection, {check.patient for check in stored} | changed)
    unusable: dict[str, str] = {}  # by patient, why
    if chain.count_strays(connection):
        unusable["a patient"] = cases.STRAY
    elif not {check.patient for check in stored} | changed <= known:
        unusable["a patient"] = _NOBODYS
    shown = ({check.patient for check in stored} & known) - changed - damaged
    for who, why in chain.broken(connection, shown):
        name = chain.named(connection, who)
        unusable[name] = f"{why}; the checks listed for {name} are from before"
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
            ListedCheck(person=Person(id=who), check=check, today=case.today)
            for check in cases.upcoming(case, until=until, states=())
        ]
    return Worklist(checks=in_order(found)[:limit], damaged=unusable)


def in_order(checks: list[ListedCheck]) -> list[ListedCheck]:
    """Sort checks by due day."""
    return sorted(
        checks, key=lambda c: (c.check.due, c.person.id, c.check.rule, c.check.occurrence)
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
) -> list[ListedCheck]:
    """Make checks of stored ones."""
    by_code = {c.anchor for c, protocol in checks if protocol.named[c.rule].is_by_code}
    about = facts.codes(connection, by_code)
    return [
        ListedCheck(
            person=Person(id=stored.patient),
            check=_check(stored, protocol, about.get(stored.anchor, "")),
            today=today,
        )
        for stored, protocol in checks
    ]


def _named(who: str, fault: MonitorError) -> str:
    """Say what is wrong, and with whom."""
    return str(fault) if who in str(fault) else f"{who}: {fault}"


def _check(stored: PendingCheck, protocol: Protocol, about: str) -> Check:
    """Make the check that was stored; of the fact that it counts from, number and day suffice."""
    rule, coming = protocol.named[stored.rule], protocol.next_infusion
    # What an infusion needs is asked of those who are told about the infusion.
    asks = rule if isinstance(rule, CheckRule) else coming
    anchor_on = date.fromisoformat(stored.anchor_on)
    return Check(
        rule=stored.rule,
        title=rule.title,
        occurrence=stored.occurrence,
        opens=date.fromisoformat(stored.opens),
        due=date.fromisoformat(stored.due),
        overdue_after=date.fromisoformat(stored.overdue_after),
        state=CheckState(stored.state),
        anchor=Event(event=stored.anchor, on=anchor_on, recorded_on=anchor_on),
        audience=asks.audience if asks else (),
        cites=rule.cites,
        drug=stored.drug,
        codes=rule.codes,
        about=about,
    )
