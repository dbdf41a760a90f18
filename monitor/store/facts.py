"""Read facts back. Nothing here changes or deletes one; `appender` adds to them."""

import contextlib
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from monitor.domain.corrections import Recorded
from monitor.domain.facts import AHEAD, DESCRIBING, Kind
from monitor.errors import DamagedRecord
from monitor.store import locks
from monitor.store.chain import COLUMNS, broken_words, chain_faults, head
from monitor.store.clinic import CLINIC, IS_PATIENT
from monitor.store.engine import parts, read_all
from monitor.store.soundness import is_clean, is_moment
from monitor.store.tables import fact, patient

_CLOCK = "clock"  # in a stored body: what the clock said, where the moment of recording is another


def read(
    connection: Connection,
    who: str,
    *,
    known_at: datetime | None = None,
    now: datetime | None = None,
) -> list[Recorded]:
    """Read a patient's facts in the order of recording; `known_at` hides what came later.

    What a clock said that is later than `now` was wrong for certain.

    Raises DamagedRecord where the chain is broken: such facts are reported, never used. Who reads
    in order to write holds the patient: nobody else writes about the same one meanwhile.
    """
    locks.hold_patient(connection, who)
    query = select(*COLUMNS).where(fact.c.patient == who).order_by(fact.c.position)
    rows = read_all(connection, query)
    if faults := chain_faults(rows, head(connection, who)):
        raise DamagedRecord(broken_words(connection, who, faults))
    found = [recorded(row) for row in rows]
    return found if known_at is None else _known_by(found, known_at, now)


def _known_by(rows: list[Recorded], moment: datetime, now: datetime | None) -> list[Recorded]:
    """Keep what was recorded by a moment: all up to the last fact of which a right clock says so.

    What was recorded while the clock was ahead was there when the next fact came; what was while
    it was behind was not there before those that lie before it.
    """
    clocks = (row.said_by_clock for row in rows)
    right = set(_never_back(at for at in clocks if now is None or at <= now))
    known = (i for i, row in enumerate(rows) if row.said_by_clock in right)
    last = max((i for i in known if rows[i].said_by_clock <= moment), default=-1)
    return rows[: last + 1]


def _never_back(clocks: Iterable[datetime]) -> Iterator[datetime]:
    """Give the longest run of moments that never goes back: the others are of a wrong clock.

    Of two as long it is the one that ends earlier: the newest fact's clock is believed.
    """
    ends: list[datetime] = []  # of the runs of each length, the earliest
    before: dict[datetime, datetime | None] = {}
    for at in dict.fromkeys(clocks):
        place = bisect_left(ends, at)
        before[at] = ends[place - 1] if place else None
        ends[place : place + 1] = [at]
    one = ends[-1] if ends else None
    while one is not None:
        yield one
        one = before[one]


def patients(connection: Connection) -> list[str]:
    """List the patients on record."""
    found = read_all(connection, select(patient.c.id).where(IS_PATIENT).order_by(patient.c.id))
    return [row.id for row in found if is_clean(row.id)]  # `db verify` names the others


def first_at(connection: Connection) -> datetime | None:
    """Give when the first fact was recorded."""
    found = connection.execute(select(fact.c.recorded_at).order_by(fact.c.event).limit(1)).scalar()
    return datetime.fromisoformat(found) if found is not None and is_moment(found) else None


def recorded_after(connection: Connection, moment: datetime, *, of_after: date) -> list[str]:
    """List the patients of whom something was recorded after a moment, with a fact of a later day.

    Each pass asks: it goes by the last fact of each patient, and by all facts of who is left.
    """
    found: list[str] = []
    for some in parts(last_after(connection, moment)):
        of_later = select(fact.c.patient).where(
            fact.c.patient.in_(some),
            fact.c.happened_on > of_after.isoformat(),
            fact.c.kind.not_in(AHEAD),
        )
        found += sorted({row.patient for row in read_all(connection, of_later)})
    return found


def last_after(connection: Connection, moment: datetime) -> list[str]:
    """List the patients of whom anything was recorded after a moment.

    Within a chain the moment of recording never runs backwards: the last fact has the latest.
    """
    latest = (
        select(fact.c.recorded_at)
        .where(fact.c.patient == patient.c.id, fact.c.position == patient.c.position)
        .scalar_subquery()
    )
    query = select(patient.c.id).where(latest > moment_text(moment), IS_PATIENT)
    return sorted(row.id for row in read_all(connection, query) if is_clean(row.id))


