"""The outbox as an answer: every reminder, its message, and every try."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    and_,
    literal,
    or_,
    select,
    union_all,
)

from monitor.domain.reminders.message import Delivery
from monitor.service.asking.redaction import redacted
from monitor.store import outbox
from monitor.store.engine import read_all
from monitor.store.lease import channels_in
from monitor.store.seals import is_sealed, seal
from monitor.store.soundness import STATES, attempt_fault, is_clean
from monitor.store.tables import message, reminder

_LATEST = 1000  # messages; of older ones what was settled well is listed where its state is named
_UNSETTLED = (Delivery.FAILED, Delivery.QUEUED, Delivery.SENDING)


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedTry:
    """One try to send a message."""

    at: str
    outcome: str
    error: str | None
    channel: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A reminder, with its message and every try to send it; or a message about nobody."""

    key: str | None = None
    ref: str = ""
    patient: str | None = None
    rule: str | None = None
    occurrence: int | None = None
    stage: str | None = None
    repeat: int | None = None
    retracts: str | None = None
    recipient: str
    role: str
    channel: str
    urgency: str
    state: str
    due_at: str = ""
    attempts: tuple[ListedTry, ...] = ()


def outbox_answer(connection: Connection, states: Iterable[str] = ()) -> list[Listed]:
    """List reminders, oldest first; those of one message share its key, state and tries.

    Without states: all that is owed or was given up, and what the newest messages hold.
    """
    mine = [column.label(f"reminder_{column.name}") for column in reminder.c]
    query = select(message, *mine).join(reminder, reminder.c.message == message.c.key, isouter=True)
    wanted = sorted(set(states))
    chosen = _in_states(wanted) if wanted else message.c.key.in_(_unsettled_or_new())
    query = query.where(chosen)
    rows = read_all(
        connection,
        query.order_by(message.c.due_at, message.c.key, reminder.c.patient, reminder.c.rule),
    )
    attempts = outbox.attempts_of(connection, [row.key for row in rows if is_clean(row.key)])
    return [
        _entry(row, _reminder_in(row), attempts[row.key]) if _is_sound(row) else _damaged(row)
        for row in rows
    ]


def listed_from(connection: Connection) -> str | None:
    """Give the moment before which the list without states is not whole; None where it is."""
    newest = select(message.c.due_at).order_by(message.c.due_at.desc())
    oldest = connection.execute(newest.offset(_LATEST - 1).limit(2)).scalars().all()
    return oldest[0] if len(oldest) > 1 else None


def _unsettled_or_new() -> CompoundSelect[Any]:
    """Ask for keys by two indexes: the answer costs the same after ten years of messages."""
    stands = [literal(state.value, literal_execute=True) for state in _UNSETTLED]
    newest = select(message.c.key).order_by(message.c.due_at.desc()).limit(_LATEST).subquery()
    return union_all(select(message.c.key).where(message.c.state.in_(stands)), select(newest.c.key))


def _reminder_in(row: Any) -> dict[str, Any]:
    return {column.name: getattr(row, f"reminder_{column.name}") for column in reminder.c}


def _is_sound(row: Any) -> bool:
    """Say whether a message and the reminder beside it are what was written."""
    inside = _reminder_in(row)
    holds = inside["key"] is None or inside["seal"] == seal(reminder, inside)
    return is_sealed(message, row) and row.state in STATES and holds


def _damaged(row: Any) -> Listed:
    """List a damaged row without a word of what stands in it, but for a state that is one."""
    return Listed(
        rule="damaged; type: monitor doctor",
        recipient="cannot be read",
        role="unknown",
        channel="unknown",
        urgency="urgent",
        state=row.state if row.state in STATES else Delivery.FAILED,
    )


def _in_states(wanted: Sequence[str]) -> ColumnElement[bool]:
    """Choose by state, written into the statement: a server then goes to the few by an index."""
    stands = [literal(state, literal_execute=True) for state in wanted]
    is_in_force = or_(reminder.c.withdrawn.is_(None), reminder.c.withdrawn == 0)
    chosen = and_(message.c.state.in_(stands), is_in_force)
    if Delivery.WITHDRAWN not in wanted:
        return chosen
    return or_(chosen, message.c.state == Delivery.WITHDRAWN.value, reminder.c.withdrawn == 1)


def _entry(row: Any, inside: dict[str, Any], tries: list[Any]) -> Listed:
    channels = channels_in(row.channels)
    tries = [one for one in tries if attempt_fault(one) is None]
    latest = tries[-1].channel if tries else 0
    return Listed(
        key=row.key,
        ref=row.ref,
        patient=inside["patient"],
        rule=inside["rule"] if inside["rule"] is not None or row.text is None else "alive",
        occurrence=inside["occurrence"],
        stage=inside["stage"],
        repeat=inside["repeat"],
        retracts=inside["retracts"],
        recipient=row.recipient,
        role=row.role,
        channel=redacted(channels[latest].url),
        urgency=row.urgency,
        state=Delivery.WITHDRAWN if inside["withdrawn"] else row.state,
        due_at=row.due_at,
        attempts=tuple(
            ListedTry(
                at=one.at,
                outcome=one.outcome,
                error=one.error,
                channel=redacted(channels[one.channel].url),
            )
            for one in tries
        ),
    )
