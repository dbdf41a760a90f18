"""Which database is meant, in which state it is, and what cannot be done to it (exit code 3)."""

import json
import os
import stat
import subprocess
import sys

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

from monitor.store import engine as store
from monitor.store import schema, urls
from tests import postgresql
from tests.behind import behind, change, drop_triggers

QUESTIONS = ["patient list", "upcoming --json", "gate --on 2023-04-10", "history P-1", "db verify"]
RECORDINGS = ["patient add P-7", "result log P-1 ecg normal --on 2023-04-09"]


def stamp(url: str, revision: str) -> None:
    change(url, f"UPDATE alembic_version SET version_num = '{revision}'")


def older(url: str) -> None:
    """Make a database as the first migration left it."""
    engine = store.open_engine(store.parse_url(url))
    config = Config()
    config.set_main_option("script_location", str(schema.migrations()))
    with engine.connect().execution_options(writes=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()


@pytest.mark.parametrize("typed", [*QUESTIONS, *RECORDINGS])
def test_an_older_schema_is_refused_with_the_command_to_type(typed, monitor, bare):
    older(bare)

    assert monitor(typed) == (
        3,
        "",
        f"monitor: the database {postgresql.in_errors(bare)} has an older schema; "
        "type: monitor db upgrade\n",
    )


def test_an_older_schema_is_upgraded(monitor, ask, bare):
    older(bare)

    assert ask("db status")[0] == 1
    assert monitor("db upgrade") == (
        0,
        f"the schema is current ({schema.HEAD}); checks recalculated for 0 patients\n",
        "",
    )
    assert ask("db status")[0] == 0
    assert monitor("patient add P-1")[0] == 0


@pytest.mark.parametrize("typed", [*QUESTIONS, *RECORDINGS, "db upgrade"])
def test_a_newer_schema_is_refused(typed, clinic, database, monitor):
    stamp(database, "9999")

    assert monitor(typed) == (
        3,
        "",
        f"monitor: the database {postgresql.in_errors(database)} has a newer schema than this "
        "program; update the program\n",
    )


@pytest.mark.parametrize("typed", [*QUESTIONS, *RECORDINGS, "db upgrade"])
def test_another_programs_database_is_left_alone(typed, monitor, bare):
    change(bare, "CREATE TABLE theirs (a integer)")

    assert monitor(typed) == (
        3,
        "",
        f"monitor: {postgresql.in_errors(bare)} is another program's database; "
        "choose one with --db URL\n",
    )
    with behind(bare) as connection:
        assert inspect(connection).get_table_names() == ["theirs"]


@postgresql.sqlite_only
@pytest.mark.parametrize(
    "typed", [*QUESTIONS, *RECORDINGS, "db upgrade", "db status", "import FACTS --dry-run"]
)
def test_a_file_of_text_is_no_database(typed, monitor, tmp_path):
    (tmp_path / "clinic.db").write_text("not a database, but a letter\n" * 9, encoding="utf-8")
    facts = tmp_path / "facts.jsonl"
    facts.write_text('{"kind":"patient","id":"P-1"}\n', encoding="utf-8")

    code, out, err = monitor(typed.replace("FACTS", str(facts)))

    assert (code, out) == (3, "")
    assert "file is not a database" in err
    assert err.count("\n") == 1
    assert (tmp_path / "clinic.db").read_text(encoding="utf-8").startswith("not a database")


@pytest.mark.parametrize("typed", [*QUESTIONS, *RECORDINGS])
def test_a_folder_is_no_database(typed, monitor, tmp_path):
    code, out, err = monitor(f"{typed} --db sqlite:///{tmp_path}")

    assert (code, out) == (3, "")
    assert err.startswith("monitor: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "url",
    [
        "foo://x",
        "sqlite+foo:///x",
        "sqlite+aiosqlite:///x",
        "sqlite:clinic.db",
        "sqlite:///x?mode=ro",
        "sqlite:///file:x?uri=true",
        "sqlite://host/x",
        "sqlite:///a\x1b[2Jb",
        "postgresql://h:port/x",
        "postgresql://[::1/x",
        "postgresql://h/x?nosuchoption=1",
        ":memory:",
    ],
)
def test_what_is_no_url_is_asked_wrongly(url, monitor):
    for typed in ("patient list", "patient add P-1", "doctor", "db status", "tick"):
        code, out, err = monitor(f"{typed} --db '{url}'")

        assert (code, out) == (2, "")
        assert err.startswith("monitor: '")
        assert "write for instance" in err
        assert err.count("\n") == 1
        assert err.removesuffix("\n").isprintable()


@pytest.mark.parametrize("option", ["nosuchoption=1", "sslmod=require"])
def test_an_option_that_no_server_knows_is_asked_wrongly_without_the_driver(
    option, monitor, monkeypatch
):
    with monkeypatch.context() as missing:
        missing.setitem(sys.modules, "psycopg", None)  # as where it is not installed
        code, out, err = monitor(f"patient list --db 'postgresql://h/x?{option}'")

    assert (code, out) == (2, "")
    assert "is no database URL" in err


def test_without_the_driver_a_right_url_is_told_what_to_install(monitor, monkeypatch):
    with monkeypatch.context() as missing:
        missing.setitem(sys.modules, "psycopg", None)
        code, out, err = monitor("patient list --db 'postgresql://h/x?sslmode=verify-full'")

    assert (code, out) == (3, "")
    assert "pip install 'infusion-monitor[postgresql]'" in err


def test_every_option_that_the_driver_takes_is_known_without_it():
    pq = pytest.importorskip("psycopg").pq

    taken = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}

    assert taken <= set(urls._OPTIONS.split())


