"""R21: a try through Apprise runs in a program of its own, which hangs, grows and ends alone."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.delivery.channels import confined, open_channel
from monitor.delivery.channels.apprise import ALL_IN_ALL
from monitor.delivery.channels.outgoing import DeliveryFailed
from tests.delivery.test_bounded import FEVER, Endless
from tests.delivery.ward import fever, patient_lines

DRIP = {"first": b"HTTP/1.1 200 OK\r\nX: ", "again": b".", "pause": 0.02}
FLOOD = {"first": b"HTTP/1.1 200 OK\r\n\r\n", "again": b"x" * 2**20, "pause": 0.0}


@pytest.fixture(autouse=True)
def alone():
    yield
    confined.end()


def through(port: int, more: str = "a"):
    return open_channel(f"json://127.0.0.1:{port}/{more}")


def children(of: int) -> set[int]:
    """Find the programs for Apprise that a process has begun."""
    found = set()
    with contextlib.suppress(OSError):  # one that ends meanwhile
        for task in Path(f"/proc/{of}/task").iterdir():
            for one in (task / "children").read_text().split():
                if b"confined_apprise" in Path(f"/proc/{one}/cmdline").read_bytes():
                    found.add(int(one))
    return found


def loaded() -> set[int]:
    return children(os.getpid())


def copies() -> set[int]:
    return {copy for one in loaded() for copy in children(one)}


def wait_until(what) -> None:
    until = time.monotonic() + 30
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)


def ends(process: int) -> bool:
    """Say whether a process is gone, or nobody has asked yet how it ended."""
    stat = Path(f"/proc/{process}/stat")
    with contextlib.suppress(OSError):
        return stat.read_text().rpartition(")")[2].split()[0] == "Z"
    return True


def held() -> tuple[int, int, int]:
    return threading.active_count(), len(os.listdir("/proc/self/fd")), len(loaded())


@pytest.mark.parametrize("chosen", ["retry=9&wait=0.01", "retry=9&wait=60", "optional=yes"])
def test_a_url_that_would_repeat_by_itself_is_tried_once_and_its_failure_counts(
    http_sink, message, chosen
):
    http_sink.status = 500

    with pytest.raises(DeliveryFailed, match="could not deliver"):
        through(http_sink.port, f"a?{chosen}").send(message())

    assert len(http_sink.requests) == 1


def test_a_url_cannot_have_a_far_end_that_took_the_message_counted_as_silent(http_sink, message):
    http_sink.delay = 0.3

    through(http_sink.port, "a?rto=0.01&cto=0.01").send(message())

    assert len(http_sink.requests) == 1


@pytest.mark.parametrize("chosen", ["rto=1e9&cto=1e9", "rto=100&cto=100", "rto=nan&cto=inf"])
def test_a_url_cannot_have_a_try_last_longer(chosen):
    service = through(9, f"a?{chosen}").service

    assert 10 <= service.socket_read_timeout <= ALL_IN_ALL
    assert 10 <= service.socket_connect_timeout <= ALL_IN_ALL


def test_one_program_loads_apprise_and_a_copy_of_it_that_hangs_ends_in_time(
    http_sink, start, message
):
    through(http_sink.port).send(message())
    first, before = loaded(), held()
    http_sink.status = 500
    with pytest.raises(DeliveryFailed, match="could not deliver"):
        through(http_sink.port).send(message())
    sink = start(Endless, **DRIP)

    with pytest.raises(DeliveryFailed, match=r"no answer within 0\.7 seconds"):
        replace(through(sink.port), seconds=0.7).send(message())

    assert sink.heard == 1
    wait_until(lambda: not copies())
    sink.stop()
    assert len(first) == 1
    assert loaded() == first
    assert all(now <= then for now, then in zip(held(), before, strict=True))


def test_an_answer_without_end_ends_its_program_and_takes_nothing_of_ours(
    http_sink, start, message
):
    through(http_sink.port).send(message())
    sink = start(Endless, **FLOOD)
    before, grown = held(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(DeliveryFailed, match="more memory than it may"):
        replace(through(sink.port), seconds=60).send(message())

    wait_until(lambda: not copies())
    sink.stop()
    assert all(now <= then for now, then in zip(held(), before, strict=True))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - grown < 50 * 1024


def test_no_argument_and_no_surroundings_of_the_program_hold_the_channel(http_sink, message):
    through(http_sink.port, "canary").send(message(body="canary"))

    (one,) = loaded()
    for what in ("cmdline", "environ"):
        assert b"canary" not in Path(f"/proc/{one}/{what}").read_bytes()


@pytest.mark.faults
def test_where_the_service_was_killed_a_hanging_try_ends_by_itself(http_sink, message):
    http_sink.hanging = "/hang"
    code = f"""
