"""A pass that fails is heard of at once: by the ping address, by `doctor`, by every command."""

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from monitor import policy
from monitor.commands import options
from monitor.delivery import heartbeat, tick
from monitor.errors import OutsideError, SchemaError
from monitor.store import engine as store
from monitor.store import failing
from monitor.store.tables import look
from tests import postgresql
from tests.delivery.ward import fever, patient_lines

NOW = "2023-01-20T08:00:00+00:00"
RECONCILES = tick.reconcile_some


@pytest.fixture
def broken(monkeypatch):
    """A disk that fills while a pass looks at patients; call it to make room again."""

    def fails(*_, **__):
        raise OutsideError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(tick, "reconcile_some", fails)
        yield patched.undo


def paths(sink) -> list[str]:
    return [request["path"] for request in sink.requests]


def beat_of(ward) -> dict:
    return next(one for one in ward.ask("doctor")["checks"] if one["name"] == "beat")


def test_a_pass_that_fails_is_heard_of_at_once_until_one_goes_well(
    ward, watcher, http_sink, broken
):
    ward.load(patient_lines("P-1", fever(NOW)))
    ward.contact(http_sink.url)

    code, _, err = ward.monitor("tick")

    assert (code, "disk is full" in err) == (3, True)
    assert paths(watcher) == ["/hook/fail"]
    assert not beat_of(ward)["well"]
    assert "failed, and none since" in beat_of(ward)["message"]
    assert "failed, and none since" in ward.monitor("patient list")[2]
    broken()
    ward.monitor("tick")
    assert beat_of(ward)["well"]
    assert ward.monitor("patient list")[2] == ""


def test_a_beat_of_a_clock_that_was_ahead_ends_no_failed_pass(ward, broken, monkeypatch):
    ward.load(patient_lines())
    with monkeypatch.context() as well:
        well.setattr(tick, "reconcile_some", RECONCILES)
        ward.tick((options.now() + timedelta(days=2)).isoformat())
    ward.monitor("tick")

    assert "failed, and none since" in beat_of(ward)["message"]
    assert "failed, and none since" in ward.monitor("patient list")[2]


@pytest.mark.parametrize(("seconds", "well"), [(90, True), (119, True), (150, False)])
def test_a_pass_of_a_machine_whose_clock_is_a_little_ahead_ends_the_mark(
    ward, fresh_home, database, at_second, seconds, well
):
    ward.load(patient_lines())
    failing.leave_mark(store.parse_url(database))
    (mark,) = fresh_home.parent.rglob("*.failed")
    failed = datetime.fromtimestamp(mark.stat().st_mtime, UTC)
    kept = mark.rename(mark.with_suffix(".kept"))  # another machine takes none away
    at_second(failed + timedelta(seconds=1))
    ward.tick((failed + timedelta(seconds=1 + seconds)).isoformat())
    kept.rename(mark)

    assert beat_of(ward)["well"] is well
    assert (ward.monitor("patient list")[2] == "") is well


@postgresql.needs_postgresql
def test_the_mark_of_a_server_is_of_this_machine_and_a_later_pass_of_any_ends_it(
    ward, fresh_home, broken, database
):
    ward.load(patient_lines())
    ward.monitor("tick")
    (mark,) = (fresh_home / ".local/state/infusion-monitor").iterdir()
    assert (mark.stat().st_mode & 0o777, mark.stat().st_size) == (0o600, 0)
    assert store.parse_url(database).database not in mark.name
    assert "failed, and none since" in beat_of(ward)["message"]
    broken()

    hour_ago = (options.now() - timedelta(hours=1)).timestamp()
    os.utime(mark, (hour_ago, hour_ago))
    kept = mark.rename(mark.with_suffix(".kept"))  # another machine takes none away
    ward.monitor("tick")
    kept.rename(mark)

    assert "failed, and none since" not in beat_of(ward)["message"]


@pytest.mark.parametrize("fault", [OutsideError("database or disk is full"), ValueError("odd")])
def test_the_service_calls_too_when_its_pass_fails(ward, watcher, database, monkeypatch, fault):
    ward.load(patient_lines())

    assert not passed(database, monkeypatch, fault)

    assert paths(watcher) == ["/hook/fail"]


def test_a_newer_program_that_has_taken_over_is_no_fault_of_the_service(
    ward, watcher, database, monkeypatch
):
    ward.load(patient_lines())

    with pytest.raises(SchemaError):
        passed(database, monkeypatch, SchemaError("newer"))

    assert paths(watcher) == []
    assert "failed" not in beat_of(ward)["message"]


def passed(database, monkeypatch, fault: Exception) -> bool:
    """Make a pass of the service that ends in a fault; says whether it went well."""

    def fails(*_, **__):
        raise fault

    monkeypatch.setattr(heartbeat, "tick", fails)
    engine = store.open_engine(store.parse_url(database))
    in_use = policy.load(policy_file())
    try:
        return heartbeat._tick_once(
            engine, lambda: in_use, threading.Event(), lambda *_: None, lambda _: None
        )
    finally:
        engine.dispose()


def policy_file():
    from monitor.bootstrap import settings

    return settings().policy


@pytest.fixture
def at_second(monkeypatch):
    """Put the clock of commands to a moment."""

    def put(moment: datetime) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return moment.astimezone(tz)

        monkeypatch.setattr(options, "datetime", Clock)

    return put


@pytest.fixture
def later(at_second):
    """Put the clock of commands so many minutes ahead."""
    return lambda minutes: at_second(options.now() + timedelta(minutes=minutes))


@pytest.mark.parametrize(("minutes", "well"), [(10, True), (12, False)])
def test_what_no_pass_has_looked_at_for_longer_than_cron_takes_is_not_well(
    ward, http_sink, later, minutes, well
):
    """A beat is old after a quarter of an hour only: without a fact nobody waits for it."""
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    ward.monitor("tick")
    assert beat_of(ward)["well"]
    ward.add("P-1", fever(NOW))
    later(minutes)

    found = beat_of(ward)

    assert found["well"] is well
    assert ("told to nobody" in found["message"]) is not well


def test_a_patient_who_is_looked_at_anew_waits_for_the_next_pass_only(
    ward, http_sink, later, database
):
    ward.load(patient_lines())
    ward.contact(http_sink.url)
    later(20)
    ward.monitor("tick")
    engine = store.open_engine(store.parse_url(database))
    with store.writing(engine) as connection:
        connection.execute(update(look).values(next_at="", known=0))
    engine.dispose()
    later(5)

    assert beat_of(ward)["well"]


@postgresql.sqlite_only
def test_a_pass_that_cannot_open_the_database_is_heard_of_too(ward, watcher, database):
    ward.load(patient_lines("P-1", fever(NOW)))
    file = Path(database.removeprefix("sqlite:///"))
    with file.open("r+b") as opened:
        opened.write(b"x" * 12_000)

    code, _, err = ward.monitor("tick")

    assert (code, "file is not a database" in err) == (3, True)
    assert paths(watcher) == ["/hook/fail"]
    assert file.with_name("clinic.db.failed").exists()


def test_a_pass_over_a_mistyped_name_is_heard_of_and_leaves_nothing(watcher, monitor, tmp_path):
    code, _, _ = monitor(f"tick --db sqlite:///{tmp_path}/typo.db")

    assert code == 3
    assert paths(watcher) == ["/hook/fail"]
    assert list(tmp_path.glob("typo*")) == []
