"""What is no regular file is never waited for, nor read without end, whoever names it."""

import os
import signal
from pathlib import Path

import pytest

from monitor.store.backup import scheduled
from tests.commands.conftest import FACTS

TYPED = [
    "protocol check {}",
    "protocol show {}",
    "protocol diff {} mitoxantrone-ms-us",
    "protocol diff mitoxantrone-ms-us {}",
    "protocol simulate {} --start 2026-01-10 --infusions 2 --every '3 months'",
    "policy check {}",
    "db restore {}",
    "db status --db {}",
    "contact add P-1 --role nurse --name N --channel file:{}",
]
BY_POLICY = [
    *("tick", "run", "policy show", "policy check"),
    "contact add P-1 --role nurse --name N --channel 'relay:mail?to=nurse@example.org'",
]


@pytest.fixture(params=["a pipe", "a device without end"])
def file(request, tmp_path):
    """Give what is no regular file; whoever waits for it is ended."""
    path = tmp_path / "it.yaml"
    if request.param == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    before = signal.signal(signal.SIGALRM, _ended)
    signal.setitimer(signal.ITIMER_REAL, 5)
    yield path
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def _ended(*_: object) -> None:
    raise AssertionError("it is waited for, or read without end")


def must_be_refused(told: tuple[int, str, str]) -> None:
    code, out, err = told
    assert code in (2, 3)
    assert out == ""
    assert err.startswith("monitor: ")
    assert err.count("\n") <= 2


@pytest.mark.parametrize("typed", TYPED)
def test_what_is_no_regular_file_is_refused_at_once(typed, file, clinic, monitor):
    must_be_refused(monitor(typed.format(file)))


@pytest.mark.parametrize("typed", BY_POLICY)
def test_a_policy_that_is_no_regular_file_is_refused_at_once(
    typed, file, clinic, monitor, monkeypatch
):
    monkeypatch.setenv("MONITOR_POLICY", str(file))

    must_be_refused(monitor(typed))


def test_doctor_names_a_policy_that_is_no_regular_file(file, clinic, monitor, monkeypatch):
    monkeypatch.setenv("MONITOR_POLICY", str(file))

    code, said, _ = monitor("doctor")

    assert code == 1
    assert f"{file} is no regular file" in said


@pytest.mark.parametrize("typed", ["warnings P-1", "tick", "run", "doctor", f"import {FACTS}"])
def test_settings_that_are_no_regular_file_are_refused_at_once(
    typed, file, clinic, monitor, monkeypatch, tmp_path
):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "infusion-monitor"
    folder.mkdir()
    file.rename(folder / "config.toml")

    must_be_refused(monitor(typed))


def test_what_stands_among_the_backups_and_is_no_regular_file_is_no_backup(file):
    there = file.rename(file.parent / "monitor-20260101T000000.db")

    assert scheduled(file.parent) == ([], [there])


def test_a_policy_that_is_too_large_is_not_read_whole(clinic, monitor, monkeypatch, tmp_path):
    large = Path(tmp_path / "policy.toml")
    with large.open("wb") as stream:
        stream.truncate(1_000_000_000_000)
    monkeypatch.setenv("MONITOR_POLICY", str(large))

    must_be_refused(monitor("tick"))