from dataclasses import replace
from monitor.delivery.channels import open_channel
from monitor.delivery.channels.outgoing import Outgoing
from monitor.domain.outcome import Urgency
message = Outgoing(key="k", ref="R", title="t", body="b", urgency=Urgency.ROUTINE)
open_channel("json://127.0.0.1:{http_sink.port}/").send(message)
replace(open_channel("json://127.0.0.1:{http_sink.port}/hang"), seconds=3).send(message)
"""
    service = subprocess.Popen([sys.executable, "-c", code])
    wait_until(lambda: len(http_sink.requests) == 2)
    (one,) = children(service.pid)
    wait_until(lambda: len(children(one)) == 1)
    (copy,) = children(one)
    for process in (one, copy):
        os.kill(process, signal.SIGTERM)  # as systemd does: what is in hand is finished
        os.kill(process, 0)

    service.kill()
    service.wait()

    wait_until(lambda: not Path(f"/proc/{one}").exists() and not Path(f"/proc/{copy}").exists())


@pytest.mark.parametrize("which", ["the copy", "the one that loaded Apprise"])
def test_a_program_that_was_killed_costs_a_try_at_most_and_the_next_goes_well(
    http_sink, message, which
):
    through(http_sink.port).send(message())
    (first,) = loaded()
    wait_until(lambda: not copies())
    http_sink.may_answer.clear()

    def kill() -> None:
        wait_until(copies)
        (copy,) = copies()
        wait_until(lambda: len(http_sink.requests) == 2)
        killed = copy if which == "the copy" else first
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: ends(killed))
        http_sink.may_answer.set()

    killer = threading.Thread(target=kill)
    killer.start()
    if which == "the copy":
        with pytest.raises(DeliveryFailed, match="Apprise ended without an answer"):
            through(http_sink.port).send(message())
    else:
        through(http_sink.port).send(message())  # a copy needs nobody
    killer.join()

    through(http_sink.port).send(message())

    assert len(loaded()) == 1
    assert (loaded() == {first}) is (which == "the copy")


@contextlib.contextmanager
def descriptors(more: int):
    """Let this process open so many files more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    top = max(int(one) for one in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (top + 1 + more, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_without_a_descriptor_for_it_the_try_failed_in_plain_words(http_sink, message):
    channel = through(http_sink.port)
    with contextlib.ExitStack() as files:
        files.enter_context(descriptors(0))
        with contextlib.suppress(OSError):
            while True:
                files.enter_context(open(os.devnull))

        with pytest.raises(DeliveryFailed, match="no process or descriptor was left"):
            channel.send(message())


def test_after_a_round_none_of_these_programs_is_left(ward, http_sink):
    ward.load(patient_lines("P-1", fever(FEVER)))
    ward.contact(f"json://127.0.0.1:{http_sink.port}/")

    ward.tick(FEVER)

    assert http_sink.requests
    assert loaded() == set()


@pytest.mark.faults
def test_with_24_descriptors_a_pass_beside_sixteen_dripping_far_ends_tells_the_next(
    ward, start, http_sink, tmp_path
):
    """By turns e-mail and Apprise, each a relay of its own."""
    ward.load(*(patient_lines(f"P-{n:02}", fever(FEVER)) for n in range(17)))
    for n in range(16):
        sink = start(Endless, **(DRIP | {"pause": 0.1} | ({"first": b"220-"} if n % 2 else {})))
        mail = f"smtp://127.0.0.1:{sink.port}/?from=a@example.org&to=n@example.org"
        ward.contact(mail if n % 2 else f"json://127.0.0.1:{sink.port}/", f"P-{n:02}", name=f"N{n}")
    ward.contact(http_sink.url, "P-16", name="Z")

    done = subprocess.run(
        ["bash", "-c", f"ulimit -n 24; exec {sys.executable} -m monitor tick --now {FEVER}"],
        capture_output=True, text=True, timeout=200,
    )  # fmt: skip

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 16  # a line for each who was not reached
    urgent = {one["recipient"] for one in ward.outbox("sent") if one["urgency"] != "routine"}
    assert urgent == {"Z"}
