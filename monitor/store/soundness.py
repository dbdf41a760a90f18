"""Say whether a row of messaging is what was written, without a word of what stands in it."""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from monitor.domain.reminders.message import OPEN, Delivery, TryOutcome
from monitor.store.seals import is_sealed
from monitor.store.tables import attempt, message, reminder

STATES = tuple(sorted(state.value for state in Delivery))
SETTLED = tuple(state for state in STATES if state not in OPEN)
_FAR = timedelta(days=366)  # no try is put off so long, whatever the clock did


def is_moment(value: object) -> bool:
    """Say whether a cell holds a moment."""
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def is_clean(value: object) -> bool:
    """Say whether a cell is a text that can be given back to the database."""
    return isinstance(value, str) and value.isprintable() and value != ""


def is_digest(value: object) -> bool:
    """Say whether a cell holds a SHA-256 as it is written down."""
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def reminder_fault(row: Any) -> str | None:
    """Say what is wrong with a reminder's row."""
    if not is_sealed(reminder, row):
        return "it is not what was written"
    return None if row.withdrawn in (0, 1) else "whether it was withdrawn cannot be read"


def attempt_fault(row: Any) -> str | None:
    """Say what is wrong with the row of a try."""
    return None if is_sealed(attempt, row) else "it is not what was written"


def message_fault(row: Any, now: datetime) -> str | None:
    """Say what is wrong with a message's row by itself."""
    if not is_sealed(message, row) or not _has_channels(row.channels):
        return "it is not what was written"
    if row.state not in STATES:
        return "its state is none"
    if not all(isinstance(n, int) and 0 <= n < 2**31 for n in (row.token, row.tries, row.rank)):
        return "its numbers are none"
    if row.state in OPEN:
        if not is_moment(row.next_at):
            return "its next try has no moment"
        if datetime.fromisoformat(row.next_at) > now + _FAR:
            return "its next try lies years ahead"
    elif row.next_at != "":
        return "it is settled, and waits for a try"
    return None


def standing_fault(
    row: Any, reminders: Sequence[Any], attempts: Sequence[Any], *, damaged: int
) -> str | None:
    """Say where a message's state contradicts its reminders and tries."""
    tries = len(attempts) + damaged  # one that is under way is not written down yet
    if row.tries != tries and not (row.state == Delivery.SENDING and row.tries == tries + 1):
        return "its tries are not those that were written down"
    if row.tries > row.token or any(one.token > row.token for one in attempts):
        return "its numbers do not fit its tries"
    if any(one.said is not None and one.said > len(reminders) for one in attempts):
        return "it told more than is on record of it"
    is_told = any(one.outcome == TryOutcome.SENT for one in attempts)
    is_wanted = any(one.withdrawn == 0 for one in reminders)
    if row.state == Delivery.SENT and not is_told:
        return "it counts as sent, and no try sent it"
    if row.state == Delivery.FAILED and not attempts:
        return "it counts as given up, and was never tried"
    if row.state == Delivery.WITHDRAWN and is_wanted:
        return "it counts as withdrawn, and is needed"
    return None


def _has_channels(text: str) -> bool:
    try:
        return all(isinstance(one["url"], str) for one in json.loads(text)) and text != "[]"
    except (TypeError, ValueError, KeyError):
        return False
