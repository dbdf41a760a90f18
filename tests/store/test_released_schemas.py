"""A database of every released schema is upgraded, and then answers as it did before."""

import json
import shutil
from pathlib import Path

import pytest

from monitor.commands import main
from monitor.store.schema import HEAD
from tests import postgresql
from tests.store.make_databases import answers

pytestmark = postgresql.sqlite_only

DATABASES = Path(__file__).parent / "databases"
RELEASED = sorted(path.stem for path in DATABASES.glob("*.db"))


@pytest.fixture(params=RELEASED)
def old(request, tmp_path):
    path = shutil.copy(DATABASES / f"{request.param}.db", tmp_path / "clinic.db")
    return request.param, f"sqlite:///{path}"


def test_there_is_a_database_of_every_schema_up_to_the_newest():
    assert [f"{number:04d}" for number in range(1, int(HEAD) + 1)] == RELEASED


def test_an_older_schema_is_refused_with_the_command_to_type(old, capsys):
    revision, url = old

    code = main(["upcoming", "P-1", "--db", url])

    said = capsys.readouterr().err
    if revision == HEAD:
        assert code == 0
    else:
        assert (code, said.splitlines()[0]) == (
            3,
            f"monitor: the database {url} has an older schema; type: monitor db upgrade",
        )


def test_an_upgraded_database_is_sound_and_answers_as_before(old, capsys):
    revision, url = old
    own = DATABASES / f"{revision}.json"  # the first ones answered alike

    assert main(["db", "upgrade", "--db", url]) == 0

    assert main(["db", "verify", "--db", url]) == 0
    asked = own if own.exists() else DATABASES / "answers.json"
    expected = json.loads(asked.read_text(encoding="utf-8"))
    assert json.loads(json.dumps(answers(url))) == expected


def test_upgrading_twice_is_upgrading_once(old, capsys):
    _, url = old
    main(["db", "upgrade", "--db", url])
    once = answers(url)

    assert main(["db", "upgrade", "--db", url]) == 0

    assert answers(url) == once


def test_reminders_go_out_after_an_upgrade_and_none_is_repeated(old, capsys):
    revision, url = old
    main(["db", "upgrade", "--db", url])
    who = ["--role", "nurse", "--name", "Ward 3", "--channel", "console:"]
    if revision < "0003":  # nobody could be told
        main(["contact", "add", "P-1", *who, "--db", url])
    capsys.readouterr()

    main(["tick", "--now", "2023-04-21T09:30:00Z", "--db", url])

    sent = "A scheduled check is due" in capsys.readouterr().out
    assert sent == (revision < "0003")  # the others had sent it before they were put away
