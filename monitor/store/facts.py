"""Append facts, and read them back. Nothing here changes or deletes one."""

import contextlib
import getpass
import json
import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from monitor.domain.corrections import Recorded
from monitor.domain.facts import Kind
from monitor.errors import DamagedRecord, Refused
from monitor.store import locks
from monitor.store.chain import COLUMNS, FIRST_DIGEST, broken_words, chain_faults, chained, head
from monitor.store.engine import read_all
from monitor.store.soundness import is_clean, is_moment
from monitor.store.tables import fact, patient, protocol

_AT_ONCE = 500  # patients, or facts, in one query
_T = TypeVar("_T")
_CLOCK = "clock"  # in a stored body: what the clock said, where the moment of recording is another
_LEAST = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A fact that has been accepted and is to be appended."""

    kind: str
    on: date
    body: dict[str, str]
    by: str | None = None
    corrects: int | None = None
    sender_id: str | None = None


class Appender:
    """Appends facts to the chains of patients, in one transaction; `flush` writes them.

    Event numbers are given here, so that a fact can name another of the same batch. All that one
    appender adds to a chain while `now` stays is one batch with one moment: it came together.
    """

    def __init__(self, connection: Connection, *, now: datetime) -> None:
        self._connection = connection
        self.now = now
        self._numbers = locks.numbers(connection, fact.c.event)
        self._pending: list[dict[str, Any]] = []
        self._ends: dict[str, tuple[int, str, datetime | None]] = {}
        self._new: set[str] = set()
        self._moments: dict[str, tuple[datetime, datetime]] = {}  # the clock's, and the batch's

    def add(self, who: str, draft: Draft) -> Recorded:
        """Append a fact to a patient's chain; the patient's row is made if need be.

        What is recorded later is later, whatever the clock says: where a moment would stand still
        or run backwards within a chain, it is the least there is after the last one. What the clock
        said is kept beside it.
        """
        position, digest, latest = self._ends.get(who) or self._end(who)
        event = next(self._numbers)
        recorded_at = self._moment(who, latest)
        clock = self.now.astimezone(UTC) if recorded_at != self.now else None
        kept = {_CLOCK: moment_text(clock)} if clock is not None else {}
        values = {
            "event": event,
            "patient": who,
            "position": position + 1,
            "kind": draft.kind,
            "happened_on": draft.on.isoformat(),
            "recorded_at": moment_text(recorded_at),
            "recorded_by": draft.by,
            "corrects": draft.corrects,
            "sender_id": draft.sender_id,
            "body": canonical({**draft.body, **kept}),
            "login": login(),
        }
        digest = chained(digest, values)
        self._pending.append({**values, "digest": digest})
        self._ends[who] = (position + 1, digest, recorded_at)
        return Recorded(
            event=event,
            patient=who,
            position=position + 1,
            kind=draft.kind,
            on=draft.on,
            recorded_at=recorded_at,
            by=draft.by,
            corrects=draft.corrects,
            sender_id=draft.sender_id,
            body=draft.body,
            digest=digest,
            login=login(),
            clock=clock,
        )

    def _moment(self, who: str, latest: datetime | None) -> datetime:
        """Give the moment of a batch in a chain that has come to another."""
        began, moment = self._moments.get(who) or (None, None)
        if began != self.now or moment is None:
            is_later = latest is None or self.now > latest
            moment = self.now if is_later or latest is None else latest + _LEAST
            self._moments[who] = self.now, moment
        return moment

    def flush(self) -> None:
        """Write what was added."""
        if not self._pending:
            return
        ends: list[dict[str, Any]] = [
            {"who": who, "position": position, "digest": digest}
            for who, (position, digest, _) in self._ends.items()
        ]
        new = [end for end in ends if end["who"] in self._new]
        if new:
            self._add_patients(new)
        self._connection.execute(insert(fact), self._pending)
        known = [end for end in ends if end["who"] not in self._new]
        if known:
            self._connection.execute(
                update(patient)
                .where(patient.c.id == bindparam("who"))
                .values(position=bindparam("position"), digest=bindparam("digest")),
                known,
            )
        self._pending.clear()
        self._ends.clear()
        self._new.clear()

    def _add_patients(self, ends: list[dict[str, Any]]) -> None:
        values = [
            {"id": end["who"], "position": end["position"], "digest": end["digest"]} for end in ends
        ]
        if locks.add_new(self._connection, patient, values) < len(values):
            raise Refused(
                "somebody else registered one of these patients at the same moment; try again"
            )

    def _end(self, who: str) -> tuple[int, str, datetime | None]:
        locks.hold_patient(self._connection, who)
        found = self._connection.execute(
            select(patient.c.position, patient.c.digest, fact.c.recorded_at)
            .join(
                fact,
                (fact.c.patient == patient.c.id) & (fact.c.position == patient.c.position),
                isouter=True,
            )
            .where(patient.c.id == who)
        ).one_or_none()
        if found is None:
            self._new.add(who)
            return 0, FIRST_DIGEST, None
        position, digest, latest = found
        return position, digest, datetime.fromisoformat(latest) if latest else None


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
    found = read_all(connection, select(patient.c.id).order_by(patient.c.id))
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
            fact.c.kind != Kind.PLAN,
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
    query = select(patient.c.id).where(latest > moment_text(moment))
    return sorted(row.id for row in read_all(connection, query) if is_clean(row.id))


def is_anybody_known(connection: Connection) -> bool:
    """Say whether there is a patient on record."""
    return connection.execute(select(patient.c.id).limit(1)).first() is not None


def is_known(connection: Connection, who: str) -> bool:
    """Say whether a patient is on record."""
    query = select(patient.c.id).where(patient.c.id == who)
    return connection.execute(query).first() is not None


def descriptions(
    connection: Connection, whos: Iterable[str], *, known_at: datetime | None = None
) -> dict[str, list[Recorded]]:
    """Read what is known of several patients, and what takes it back; no chain is checked."""
    found: dict[str, list[Recorded]] = {who: [] for who in sorted(set(whos))}
    for some in parts(list(found)):
        query = select(*COLUMNS).where(
            fact.c.patient.in_(some),
            fact.c.kind.in_(("patient", "patient_change", Kind.RETRACTION)),
        )
        if known_at is not None:
            query = query.where(fact.c.recorded_at <= moment_text(known_at))
        for row in connection.execute(query.order_by(fact.c.patient, fact.c.position)).all():
            with contextlib.suppress(ValueError):  # a damaged row is named by `db verify`
                found[row.patient].append(recorded(row))
    return found


def patient_of(connection: Connection, event: int) -> str | None:
    """Find whose fact it is."""
    if abs(event) >= 2**63:  # no database counts so far
        return None
    return connection.execute(select(fact.c.patient).where(fact.c.event == event)).scalar()


def codes(connection: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """Find of which code results are; what cannot be read is left out."""
    found: dict[int, str] = {}
    for some in parts(sorted(numbers)):
        query = select(fact.c.event, fact.c.body).where(fact.c.event.in_(some))
        for number, body in connection.execute(query).all():
            with contextlib.suppress(ValueError, TypeError, KeyError):
                found[number] = str(json.loads(body)["code"])
    return found


def keep_protocol(
    connection: Connection, *, digest: str, name: str, version: str, text: str
) -> None:
    """Keep the text of a protocol that a course is pinned to, once."""
    if kept_protocol(connection, digest) is None:
        values = {"digest": digest, "name": name, "version": version, "text": text}
        locks.add_new(connection, protocol, [values])


def kept_protocol(connection: Connection, digest: str) -> tuple[str, str] | None:
    """Find the name and text of a pinned protocol."""
    query = select(protocol.c.name, protocol.c.text).where(protocol.c.digest == digest)
    found = read_all(connection, query)
    return (found[0].name, found[0].text) if found else None


@cache
def login() -> str:
    """Name who is logged in to the system, with the number: `--by` is what people say."""
    try:
        import pwd
    except ModuleNotFoundError:  # a system without numbers
        return getpass.getuser()
    number = os.getuid()
    try:
        return f"{pwd.getpwuid(number).pw_name} ({number})"
    except KeyError:  # a number without a name
        return f"({number})"


def canonical(body: dict[str, str]) -> str:
    """Write a body in the one way that digests are taken over."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def moment_text(moment: datetime) -> str:
    """Write a moment so that text order is time order: in UTC, always with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def parts(names: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Cut a list into pieces that one query takes."""
    for first in range(0, len(names), _AT_ONCE):
        yield names[first : first + _AT_ONCE]


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