def is_anybody_known(connection: Connection) -> bool:
    """Say whether there is a patient on record."""
    return connection.execute(select(patient.c.id).where(IS_PATIENT).limit(1)).first() is not None


def is_known(connection: Connection, who: str) -> bool:
    """Say whether a patient is on record."""
    query = select(patient.c.id).where(patient.c.id == who)
    return who != CLINIC and connection.execute(query).first() is not None


def descriptions(
    connection: Connection, whos: Iterable[str], *, known_at: datetime | None = None
) -> dict[str, list[Recorded]]:
    """Read what is known of several patients, and what takes it back; no chain is checked."""
    found: dict[str, list[Recorded]] = {who: [] for who in sorted(set(whos))}
    for some in parts(list(found)):
        query = select(*COLUMNS).where(
            fact.c.patient.in_(some),
            fact.c.kind.in_((*DESCRIBING, Kind.RETRACTION)),
        )
        if known_at is not None:
            query = query.where(fact.c.recorded_at <= moment_text(known_at))
        for row in read_all(connection, query.order_by(fact.c.patient, fact.c.position)):
            with contextlib.suppress(ValueError):  # a damaged row is named by `db verify`
                "".join(cell for cell in row if isinstance(cell, str)).encode()  # else no text
                found[row.patient].append(recorded(row))
    return found


def patient_of(connection: Connection, event: int) -> str | None:
    """Find whose fact it is."""
    if abs(event) >= 2**63:  # no database counts so far
        return None
    return connection.execute(select(fact.c.patient).where(fact.c.event == event)).scalar()


def last_by(connection: Connection, by: str) -> tuple[int, str] | None:
    """Find the last fact that somebody recorded: its number, and whose it is."""
    query = select(fact.c.event, fact.c.patient).where(fact.c.recorded_by == by)
    found = connection.execute(query.order_by(fact.c.event.desc()).limit(1)).first()
    return (found.event, found.patient) if found else None


def recorders(connection: Connection) -> list[str]:
    """List everybody who has recorded a fact; `db verify` names what is no text."""
    found = read_all(connection, select(fact.c.recorded_by).distinct())
    return sorted(row.recorded_by for row in found if is_clean(row.recorded_by))


def recorded_with(connection: Connection, row: Recorded) -> list[int]:
    """List what the same person recorded at the same moment: of one slip, or one file."""
    query = select(fact.c.event).where(
        fact.c.recorded_at == moment_text(row.recorded_at),
        fact.c.recorded_by == row.by,
        fact.c.event != row.event,
    )
    return [found.event for found in connection.execute(query.order_by(fact.c.event)).all()]


def codes(connection: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """Find of which code results are; what cannot be read is left out."""
    found: dict[int, str] = {}
    for some in parts(sorted(numbers)):
        query = select(fact.c.event, fact.c.body).where(fact.c.event.in_(some))
        for number, body in connection.execute(query).all():
            with contextlib.suppress(ValueError, TypeError, KeyError):
                found[number] = str(json.loads(body)["code"])
    return found


def canonical(body: dict[str, str]) -> str:
    """Write a body in the one way that digests are taken over."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def row_of(row: Recorded) -> dict[str, Any]:
    """Write a fact as the row that is stored, but for its digest."""
    clock = {} if row.clock is None else {_CLOCK: moment_text(row.clock)}
    return {
        "event": row.event,
        "patient": row.patient,
        "position": row.position,
        "kind": row.kind,
        "happened_on": row.on.isoformat(),
        "recorded_at": moment_text(row.recorded_at),
        "recorded_by": row.by,
        "corrects": row.corrects,
        "sender_id": row.sender_id,
        "body": canonical({**row.body, **clock}),
        "login": row.login,
    }


def moment_text(moment: datetime) -> str:
    """Write a moment so that text order is time order: in UTC, always with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def recorded(row: Row[*tuple[Any, ...]]) -> Recorded:
    """Read a row as the fact that it holds."""
    body = json.loads(row.body)
    clock = body.pop(_CLOCK, None) if isinstance(body, dict) else None
    return Recorded(
        event=row.event,
        patient=row.patient,
        position=row.position,
        kind=row.kind,
        on=date.fromisoformat(row.happened_on),
        recorded_at=datetime.fromisoformat(row.recorded_at),
        by=row.recorded_by,
        corrects=row.corrects,
        sender_id=row.sender_id,
        body=body,
        digest=row.digest,
        login=row.login,
        clock=datetime.fromisoformat(str(clock)) if is_moment(clock) else None,
    )
