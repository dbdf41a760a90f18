"""Commands on a server: what they say of it, what they refuse, and what they never show."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.behind import behind, change
from tests.postgresql import needs_postgresql

pytestmark = needs_postgresql
GONE = "postgresql+psycopg://u:s3cret@127.0.0.1:1/x"

ROOT = Path(__file__).parents[2]


def test_what_the_readme_says_to_type_is_enough(bare, database):
    block = re.search(r"```sh\n([^`]*postgresql[^`]*)```", (ROOT / "README.md").read_text())
    assert block is not None
    typed = re.findall(r"^\$ monitor (.*)$", block[1], flags=re.MULTILINE)
    assert typed[-1] == "run"
    where = {**os.environ, "MONITOR_DB": database}

    for one in typed[:-1]:
        command = [sys.executable, "-m", "monitor", *shlex.split(one)]
        done = subprocess.run(command, env=where, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    command = [sys.executable, "-m", "monitor", "run"]
    until = time.monotonic() + 60
    with subprocess.Popen(command, env=where, cwd=ROOT, stderr=subprocess.DEVNULL) as run:
        while not beats(database):  # then a whole pass was done
            assert run.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
        run.terminate()
        assert run.wait(30) == 0


def beats(url: str) -> int:
    with behind(url) as connection:
        return int(connection.execute(text("SELECT count(*) FROM beat")).scalar_one())


def test_doctor_names_the_server(clinic, monitor):
    found = {one["name"]: one for one in json.loads(monitor("doctor --json")[1])["checks"]}

    assert found["server"]["message"].startswith("PostgreSQL ")
    assert found["server"]["well"]
    assert found["database"]["well"]
    assert "journal" not in found


def test_a_guard_that_is_missing_is_found(clinic, database, monitor):
    change(database, "DROP TRIGGER fact_refuses_truncate ON fact")

    code, out, _ = monitor("db verify")

    assert code == 1
    assert "database: the trigger fact_refuses_truncate is missing" in out


@pytest.mark.parametrize("typed", ["db backup b.db", "db restore FILE"])
def test_backups_are_left_to_the_servers_tools(typed, clinic, monitor, tmp_path):
    file = tmp_path / "some.db"
    file.write_text("x")

    code, out, err = monitor(typed.replace("FILE", str(file)))

    assert (code, out) == (2, "")
    assert "pg_dump" in err


@pytest.mark.parametrize("url", [GONE, "postgresql://127.0.0.1:1/x?user=u&password=s3cret"])
@pytest.mark.parametrize("typed", ["patient list", "patient add P-1", "db status", "db upgrade",
                                   "db verify", "tick", "run", "doctor"])  # fmt: skip
def test_a_server_that_is_gone_is_said_in_a_line_without_its_password(typed, url, monitor):
    code, out, err = monitor(f"{typed} --db '{url}'")

    assert code == (1 if typed == "doctor" else 3)
    assert "s3cret" not in out + err
    assert err.count("\n") <= 1
    assert "Traceback" not in err


@pytest.mark.parametrize("url", ["postgresq://u:s3cret@h/x", "mysql://u:s3cret@h/x", "x:s3cret@h"])
def test_what_is_no_database_we_know_is_refused_without_its_password(url, monitor):
    code, out, err = monitor(f"patient list --db {url}")

    assert (code, out) == (2, "")
    assert "u:s3cret" not in err


def test_numbers_go_on_after_what_was_taken_back(clinic, monitor, ask, tmp_path):
    file = tmp_path / "facts.jsonl"
    file.write_text('{"kind":"patient","id":"P-8"}\n')

    assert monitor(f"import {file} --dry-run")[0] == 0
    code, answer = ask("patient add P-9")

    assert code == 0
    assert answer["event"] > 31
    assert monitor("db verify")[0] == 0
