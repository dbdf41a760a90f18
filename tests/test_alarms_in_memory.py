"""The count of alarms lives in memory: what looks keep there is what they keep in a database."""

import contextlib
import io
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.delivery.tick import tick
from monitor.domain.corrections import Recorded
from monitor.domain.reminders.subject import PastReminder
from monitor.service.asking.cases import Asked, get_case
from monitor.service.asking.projection import project
from monitor.service.recording import contacts
from monitor.service.recording import record as records
from monitor.store import engine as database
from monitor.store import owing, schema
from monitor.store.appender import Appender, Draft
from tests.alarms.clinic import POLICY, Life
from tests.alarms.memory import in_memory
from tests.alarms.values import KEPT


def test_a_life_is_told_the_same_in_memory_and_from_a_database(tmp_path):
    with in_memory():
        life = Life(number=1, years=1, keeping=KEPT["badly"], named="doxorubicin-us")
        life.live(until=life.start + timedelta(days=50))
    in_mind = life.memory.stored()
    engine = database.open_engine(database.parse_url(f"sqlite:///{tmp_path}/new.db"))
    schema.upgrade(engine)

    rows, sent_at = (
        list(life.memory.rows),
        {one.owed.next_at for one in life.memory.messages.values()},
    )
    for moment in sorted({*life.looked, *sent_at}):
        known = [row for row in rows if row.recorded_at <= moment]
        del rows[: len(known)]
        if known:
            with database.writing(engine) as connection:
                record(connection, life, known, now=moment)
        with contextlib.redirect_stdout(io.StringIO()):
            tick(engine, POLICY, lambda moment=moment: moment)

    with database.reading(engine) as connection:
        on_disk = owing.reminders_of(connection, life.id)
    assert len(on_disk) > 20
    assert sorted(map(told, on_disk)) == sorted(map(told, in_mind))


def record(connection: Connection, life: Life, known: Sequence[Recorded], *, now: datetime) -> None:
    appender = Appender(connection, now=now)
    for row in known:
        draft = Draft(kind=row.kind, on=row.on, body=row.body, by=row.by, sender_id=None)
        appender.add(life.id, draft)
    appender.flush()
    records.keep_protocols(connection, known)
    project(connection, get_case(connection, life.id, Asked(now=now)))
    if known[0].kind == "patient":
        for one in life.memory.reachable:
            contacts.add_contact(
                connection, patient=life.id, role=one.role, channel="console:",
                is_private=True, name=one.name, timezone="Europe/London", by="clinic",
                now=now,
            )  # fmt: skip


def told(one: PastReminder) -> tuple[str, ...]:
    what = (
        one.planned_on.isoformat(),
        one.subject.rule,
        one.role,
        one.stage,
        str(one.repeat),
        one.state,
    )
    return (*what, "taken back" if one.retracts else "")
