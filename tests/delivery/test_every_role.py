"""R20, R21: each role dead alone, all of them, in every way that a channel fails; a day of that.

Every day each role is dead in one of the ways; with the marker `faults` in all of them.
"""

import subprocess
import sys
from datetime import timedelta
from functools import partial
from itertools import pairwise

import pytest

from monitor.delivery.channels import bounded
from tests.delivery.sinks import HttpSink
from tests.delivery.test_undelivered import (
    DEAD,
    FEVER,
    KINDS,
    ROLES,
    connect_within,
    passes,
    told,
)
from tests.delivery.ward import fever, patient_lines

SAYS = "febrile-neutropenia"
EVERY = [*KINDS, "hangs", "drips", "Apprise cannot"]
NEXT = dict(pairwise(ROLES)) | {"pharmacist": "nurse"}
EVERY_DAY = {"patient": "says 500", "nurse": "drips", "prescriber": "refuses"}


@pytest.fixture
def bad(start, certificate, monkeypatch):
    """Give the URL of a channel that fails in one way: bad(KIND)."""
    limit = partial(connect_within, bounded.connect, 0.3)  # instead of ten seconds
    monkeypatch.setattr(bounded, "connect", limit)

    def fail(kind: str) -> str:
        if kind == "refuses":
            return DEAD
        sink = start(HttpSink, certificate=certificate if kind == "no TLS" else None)
        sink.manner = {"drops": "drop", "hangs": "hang", "drips": "drip"}.get(kind, "answer")
        sink.status = int(kind[-3:]) if kind.startswith("says ") else 500
        sink.headers = {"Retry-After": "3600"} if kind == "says 429" else {}
        return sink.url.replace("webhook+http", "json") if kind == "Apprise cannot" else sink.url

    return fail


def tries(ward) -> dict[str, int]:
    owed = [one for one in ward.outbox("owed") if one["rule"] == SAYS]
    return {one["recipient"]: len(one["attempts"]) for one in owed}


def ways(everyday: dict[str, str]):
    return [
        pytest.param(role, kind, marks=[] if everyday.get(role) == kind else pytest.mark.faults)
        for role in everyday
        for kind in EVERY
    ]


@pytest.mark.parametrize(("dead", "kind"), ways(EVERY_DAY))
def test_where_one_role_alone_is_dead_the_next_hears_within_eleven_minutes_that_it_is(
    ward, bad, http_sink, dead, kind
):
    ward.load(patient_lines("P-1", fever(FEVER.isoformat())))
    for role in ROLES:
        url = bad(kind) if role == dead else http_sink.url + role
        ward.contact(url, role=role, name=f"Who is {role}", private=role != "patient")

    passes(ward, 11, every=11)

    heard = [r for r in http_sink.requests if f"Who is {dead} could not" in r["body"]["body"]]
    assert [r["path"] for r in heard] == ["/hook" + NEXT[dead]]
    others = {role for role in ROLES[:3] if role != dead}  # who hear of an emergency by themselves
    assert {(SAYS, f"Who is {role}") for role in others} <= told(ward, "sent")
    assert (SAYS, f"Who is {dead}") in told(ward, "owed")


@pytest.mark.parametrize(("_", "kind"), ways({"everybody": "drops"}))
def test_where_everybody_is_dead_all_have_been_tried_and_no_signal_says_well(ward, bad, _, kind):
    ward.load(patient_lines("P-1", fever(FEVER.isoformat())))
    for role in ROLES:
        ward.contact(bad(kind), role=role, name=role)

    passes(ward, 33, every=11)
    last = ward.tick((FEVER + timedelta(minutes=34)).isoformat(), code=1)

    assert last["undelivered"] >= len(ROLES)
    assert told(ward, "owed") == {(SAYS, role) for role in ROLES}
    assert told(ward, "sent") == set()
    assert min(tries(ward).values()) >= 1
    assert not ward.ask("doctor")["well"]


def test_the_nurse_hears_in_ten_minutes_that_the_pharmacist_was_not_reached(ward, bad, http_sink):
    ward.load(patient_lines("P-1", fever(FEVER.isoformat())))
    ward.contact(bad("drops"), role="pharmacist", name="Ph")
    ward.contact(http_sink.url, role="nurse", private=True)
    hour = 60  # then the pharmacist is told of what nobody answered

    for minute in (0, hour, hour + 10):
        ward.tick((FEVER + timedelta(minutes=minute)).isoformat(), code=None)

    assert "Ph could not be reached" in http_sink.requests[-1]["body"]["body"]


@pytest.mark.parametrize(
    ("minutes", "kinds"),
    [
        (30, ["refuses", "drops", "says 500", "drips"]),
        pytest.param(24 * 60, EVERY, marks=pytest.mark.faults),
    ],
)
def test_a_day_of_retries_takes_no_thread_no_file_and_no_memory(
    ward, bad, http_sink, minutes, kinds, database
):
    ward.load(*(patient_lines(f"P-{n}", fever(FEVER.isoformat())) for n in range(len(kinds) + 1)))
    for n, kind in enumerate(kinds):
        ward.contact(bad(kind), f"P-{n}", name=kind)
    ward.contact(http_sink.url, f"P-{len(kinds)}", name="Z")
    program = [sys.executable, "-m", "tests.delivery.many_passes", database]

    every = "5" if minutes < 60 else "10"
    done = subprocess.run(
        [*program, FEVER.isoformat(), str(minutes), every],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    before, after = (list(map(int, line.split())) for line in done.stdout.splitlines())
    tried = tries(ward)
    print(f"\n{minutes} minutes: {sum(tried.values())} tries; {before}, then {after}")
    assert min(tried[kind] for kind in kinds) >= minutes // 20
    assert after[:2] == before[:2]  # threads and open files
    assert after[2] - before[2] < 10
    assert (SAYS, "Z") in told(ward, "sent")
