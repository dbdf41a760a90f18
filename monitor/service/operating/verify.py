"""Verify the record: every chain, every projection, and what the database says of itself."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from monitor import protocols
from monitor.errors import MonitorError
from monitor.service.asking import damaged, heads
from monitor.service.asking.cases import Asked, Show, get_case, unseen
from monitor.service.asking.projection import differs
from monitor.store import chain, evaluation
from monitor.store.engine import is_server, let_others_write, told_by
from monitor.store.found import Found


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """What was looked at, and what is wrong with it: the first of each, and how many more."""

    patients: int
    facts: int
    head: str  # number of the last fact and a digest over all facts up to it
    code: str  # the same, short
    lost: Found  # faults of what nothing could be worked out anew from
    derived: Found  # of which nothing is lost: it is worked out anew
    set_aside: Found  # what was found damaged of late, and made anew

    @property
    def well(self) -> bool:
        """Say whether nothing is damaged now, nor was of late."""
        return not self.faults and not self.set_aside.count

    @property
    def faults(self) -> tuple[str, ...]:
        """List what is wrong now: the first, and how many more."""
        return (*self.lost.lines(), *self.derived.lines())

    @property
    def words(self) -> list[str]:
        """Say once what is or was damaged, then what is to be done, then how it stands."""
        lines = []
        for found, advice in (
            (self.lost, _RESTORE),
            (self.derived, _MADE_ANEW),
            (self.set_aside, _FIND_THE_CAUSE),
        ):
            lines += [*found.lines(), advice] if found.count else []
        state = "no fault found"
        if self.faults:
            state = _counted(self.lost.count + self.derived.count, "fault")
        elif self.set_aside.count:
            state = f"no fault now; {_counted(self.set_aside.count, 'damaged row')} mended of late"
        return [*lines, f"{self.facts} facts of {self.patients} patients: {state}"]

    def document(self) -> dict[str, Any]:
        """Give all of it for programs."""
        return {
            "well": self.well,
            "patients": self.patients,
            "facts": self.facts,
            "head": self.head,
            "code": self.code,
            "faults": self.faults,
            "set_aside": self.set_aside.lines(),
            "derived": self.derived.lines(),
        }


_RESTORE = (
    "to do: keep a copy of the database, find what damaged it, and restore the last sound backup, "
    "which monitor doctor names: monitor db restore FILE"
)
_MADE_ANEW = "to do: nothing recorded is lost by these; monitor run mends them within a day"
_FIND_THE_CAUSE = (
    "to do: these are mended; find what damaged them: a failing disk, or a tool that writes to the "
    f"database. They are named for {damaged.KEPT.days} days"
)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


_DIFFER = "the stored checks differ from the facts; type: monitor db upgrade"


def verify(
    connection: Connection, *, now: datetime, head: str | None = None, show: Show = unseen
) -> Verified:
    """Check file, head, protocols, chains and projections: all faults are counted, some named."""
    wanted = None if head is None else heads.parse(head)
    lost, derived, set_aside = Found(), Found(), Found()
    log, broken, patients = _Log(), dict[str, list[str]](), list[str]()
    with _listed(connection, lost):
        lost.add(chain.database_faults(connection))
    with _listed(connection, lost):
        lost.add(chain.lost_facts(connection))
        lost.add(log.read(connection, wanted))
    with _listed(connection, lost):
        lost.add(protocol_faults(connection))
    with _listed(connection, lost):
        broken, patients = chain.faults_by_patient(connection)
    with _listed(connection, lost):
        derived.join(damaged.faults(connection, now=now))
        set_aside.join(damaged.set_aside(connection, now=now))
    lost.add(f"{who}: {fault}" for who, found in broken.items() for fault in found)
    is_ours = evaluation.is_ours(connection)  # what another program stored is not read
    count = show(len(patients))
    for who in patients:
        count(1)
        let_others_write(connection)
        if who not in broken and is_ours:
            with _listed(connection, lost, f"{who}: "):
                derived.add(f"{who}: {words}" for words in _projection_faults(connection, who, now))
    return Verified(
        patients=len(patients),
        facts=log.facts,
        head=log.head,
        code=log.code,
        lost=lost,
        derived=derived,
        set_aside=set_aside,
    )


class _Log:
    """The log as a whole: how many facts, and a digest over all of them in order."""

    def __init__(self) -> None:
        self.facts = 0
        self.head = f"0:{hashlib.sha256().hexdigest()}"
        self.code = heads.code_of(0, hashlib.sha256().hexdigest())

    def read(self, connection: Connection, wanted: tuple[int, str] | None) -> list[str]:
        """Go through the log; says so where it is not the one whose head was reported."""
        total = hashlib.sha256()
        known: str | None = None
        for row in chain.in_order(connection):
            self.facts += 1
            total.update(str(row.digest).encode(errors="surrogatepass"))
            self.head = f"{row.event}:{total.hexdigest()}"
            self.code = heads.code_of(row.event, total.hexdigest())
            if wanted and row.event == wanted[0]:
                known = total.hexdigest()
        if wanted is None or (known is not None and known.startswith(wanted[1])):
            return []
        return [f"the record up to event {wanted[0]} is not the one whose head was reported"]


@contextmanager
def _listed(connection: Connection, faults: Found, about: str = "") -> Iterator[None]:
    """List what cannot be read, and go on with the rest."""
    try:
        # A server gives up a whole transaction for one question that failed.
        with connection.begin_nested() if is_server(connection) else nullcontext():
            yield
    except DBAPIError as fault:
        faults.add([f"{about or 'database: '}{told_by(fault)}"])
    except MonitorError as fault:
        faults.add([f"{about}{fault}"])


def protocol_faults(connection: Connection) -> list[str]:
    """Read every kept protocol anew, whatever was read before."""
    found = []
    for row in chain.kept_protocols(connection):
        is_text = isinstance(row.name, str) and isinstance(row.text, str)
        try:
            kept = protocols.pinned(row.name, row.text) if is_text else None
        except (MonitorError, UnicodeEncodeError):  # what was no text cannot be written as one
            kept = None
        if kept is None or (kept.digest, kept.name, kept.version) != (
            row.digest,
            row.name,
            row.version,
        ):
            name = row.name if row.name in protocols.names() else "a protocol"
            found.append(f"the kept text of {name} is not what was kept")
    return found


def _projection_faults(connection: Connection, who: str, now: datetime) -> list[str]:
    case = get_case(connection, who, Asked(now=now))
    if differs(connection, case, may_be_ahead=True):
        return [_DIFFER]
    return []
