"""R21: a far end that fails costs no thread, descriptor or memory, and delays nobody else."""

import contextlib
import os
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from monitor.delivery import sender, tries
from monitor.delivery.channels import bounded, open_channel
from monitor.delivery.channels.bounded import MOST_BYTES
from monitor.delivery.channels.outgoing import DeliveryFailed
from tests.delivery.ward import fever, patient_lines

GREETING = b"220 sink\r\n"


class Endless:
    """A server that says one thing again and again, at once or a little at a time."""

    _counting = threading.Lock()
    now = most = 0  # connections to all of these servers, at once

    def __init__(self, first: bytes, again: bytes, pause: float) -> None:
        self._says, self._pause = (first, again), pause
        self._closing = threading.Event()
        self.heard = 0
        self.said = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self.heard += 1
                self._threads.append(threading.Thread(target=self._talk, args=(line,)))
                self._threads[-1].start()

    def _talk(self, line: socket.socket) -> None:
        self._count(1)
        with line, contextlib.suppress(OSError):
            line.sendall(self._says[0])
            while not self._closing.wait(self._pause):
                line.sendall(self._says[1])
                self.said += len(self._says[1])
        self._count(-1)

    def _count(self, more: int) -> None:
        with Endless._counting:
            Endless.now += more
            Endless.most = max(Endless.most, Endless.now)

    def stop(self) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):  # stopped before
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()


FAULTS = {
    "smtp drips": ("smtp", b"220-", b"x", 0.02),
    "smtp floods": ("smtp", b"220-sink\r\n", b"220-" + b"x" * 400 + b"\r\n", 0.0),
    "smtp floods one line": ("smtp", b"220-", b"x" * 4096, 0.0),
    "http drips": ("webhook+http", b"HTTP/1.1 200 OK\r\nX: ", b".", 0.02),
    "http floods": ("webhook+http", b"HTTP/1.1 200 OK\r\n", b"X: " + b"y" * 4000 + b"\r\n", 0.0),
    "http continues for ever": ("webhook+http", b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.0),
}


def channel(kind: str, port: int):
    where = f"{kind}://127.0.0.1:{port}/"
    return open_channel(where + "?from=a@example.org&to=b@example.org" * (kind == "smtp"))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_try_ends_by_itself_and_leaves_nothing_behind(fault, start, message):
    kind, first, again, pause = FAULTS[fault]
    sink = start(Endless, first=first, again=again, pause=pause)
    threads, descriptors = threading.active_count(), len(os.listdir("/proc/self/fd"))

    for _ in range(3):
        with pytest.raises(DeliveryFailed):
            replace(channel(kind, sink.port), seconds=0.3).send(message())

    assert sink.heard == 3
    # what the system's own buffers took, and what was read
    assert sink.said < 3 * (MOST_BYTES + 16 * 1024 * 1024)
    sink.stop()
    assert threading.active_count() <= threads
    assert len(os.listdir("/proc/self/fd")) <= descriptors


def test_a_host_whose_first_address_is_silent_is_reached_at_the_next(
    http_sink, message, monkeypatch
):
    real = socket.getaddrinfo("127.0.0.1", http_sink.port, type=socket.SOCK_STREAM)
    with contextlib.ExitStack() as lines:
        silent = lines.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):  # it is full, and answers nobody else
            line = lines.enter_context(socket.socket())
            line.setblocking(False)
            line.connect_ex(silent.getsockname())
        first = [(*real[0][:4], silent.getsockname())]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: first + real)

        replace(open_channel(http_sink.url), seconds=1.5).send(message())

    assert len(http_sink.requests) == 1


@pytest.mark.parametrize("many", [5, pytest.param(40, marks=pytest.mark.faults)])
def test_of_many_who_are_behind_one_dead_relay_three_are_tried_at_once(
    ward, start, monkeypatch, many
):
    monkeypatch.setattr(tries, "_SLOW", 0.05)
    monkeypatch.setattr(sender, "_DEADLINE", sender.timedelta(seconds=0.2))
    Endless.most = 0
    sink = start(Endless, first=b"220-", again=b"x", pause=0.02)
    ward.load(*(patient_lines(f"P-{n}", fever("2023-01-20T08:00:00+00:00")) for n in range(many)))
    for n in range(many):
        url = f"smtp://127.0.0.1:{sink.port}/?from=a@example.org&to=n{n}@example.org"
        ward.contact(url, f"P-{n}", name=f"N{n}")

    ward.tick("2023-01-20T08:00:00+00:00", code=None)

    assert sink.heard <= many  # each once
    assert Endless.most <= 3 + 1  # one is just ending


