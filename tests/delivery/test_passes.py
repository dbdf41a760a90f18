"""Passes after something went wrong in the one before."""

import json
import resource
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.bootstrap import telling
from monitor.delivery import sender
from monitor.service.operating import refresh
from monitor.store import projection
from monitor.store.engine import writing
from tests import behind, postgresql
from tests.delivery.sinks import HttpSink

DAY = datetime(2023, 1, 20, 10, tzinfo=UTC)  # ten days after the infusion a blood count is due
LINES = [
    {"kind": "patient", "id": "P-1", "sex": "female", "born": "1993-04-02", "timezone": "UTC"},
    {"kind": "course", "patient": "P-1", "protocol": "example", "on": "2023-01-03"}
    | {"facts": {"prior_mitoxantrone_mg_m2": "0"}},
    {"kind": "infusion", "patient": "P-1", "on": "2023-01-10", "dose_mg": "18", "bsa_m2": "1.5"},
]


@pytest.fixture
def clinic(monitor, tmp_path, http_sink):
    """One patient whose nurse is told over HTTP."""
    file = tmp_path / "lines.jsonl"
    file.write_text("\n".join(map(json.dumps, LINES)), encoding="utf-8")
    assert monitor(f"import {file}")[0] == 0
    assert monitor(f"contact add P-1 --role nurse --name N --channel {http_sink.url}")[0] == 0
    return monitor


@pytest.fixture
def change(database):
    """Change the database behind the program's back."""

    def execute(statement: str) -> None:
        behind.change(database, statement)

    return execute


def keys(sink: HttpSink) -> list[str]:
    return [one["body"]["key"] for one in sink.requests]


def test_whose_sender_died_before_the_quiet_hours_waits_for_the_morning(
    clinic, change, http_sink, monkeypatch
):
    http_sink.status = 500
    assert clinic(f"tick --now {DAY.isoformat()}")[0] == 1
    change("UPDATE message SET state = 'sending', next_at = '2023-01-20T10:02:00+00:00'")
    http_sink.status = 200
    looks = []

    def counted(*arguments, **options):
        looks.append(arguments)
        assert len(looks) < 10, "looks for messages without end"
        return waiting(*arguments, **options)

    waiting = sender.lease.waiting
    monkeypatch.setattr(sender.lease, "waiting", counted)

    assert clinic("tick --now 2023-01-20T20:30:00Z")[0] == 0
    assert len(http_sink.requests) == 1
    assert clinic("tick --now 2023-01-21T09:00:00Z")[0] == 0
    assert len(http_sink.requests) == 2
    assert len(set(keys(http_sink))) == 1


def test_a_try_is_written_down_whose_sender_began_after_the_candidates_were_listed_and_died(
    clinic, change, monkeypatch
):
    leased = "UPDATE message SET state = 'sending', token = 1, tries = 1, next_at = '{}'"
    moment = DAY - timedelta(minutes=1)  # the lease has run out

    def take_late(self, waiting):
        change(leased.format(moment.isoformat(timespec="microseconds")))
        return take(self, waiting)

    take = sender._Sender._take
    monkeypatch.setattr(sender._Sender, "_take", take_late)

    assert clinic(f"tick --now {DAY.isoformat()}")[0] == 0

    (told,) = json.loads(clinic("outbox --json")[1])["reminders"]
    assert [one["outcome"] for one in told["attempts"]] == ["unknown", "sent"]


@postgresql.sqlite_only
def test_a_full_disk_is_no_fault_of_the_patients(clinic, database, http_sink):
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))  # no room for the journal

    full = subprocess.run(
        [sys.executable, "-B", "-m", "monitor", "tick", "--now", DAY.isoformat(), "--db", database],
        preexec_fn=limited,
        capture_output=True,
        text=True,
    )
    assert full.returncode == 3
    assert full.stderr == f"monitor: the database {database} did not do it: disk I/O error\n"

    assert clinic(f"tick --now {(DAY + timedelta(minutes=1)).isoformat()}")[0] == 0
    assert len(http_sink.requests) == 1


