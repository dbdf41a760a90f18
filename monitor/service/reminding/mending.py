"""Before a pass: what is damaged is taken out of the way, named, and operators are told.

So one damaged row hurts only what it is about, and nobody is left out in silence.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from monitor.domain.corrections import Recorded
from monitor.domain.outcome import Urgency
from monitor.domain.reminders.audience import digest
from monitor.errors import DamagedRecord
from monitor.service.asking.cases import Case
from monitor.service.asking.damaged import lost_words
from monitor.service.asking.projection import differs, projected
from monitor.service.reminding.daily_report import address_of, message_to
from monitor.store import (
    contact_rows,
    contacts,
    damage,
    evaluation,
    facts,
    heartbeats,
    owing,
    projection,
    setting_aside,
    wakeup_rows,
    wakeups,
)
from monitor.store.clinic import CLINIC
from monitor.store.damage import Damage

_log = logging.getLogger(__name__)


def mend_messages(connection: Connection, *, now: datetime) -> None:
    """Set aside messages that are owed and damaged, and a beat that cannot be read."""
    tell(connection, _mended(connection, now), now=now)


def _mended(connection: Connection, now: datetime) -> Iterator[Damage]:
    for who in wakeup_rows.lost(connection):  # before what is left of it is taken out
        yield Damage(
            what=lost_words(who),
            why="it had not arrived, and is gone or was settled by hand",
            mended="what still has to be told is sent anew",
            patients=frozenset({who}),
        )
    yield from setting_aside.set_aside_open(connection, heartbeats.latest(connection, now))
    why = heartbeats.fault(connection)
    if why is not None:
        heartbeats.forget(connection)
        yield Damage(what="the beat", why=why, patients=None)
    yield from _mended_of_clinic(connection)
    why = evaluation.fault(connection)
    if why is not None:
        evaluation.forget(connection)
        words = "all are worked out anew"
        yield Damage(what="whose work the stored checks are", why=why, mended=words)


def mend_wakeups(connection: Connection, *, now: datetime) -> None:
    """Have everybody reconciled within a day, whatever is stored; asked once the clock is right."""
    found = [Damage(what=what, why=why) for what, why in wakeup_rows.mend(connection, now)]
    tell(connection, found, now=now)


def mend_one(connection: Connection, who: str, rows: Sequence[Recorded], *, now: datetime) -> None:
    """Bring in line with the facts what is stored of one patient's contacts and messages."""
    tell(connection, _mended_of(connection, who, rows, now), now=now)


def _mended_of(
    connection: Connection, who: str, rows: Sequence[Recorded], now: datetime
) -> Iterator[Damage]:
    yield from setting_aside.set_aside_of(connection, who, heartbeats.latest(connection, now))
    yield from _mended_list(connection, who, rows)


def _mended_of_clinic(connection: Connection) -> Iterator[Damage]:
    """Do the same for whom the clinic names; where its facts are damaged, that is said."""
    try:
        yield from _mended_list(connection, CLINIC, facts.read(connection, CLINIC))
    except DamagedRecord as fault:
        words = "whom it names is tried, and the next role hears at once"
        yield Damage(what=f"the record of {CLINIC}", why=str(fault), mended=words)


def _mended_list(connection: Connection, who: str, rows: Sequence[Recorded]) -> Iterator[Damage]:
    for number in contact_rows.mend(connection, who, rows):
        yield Damage(
            what=f"contact {number} of {who}",
            why="it was not what was recorded",
            mended="it is again as the facts say",
        )


def mend_checks(connection: Connection, case: Case, *, now: datetime, clock_is_real: bool) -> None:
    """Work a patient's stored checks out anew where their day has come, or they are damaged.

    What another program stored is left to be worked out with everybody's. What is of a day that
    has not come by this clock, or waits to be worked out, is worked out here, and is no damage.
    """
    if not evaluation.is_ours(connection):
        return
    # The clock was ahead, or the patient moved to where it is still yesterday: that is no damage.
    is_damaged = differs(connection, case, may_be_ahead=True)
    due_by = now if clock_is_real else None
    if is_damaged or projection.is_stale(connection, case.patient, case.today, due_by=due_by):
        projection.replace(connection, case.patient, projected(case))
    if not is_damaged:
        return
    what = f"the stored checks of {case.patient}"
    found = Damage(
        what=what, why="they do not follow from the facts", mended="they were worked out anew"
    )
    tell(connection, [found], now=now)


def tell(connection: Connection, found: Iterable[Damage], *, now: datetime) -> None:
    """Write down what was found, wake those whom it is about, and tell operators."""
    what, patients, is_anybodys = set[str](), set[str](), False
    for one in found:
        damage.note(connection, one, now=now)
        what.add(one.what)
        patients |= one.patients or set()
        is_anybodys = is_anybodys or one.patients is None
    if not what:
        return
    rows = "row was" if len(what) == 1 else "rows were"
    _log.warning("%d damaged %s set aside; type: monitor doctor", len(what), rows)
    if is_anybodys:
        wakeups.wake_all(connection)
    else:
        for who in sorted(patients):
            wakeups.wake_now(connection, who)
    for operator in contacts.operators(connection):
        key = digest("damage", address_of(operator), now.astimezone(UTC).date(), *sorted(what))
        text = f"{len(what)} damaged {rows} set aside and worked out anew; type: monitor doctor"
        owing.write(
            connection,
            message_to(operator, key=key, urgency=Urgency.URGENT, due_at=now, now=now, text=text),
        )