@pytest.mark.faults
@pytest.mark.parametrize("many", [6, 40])
def test_behind_one_relay_whose_other_recipients_hang_the_next_emergency_is_told_in_the_same_pass(
    ward, http_sink, monkeypatch, many
):
    """Their paths hang, and its path answers; the far end is the same. It is the last in turn."""
    http_sink.hanging = "/dead"
    if many == 6:
        monkeypatch.setattr(sender, "_DEADLINE", sender.timedelta(seconds=2.5))
        monkeypatch.setattr(sender, "_HASTY", 0.5)
        monkeypatch.setattr(tries, "_PATIENT", 0.5)
        monkeypatch.setattr(sender, "_BUDGET", 1.0)
        monkeypatch.setattr(sender, "_ROUND", 2.0)  # over when the first three have ended
    at = datetime.now(UTC) - timedelta(hours=1)  # noqa: TID251  # a pass without --now takes no other
    begun = [at] * many + [at + timedelta(minutes=1)]
    ward.load(*(patient_lines(f"P-{n:02}", fever(on.isoformat())) for n, on in enumerate(begun)))
    for n in range(many):
        ward.contact(http_sink.url.replace("/hook", f"/dead{n}"), f"P-{n:02}", name=f"N{n}")
    ward.contact(http_sink.url, f"P-{many:02}", name="Z")

    ward.monitor("tick")

    told = {one["recipient"] for one in ward.outbox("sent") if one["urgency"] != "routine"}
    assert told == {"Z"}


def connect_within(connect, host: str, port: int, _: float):
    return connect(host, port, 1.5)


@pytest.fixture
def short(monkeypatch):
    """Waits of a few hundredths of a second, where the true ones are of seconds."""
    monkeypatch.setattr(bounded, "connect", partial(connect_within, bounded.connect))
    for name, seconds in (("_SLOW", 0.2), ("_PATIENT", 0.2), ("_IMPATIENT", 0.01)):
        monkeypatch.setattr(tries, name, seconds)


def many_dead(ward, start, many: int):
    """Give so many patients a nurse each, behind relays that differ and all drip for ever."""
    sinks = [start(Endless, first=b"220-", again=b"x", pause=0.05) for _ in range(many)]
    ward.load(*(patient_lines(f"P-{n}", fever(FEVER)) for n in range(many + 1)))
    for n, sink in enumerate(sinks):
        url = f"smtp://127.0.0.1:{sink.port}/?from=a@example.org&to=n@example.org"
        ward.contact(url, f"P-{n}", name=f"N{n}")
    return sinks


FEVER = "2023-01-20T08:00:00+00:00"


@pytest.mark.parametrize("many", [14, pytest.param(40, marks=pytest.mark.faults)])
def test_behind_many_dead_relays_another_patients_emergency_is_told_in_the_same_pass(
    ward, start, short, http_sink, many, monkeypatch
):
    held, at_once = tries.Tries.hold, []

    def hold(self, one):
        ended = held(self, one)
        at_once.append(len(self._held))
        return ended

    monkeypatch.setattr(tries.Tries, "hold", hold)  # looked on: their end sees late what we closed
    sinks = many_dead(ward, start, many)
    ward.contact(http_sink.url, f"P-{many}", name="Z")
    Endless.most = 0

    ward.tick(FEVER, code=None)

    assert ("febrile-neutropenia", "Z") in {
        (one["rule"], one["recipient"]) for one in ward.outbox("sent")
    }
    assert [sink.heard for sink in sinks] == [1] * many
    assert max(at_once) <= 12
    assert Endless.most > 6  # together and not one after the other
    if many == 14:
        assert Endless.most <= 12 + 1  # one is just ending
    assert "attempt" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.faults
def test_a_round_that_failures_cost_too_much_ends_and_the_next_begins_with_who_was_not_tried(
    ward, start, short, monkeypatch, http_sink
):
    monkeypatch.setattr(sender, "_BUDGET", 0.1)
    monkeypatch.setattr(sender, "_ROUND", 0.1)
    sinks = many_dead(ward, start, 6)
    ward.tick(FEVER, code=None)
    heard = [sink.heard for sink in sinks]
    assert 0 < sum(heard) < 6
    ward.contact(http_sink.url, "P-6", name="Z")

    for minute in range(6, 60, 9):
        ward.tick(f"2023-01-20T08:{minute:02}:00+00:00", code=None)

    assert min(sink.heard for sink in sinks) >= 1
    assert ("febrile-neutropenia", "Z") in {
        (one["rule"], one["recipient"]) for one in ward.outbox("sent")
    }


def test_who_answers_slowly_is_sent_all_and_not_taken_for_dead(ward, short, http_sink):
    http_sink.delay = 0.3
    ward.load(*(patient_lines(f"P-{n}", fever(FEVER)) for n in range(3)))
    for n in range(3):
        ward.contact(http_sink.url, f"P-{n}", name=f"N{n}")

    ward.tick(FEVER)
    ward.tick("2023-01-20T08:00:02+00:00")

    told = [one for one in ward.outbox("sent") if one["rule"] == "febrile-neutropenia"]
    assert len(told) == 3
    assert len({request["body"]["key"] for request in http_sink.requests}) == len(
        http_sink.requests
    )
