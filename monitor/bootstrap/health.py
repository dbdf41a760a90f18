"""How well the service is; and which relays and contacts nothing can be sent over."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from monitor import policy
from monitor.bootstrap import asking, database_standing, has_database, settings
from monitor.bootstrap.backups import surroundings
from monitor.delivery.channels import open_channel, reaches, why_closed
from monitor.delivery.channels.indirect import is_reference
from monitor.domain.reminders.policy import Policy
from monitor.errors import LeftOut, MonitorError, OutsideError, Refused, Several
from monitor.protocols import read_site
from monitor.service.asking import site_protocols
from monitor.service.asking.redaction import redacted
from monitor.service.asking.site_words import faults_in
from monitor.service.operating.doctor import Health, examine, report_fault
from monitor.store import contacts, heartbeats
from monitor.store.found import Found

_OTHER = (
    "the last pass used another policy than {}; name the same for both (MONITOR_POLICY or "
    "config.toml), and restart monitor run if that does not help"
)
_TO_DO = {
    "empty": "; type: monitor db upgrade",
    "older": "; type: monitor db upgrade",
    "newer": "; update the program",
    "foreign": ": another program's database; choose one with --db",
}
_ADDRESSES = ("nurse@example.org", "15555550123")


def health(db: str | None, *, now: datetime) -> list[Health]:
    """Look at the database, at what is around its file, and at the policy with its channels."""
    found: list[Health] = []
    is_anothers = False
    try:
        standing = database_standing(db)
        well, is_anothers = standing["schema"] == "current", standing["schema"] == "foreign"
        words = f"{standing['schema']} ({standing['expected']}), {standing['database']}"
        words += _TO_DO.get(str(standing["schema"]), "")
        if standing["schema"] == "none yet":
            words = f"there is no database {standing['database']}; name yours with --db"
        found.append(Health(name="schema", well=well, message=words))
        if well:
            with asking(db) as connection:
                found += [*examine(connection, now=now), *_protocols(connection)]
        else:
            found += _protocols(None)
    except OutsideError as fault:
        found.append(report_fault("database", fault))
    try:
        if not is_anothers:  # its modes are nobody's business here
            found += surroundings(db, now=now)
        faults = _unusable(db, now=now)
        words = "; ".join(faults.lines(3)) or "readable"
        found.append(Health(name="policy", well=not faults.count, message=words))
    except MonitorError as fault:
        found.append(report_fault("policy", fault))
    return found


def _protocols(connection: Connection | None) -> list[Health]:
    """Look at the site's own protocols, where it has a folder of them."""
    gone = site_protocols.without_file(connection) if connection is not None else []
    if not ((site := read_site()).faults or gone or site.folder.is_dir()):
        return []
    faults = site_protocols.faults(connection)
    words = "; ".join(Found(faults).lines(3)) or f"{len(site.protocols)} of this site's own"
    if gone:  # they may have been given up: no fault
        words += f"; no file here of {', '.join(gone)}: courses keep its text, none can begin"
    return [Health(name="protocols", well=not faults, message=words)]


def relays_for(channel: str) -> Mapping[str, str]:
    """Read the relays of the site's policy, where a channel names one.

    Raises PolicyError or Refused where the policy cannot be used.
    """
    return policy.load(settings().policy).relays if channel.startswith("relay:") else {}


def faults_of(relays: Mapping[str, str]) -> dict[str, str]:
    """Open each relay for an address of no consequence; nothing is sent."""
    return {name: why for name in relays if (why := _fault_of(name, relays)) is not None}


def _fault_of(name: str, relays: Mapping[str, str]) -> str | None:
    words, left_out = None, False
    for address in _ADDRESSES:  # some ways take the one kind, some the other
        try:
            open_channel(f"relay:{name}?to={address}", relays)
        except Several as fault:  # whatever the address, somebody else is named besides
            return str(fault)
        except LeftOut:  # it may be one of another kind that this way takes
            left_out = True
        except Refused as fault:
            words = words or str(fault)
        else:
            return None
    return None if left_out else words


