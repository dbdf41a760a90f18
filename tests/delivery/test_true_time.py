"""R22: whatever the clock does, a pass begins in time; and nothing that is watched holds it up."""

import os
import random
import signal
import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.executors.base import BaseExecutor

from monitor import policy
from monitor.delivery import heartbeat
from monitor.delivery.heartbeat import notify
from monitor.delivery.ping import ping
from monitor.store import engine as store

JUMPS = [timedelta(hours=-1), timedelta(days=-1), timedelta(days=-366), timedelta(days=366)]


@pytest.fixture
def serving(ward, database, monkeypatch):
    """Run the service under a clock that can be put: serving(JUMPS) gives when passes began."""
    offset = [timedelta()]
    monkeypatch.setattr(
        heartbeat,
        "clock",
        lambda: datetime.now(UTC) + offset[0],  # noqa: TID251  # a clock to put
    )
    monkeypatch.setattr(heartbeat, "_GUARDED", 0.05)

    def serve(jumps: list[timedelta], *, enough: float = 20.0) -> int:
        engine = store.open_engine(store.parse_url(database))
        began: list[datetime] = []
        failed: list[str] = []

        def after(now, stop) -> None:
            began.append(now)

        def drive() -> None:
            for jump in jumps:
                before = len(began)
                offset[0] += jump
                until = time.monotonic() + enough
                while len(began) == before and time.monotonic() < until:
                    time.sleep(0.02)
                if len(began) == before:
                    failed.append(str(jump))
            os.kill(os.getpid(), signal.SIGTERM)

        driver = threading.Thread(target=drive)
        old = [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)]
        try:
            driver.start()
            heartbeat.beat_until_stopped(
                engine, lambda: policy.load(None), after=after, said=lambda _: None
            )
        finally:
            driver.join()
            for sign, handler in zip((signal.SIGTERM, signal.SIGINT), old, strict=True):
                signal.signal(sign, handler)
            engine.dispose()
        assert failed == []
        return len(began)

    return serve


def test_a_pass_begins_after_each_jump_of_the_clock(serving):
    assert serving([timedelta(), *JUMPS]) >= 5


@pytest.mark.faults
def test_small_jumps_to_and_fro_do_not_silence_the_service(serving):
    assert serving([timedelta(), *[timedelta(seconds=s) for s in (-7, 9, -30, 31, -61)]]) >= 6


def test_a_jump_is_not_lost_to_a_pass_whose_end_the_scheduler_has_not_noticed(serving, monkeypatch):
    """It refuses to begin a job of which one still counts, and waits for a minute."""
    noticed = BaseExecutor._run_job_success

    def late(*ended) -> None:
        time.sleep(1)
        noticed(*ended)

    monkeypatch.setattr(BaseExecutor, "_run_job_success", late)

    assert serving([timedelta(), timedelta(seconds=-7)]) >= 2


def test_a_jump_before_the_guard_begins_is_noticed(serving, monkeypatch):
    begin = threading.Thread.start

    def late(thread) -> None:
        if thread.name == "guard":
            time.sleep(1)
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", late)

    assert serving([timedelta(), timedelta(hours=-1)]) >= 2


def test_a_jump_while_a_pass_ends_is_not_forgotten(serving, monkeypatch):
    clock, put_back = heartbeat.clock, []
    monkeypatch.setattr(heartbeat, "clock", lambda: clock() - timedelta(seconds=61 * len(put_back)))
    reckon = heartbeat._next

    def jump(engine, now):
        moment = reckon(engine, now)
        if not put_back:
            put_back.append(now)
            time.sleep(0.3)  # the guard sees it while the pass has not ended
        return moment

    monkeypatch.setattr(heartbeat, "_next", jump)

    assert serving([timedelta(), timedelta()]) >= 2


def test_fifty_small_jumps_do_not_silence_it_either(serving):
    chance = random.Random(20261129)

    passes = serving([timedelta(seconds=chance.randint(-600, 600)) for _ in range(50)])

    assert passes >= 50


def test_a_ping_address_that_drips_holds_nothing_up(start, monkeypatch):
    from tests.delivery.sinks import HttpSink

    monkeypatch.setattr("monitor.delivery.ping._ALL_IN_ALL", 0.1)
    sink = start(HttpSink)
    sink.manner = "drip"
    url = sink.url.removeprefix("webhook+")
    threads = threading.active_count()

    for _ in range(5):
        ping(url, went_well=True)

    assert len(sink.requests) == 1  # the others do not join the one that hangs
    assert threading.active_count() <= threads + 3
    sink.stop()


@pytest.mark.parametrize(("status", "path"), [(200, "/hook"), (503, "/hook/fail")])
def test_the_ping_says_whether_an_urgent_message_is_late(
    ward, start, tmp_path, monkeypatch, status, path
):
    from tests.delivery.sinks import HttpSink
    from tests.delivery.ward import fever, patient_lines

    watcher, nurse = start(HttpSink), start(HttpSink)
    nurse.status = status
    text = policy.text(None).replace(
        'ping_url = ""', f'ping_url = "{watcher.url.removeprefix("webhook+")}"'
    )
    (tmp_path / "policy.toml").write_text(text)
    monkeypatch.setenv("MONITOR_POLICY", str(tmp_path / "policy.toml"))
    ward.load(patient_lines("P-1", fever("2023-01-20T08:00:00+00:00")))
    ward.contact(nurse.url)

    ward.tick("2023-01-20T08:00:00+00:00", code=None)

    assert [request["path"] for request in watcher.requests] == [path]


def test_the_operators_hear_of_messages_that_are_tried_again(ward, http_sink, start):
    from tests.delivery.sinks import HttpSink
    from tests.delivery.ward import fever, patient_lines

    dead = start(HttpSink)
    dead.status = 503
    ward.load(patient_lines("P-1", fever("2023-01-20T08:00:00+00:00")))
    ward.contact(dead.url)
    ward.tick("2023-01-20T08:30:00+00:00", code=None)
    ward.contact(http_sink.url, role="operator", name="Op")

    ward.tick("2023-01-20T09:00:00+00:00", code=None)

    (alive,) = [r["body"]["body"] for r in http_sink.requests if "alive" in r["body"]["body"]]
    assert "being tried again (webhook+http " in alive


def test_who_started_the_service_is_told_that_it_lives(tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "n"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "n"))

        notify("WATCHDOG=1")

        assert manager.recv(100) == b"WATCHDOG=1"


def test_nobody_to_tell_is_no_fault(monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")

    notify("READY=1")