def test_whose_day_has_not_begun_is_kept_up_once_it_has_and_only_once(
    monitor, database, tmp_path, monkeypatch
):
    lines = [
        {**line, "timezone": "America/Los_Angeles"} if "id" in line else line for line in LINES
    ]
    file = tmp_path / "west.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert monitor(f"import {file}")[0] == 0
    monkeypatch.setattr(refresh, "_AT_ONCE", 1)
    behind.change(database, "UPDATE treatment SET look_at = ''")
    kept_up = []

    def counted(*arguments, **options):
        kept_up.append(arguments)
        assert len(kept_up) < 10, "without end"
        return refresh_some(*arguments, **options)

    refresh_some = refresh.refresh_some
    monkeypatch.setattr(refresh, "refresh_some", counted)
    with telling(database) as (engine, _):
        with writing(engine) as connection:
            there = datetime(2023, 1, 20, 12, tzinfo=UTC)
            refresh_some(connection, ["P-1"], now=there)
            one = projection.read(connection, "P-1")[-1]  # the drug, after the watch
        assert (one.next_look, one.look_at) == (
            date(2023, 1, 21),
            datetime(2023, 1, 21, 8, tzinfo=UTC),
        )
        refresh.upkeep(engine, one.look_at - timedelta(seconds=1))
        assert len(kept_up) == 0
        refresh.upkeep(engine, one.look_at)
    assert len(kept_up) == 1


def test_a_key_that_may_have_arrived_never_means_another_message(clinic, tmp_path, http_sink):
    """Who drops repeats would drop it."""
    http_sink.manner = "drop"
    assert clinic(f"tick --now {DAY.isoformat()}")[0] == 1
    http_sink.manner = "answer"
    for code, value in (("neutrophils", 3), ("platelets", 200)):  # it is done
        done = f"result log P-1 {code} {value} 10*9/L --on 2023-01-19"
        assert clinic(done)[0] == 0
    other = tmp_path / "other.jsonl"
    lines = [LINES[0] | {"id": "P-2"}, *(line | {"patient": "P-2"} for line in LINES[1:])]
    other.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert clinic(f"import {other}")[0] == 0
    assert clinic(f"contact add P-2 --role nurse --name N --channel {http_sink.url}")[0] == 0

    assert clinic("tick --now 2023-01-20T10:05:00Z")[0] == 0
    assert clinic("tick --now 2023-01-21T10:05:00Z")[0] == 0
    found = json.loads(clinic("outbox --json")[1])["reminders"]
    told = {one["key"] for one in found if one["patient"] == "P-2" and one["state"] == "sent"}
    assert len(keys(http_sink)) == 2
    assert told == {keys(http_sink)[1]}
    assert keys(http_sink)[0] != keys(http_sink)[1]


def test_what_was_taken_back_and_is_true_again_is_told_again(clinic, http_sink):
    assert clinic("result log P-1 neutrophils 0.4 10*9/L --on 2023-01-18")[0] == 0
    assert clinic("tick --now 2023-01-19T10:00:00Z")[0] == 0
    assert keys(http_sink)
    event = 6  # the contact is the fifth
    for value, words in (("3.0", "no longer applies"), ("0.4", "today"), ("3.1", "no longer")):
        code, _, err = clinic(f"correct {event} --value {value} --reason reread --by A")
        assert code == 0, err
        event += 1
        http_sink.requests.clear()
        assert clinic(f"tick --now 2023-01-19T1{event}:00:00Z")[0] == 0
        assert clinic(f"tick --now 2023-01-19T1{event}:30:00Z")[0] == 0
        urgent = [one["body"] for one in http_sink.requests if one["body"]["urgency"] != "routine"]
        assert len(urgent) == 1, value
        assert words in urgent[0]["body"]