def _unusable(db: str | None, *, now: datetime) -> Found:
    """Say which relays and contacts nothing can be sent over, and whether passes use this policy.

    Raises PolicyError or Refused where the policy cannot be used.
    """
    file = settings(db).policy
    in_use = policy.load(file)
    listed: list[contacts.Contact] = []
    beat = None
    with suppress(MonitorError), asking(db) as connection:  # the database is looked at elsewhere
        beat = heartbeats.find(connection)
        listed = list(contacts.list_contacts(connection, None))
    found = Found()
    if beat is not None and beat.policy != in_use.digest and not _is_newer(file, beat.at, now):
        found.add([_OTHER.format(file or "the one that ships")])
    found.add(faults_in_words(in_use, db)[0])  # the database is looked at elsewhere
    found.add(f"relay {name}: {why}" for name, why in faults_of(in_use.relays).items())
    found.add(_in_words(one, why) for one, why in _closed(listed, in_use.relays))
    return found


def faults_in_words(used: Policy, db: str | None) -> tuple[list[str], str | None]:
    """Say which of a policy's words tell of anybody, and why no names were looked for."""
    if not (used.words.neutral_line or used.words.languages):
        return [], None
    if not has_database(db):
        return faults_in(used.words, None), "there is no database"
    try:
        with asking(db) as connection:
            return faults_in(used.words, connection), None
    except MonitorError as fault:
        return faults_in(used.words, None), str(fault)


def told_nothing(listed: Sequence[contacts.Contact], db: str | None) -> dict[int, str]:
    """Say of contacts, by number, over which nothing can be sent, and what to do."""
    relays: Mapping[str, str] = {}
    with suppress(MonitorError):  # a policy that cannot be used has no relays
        relays = policy.load(settings(db).policy).relays
    return {
        one.number: f"{_in_words(one, why)}: nothing can be sent to it; "
        f"{'mend that, or type' if is_reference(one.channel) else 'type'}: "
        f"monitor contact change {one.number} --channel URL"
        for one, why in _closed(listed, relays)
    }


def blind_ones(listed: Iterable[contacts.Contact]) -> Iterator[str]:
    """Say over which contacts' channels nobody ever knows whether a message arrived."""
    known: dict[str, bool] = {}
    for one in listed:
        if one.channel not in known:
            known[one.channel] = reaches(one.channel) is None
        if known[one.channel]:
            yield arrival_unknown(one.number, one.name)


def arrival_unknown(number: int, name: str) -> str:
    """Say what it means that a channel cannot fail."""
    return (
        f"contact {number} ({name}): this channel never reports whether a message arrived, so "
        "urgent messages go to others at once; a channel that reports it can take its place"
    )


def untold(db: str | None) -> list[str]:
    """Say of which contacts nothing can be sent over their channels."""
    with asking(db) as connection:
        listed = contacts.list_contacts(connection)
    return Found([*told_nothing(listed, db).values(), *blind_ones(listed)]).lines()


def _closed(
    listed: Iterable[contacts.Contact], relays: Mapping[str, str]
) -> Iterator[tuple[contacts.Contact, str]]:
    known: dict[str, str | None] = {}  # a ward's channel is that of many patients
    for one in listed:
        if one.channel not in known:
            known[one.channel] = why_closed(one.channel, relays)
        why = known[one.channel]
        if why is not None:
            yield one, why


def _in_words(one: contacts.Contact, why: str) -> str:
    return f"contact {one.number} ({one.name}) of {one.patient}: {why} ({redacted(one.channel)})"


def _is_newer(file: Path | None, beat_at: datetime, now: datetime) -> bool:
    """Say whether a policy was written after the last pass began: the next one reads it."""
    if file is None:
        return False
    return beat_at.timestamp() <= file.stat().st_mtime <= now.timestamp()
