"""Several senders at once, senders that stall, far ends whose answer is lost; writers beside all.

Each message is sent by one sender; only one whose outcome nobody knows is sent again, under the
same key. By default 1,500 fault-free sends; 10,000 with MONITOR_FAULTS=all.
"""

import signal
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from monitor.commands.options import now
from tests.delivery.sinks import HttpSink, SmtpSink
from tests.faults.clinics import (
    DAY,
    LINES,
    a_nurse_each,
    build,
    due_today,
    key_of,
    many,
    messages,
    sink_process,
    tick,
    told_over,
)
from tests.faults.test_service_killed import service
from tests.faults.tracing import EVERYTHING, ROOT, program, run, surroundings

pytestmark = pytest.mark.faults

SENDS = 10_000 if EVERYTHING else 1_000
WRITTEN = 25 if EVERYTHING else 5  # by each of eight writers


@pytest.fixture
def http_sink():
    sink = HttpSink()
    yield sink
    sink.stop()


@pytest.fixture
def smtp_sink():
    sink = SmtpSink()
    yield sink
    sink.stop()


def taken_by(sink: HttpSink | SmtpSink) -> Counter[str]:
    taken = sink.requests if isinstance(sink, HttpSink) else sink.messages
    return Counter(key_of(one) for one in list(taken))


def wait_for(what, *, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.005)


