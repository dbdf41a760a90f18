"""Is the service itself well? One finding for each thing that must be so."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from monitor.domain.dates import CLOCKS_DIFFER
from monitor.domain.reminders.message import Delivery
from monitor.errors import MonitorError
from monitor.service.asking import damaged
from monitor.service.asking.out_of_sight import ahead_words, is_clock_behind, out_of_sight
from monitor.service.asking.redaction import redacted
from monitor.service.operating.silence import A_PASS_LATE, OLD
from monitor.service.operating.verify import protocol_faults
from monitor.store import (
    chain,
    contacts,
    evaluation,
    failing,
    heartbeats,
    projection,
    unchanged,
    undelivered,
    wakeups,
)
from monitor.store.clinic import CLINIC
from monitor.store.engine import is_server, outage, told_by
from monitor.store.found import Found
from monitor.store.servers import describe_server

_STUCK = timedelta(hours=1)
_A_PASS = timedelta(minutes=2)  # what is urgent is sent in the pass that finds it
_FAILING = 3  # tries in a row
_SHOWN = 3  # faults of one kind
_RECENT = timedelta(days=35)  # longer than a message is tried, and than a week's routine
# The write-ahead log of other versions can lose commits (docs/reliability.md, R15).
_WAL_IS_SAFE = ((3, 51, 3), (3, 50, 7), (3, 44, 6))


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """How one part of the service is."""

    name: str
    well: bool
    message: str


def examine(connection: Connection, *, now: datetime) -> list[Health]:
    """Look at record, beat, outbox and recipients; nothing is changed."""
    return [
        *_tried("database", lambda: [*_database(connection)]),
        *_tried("chain", lambda: [_chains(connection)]),
        *_tried("damage", lambda: [_damage(connection, now)]),
        *_tried("beat", lambda: [_beat(connection, now)]),
        *_tried("clock", lambda: [_clock(connection, now)]),
        *_tried("outbox", lambda: [_outbox(connection, now)]),
        *_tried("recipients", lambda: [_recipients(connection)]),
        *_tried("channels", lambda: [_channels(connection, now)]),
        *_tried("patients", lambda: [_looks(connection)]),
        *_tried("checks", lambda: [_checks(connection)]),
    ]


def _tried(name: str, look: Callable[[], list[Health]]) -> list[Health]:
    """Look at one thing; where it cannot even be read, that is what is found."""
    try:
        return look()
    except DBAPIError as fault:
        if outage(fault) is not None:
            raise
        message = f"it cannot be read: {told_by(fault)}; type: monitor db verify"
    except (TypeError, ValueError, LookupError) as fault:
        message = f"it cannot be read: {type(fault).__name__}; type: monitor db verify"
    return [Health(name=name, well=False, message=message)]


def _damage(connection: Connection, now: datetime) -> Health:
    faults = damaged.open_faults(connection, now=now)
    faults.join(damaged.set_aside(connection, now=now))
    message = "; ".join(faults.lines(_SHOWN)) or "no damaged row was found"
    return Health(name="damage", well=not faults.count, message=message)


def _database(connection: Connection) -> Iterator[Health]:
    faults = chain.database_faults(connection, settled=False)
    yield Health(name="database", well=not faults, message=_said(faults, "no fault found"))
    if is_server(connection):
        words, doubts = describe_server(connection)
        message = f"{words}: {_said(doubts, '')}" if doubts else words
        yield Health(name="server", well=not doubts, message=message)
        return
    mode = str(connection.execute(text("PRAGMA journal_mode")).scalar())
    version = sqlite3.sqlite_version_info
    safe = mode != "wal" or any(
        version[:2] == fixed[:2] and version >= fixed for fixed in _WAL_IS_SAFE
    ) or version >= max(_WAL_IS_SAFE)  # fmt: skip
    words = f"SQLite {sqlite3.sqlite_version}, journal {mode}"
    if not safe:
        words += ": this version can lose commits with this journal; use a rollback journal"
    yield Health(name="journal", well=safe, message=words)


def _chains(connection: Connection) -> Health:
    broken, patients = chain.faults_by_patient(connection)
    faults = [f"{who}: {found[0]}" for who, found in sorted(broken.items())]
    faults += [*chain.lost_facts(connection), *protocol_faults(connection)]
    return Health(
        name="chain",
        well=not faults,
        message=_said(faults, f"every fact of {len(patients)} patients is as it was recorded"),
    )


def _beat(connection: Connection, now: datetime) -> Health:
    failed = failing.failed_at(connection, now)
    if failed is not None:
        words = f"the pass of {failed:%Y-%m-%d %H:%M:%S} UTC failed, and none since; "
        words += "type: monitor tick, or see what monitor run says"
        return Health(name="beat", well=False, message=words)
    beat = heartbeats.find(connection)
    if beat is None:
        # Whoever is on record and was never reconciled may be ill, with or without a contact.
        needed = contacts.oldest(connection) is not None or wakeups.is_waiting(connection, now)
        words = "nobody has sent reminders yet; start: monitor run" if needed else "not needed yet"
        return Health(name="beat", well=not needed, message=words)
    if now + CLOCKS_DIFFER < beat.at:  # of another machine on the server it may be a little ahead
        words = f"the clock lies before the last heartbeat, {beat.at.isoformat()}; set the clock"
        return Health(name="beat", well=False, message=words)
    age = max(now - beat.at, timedelta(0))
    words = f"the last full pass ended {_ago(age)} ago"
    unseen = wakeups.oldest_unseen(connection, now)
    # Seen once and asked for anew, by a restore for instance, it waits for the next pass only.
    is_late = unseen is not None and now - max(unseen, beat.at) > A_PASS_LATE
    words += "; what was recorded since is told to nobody" if is_late else ""
    well = age < OLD and not is_late
    return Health(name="beat", well=well, message=words + ("" if well else "; start: monitor run"))


def _clock(connection: Connection, now: datetime) -> Health:
    """Find facts that were recorded while the clock was ahead; unwell where they are out of sight.

    Of the others nothing is lost, and nobody can do anything: they are named all the same.
    """
    hidden = [*out_of_sight(connection, now).values()]
    if is_clock_behind(connection, now):
        hidden.insert(0, "the newest fact was recorded by a clock ahead of this one: look at it")
    said = hidden + ahead_words(connection, now)
    return Health(name="clock", well=not hidden, message=_said(said, "no fact is of a later day"))


def _outbox(connection: Connection, now: datetime) -> Health:
    counts = undelivered.counts(connection)
    failed, stuck = (
        undelivered.given_up(connection),
        undelivered.stuck(connection, now, for_long=_STUCK),
    )
    owed = counts.get(Delivery.QUEUED, 0) + counts.get(Delivery.SENDING, 0)
    urgent = undelivered.urgent_waiting(connection, now - _A_PASS)
    words = f"{owed} owed, {stuck} of them stuck, {failed} given up"
    if urgent:
        words += f"; {urgent} urgent {'has' if urgent == 1 else 'have'} not arrived"
    is_well = not failed and not stuck and not urgent
    if not is_well:
        words += "; see: monitor outbox --state failed --state owed"
    return Health(name="outbox", well=is_well, message=words)


def _recipients(connection: Connection) -> Health:
    told = {one.patient for one in contacts.list_contacts(connection)}
    unheard = wakeups.unheard(connection)
    lonely = [] if CLINIC in told else projection.patients_with_checks(connection)
    lonely = [who for who in lonely if who not in told]
    if not told and lonely and not unheard:
        words = f"nobody is told anything: {len(lonely)} patients have checks and no contact"
        return Health(name="recipients", well=False, message=words + "; type: monitor contact add")
    faults = [f"{who}: an urgent warning reaches nobody" for who in unheard]
    faults += [f"{who} has checks and nobody to tell" for who in lonely if who not in unheard]
    return Health(
        name="recipients",
        well=not faults,
        message=_said(faults, "every patient with checks has a contact"),
    )


def _channels(connection: Connection, now: datetime) -> Health:
    used = {one.channel for one in contacts.list_contacts(connection)}
    found = undelivered.failing_channels(connection, tries=_FAILING, since=now - _RECENT)
    failing = [(name, url) for name, url in found if url in used]
    faults = [f"{name}: {redacted(url)} failed {_FAILING} times in a row" for name, url in failing]
    return Health(name="channels", well=not faults, message=_said(faults, "no channel fails"))


def _looks(connection: Connection) -> Health:
    faults = [f"{who}: {why}" for who, why in wakeups.faults(connection)]
    return Health(
        name="patients", well=not faults, message=_said(faults, "every patient could be checked")
    )


def _checks(connection: Connection) -> Health:
    left, found = evaluation.count_waiting(connection), [*unchanged.faults(connection)]
    if left:
        found.insert(0, f"those of {left} patients are not worked out by this version's rules yet")
    words = _said(found, "all are worked out")
    advice = "; monitor run does it, or type: monitor db upgrade" if found else ""
    return Health(name="checks", well=not found, message=words + advice)


def _said(faults: list[str], otherwise: str) -> str:
    return "; ".join(Found(faults).lines(_SHOWN)) or otherwise


def _ago(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{age.days} days"


def report_fault(name: str, fault: MonitorError) -> Health:
    """Say what could not even be looked at."""
    return Health(name=name, well=False, message=str(fault))
