"""Verify the record: every chain, every projection, and what the database says of itself."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor.errors import MonitorError, Refused
from monitor.service.projecting import differs
from monitor.service.queries import Asked, get_case
from monitor.store import chain


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """What was looked at, and everything that is wrong with it."""

    patients: int
    facts: int
    head: str  # number of the last fact and a digest over all facts up to it
    faults: tuple[str, ...]


def verify(connection: Connection, *, now: datetime, head: str | None = None) -> Verified:
    """Check chains, head, projections and the file; every fault is listed."""
    faults = chain.database_faults(connection)
    facts = 0
    total = hashlib.sha256()
    last = 0
    known: str | None = None
    wanted = _parse_head(head)
    for row in chain.in_order(connection):
        facts += 1
        last = row.event
        total.update(row.digest.encode())
        if wanted and row.event == wanted[0]:
            known = total.hexdigest()
    if wanted and known != wanted[1]:
        faults.append(f"the record up to event {wanted[0]} is not the one whose head was reported")
    broken, patients = chain.faults_by_patient(connection)
    for who, found in broken.items():
        faults += [f"{who}: {fault}" for fault in found]
    for who in patients:
        if who in broken:
            continue
        try:
            if differs(connection, get_case(connection, who, Asked(now=now))):
                faults.append(
                    f"{who}: the stored checks differ from the facts; type: monitor db upgrade"
                )
        except MonitorError as fault:
            faults.append(f"{who}: {fault}")
    return Verified(
        patients=len(patients),
        facts=facts,
        head=f"{last}:{total.hexdigest()}",
        faults=tuple(faults),
    )


def _parse_head(head: str | None) -> tuple[int, str] | None:
    if head is None:
        return None
    number, colon, digest = head.partition(":")
    if not colon or not number.isdecimal() or len(digest) != 64:
        raise Refused(f"--head: '{head}' is not a head; write what an earlier db verify reported")
    return int(number), digest
