"""Backups are never refused for what can be worked out anew, and one that is damaged is kept."""

import errno
import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.bootstrap.backups import ScheduledBackups
from monitor.bootstrap.policy_in_use import PolicyInUse
from monitor.commands.options import now
from monitor.domain.reminders.policy import Backup
from monitor.policy import load
from monitor.service.operating.upkeep import find_backups, next_backup
from monitor.store import backup as store
from monitor.store import engine as databases
from tests import postgresql
from tests.behind import behind, drop_triggers

pytestmark = postgresql.sqlite_only
DAILY = Backup(folder="", every_hours=24, keep=3)
NAMES = ("clinic.db", "a?b.db", "50%25 full #1.db")


def change(url: str, sql: str) -> None:
    with behind(url) as connection:
        if "fact" in sql:
            drop_triggers(connection)
        connection.execute(text(sql))
        connection.commit()


@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_a_file_is_backed_up_and_restored(name, monitor, clinic, tmp_path):
    source, kept = tmp_path / name, tmp_path / f"backup of {name}"
    if source != clinic:
        source.write_bytes(clinic.read_bytes())

    assert monitor(f"db backup '{kept}' --db '{source}'")[0] == 0
    assert monitor(f"db restore '{kept}' --db '{tmp_path / 'new'}{name}'")[0] == 0


def test_stored_checks_that_differ_are_said_and_refuse_no_backup(monitor, clinic, database):
    change(database, "UPDATE pending SET due = '2030-01-01' WHERE patient = 'P-1'")
    file = clinic.parent / "monday.db"

    code, out, err = monitor(f"db backup {file}")

    assert (code, out) == (0, f"backed up to {file}, verified\n")
    assert "P-1: the stored checks differ from the facts" in err
    assert monitor(f"db restore {file}")[0] == 0
    assert monitor("db verify")[0] == 0


def test_a_backup_of_a_damaged_fact_is_kept_under_a_name_that_says_so(monitor, clinic, database):
    change(database, "UPDATE fact SET body = '{}' WHERE event = 2")
    file = clinic.parent / "monday.db"

    code, out, err = monitor(f"db backup {file}")

    assert (code, out) == (3, "")
    assert f"is not sound, and is kept as {clinic.parent}/monday.damaged.db" in err
    assert not file.exists()
    assert store.marked(file).stat().st_mode & 0o777 == 0o600
    assert monitor(f"db restore {store.marked(file)}")[0] != 0


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP])
def test_backups_work_where_hard_links_do_not(monitor, clinic, monkeypatch, number):
    def refuse(*_):
        raise OSError(number, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    file = clinic.parent / "monday.db"

    assert monitor(f"db backup {file}")[0] == 0
    assert monitor(f"db backup {file}")[0] == 2  # the name is taken


def test_while_the_record_is_damaged_backups_become_rarer_and_push_out_no_sound_one(tmp_path):
    day, start = timedelta(days=1), now()

    def make(at, *, damaged: bool) -> Path:
        target = next_backup(DAILY, tmp_path, now=at)
        assert target is not None
        write_database(store.marked(target) if damaged else target)
        store.rotate(tmp_path, keep=DAILY.keep)
        return target

    sound = make(start, damaged=False)
    at, waits = start + day, []
    for _ in range(4):
        make(at, damaged=True)
        begun = at
        while next_backup(DAILY, tmp_path, now=at) is None:
            at += day
        waits.append((at - begun) // day)

    assert waits == [2, 4, 8, 8]
    assert sound.exists()
    found = find_backups(DAILY, tmp_path, now=at, since=start)
    assert not found.well
    assert f"is damaged; the last sound one is {sound}; type: monitor db verify" in found.message
    make(at, damaged=False)
    assert find_backups(DAILY, tmp_path, now=at, since=start).well
    assert next_backup(DAILY, tmp_path, now=at + day) is not None


def write_database(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE anything (a)")
    return path


def test_a_backup_that_was_cut_off_is_not_counted_and_made_anew(tmp_path):
    at = now()
    sound = write_database(next_backup(DAILY, tmp_path, now=at - timedelta(hours=50)))
    cut = write_database(next_backup(DAILY, tmp_path, now=at - timedelta(hours=1)))
    for left in (b"", cut.read_bytes()[:-1], b"x" * 8192):
        cut.write_bytes(left)

        assert next_backup(DAILY, tmp_path, now=at) is not None
        found = find_backups(DAILY, tmp_path, now=at, since=at - timedelta(days=9))
        assert not found.well
        assert f"{cut.name}, is damaged; the last sound one is {sound}" in found.message


def test_a_backup_of_a_clock_that_was_ahead_keeps_none_from_being_made(tmp_path):
    at = now()
    ahead = write_database(next_backup(DAILY, tmp_path, now=at + timedelta(days=27_000)))

    assert next_backup(DAILY, tmp_path, now=at) is not None
    found = find_backups(DAILY, tmp_path, now=at, since=at)
    assert (found.well, found.message) == (
        False,
        f"{ahead} is of a moment that has not come; look at the clock, and move it away",
    )


@pytest.mark.parametrize(("hours", "well"), [(48, True), (50, False)])
def test_where_no_backup_was_ever_made_doctor_is_unwell_after_two_of_them(tmp_path, hours, well):
    at = now()

    found = find_backups(DAILY, tmp_path / "none", now=at, since=at - timedelta(hours=hours))

    assert found.well is well


def test_a_first_fact_of_a_moment_to_come_excuses_no_missing_backup(tmp_path):
    """It was recorded by a clock that was ahead: since when there is a record nobody knows."""
    at = now()

    def is_well(ahead: timedelta) -> bool:
        return find_backups(DAILY, tmp_path / "none", now=at, since=at + ahead).well

    assert not is_well(timedelta(days=40))
    assert is_well(timedelta(minutes=1))  # of another machine


def test_the_service_keeps_a_damaged_backup_and_doctor_names_the_last_sound_one(
    monitor, clinic, database, capsys
):
    engine = databases.open_engine(databases.parse_url(database))
    backups = ScheduledBackups(engine, PolicyInUse(load(None), database, print), database, print)
    backups.make(now() - timedelta(days=2))
    change(database, "UPDATE fact SET body = '{}' WHERE event = 2")
    backups.make(now())
    engine.dispose()

    names = sorted(path.name for path in (clinic.parent / "backups").glob("*.db"))
    assert [".damaged" in name for name in names] == [False, True]
    code, out, _ = monitor("doctor")
    assert code == 1
    assert "the last sound one is" in " ".join(out.split())


def test_doctor_says_that_others_may_read_the_record(monitor, clinic):
    clinic.chmod(0o644)

    code, out, _ = monitor("doctor")

    assert code == 1
    assert f"chmod 600 {clinic}" in out


def test_doctor_says_that_others_may_put_another_file_in_the_place_of_the_record(monitor, clinic):
    clinic.parent.chmod(0o770)

    code, out, _ = monitor("doctor")

    assert code == 1
    assert f"chmod 700 {clinic.parent}" in "".join(out.split("\n"))
