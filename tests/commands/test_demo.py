"""Inventing a clinic from the command line: which bytes it has, and what is asked wrongly."""

import hashlib
import os
import subprocess
import sys

import pytest

from tests import postgresql


def invent(path, *options: str, hashing: str = "0") -> None:
    command = [sys.executable, "-m", "monitor", "demo", "--to", f"sqlite:///{path}", *options]
    env = {**os.environ, "PYTHONHASHSEED": hashing}
    subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL)


def test_a_seed_makes_the_same_file_to_the_last_byte(tmp_path):
    numbers = ("--patients", "12", "--years", "2", "--seed", "7")
    for name in ("one", "two"):
        invent(tmp_path / name, *numbers, hashing=str(len(name) + ord(name[0])))

    digests = {
        hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("one", "two")
    }

    assert len(digests) == 1


def test_an_invented_clinic_is_sound_and_can_be_asked(monitor, tmp_path):
    url = f"sqlite:///{tmp_path}/new.db"

    code, out, err = monitor(f"demo --patients 20 --years 2 --to {url}")

    assert (code, err) == (0, "")
    assert out.startswith("20 patients with ")
    assert out.endswith(" facts up to 2026-11-01, all of it invented\n")
    assert monitor(f"db verify --db {url}")[0] == 0
    assert "D-0000001" in monitor(f"patient list --db {url}")[1]


def test_a_database_with_somebody_in_it_is_refused_and_left_alone(clinic, monitor, database):
    before = everything(clinic, monitor)

    code, out, err = monitor(f"demo --patients 3 --to {database}")

    assert (code, out) == (2, "")
    assert err == "monitor: that database already has patients; name a new one\n"
    assert everything(clinic, monitor) == before


def everything(clinic, monitor):
    """Read the bytes of a file; of a server, whose record it keeps, and its head."""
    if postgresql.URL:
        return monitor("patient list")[1], monitor("db verify")[1]
    return clinic.read_bytes()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--patients 3", "--patients is about an invented clinic; say where with --to DB"),
        ("--until 2026-01-01", "--until is about an invented clinic; say where with --to DB"),
        ("--to NEW --patients 0", "invalid value for '--patients': write 1 or more; "
         "type: monitor demo --help"),
        ("--to NEW --years x", "invalid value for '--years': write a whole number; "
         "type: monitor demo --help"),
        ("--to NEW --until 2999-01-01",
         "--until: 2999-01-01 has not passed; the record would lie in the future"),
        ("--to NEW --until 2019-01-01 --years 40",
         "--years: 40 years before 2019-01-01 lie before 1980-01-01"),
        ("--to foo:new.db", "'foo:new.db' is no database URL; "
         "write for instance sqlite:///clinic.db, or the path of a file"),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_named_and_makes_no_database(typed, said, monitor, tmp_path):
    file = tmp_path / "new.db"

    assert monitor(f"demo {typed.replace('NEW', f'sqlite:///{file}')}") == (
        2,
        "",
        f"monitor: {said}\n",
    )
    assert not file.exists()
