"""`monitor run` as a process of its own: its log is full, its record is taken over by others."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from monitor import policy
from monitor.commands.options import now
from tests import postgresql
from tests.behind import behind, change
from tests.commands.test_on_a_server import beats
from tests.delivery.sinks import HttpSink

# A pass a second: the timer's minute would be waited for.
RUN = """
from datetime import timedelta
from monitor.commands import run
from monitor.delivery import heartbeat, ping
heartbeat.AT_LATEST = timedelta(seconds=1)
ping._ALL_IN_ALL = 0.3
run()
"""


@pytest.fixture
def sink():
    found = HttpSink()
    yield found
    found.stop()


@pytest.fixture
def running(clinic, database):
    """Have the service running in a process that is ended afterwards, whatever happened."""

    @contextmanager
    def start(**how):
        surroundings = {**os.environ, "MONITOR_DB": database}
        with subprocess.Popen([sys.executable, "-c", RUN, "run"], env=surroundings, **how) as found:
            try:
                yield found
            finally:
                found.kill()

    return start


def wait_until(what: Callable[[], object], service: subprocess.Popen) -> None:
    until = time.monotonic() + 120  # a message that failed is not tried again at once
    while not what():
        assert service.poll() is None
        assert time.monotonic() < until
        time.sleep(0.1)


def last_beat(url: str) -> str:
    with behind(url) as connection:
        return str(connection.execute(text("SELECT at FROM beat")).scalar_one())


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full device")
def test_a_full_disk_for_the_log_ends_no_service(running, monitor, sink):
    monitor(f"contact add P-2 --role nurse --name Ward --channel {sink.url}")
    sink.status = 503  # something goes wrong, and is to be logged
    with open("/dev/full", "w") as full, running(stdout=full, stderr=full) as service:
        wait_until(lambda: sink.answers, service)
        sink.status = 200
        monitor(f"contact add P-2 --role prescriber --name Doctor --channel {sink.url}")
        asked = "outbox --state sent --json"  # the first one's next try is a minute away
        wait_until(lambda: json.loads(monitor(asked)[1])["reminders"], service)
        service.terminate()
        assert service.wait(60) == 0


@pytest.mark.parametrize(
    ("moved", "words"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "has a newer schema than this program"),
        pytest.param(
            f"UPDATE evaluation SET program = '{'0' * 64}'",
            "another version of this program has worked the checks out anew; start this one again",
            marks=pytest.mark.faults,
        ),
    ],
)
def test_a_service_whose_record_is_taken_over_ends_with_words(moved, words, running, database):
    with running(stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as service:
        wait_until(lambda: beats(database), service)
        first = last_beat(database)
        wait_until(lambda: last_beat(database) > first, service)  # the upkeep was done once
        change(database, moved)
        assert service.wait(60) == 3
        err = service.stderr.read()
    assert words in err
    assert "Traceback" not in err


@postgresql.sqlite_only
@pytest.mark.parametrize(
    "gap",
    [False, pytest.param(True, marks=pytest.mark.faults)],
    ids=["replaced", "gone for a while"],
)
def test_a_service_goes_on_with_the_file_that_is_put_in_the_place_of_its_own(
    gap, running, clinic, monitor, sink, database
):
    copy = clinic.with_name("copy.db")
    monitor(f"contact add P-1 --role nurse --name Ward --channel {sink.url}")
    with running(stderr=subprocess.PIPE, text=True) as service:
        wait_until(lambda: beats(database), service)
        assert monitor(f"db backup {copy}")[0] == 0
        if gap:
            clinic.unlink()
            assert "is gone; put it back" in next(
                x for x in service.stderr if "this pass failed" in x
            )
            assert not clinic.exists()
        copy.rename(clinic)
        before = len(sink.requests)
        assert monitor(f"result log P-1 lvef 40 % --on {now():%Y-%m-%d} --confirm")[0] == 0
        wait_until(lambda: len(sink.requests) > before, service)


def test_a_service_works_out_anew_what_another_version_left(running, database, monitor):
    change(database, f"UPDATE evaluation SET program = '{'0' * 64}'")
    waits = "are not worked out by this version's rules yet"
    assert waits in monitor("doctor --json")[1]
    with running(stderr=subprocess.DEVNULL) as service:
        wait_until(lambda: waits not in monitor("doctor --json")[1], service)


def test_a_service_goes_by_the_policy_as_it_is_edited_and_by_the_former_where_it_has_a_fault(
    running, monitor, sink, tmp_path, monkeypatch, database
):
    site = tmp_path / "policy.toml"
    site.write_text(policy.text(None))
    monkeypatch.setenv("MONITOR_POLICY", str(site))
    with running(stderr=subprocess.PIPE, text=True) as service:
        wait_until(lambda: beats(database), service)
        relay = f'[relays]\nward = "{sink.url}/{{to}}"\n'
        edited = policy.text(None).replace("[relays]\n", relay)
        site.write_text(edited)
        monitor("contact add P-2 --role nurse --name Ward --channel relay:ward?to=3")
        wait_until(lambda: sink.requests, service)  # of the weak heart on record
        assert {request["path"] for request in sink.requests} == {"/hook/3"}
        assert finding(monitor, "policy")["well"]

        before = len(sink.requests)
        site.write_text(edited.replace("[hours]", "[ours]"))
        assert "the former policy goes on" in next(x for x in service.stderr if "former" in x)
        assert not finding(monitor, "policy")["well"]
        assert monitor(f"symptom log P-2 fever 39 Cel --at {now():%Y-%m-%dT%H:%M:%SZ}")[0] == 0
        wait_until(lambda: len(sink.requests) > before, service)

        site.write_text(edited)
        assert "read anew" in next(x for x in service.stderr if "anew" in x)


@pytest.mark.faults
def test_a_ping_address_that_drips_holds_up_neither_passes_nor_the_end(
    running, clinic, sink, tmp_path, monkeypatch, database
):
    sink.manner = "drip"
    address = f'ping_url = "{sink.url.removeprefix("webhook+")}"'
    site = tmp_path / "policy.toml"
    site.write_text(policy.text(None).replace('ping_url = ""', address))
    monkeypatch.setenv("MONITOR_POLICY", str(site))
    with running(stderr=subprocess.DEVNULL) as service:
        wait_until(lambda: sink.requests, service)
        called = last_beat(database)
        wait_until(lambda: last_beat(database) > called, service)
        between = last_beat(database)
        wait_until(lambda: last_beat(database) > between, service)
        service.terminate()
        assert service.wait(8) == 0
    assert len(sink.requests) == 1  # it drips all the while


def finding(monitor, name: str) -> dict[str, object]:
    checks = json.loads(monitor("doctor --json")[1])["checks"]
    return next(one for one in checks if one["name"] == name)
