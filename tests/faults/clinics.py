"""Clinics on disk whose people are told over real sinks, and what sinks and outbox say of it."""

import io
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.bootstrap import asking, recording
from monitor.commands import main
from monitor.commands.options import now
from monitor.service.operating.verify import verify
from monitor.store import contacts
from tests import example
from tests.faults.tracing import ROOT, run

# A blood count is due on this day, and one patient has had a dangerous one: six messages.
DAY = datetime(2023, 1, 20, 10, tzinfo=UTC)
LINES = [
    {"kind": "patient", "id": "P-1", "sex": "female", "born": "1993-04-02", "timezone": "UTC"},
    {"kind": "patient", "id": "P-2", "sex": "male", "born": "1983-04-02", "timezone": "UTC"},
    *(
        line
        for who in ("P-1", "P-2")
        for line in (
            {"kind": "course", "patient": who, "protocol": example.NAME}
            | {"on": "2023-01-03", "facts": {"prior_mitoxantrone_mg_m2": "0"}},
            {"kind": "infusion", "patient": who, "on": "2023-01-10"}
            | {"dose_mg": "18", "bsa_m2": "1.5"},
        )
    ),
    {"kind": "result", "patient": "P-2", "code": "neutrophils", "value": "0.4"}
    | {"unit": "10*9/L", "on": "2023-01-18"},
]

Told = tuple[str, str, str, str]  # patient, role, name, channel


def told_over(channel: str) -> list[Told]:
    return [
        (who, role, f"{role} of {who}", channel)
        for who in ("P-1", "P-2")
        for role in ("patient", "nurse")
    ]


def build(path: Path, lines: Iterable[dict[str, Any]], told: Iterable[Told]) -> str:
    """Make a clinic's database; returns its URL."""
    url = f"sqlite:///{path}"
    fill(url, path.with_suffix(".jsonl"), lines, told)
    return url


def fill(url: str, file: Path, lines: Iterable[dict[str, Any]], told: Iterable[Told]) -> None:
    """Import a clinic into a database, and have its people told."""
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    with redirect_stdout(io.StringIO()), pytest.MonkeyPatch.context() as patch:
        example.ship(patch)
        assert main(["import", str(file), "--db", url]) == 0
    with recording(url) as connection:
        for who, role, name, channel in told:
            contacts.add(
                connection,
                patient=who,
                role=role,
                name=name,
                channel=channel,
                is_private=False,
                timezone=None,
                by=None,
                now=now(),
            )


def tick(
    url: str, minutes: float = 0, *, prefix: Sequence[str] = (), **more: str
) -> subprocess.CompletedProcess[str]:
    moment = DAY + timedelta(minutes=minutes)
    return run(["tick", "--now", moment.isoformat()], url, prefix=prefix, **more)


@dataclass(frozen=True)
class Message:
    """A message as the outbox holds it, with the outcome of each try."""

    key: str
    state: str
    token: int
    tries: list[str]


def messages(path: Path) -> dict[str, Message]:
    """Read the outbox behind the program's back."""
    with closing(sqlite3.connect(path)) as database:
        tries: dict[str, list[str]] = {}
        for key, outcome in database.execute(
            "SELECT message, outcome FROM attempt ORDER BY message, token"
        ):
            tries.setdefault(key, []).append(outcome)
        return {
            key: Message(key, state, token, tries.get(key, []))
            for key, state, token in database.execute("SELECT key, state, token FROM message")
        }


def verified(path: Path) -> str:
    """Say what `monitor db verify` finds wrong; empty when nothing is."""
    with asking(f"sqlite:///{path}") as connection:
        return "; ".join(verify(connection, now=now()).faults)


def change(path: Path, *statements: str) -> None:
    """Change a database behind the program's back."""
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def key_of(taken: dict[str, Any]) -> str:
    """Find the key of what an HTTP or an SMTP sink took."""
    if "message_id" in taken:
        return str(taken["message_id"]).strip("<>").partition("@")[0]
    assert taken["headers"]["Idempotency-Key"] == taken["body"]["key"]
    return str(taken["body"]["key"])


@dataclass
class SinkProcess:
    """A sink in a process of its own."""

    file: Path
    port: int

    @property
    def url(self) -> str:
        return f"webhook+http://127.0.0.1:{self.port}/hook"

    def keys(self) -> Counter[str]:
        if not self.file.exists():
            return Counter()
        lines = self.file.read_text(encoding="utf-8").splitlines()
        return Counter(key_of(json.loads(line)) for line in lines)


@contextmanager
def sink_process(folder: Path, *, together: int = 1) -> Iterator[SinkProcess]:
    """Run a sink that answers nobody before so many messages are in hand at once."""
    file, sinks = folder / "taken.jsonl", ROOT / "tests/delivery/sinks.py"
    command = [sys.executable, str(sinks), "http", "0", str(file), str(together)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield SinkProcess(file, int(process.stdout.readline()))
        finally:
            process.kill()


def midday() -> str:
    """Name a zone in which it is about midday now: what is routine may be sent there."""
    ahead = 12 - now().hour  # the signs of these names are the wrong way round
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def many(patients: int, *, zone: str = "UTC", infused: date = date(2023, 1, 10)) -> Iterator[dict]:
    """Write patients whose blood count is due ten days after the infusion."""
    for number in range(1, patients + 1):
        who = f"S-{number:05d}"
        yield {"kind": "patient", "id": who, "timezone": zone, "sex": "male"}
        yield {
            "kind": "course",
            "patient": who,
            "protocol": example.NAME,
            "on": (infused - timedelta(days=7)).isoformat(),
            "facts": {"prior_mitoxantrone_mg_m2": "0"},
        }
        yield {"kind": "infusion", "patient": who, "on": infused.isoformat()} | {
            "dose_mg": "18",
            "bsa_m2": "1.5",
        }


def a_nurse_each(patients: int, channel: str) -> Iterator[Told]:
    for number in range(1, patients + 1):
        yield f"S-{number:05d}", "nurse", f"nurse {number}", channel


def due_today(path: Path, patients: int, channel: str) -> str:
    """Make a clinic in which it is midday, and each patient's nurse is to be told something."""
    zone = midday()
    today = now().astimezone(ZoneInfo(zone)).date()
    lines = many(patients, zone=zone, infused=today - timedelta(days=10))
    return build(path, lines, a_nurse_each(patients, channel))
