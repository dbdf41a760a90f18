"""R21: no backup holds a pass up, however long it takes."""

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import policy
from monitor.bootstrap import backups
from monitor.commands import service
from monitor.delivery import heartbeat
from monitor.store import engine as store
from tests import postgresql
from tests.delivery.ward import fever, patient_lines


@pytest.fixture
def hanging(ward, database):
    """Have the folder of the backups hold a pipe where a file is written to; gives the pipe."""
    folder = Path(database.removeprefix("sqlite:///")).parent / "backups"
    folder.mkdir(mode=0o700)
    pipe = folder / "heads.txt"
    os.mkfifo(pipe)
    return pipe


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")  # noqa: TID251  # a service takes no other


@postgresql.sqlite_only
def test_while_a_backup_hangs_passes_go_on_and_the_service_ends(
    ward, database, hanging, http_sink, monkeypatch
):
    monkeypatch.setattr(backups, "_ENDS_SECONDS", 0.2)
    monkeypatch.setattr(heartbeat, "AT_LATEST", timedelta(seconds=1))  # of a minute
    ward.load(patient_lines("P-1"))
    ward.contact(http_sink.url)
    heard = []

    def drive() -> None:
        until = time.monotonic() + 30
        while not list(hanging.parent.glob("monitor-*.db")):  # it is there, and its head is not
            time.sleep(0.02)
            assert time.monotonic() < until
        ward.add("P-1", fever(now()))
        while not heard and time.monotonic() < until:
            heard.extend(r for r in http_sink.requests if r["body"]["urgency"] != "routine")
            time.sleep(0.02)

    def drive_and_stop() -> None:
        try:
            drive()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            if not heard:  # it does hold passes up: let it go, so that this test ends
                os.open(hanging, os.O_RDONLY | os.O_NONBLOCK)

    old = [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)]
    engine = store.open_engine(store.parse_url(database))
    driver = threading.Thread(target=drive_and_stop)
    driver.start()
    try:
        service.serve(engine, policy.load(None), database)
        still = [one for one in threading.enumerate() if one.name == "backup"]
    finally:
        driver.join()
        for sign, handler in zip((signal.SIGTERM, signal.SIGINT), old, strict=True):
            signal.signal(sign, handler)
        engine.dispose()

    assert heard
    assert len(still) == 1  # it hangs to the end
    with hanging.open("rb"):  # lets it go
        still[0].join(10)
