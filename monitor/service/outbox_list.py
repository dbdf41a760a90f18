"""The outbox as an answer: every reminder, its message, and every try."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from monitor.service.redaction import redacted
from monitor.store import outbox
from monitor.store.leasing import channels_in
from monitor.store.tables import message, reminder


def outbox_answer(connection: Connection, states: Iterable[str] = ()) -> list[dict[str, Any]]:
    """List reminders, oldest first; those of one message share its key, state and tries."""
    wanted = set(states)
    rows = connection.execute(
        select(message, reminder)
        .join(reminder, reminder.c.message == message.c.key, isouter=True)
        .order_by(message.c.due_at, message.c.key, reminder.c.patient, reminder.c.rule)
    ).all()
    found = []
    for row in rows:
        state = "withdrawn" if row.withdrawn else row.state
        if not wanted or state in wanted:
            found.append((row, state))
    attempts = outbox.attempts_of(connection, [row.key for row, _ in found])
    return [_entry(row, state, attempts[row.key]) for row, state in found]


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
