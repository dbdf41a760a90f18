"""What stood in a row that is taken out: a line of JSON, under a digest of its own.

It is kept for those who look into a damage, and shown by no command: it may hold a secret.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Table


def copy_of(table: Table, rows: Iterable[Any]) -> str:
    """Write rows as far as they can be read; each line ends in a digest of what stands before."""
    return "".join(_line({"table": table.name, **row._asdict()}) for row in rows)


def _line(cells: dict[str, Any]) -> str:
    text = json.dumps({name: _cell(value) for name, value in cells.items()}, sort_keys=True)
    return f"{text} {hashlib.sha256(text.encode()).hexdigest()[:16]}\n"


def _cell(value: Any) -> Any:
    """Write a cell; of bytes, and of what is no text, the bytes."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, str) and not value.isascii():
        raw = value.encode(errors="surrogateescape")
        try:
            raw.decode()
        except UnicodeDecodeError:
            return {"bytes": raw.hex()}
    return value
