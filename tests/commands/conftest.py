"""A clinic of three on disk: P-1 with one infusion, P-2 with a weak heart, P-3 without a course."""

import contextlib
import io
import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.commands import main
from tests import example, postgresql
from tests.behind import behind, drop_triggers

FACTS = Path(__file__).with_name("facts.jsonl")


@pytest.fixture(autouse=True)
def _exampline(exampline) -> None:
    """Treat everybody with the invented drug, unless a test names another."""


@pytest.fixture(scope="session")
def filled(tmp_path_factory) -> Path:
    """Record the clinic once; every test gets a copy."""
    file = tmp_path_factory.mktemp("clinic") / "clinic.db"
    if not postgresql.URL:
        _fill(f"sqlite:///{file}")
    return file


def _fill(url: str) -> None:
    if postgresql.URL:
        postgresql.with_schema(url)
    for typed in (
        ["import", str(FACTS)],
        ["infusion", "plan", "P-1", "--on", "2023-04-10"],
        ["infusion", "plan", "P-2", "--on", "2023-04-10"],
    ):
        with contextlib.redirect_stdout(io.StringIO()), pytest.MonkeyPatch.context() as patch:
            example.ship(patch)
            assert main([*typed, "--db", url]) == 0


@pytest.fixture(scope="session")
def empty(tmp_path_factory) -> Path:
    """Create the tables once; every test that begins without patients gets a copy."""
    file = tmp_path_factory.mktemp("empty") / "clinic.db"
    if not postgresql.URL:
        postgresql.with_schema(f"sqlite:///{file}")
    return file


@pytest.fixture
def database(request, empty, tmp_path):
    """Name the database: with tables, unless a test asks for the clinic or for nothing yet."""
    if not postgresql.URL:
        if not {"clinic", "bare", "new"} & set(request.fixturenames):
            shutil.copy(empty, tmp_path / "clinic.db")
        yield f"sqlite:///{tmp_path}/clinic.db"
        return
    if "clinic" in request.fixturenames:
        url = postgresql.clone("clinic", _fill)
    elif "bare" in request.fixturenames:
        url = postgresql.create()
    else:
        url = postgresql.clone("schema", postgresql.with_schema)
    yield url
    postgresql.drop(url)


@pytest.fixture
def clinic(filled, database, tmp_path) -> Path:
    """Put the clinic where the `monitor` fixture looks for its database."""
    return tmp_path if postgresql.URL else Path(shutil.copy(filled, tmp_path / "clinic.db"))


@pytest.fixture
def new(database) -> str:
    """Name a file that does not exist yet; on a server the tables are there."""
    return database


@pytest.fixture
def bare(database) -> str:
    """Name a database without a table."""
    return database


@pytest.fixture
def count(clinic, database):
    """Count the facts on record."""

    def facts() -> int:
        with behind(database) as connection:
            return connection.execute(text("SELECT count(*) FROM fact")).scalar_one()

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
def spoil(clinic, database):
    """Change a patient's facts behind the program's back, so that they cannot be trusted."""

    def change(who: str) -> None:
        with behind(database) as connection:
            drop_triggers(connection)
            connection.execute(text("UPDATE fact SET body = '{}' WHERE patient = :w"), {"w": who})

    return change


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Name the folder of the site's own protocols."""
    path = tmp_path / "protocols"
    path.mkdir()
    monkeypatch.setenv("MONITOR_PROTOCOLS", str(path))
    return path


@pytest.fixture
def write(folder):
    """Put a protocol of the site, with other words than the invented one, into its folder."""

    def put(name="ours", version="0.1.0", file=None, **changes):
        text = example.FILE.read_text(encoding="utf-8")
        known = example.protocol()
        changes |= {f"protocol: {known.name}": f"protocol: {name}"}
        changes |= {f"version: {known.version}": f"version: {version}"}
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new, 1)
        path = folder / (file or f"{name}.yaml")
        path.write_text(text, encoding="utf-8")
        return path

    return put
