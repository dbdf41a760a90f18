"""The outbox as an answer: every reminder, its message, and every try."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, literal, or_, select

from monitor.service.redaction import redacted
from monitor.store import outbox
from monitor.store.leasing import channels_in
from monitor.store.tables import message, reminder


def outbox_answer(connection: Connection, states: Iterable[str] = ()) -> list[dict[str, Any]]:
    """List reminders, oldest first; those of one message share its key, state and tries."""
    query = select(message, reminder).join(
        reminder, reminder.c.message == message.c.key, isouter=True
    )
    wanted = sorted(set(states))
    if wanted:
        query = query.where(_in_states(wanted))
    rows = connection.execute(
        query.order_by(message.c.due_at, message.c.key, reminder.c.patient, reminder.c.rule)
    ).all()
    attempts = outbox.attempts_of(connection, [row.key for row in rows])
    return [
        _entry(row, "withdrawn" if row.withdrawn else row.state, attempts[row.key]) for row in rows
    ]


def _in_states(wanted: Sequence[str]) -> ColumnElement[bool]:
    """Choose by state, written into the statement: a server then goes to the few by an index."""
    stands = [literal(state, literal_execute=True) for state in wanted]
    is_in_force = or_(reminder.c.withdrawn.is_(None), reminder.c.withdrawn == 0)
    chosen = and_(message.c.state.in_(stands), is_in_force)
    if "withdrawn" not in wanted:
        return chosen
    return or_(chosen, message.c.state == "withdrawn", reminder.c.withdrawn == 1)


def _entry(row: Any, state: str, tries: list[Any]) -> dict[str, Any]:
    channels = channels_in(row.channels)
    latest = tries[-1].channel if tries else 0
    return {
        "key": row.key,
        "ref": row.ref,
        "patient": row.patient,
        "rule": row.rule if row.rule is not None or row.text is None else "alive",
        "occurrence": row.occurrence,
        "stage": row.stage,
        "repeat": row.repeat,
        "retracts": row.retracts,
        "recipient": row.recipient,
        "role": row.role,
        "channel": redacted(channels[latest].url),
        "urgency": row.urgency,
        "state": state,
        "due_at": row.due_at,
        "attempts": [
            {
                "at": one.at,
                "outcome": one.outcome,
                "error": one.error,
                "channel": redacted(channels[one.channel].url),
            }
            for one in tries
        ],
    }
