"""A seal over what never changes in a row of messaging: damage and another row's values show."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table

from monitor.store.tables import attempt, message, reminder

# What is written once. The rest of a row changes while it is sent, and is checked by its sense.
SEALED: dict[Table, tuple[str, ...]] = {
    message: (
        "key", "ref", "role", "recipient", "address", "channels", "zone", "urgency", "due_at",
        "text",
    ),
    reminder: (
        "key", "identity", "message", "patient", "drug", "rule", "occurrence", "anchor", "stage",
        "repeat", "since", "planned_on", "owed_at", "known", "retracts", "words",
    ),
    attempt: ("message", "token", "at", "channel", "outcome", "error", "said"),
}  # fmt: skip
_LATER = ("said",)  # of newer programs: counts where it is known
CHANGING: dict[Table, tuple[str, ...]] = {
    message: ("rank", "state", "next_at", "token", "tries"),
    reminder: ("withdrawn",),
    attempt: (),
}


def seal(table: Table, values: Mapping[str, Any]) -> str:
    """Take the digest of a row; what is left out counts as nothing."""
    counted = [n for n in SEALED[table] if n not in _LATER or values.get(n) is not None]
    parts = [table.name, *(values.get(name) for name in counted)]
    text = json.dumps(parts, separators=(",", ":"), default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sealed(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row with its seal."""
    return {**values, "seal": seal(table, values)}


def is_sealed(table: Table, row: Any) -> bool:
    """Say whether a stored row is what was written."""
    return bool(row.seal == seal(table, row._asdict()))
