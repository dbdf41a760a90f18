"""Commands on a server: what they say of it, what they refuse, and what they never show."""

import json

import pytest

from tests.postgresql import needs_postgresql

pytestmark = needs_postgresql
GONE = "postgresql+psycopg://u:s3cret@127.0.0.1:1/x"


def test_doctor_names_the_server(clinic, monitor):
    found = {one["name"]: one for one in json.loads(monitor("doctor --json")[1])["checks"]}

    assert found["server"]["message"].startswith("PostgreSQL ")
    assert found["server"]["well"]
    assert found["database"]["well"]
    assert "journal" not in found


def test_a_guard_that_is_missing_is_found(clinic, database, monitor):
    from tests.behind import change

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
