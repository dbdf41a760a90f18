"""Make the small databases of every released schema: python -m tests.store.make_databases

Run once when a schema is released; databases of older schemas are never made anew.
"""

import json
import sys
from pathlib import Path

from monitor.commands import main
from monitor.commands.opening import inquiring
from monitor.service.asking.documents import document
from monitor.store.schema import HEAD

HERE = Path(__file__).parent / "databases"
FACTS = Path(__file__).parents[1] / "commands" / "facts.jsonl"


def answers(url: str) -> dict[str, object]:
    """Ask what every schema must answer alike."""
    with inquiring(url, "2023-06-01", None) as inquiry:
        return {who: document(inquiry.checks(who, until=None)) for who in ("P-1",)}


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
        # a pass ends with 1: somebody urgent in these facts has no contact
        assert main([*typed, "--db", url]) == (typed[0] == "tick"), typed
    # A course keeps the version of its protocol, and so its citations: each has answers of its own.
    said = json.dumps(answers(url), indent=1)
    newest.with_suffix(".json").write_text(said + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(make())
