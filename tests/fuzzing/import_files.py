"""Fuzz files of facts: refused in words or stored whole, never a crash, never half.

Run: python -m tests.fuzzing.import_files -max_total_time=600 [FOLDER OF SEEDS]
"""

import sys
import tempfile
from pathlib import Path

import atheris
import pytest

with atheris.instrument_imports(include=["monitor"]):
    from sqlalchemy import func, select

    from monitor.errors import MonitorError
    from monitor.service.recording import imports
    from monitor.store import engine as database
    from monitor.store.tables import fact, metadata, pending
    from tests import example
    from tests.factories import NOW

SEEDS = Path(__file__).parents[1] / "commands" / "facts.jsonl"
ENGINE = database.open_engine(database.parse_url("sqlite://"))


class _Undone(Exception):
    """Takes back what was stored, so that each file begins with an empty record."""


def one_file(data: bytes) -> None:
    lines = data.decode("utf-8", errors="surrogateescape").split("\n")
    try:
        with database.writing(ENGINE) as connection:
            stored = imports.import_lines(connection, "facts.jsonl", lines, now=NOW).stored
            assert connection.execute(select(func.count()).select_from(fact)).scalar() >= stored
            raise _Undone
    except (_Undone, MonitorError):
        pass
    with database.reading(ENGINE) as connection:
        for table in (fact, pending):
            left = connection.execute(select(func.count()).select_from(table)).scalar()
            assert left == 0, f"half stored: {left} rows of {table.name}"


def main() -> None:
    example.ship(pytest.MonkeyPatch())  # the seeds are about it
    with database.writing(ENGINE) as connection:
        metadata.create_all(connection)
    with tempfile.TemporaryDirectory() as folder:
        lines = SEEDS.read_text(encoding="utf-8").splitlines()
        for number in range(1, len(lines) + 1):
            (Path(folder) / f"{number}").write_text("\n".join(lines[:number]), encoding="utf-8")
        atheris.Setup([*sys.argv, f"-artifact_prefix={tempfile.gettempdir()}/", folder], one_file)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
