"""Run the benchmarks and write what they measured into docs/performance.md.

python -m tests.benchmarks              all of them
python -m tests.benchmarks -k growth    some, by pytest's words: only their rows are replaced

Of the page only the part between the two marks is written; the prose is left as it is.
"""

import json
import os
import platform
import re
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import __version__ as sqlalchemy_version

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured by python -m tests.benchmarks -->", "<!-- end of what was measured -->"
HEAD = "| what | ratio | aim | | ours | beside it | when |\n|---|---|---|---|---|---|---|"
OPTIONS = ("-o", "addopts=", "--import-mode=importlib", "--benchmark-only", "-p", "no:randomly")

Row = list[str]


def main(options: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        measured = Path(folder) / "measured.json"
        command = [sys.executable, "-m", "pytest", "tests/benchmarks", *OPTIONS, "-s"]
        code = subprocess.run(
            [*command, f"--benchmark-json={measured}", *options], cwd=ROOT
        ).returncode
        if not measured.exists():  # pytest has said why
            return code
        found = json.loads(measured.read_text(encoding="utf-8"))
    measured_on = found["datetime"][:10]
    rows = [[*row_of(one), measured_on] for one in found["benchmarks"]]
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(rewritten(page, rows, machine(found)), encoding="utf-8")
    return code


def row_of(measured: dict[str, Any]) -> Row:
    """Write one benchmark as a row, with what `report` noted of it."""
    info = measured["extra_info"]
    name = info.get("name", measured["name"])
    ratio, aim = info.get("ratio"), info.get("aim", "")
    times = [shown(info[key]) if key in info else "" for key in ("ours", "beside")]
    said = "" if ratio is None else f"{ratio:.2f}"
    note = f"; {info['note']}" if "note" in info else ""
    return [name + note, said, aim, verdict(ratio, aim), *times]


def verdict(ratio: float | None, aim: str) -> str:
    """Say whether an aim is met, or by which factor it is missed."""
    number = re.search(r"[\d.]+", aim)
    if ratio is None or number is None:
        return ""
    limit = float(number.group())
    over = limit / ratio if aim.startswith("at least") else ratio / limit
    return "met" if over <= 1 else f"missed by a factor of {over:.2g}"


def shown(measured: float | str) -> str:
    """Write seconds; what is none comes as a text."""
    if isinstance(measured, str):
        return measured
    return f"{measured * 1e3:.3g} ms" if measured < 1 else f"{measured:.3g} s"


def machine(found: dict[str, Any]) -> str:
    """Say on what it was measured."""
    processor = found.get("machine_info", {}).get("cpu", {}).get("brand_raw") or "a processor"
    with sqlite3.connect(":memory:") as connection:
        (sqlite,) = connection.execute("SELECT sqlite_version()").fetchone()
    return (
        f"Measured on {os.cpu_count()} cores of {processor}, "
        f"{platform.python_implementation()} {platform.python_version()}, SQLite {sqlite}, "
        f"SQLAlchemy {sqlalchemy_version}."
    )


def rewritten(page: str, rows: list[Row], measured_on: str) -> str:
    """Put new rows into the page's table: in the place of those of the same name, or at the end."""
    before, _, rest = page.partition(BEGIN)
    table, _, after = rest.partition(END)
    kept = {
        line.split(" | ")[0].removeprefix("| ").partition(";")[0]: line
        for line in table.splitlines()
        if line.startswith("| ") and not line.startswith("| what |")
    }
    for row in rows:
        kept[row[0].partition(";")[0]] = f"| {' | '.join(row)} |"
    lines = [BEGIN, measured_on, "", HEAD, *kept.values(), END]
    return before + "\n".join(lines) + after


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
