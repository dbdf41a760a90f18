"""Which database and settings count, and what is said where there is no database."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from monitor.commands import main
from tests import postgresql

pytestmark = postgresql.sqlite_only


@pytest.fixture
def run(fresh_home, monkeypatch, capsys):
    """Run a command with a home of its own; `config` writes the file of settings."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(fresh_home / "config"))

    def typed(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(arguments)
        return code, *capsys.readouterr()

    return typed


@pytest.fixture
def config(fresh_home):
    """Write the file of settings."""

    def write(text: str) -> Path:
        file = fresh_home / "config/infusion-monitor/config.toml"
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
        return file

    return write


@pytest.mark.parametrize(
    "question",
    ["patient list", "upcoming", "warnings", "gate --on 2025-01-10", "outbox", "contact list"],
)
def test_a_question_to_no_database_is_answered_and_names_the_database(question, run, fresh_home):
    code, out, err = run(*question.split())

    assert code == 0
    assert out != ""
    assert err == (
        f"monitor: there is no database {fresh_home}/data/infusion-monitor/monitor.db: the answer "
        "is for an empty record; name yours with --db, or see: monitor config show\n"
    )
    assert not (fresh_home / "data").exists()


def test_doctor_is_not_well_without_a_database(run, tmp_path):
    code, out, _ = run("doctor", "--db", f"{tmp_path}/missing.db")

    assert code == 1
    assert f"NOT WELL  there is no database sqlite:///{tmp_path}/missing.db" in out


@pytest.mark.parametrize("typed", ["patient add P-1", "db upgrade"])
def test_what_creates_a_database_names_it(typed, run, tmp_path):
    code, _, err = run(*typed.split(), "--db", f"{tmp_path}/new.db")

    assert code == 0
    assert err == f"monitor: created the database {tmp_path}/new.db\n"
    assert run(*["patient", "add", "P-2", "--db"], f"{tmp_path}/new.db")[2] == ""


def test_a_contact_of_nobody_creates_no_database(run, tmp_path):
    typed = [
        "contact",
        "add",
        "P-1",
        "--role",
        "nurse",
        "--name",
        "N",
        "--channel",
        "console:",
        "--db",
    ]

    assert run(*typed, f"{tmp_path}/new.db")[0] == 2

    assert list(tmp_path.iterdir()) == []


def test_each_setting_comes_from_option_then_environment_then_file_then_default(
    run, config, tmp_path, monkeypatch
):
    file = config('db = "clinic.db"\nclinic_zone = "Europe/Paris"\n[units]\nalt = "U/L"\n')
    monkeypatch.setenv("MONITOR_CLINIC_ZONE", "Europe/London")

    def whence(*typed: str) -> dict:
        return json.loads(run("config", "show", "--json", *typed)[1])["settings"]

    found = whence()
    assert found["db"] == {"value": str(file.parent / "clinic.db"), "whence": f"file ({file})"}
    assert found["clinic_zone"] == {
        "value": "Europe/London",
        "whence": "environment (MONITOR_CLINIC_ZONE)",
    }
    assert found["policy"] == {"value": None, "whence": "default"}
    assert found["units.alt"] == {"value": "U/L", "whence": f"file ({file})"}
    assert whence("--db", f"{tmp_path}/o.db")["db"]["whence"] == "option"
    monkeypatch.setenv("MONITOR_DB", f"{tmp_path}/e.db")
    assert whence()["db"] == {"value": f"{tmp_path}/e.db", "whence": "environment (MONITOR_DB)"}


def test_the_file_of_settings_is_used_by_every_command(run, config):
    file = config('db = "clinic.db"\n')

    assert run("patient", "add", "P-1")[0] == 0

    assert (file.parent / "clinic.db").stat().st_size > 0
    assert "P-1" in run("patient", "list")[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("database = 'x'", "unknown key 'database'; known are db, policy"),
        ("clinic_zone = 'localtime'", "clinic_zone: 'localtime' is not a time zone; "),
        ("db = 3", "db: write a text, for instance db = "),
        ("db = ''", "db: write a text"),
        ("[units]\nalt = 1", "units: write a text"),
        ("units = 'U/L'", "units: write a text"),
        ("db = ", "cannot be read as TOML"),
        ('db = "a\\u0000b"', "is no name of a database"),
        ('db = "postgresql://u:secret@h:x/y"', "'postgresql://***@h:x/y' is no database URL"),
    ],
)
def test_a_file_of_settings_that_says_nonsense_is_named_and_nothing_is_asked(
    text, said, run, config
):
    file = config(text)

    for typed in ("patient list", "patient add P-1", "doctor", "config show"):
        code, out, err = run(*typed.split())

        assert (code, out) == (2, "")
        assert said in err
        assert "secret" not in err
        assert err.count("\n") == 1
    assert [one.name for one in file.parent.iterdir()] == ["config.toml"]


def test_a_setting_that_nothing_uses_is_not_shown_as_if_it_counted(run, config):
    config('db = "c.db"\nclinic_zone = "Europe/Paris"\ninbox = "in"\n[units]\nalt = "U/L"\n')

    assert "not used in this version: inbox\n" in run("config", "show")[1]
    assert json.loads(run("config", "show", "--json")[1])["unused"] == ["inbox"]


def test_a_file_of_windows_is_read(run, config):
    config("\ufeffclinic_zone = 'Europe/Berlin'\r\n")

    code, out, _ = run("config", "show", "--json")

    assert (code, json.loads(out)["settings"]["clinic_zone"]["value"]) == (0, "Europe/Berlin")


def test_nobody_is_told_to_close_a_file_that_is_no_database(run, tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("root:x:0:0\n")
    file.chmod(0o644)

    code, out, _ = run("doctor", "--db", str(file))

    assert (code, "file is not a database" in out, "chmod" in out) == (1, True, False)


def test_another_programs_database_is_named_and_let_be(run, tmp_path):
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE x (a)")
    (tmp_path / "other.db").chmod(0o644)

    code, out, _ = run("doctor", "--db", str(tmp_path / "other.db"))

    assert (code, "another program's database" in out, "chmod" in out) == (1, True, False)


def test_a_policy_that_is_not_there_is_said_with_the_settings(run, config):
    file = config('policy = "policy.toml"\n')

    code, _, err = run("config", "show")

    assert (code, err) == (0, f"monitor: policy: there is no {file.parent / 'policy.toml'}\n")
    file.with_name("policy.toml").touch()
    assert run("config", "show")[2] == ""
