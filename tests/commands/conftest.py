"""A clinic of three on disk: P-1 with one infusion, P-2 with a weak heart, P-3 without a course."""

import contextlib
import io
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from monitor.commands import main

FACTS = Path(__file__).with_name("facts.jsonl")


@pytest.fixture(scope="session")
def filled(tmp_path_factory) -> Path:
    """Record the clinic once; every test gets a copy."""
    file = tmp_path_factory.mktemp("clinic") / "clinic.db"
    for typed in (
        ["import", str(FACTS)],
        ["infusion", "plan", "P-1", "--on", "2023-04-10"],
        ["infusion", "plan", "P-2", "--on", "2023-04-10"],
    ):
        with contextlib.redirect_stdout(io.StringIO()):
            assert main([*typed, "--db", f"sqlite:///{file}"]) == 0
    return file


@pytest.fixture
def clinic(filled, tmp_path) -> Path:
    """Put the clinic where the `monitor` fixture looks for its database."""
    return Path(shutil.copy(filled, tmp_path / "clinic.db"))


@pytest.fixture
def count(clinic):
    """Count the facts on record."""

    def facts() -> int:
        with contextlib.closing(sqlite3.connect(clinic)) as connection:
            return connection.execute("SELECT count(*) FROM fact").fetchone()[0]

    return facts


@pytest.fixture
def ask(monitor):
    """Ask with --json: one document on standard output and nothing else; gives code and it."""

    def asked(typed: str) -> tuple[int, dict]:
        code, out, err = monitor(f"{typed} --json")
        assert err == ""
        return code, json.loads(out)

    return asked


@pytest.fixture
def spoil(clinic):
    """Change a patient's facts behind the program's back, so that they cannot be trusted."""

    def change(who: str) -> None:
        with contextlib.closing(sqlite3.connect(clinic)) as connection, connection:
            for name, _ in connection.execute(
                "SELECT name, 1 FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute("UPDATE fact SET body = '{}' WHERE patient = ?", (who,))

    return change