def test_an_empty_name_does_not_mean_the_default_database(monitor):
    assert monitor("patient list --db ''") == (
        2,
        "",
        "monitor: --db is empty; write for instance clinic.db, or leave the option out\n",
    )


@postgresql.sqlite_only
@pytest.mark.parametrize("name", ["clinic.db", "a?b=c.db", "100%.db", "my clinic.db"])
def test_a_path_is_taken_as_a_file_whatever_its_letters(name, monitor, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert monitor(f"patient add P-1 --db '{name}'")[0] == 0

    assert (tmp_path / name).stat().st_size > 0
    assert "P-1" in monitor(f"patient list --db '{tmp_path}/{name}'")[1]


@pytest.mark.parametrize("typed", ["patient add P-1", "db upgrade"])
def test_a_database_that_would_be_forgotten_is_refused(typed, monitor):
    assert monitor(f"{typed} --db sqlite://") == (
        2,
        "",
        "monitor: 'sqlite://' keeps nothing; write for instance sqlite:///clinic.db\n",
    )


def test_a_place_where_nothing_can_be_created_is_an_outside_fault(monitor, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")

    assert monitor(f"patient add P-1 --db sqlite:///{tmp_path}/file/clinic.db") == (
        3,
        "",
        f"monitor: cannot create {tmp_path}/file/clinic.db: Not a directory\n",
    )


@postgresql.sqlite_only
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_can_be_asked_but_not_recorded_in(clinic, monitor):
    clinic.chmod(0o400)
    clinic.parent.chmod(0o500)
    try:
        assert monitor("exposure P-1")[0] == 0
        code, out, err = monitor("patient add P-9")
        assert (code, out) == (3, "")
        assert "readonly" in err
    finally:
        clinic.parent.chmod(0o700)


def test_a_missing_folder_is_created_for_its_owner_only_and_not_by_a_question(monitor, tmp_path):
    url = f"sqlite:///{tmp_path}/new/clinic.db"

    assert monitor(f"patient list --db {url}")[0] == 0
    assert monitor(f"db status --db {url}")[0] == 0
    assert not (tmp_path / "new").exists()
    assert monitor(f"db upgrade --db {url}")[0] == 0
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "new/clinic.db").stat().st_mode) == 0o600


def test_the_option_counts_more_than_the_environment(clinic, monitor, tmp_path):
    assert monitor(f"patient list --db sqlite:///{tmp_path}/other.db") == (
        0,
        "no patient in the record\n",
        f"monitor: there is no database {tmp_path}/other.db: the answer is for an empty record; "
        "name yours with --db, or see: monitor config show\n",
    )


def test_status_says_where_the_database_is(clinic, database, monitor, ask):
    assert monitor("db status") == (
        0,
        f"database  {database}\nschema    current\nexpected  {schema.HEAD}\npatients  3\n",
        "",
    )
    assert ask("db status") == (
        0,
        {"database": database, "schema": "current", "expected": schema.HEAD, "patients": 3},
    )


@pytest.mark.parametrize(
    ("state", "code"), [("none yet", 0), ("older", 1), ("newer", 1), ("foreign", 1)]
)
def test_status_fails_unless_the_schema_is_current(state, code, monitor, ask, bare):
    match state:
        case "older":
            older(bare)
        case "newer":
            older(bare)
            stamp(bare, "9999")
        case "foreign":
            change(bare, "CREATE TABLE theirs (a integer)")

    got, answer = ask("db status")

    if postgresql.URL and state == "none yet":  # there is a database, but nothing is in it
        state, code = "empty", 1
    assert (got, answer["schema"]) == (code, state)


