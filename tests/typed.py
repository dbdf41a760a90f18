"""Record lines as tests write them: objects with the texts that a person would type."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from monitor.service.recording import record as records
from monitor.service.recording.input_lines import COMMANDED, parse_line


def record(connection: Connection, said: Mapping[str, Any], *, now: datetime) -> records.Entry:
    """Record one line as a command does."""
    return records.record(connection, parse_line(dict(said), COMMANDED), now=now)
