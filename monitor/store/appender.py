"""Append facts to the chains of patients. Nothing here changes or deletes one."""

import getpass
import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from monitor.domain.corrections import Recorded
from monitor.errors import Refused
from monitor.store import locks
from monitor.store.chain import FIRST_DIGEST, chained
from monitor.store.facts import row_of
from monitor.store.tables import fact, patient

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


@dataclass(frozen=True, kw_only=True, slots=True)
class AsRecorded:
    """What is said of a fact that was recorded elsewhere, instead of what is so here and now."""

    event: int
    recorded_at: datetime
    clock: datetime | None
    login: str | None


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

    def add(self, who: str, draft: Draft, elsewhere: AsRecorded | None = None) -> Recorded:
        """Append a fact to a patient's chain; the patient's row is made if need be.

        What is recorded later is later, whatever the clock says: where a moment would stand still
        or run backwards within a chain, it is the least there is after the last one. What the clock
        said is kept beside it.
        """
        position, digest, latest = self._ends.get(who) or self._end(who)
        if elsewhere is None:
            recorded_at = self._moment(who, latest)
            clock = self.now.astimezone(UTC) if recorded_at != self.now else None
            elsewhere = AsRecorded(
                event=next(self._numbers), recorded_at=recorded_at, clock=clock, login=login()
            )
        said = Recorded(
            event=elsewhere.event,
            patient=who,
            position=position + 1,
            kind=draft.kind,
            on=draft.on,
            recorded_at=elsewhere.recorded_at,
            by=draft.by,
            corrects=draft.corrects,
            sender_id=draft.sender_id,
            body=draft.body,
            login=elsewhere.login,
            clock=elsewhere.clock,
        )
        row = row_of(said)
        digest = chained(digest, row)
        self._pending.append({**row, "digest": digest})
        self._ends[who] = (position + 1, digest, said.recorded_at)
        return replace(said, digest=digest)

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
        self.forget()

    def forget(self) -> None:
        """Leave out what was added and not written yet."""
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


def append(connection: Connection, who: str, draft: Draft, now: datetime) -> Recorded:
    """Append one fact to a patient's chain."""
    appender = Appender(connection, now=now)
    said = appender.add(who, draft)
    appender.flush()
    return said


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