def test_a_password_is_never_shown(monitor, monkeypatch):
    for typed in ("db status", "patient list", "patient add P-1", "db upgrade"):
        code, out, err = monitor(f"{typed} --db postgresql://u:s3cret@localhost:1/x")

        assert code == 3
        assert "s3cret" not in out + err
        assert err.count("\n") <= 2


@postgresql.sqlite_only
def test_a_restore_that_is_refused_leaves_nothing_behind(clinic, monitor, tmp_path):
    (tmp_path / "junk").write_text("hello " * 1000)
    before = sorted(tmp_path.iterdir())

    code, _, err = monitor(f"db restore {tmp_path}/junk")

    assert code == 2
    assert "is not sound and was not restored" in err
    assert sorted(tmp_path.iterdir()) == before


def test_the_record_is_verified(clinic, monitor, ask):
    code, out, err = monitor("db verify")

    assert (code, err) == (0, "")
    first, second, third = out.splitlines()
    assert first == "31 facts of 3 patients: no fault found"
    head, short = second.removeprefix("head "), third.removeprefix("code ")
    sound = {"well": True, "patients": 3, "facts": 31, "head": head, "code": short}
    for given in (head, short):
        expected = (0, {**sound, "faults": [], "set_aside": [], "derived": []})
        assert ask(f"db verify --head {given}") == expected


def test_a_fact_that_was_changed_behind_our_back_is_found(clinic, database, monitor):
    with behind(database) as connection:
        drop_triggers(connection)
        connection.execute(text("UPDATE fact SET happened_on = '2023-01-11' WHERE event = 24"))

    code, out, err = monitor("db verify")

    assert (code, err) == (1, "")
    assert "P-1" in out
    assert "no fault found" not in out


@pytest.mark.usefixtures("new")
@postgresql.sqlite_only
@pytest.mark.parametrize("typed", ["tick", "run"])
def test_a_pass_for_a_mistyped_name_creates_nothing_and_is_no_success(typed, monitor, tmp_path):
    code, out, err = monitor(f"{typed} --db {tmp_path}/typo.db")

    assert (code, out) == (3, "")
    assert f"there is no database {tmp_path}/typo.db: no reminders are sent" in err
    assert list(tmp_path.iterdir()) == []


def test_programs_may_record_at_the_same_moment(clinic, database, count):
    typed = "fact set P-1 active_infection=no --on 2023-02-"
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "monitor", *f"{typed}{day:02}".split()],
            env={**os.environ, "MONITOR_DB": database},
            stdout=subprocess.DEVNULL,
        )
        for day in range(1, 4)
    ]

    assert [program.wait() for program in running] == [0] * 3
    assert count() == 31 + 3


@pytest.mark.usefixtures("new")
@postgresql.sqlite_only
@pytest.mark.parametrize(
    "typed",
    [
        "infusion log P-1 --on 2023-01-10 --dose-mg 21 --bsa-unknown",
        "patient add P-1 --sex femle",
        "retract 1 --reason typo",
        "acknowledge K --by A",
        "patient close P-1 --reason died --by A",
        "symptom log P-1 fever --at 2023-01-10T10:00:00Z",
    ],
)
def test_what_is_refused_first_leaves_no_database(typed, monitor, tmp_path):
    assert monitor(typed)[0] == 2
    assert list(tmp_path.iterdir()) == []


@postgresql.sqlite_only
def test_what_was_recorded_outlives_a_refusal(monitor, tmp_path):
    assert monitor("contact add P-1 --role nurse --name N --channel console:")[0] == 2
    assert monitor("patient add P-1")[0] == 0
    assert monitor("patient add P-1")[0] == 2
    assert (tmp_path / "clinic.db").exists()


@pytest.mark.usefixtures("new")
@postgresql.sqlite_only
def test_an_empty_file_that_becomes_the_database_is_its_owners_only(monitor, tmp_path):
    file = tmp_path / "clinic.db"
    file.touch(mode=0o644)

    assert monitor("patient add P-1")[0] == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.usefixtures("new")
@postgresql.sqlite_only
def test_nothing_is_wrong_with_a_database_that_is_not_there_but_that_it_is_not(monitor, tmp_path):
    code, out, err = monitor("db verify --json")

    answer = json.loads(out)
    assert (code, answer["well"], answer["faults"]) == (0, True, [])
    assert err.startswith(f"monitor: there is no database {tmp_path}/clinic.db: ")
    assert list(tmp_path.iterdir()) == []


@postgresql.sqlite_only
def test_a_database_that_cannot_be_backed_up_is_named(monitor, tmp_path):
    (tmp_path / "clinic.db").write_text("not a database, but a letter\n" * 9, encoding="utf-8")

    code, _, err = monitor(f"db backup {tmp_path}/copy.db")

    assert code == 3
    assert f"{tmp_path}/clinic.db" in err
