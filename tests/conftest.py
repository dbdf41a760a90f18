"""Fixtures: a clinic on a database in a temporary folder, and the command line."""

import gc
import os
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from monitor.commands import main
from monitor.store import shape
from tests import example, postgresql

# A process of the program opens one database; these tests open thousands, and would make every
# statement anew for each. Of one file to the next only the driver counts, which is the same.
_COMPILED = LRUCache(4000)
SQLiteDialect_pysqlite.__hash__ = lambda self: hash(type(self))
SQLiteDialect_pysqlite.__eq__ = lambda self, other: type(self) is type(other)


@event.listens_for(Engine, "engine_connect")
def _share_statements(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execution_options(compiled_cache=_COMPILED)


# Some images keep Python from storing what it compiled: each worker would compile the tests anew,
# and each program that they start all of the program.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_COMPARED: dict[tuple[object, ...], list[str]] = {}
_compare_tables = shape._of_tables


def _compare_each_text_once(connection: Connection) -> list[str]:
    """Compare the tables of a file; those of thousands of tests are of the same few texts.

    Not so the program: who changes a text can keep its number from those who have read it.
    """
    query = "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2, 3"
    said = tuple(connection.exec_driver_sql(query).all())
    if said not in _COMPARED:
        _COMPARED[said] = list(_compare_tables(connection))
    return _COMPARED[said]


_MEMORY = Path("/dev/shm")
_ENOUGH = 2 * 2**30  # bytes


def pytest_configure(config: pytest.Config) -> None:
    """Keep the everyday tests' files in memory: each commit would wait for the disk.

    The campaigns of faults keep theirs on the disk, and compare each schema anew.
    """
    is_everyday = config.option.markexpr.strip() == "not faults"
    if is_everyday and not postgresql.URL:
        shape._of_tables = _compare_each_text_once
    if is_everyday and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


@pytest.fixture(autouse=True, scope="session")
def no_home(tmp_path_factory) -> Iterator[None]:
    """Keep every test away from the user's own data; a folder for each would cost seconds."""
    home = tmp_path_factory.getbasetemp() / "nobody"
    with pytest.MonkeyPatch.context() as surroundings:
        surroundings.setenv("HOME", str(home))
        surroundings.setenv("XDG_DATA_HOME", str(home / "data"))
        surroundings.delenv("XDG_STATE_HOME", raising=False)
        surroundings.setenv("COLUMNS", "120")
        surroundings.delenv("MONITOR_DB", raising=False)
        yield


@pytest.fixture
def fresh_home(tmp_path, monkeypatch):
    """Give a test a home of its own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / "data"))
    return tmp_path / "home"


@pytest.fixture
def database(tmp_path) -> Iterator[str]:
    """Name the database: a file that does not exist yet; on a server one with the schema."""
    if not postgresql.URL:
        yield f"sqlite:///{tmp_path}/clinic.db"
        return
    url = postgresql.clone("schema", postgresql.with_schema)
    yield url
    postgresql.drop(url)


def pytest_collection_finish() -> None:
    # Nine thousand tests are known by now and stay: each full collection walks through all of
    # them, which is a ninth of the suite's time. (To freeze them hides what Hypothesis looks for.)
    gc.set_threshold(50_000, 20, 100)


def pytest_sessionfinish() -> None:
    postgresql.drop_templates()


@pytest.fixture
def exampline(monkeypatch) -> None:
    """Let the invented drug of `tests/protocols/example.yaml` be one of those that ship."""
    example.ship(monkeypatch)


@pytest.fixture
def monitor(database, monkeypatch, capsys):
    """Run a command as it would be typed; gives (exit code, standard output, standard error)."""
    monkeypatch.setenv("MONITOR_DB", database)

    def run(typed: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(shlex.split(typed))
        out, err = capsys.readouterr()
        return code, out, err

    return run


def pytest_report_header() -> str:
    where = "PostgreSQL" if postgresql.URL else "SQLite"
    zone = os.environ.get("TZ", "unset")
    return f"zone: {zone}; database: {where}; cases: {Path(__file__).parent / 'cases'}"