def begin_tick(url: str, minutes: float = 0) -> subprocess.Popen[str]:
    moment = DAY + timedelta(minutes=minutes)
    return subprocess.Popen(
        program("tick", "--now", moment.isoformat()),
        cwd=ROOT,
        env=surroundings(url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_without_faults_nothing_is_repeated(tmp_path):
    path = tmp_path / "clinic.db"
    with sink_process(tmp_path) as sink:
        url = build(path, many(SENDS), a_nurse_each(SENDS, sink.url))
        began = time.monotonic()
        done = tick(url, timeout=3000)
        took = time.monotonic() - began
        assert (done.returncode, done.stderr) == (0, "")
        again = tick(url, 5)
        assert "0 messages queued, 0 sent" in again.stdout
        taken = sink.keys()
    found = messages(path)
    assert set(taken) == set(found)
    assert set(taken.values()) == {1}
    assert all(one.tries == ["sent"] for one in found.values())
    print(f"\n{len(found)} sends without faults: 0 lost, 0 repeats; {took:.0f} s")
    assert len(found) == SENDS


@pytest.mark.parametrize("senders", [2, 5])
def test_several_senders_at_once_send_each_message_once(tmp_path, senders):
    """A sender has one message in hand; the sink answers nobody until each of them has one."""
    path, each = tmp_path / "clinic.db", 600 if EVERYTHING else 100
    with sink_process(tmp_path, together=senders) as sink:
        url = build(path, many(each), a_nurse_each(each, sink.url))
        running = [begin_tick(url) for _ in range(senders)]
        said = [one.communicate(timeout=600) for one in running]
        # Where the others are slow to begin, the first waits for its answer, and puts a few off:
        # their clocks stand still, so that these are sent in the pass of a minute later.
        rest = tick(url, 2)
        taken = sink.keys()
    assert [one.returncode for one in running] == [0] * senders, said
    assert all(err == "" for _, err in said), said
    found = messages(path)
    unsent = [one for one in found.values() if (one.state, one.tries) != ("sent", ["sent"])]
    assert not unsent
    assert taken == dict.fromkeys(found, 1)
    sent = [int(out.partition(" queued, ")[2].partition(" sent")[0]) for out, _ in said]
    late = int(rest.stdout.partition(" queued, ")[2].partition(" sent")[0])
    assert sum(sent) + late == each
    assert min(sent) > 0, "one of them came too late to do anything"
    print(f"\n{senders} senders at once, {each} messages: each once, {sent} by each")


@pytest.mark.parametrize("second_arrives", [True, False])
def test_a_stalled_sender_does_not_overwrite_the_one_that_took_over(
    tmp_path, http_sink, second_arrives
):
    """The first is stopped with a message in hand that the sink has taken; see the states after."""
    path = tmp_path / "clinic.db"
    url = build(path, LINES, told_over(http_sink.url))
    http_sink.may_answer.clear()
    first = begin_tick(url)
    wait_for(lambda: len(http_sink.requests) == 1)
    first.send_signal(signal.SIGSTOP)
    http_sink.may_answer.set()
    wait_for(lambda: http_sink.answers == 1)
    in_hand = next(iter(taken_by(http_sink)))
    assert messages(path)[in_hand].state == "sending"

    early = tick(url, 1)  # the lease has not run out
    assert early.returncode == 1  # what is urgent has not arrived
    assert taken_by(http_sink)[in_hand] == 1
    http_sink.status = 200 if second_arrives else 500
    second = tick(url, 11)
    assert second.returncode == (0 if second_arrives else 1)
    taken_over = messages(path)[in_hand]
    assert taken_over.token == 2

    first.send_signal(signal.SIGCONT)
    _, err = first.communicate(timeout=120)
    assert first.returncode == (0 if second_arrives else 1), err  # urgent, and not arrived
    after = messages(path)[in_hand]
    assert (after.state, after.token) == (taken_over.state, taken_over.token)
    assert after.tries == ["sent", "sent" if second_arrives else "unknown"]

    http_sink.status = 200
    assert tick(url, 25).returncode == 0
    taken, found = taken_by(http_sink), messages(path)
    assert set(taken) == set(found)
    assert {one.state for one in found.values()} == {"sent"}
    assert taken.pop(in_hand) == len(found[in_hand].tries)
    # what the first held without having tried it, it left to the one that took it over
    assert set(taken.values()) == {1 if second_arrives else 2}


@pytest.mark.parametrize(("kind", "manner"), [("http", "late"), ("http", "drop"), ("smtp", "drop")])
def test_where_the_answer_is_lost_the_same_key_comes_again(request, tmp_path, kind, manner):
    sink = request.getfixturevalue(f"{kind}_sink")
    path = tmp_path / "clinic.db"
    url = build(path, LINES, told_over(sink.url))
    if manner == "late":
        sink.delay = 11.0  # a try waits for ten
    else:
        sink.manner = "drop"
    assert tick(url).returncode == 1
    first = taken_by(sink)
    assert set(first.values()) == {1}
    assert {one.state for one in messages(path).values()} == {"owed"}

    sink.delay, sink.manner = 0.0, "answer"
    assert tick(url, 7).returncode == 0
    taken, found = taken_by(sink), messages(path)
    assert set(taken) == set(found)
    assert len(taken) == 6
    assert {one.state for one in found.values()} == {"sent"}
    assert all(times == 1 + (key in first) for key, times in taken.items())
    print(f"\n{kind}, {manner}: {len(first)} taken without an answer, the same keys again")


def test_writers_service_and_backups_do_not_hinder_each_other(tmp_path):
    path, log, patients = tmp_path / "clinic.db", tmp_path / "log", 150
    stop = threading.Event()
    backups: list[subprocess.CompletedProcess[str]] = []

    def back_up(url: str) -> None:
        while not stop.is_set():
            backups.append(run(["db", "backup", str(tmp_path / f"b{len(backups)}.db")], url))

    def write(writer: int) -> list[subprocess.CompletedProcess[str]]:
        day = (now() - timedelta(days=3)).date()
        return [
            run(
                f"result log S-{1 + writer * WRITTEN + n:05d} neutrophils 2.5 10*9/L "
                f"--on {day} --by writer-{writer}".split(),
                url,
            )
            for n in range(WRITTEN)
        ]

    with sink_process(tmp_path) as sink:
        url = due_today(path, patients + 8 * WRITTEN, sink.url)
        with service(url, log) as running, ThreadPoolExecutor(9) as pool:
            backing = pool.submit(back_up, url)
            try:
                done = [one for some in pool.map(write, range(8)) for one in some]
            finally:
                stop.set()
            backing.result()
            wait_for(lambda: messages(path))
            wait_for(
                lambda: {one.state for one in messages(path).values()} <= {"sent", "withdrawn"},
                seconds=600,
            )
            running.send_signal(signal.SIGTERM)
            assert running.wait(120) == 0
        taken = sink.keys()

    assert [(one.returncode, one.stderr) for one in done if one.returncode] == []
    assert [(one.returncode, one.stderr) for one in backups if one.returncode] == []
    said = log.read_text() + "".join(one.stderr for one in (*done, *backups))
    assert "locked" not in said
    assert "failed:" not in said
    assert "the clock" not in said
    assert set(taken.values()) == {1}
    sent = {key for key, one in messages(path).items() if one.state == "sent"}
    assert set(taken) == sent
    assert run(["db", "verify"], url).returncode == 0
    print(
        f"\n8 writers, {len(done)} facts, {len(backups)} backups, the service sent {len(sent)}: "
        f"nobody was refused, each message once"
    )
