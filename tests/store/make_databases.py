"""Make the small databases of every released schema: python -m tests.store.make_databases

Run once when a schema is released; databases of older schemas are never made anew. The oldest
were made from the newest by taking away what later migrations had added.
"""

import json
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from monitor.commands import main
from monitor.commands.asking import upcoming_of
from monitor.commands.when import asked
from monitor.store.schema import HEAD

HERE = Path(__file__).parent / "databases"
FACTS = Path(__file__).parents[1] / "commands" / "facts.jsonl"
LATER = {
    "0002": ("attempt", "reminder", "message", "contact", "look", "beat"),
    "0001": ("pending", "treatment"),
}


def answers(url: str) -> dict[str, object]:
    """Ask what every schema must answer alike."""
    when = asked("2023-06-01")
    return {who: upcoming_of(url, who, when, until=None, states=(), limit=None) for who in ("P-1",)}


def make() -> None:
    HERE.mkdir(exist_ok=True)
    newest = HERE / f"{HEAD}.db"
    url = f"sqlite:///{newest}"
    for typed in (
        ["import", str(FACTS)],
        ["retract", "15", "--reason", "wrong patient", "--by", "A"],
        ["contact", "add", "P-1", "--role", "nurse", "--name", "Ward 3", "--channel", "console:"],
        ["tick", "--now", "2023-04-21T09:00:00Z"],
    ):
        assert main([*typed, "--db", url]) == 0, typed
    (HERE / "answers.json").write_text(json.dumps(answers(url), indent=1), encoding="utf-8")
    made = newest
    for revision, tables in LATER.items():
        made = Path(shutil.copy(made, HERE / f"{revision}.db"))
        with closing(sqlite3.connect(made)) as connection:
            for table in tables:
                connection.execute(f"DROP TABLE {table}")
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
            connection.commit()
            connection.execute("VACUUM")


if __name__ == "__main__":
    sys.exit(make())
