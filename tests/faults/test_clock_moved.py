"""R22: the clock of the whole machine jumps under a real `monitor run`; an emergency is heard.

A library loaded before the others (`clock.c`) moves the clock of the service and of who records;
true time goes on. Every jump has a clinic and a service of its own, all at once.
"""

import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.delivery.sinks import HttpSink
from tests.faults.clinics import build
from tests.faults.tracing import ROOT, program, run, surroundings

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler, to move the clock"),
]

JUMPS = {
    "an hour back": timedelta(hours=-1),
    "a day back": timedelta(days=-1),
    "a year back": timedelta(days=-365),
    "a year on": timedelta(days=365),
    "20 seconds back": timedelta(seconds=-20),
}
HEARD = 60 + 30  # seconds of true time: until a pass begins, and for a pass beside four others


class Clinic:
    """One patient, whose nurse is told over a sink; a service; and the clock of both."""

    def __init__(self, folder: Path, library: Path) -> None:
        folder.mkdir()
        self.sink = HttpSink()
        self._moved = folder / "moved"
        self._moved.write_text("0")
        patient = {"kind": "patient", "id": "P-1", "timezone": "UTC"}
        told = [("P-1", "nurse", "Ward 3", self.sink.url)]
        self._url = build(folder / "clinic.db", [patient], told)
        self._clock = {"LD_PRELOAD": str(library), "CLOCK_MOVED": str(self._moved)}
        self._log = folder / "log"
        with self._log.open("w") as log:
            self.service = subprocess.Popen(
                program("run"), cwd=ROOT, env=surroundings(self._url, **self._clock),
                stdout=log, stderr=log,
            )  # fmt: skip

    def is_served(self) -> bool:
        return "the last full pass" in run(["doctor"], self._url, **self._clock).stdout

    def jump_and_record(self, by: timedelta) -> float:
        """Move the clock, record a fever by it; gives the true time at which that was done."""
        self._moved.write_text(str(int(by.total_seconds())))
        at = datetime.now(UTC) + by - timedelta(minutes=1)  # noqa: TID251  # the moved clock's now
        typed = [
            "symptom",
            "log",
            "P-1",
            "fever",
            "39.2",
            "Cel",
            "--at",
            f"{at:%Y-%m-%dT%H:%M:%SZ}",
        ]
        done = run(typed, self._url, **self._clock)
        assert done.returncode == 0, done.stderr
        return time.monotonic()

    def is_heard(self) -> bool:
        return any(one["body"]["urgency"] != "routine" for one in list(self.sink.requests))

    def said(self) -> str:
        return self._log.read_text()


@pytest.fixture
def clinics(tmp_path):
    library = tmp_path / "clock.so"
    source = Path(__file__).with_name("clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    begun = {}
    try:
        for what in JUMPS:
            begun[what] = Clinic(tmp_path / what, library)
        yield begun
    finally:
        for clinic in begun.values():
            clinic.service.kill()
            clinic.service.wait()
            clinic.sink.stop()


def test_an_emergency_is_heard_within_a_minute_and_a_pass_wherever_the_clock_jumped(clinics):
    until = time.monotonic() + 120
    for clinic in clinics.values():
        while not clinic.is_served():
            assert time.monotonic() < until, clinic.said()
            time.sleep(1)

    recorded = {what: clinic.jump_and_record(JUMPS[what]) for what, clinic in clinics.items()}
    heard: dict[str, float] = {}
    while len(heard) < len(clinics) and time.monotonic() < max(recorded.values()) + HEARD:
        for what, clinic in clinics.items():
            if what not in heard and clinic.is_heard():
                heard[what] = time.monotonic() - recorded[what]
        time.sleep(0.2)

    assert set(heard) == set(JUMPS)
    assert max(heard.values()) <= HEARD
    for clinic in clinics.values():
        clinic.service.terminate()
        assert clinic.service.wait(20) == 0
        assert "Traceback" not in clinic.said()
    assert "the clock went back" in clinics["a year back"].said()  # it did jump
    took = ", ".join(f"{what} {seconds:.0f} s" for what, seconds in heard.items())
    print(f"\n{len(heard)} jumps of the clock, each heard: {took}")
