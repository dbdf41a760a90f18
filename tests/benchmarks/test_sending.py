"""Sending as ratios in one run; see `test_ratios.py` and docs/performance.md."""

import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, sleep

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine, func, insert, select

from monitor import policy
from monitor.delivery.tick import tick
from monitor.domain.outcome import Role, Urgency
from monitor.domain.reminders.message import Message, Via
from monitor.service.recording import imports
from monitor.store import engine as database
from monitor.store import heartbeats, lease, owing
from monitor.store.facts import moment_text
from monitor.store.heartbeats import Heartbeat
from monitor.store.tables import contact, look, reminder
from tests.benchmarks.one_job_each import add, scheduler
from tests.benchmarks.test_ratios import fill, new_clinic, report, seconds, seed
from tests.faults.clinics import SinkProcess, sink_process

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
POLICY = policy.load(None)
MESSAGES = 300
DUE = int(os.environ.get("BENCHMARK_DUE", "2000"))  # the page has the figures for 10,000
STAFF = ("nurse", "prescriber", "pharmacist")


def test_leasing_and_settling_beside_the_bare_driver(benchmark, tmp_path):
    engine = new_clinic(tmp_path / "clinic.db")
    fill(engine, 1)
    keys = [f"{number:032d}" for number in range(MESSAGES)]
    with database.writing(engine) as connection:
        for key in keys:
            owe_one(connection, key)
    bare = sqlite3.connect(tmp_path / "bare.db", isolation_level=None)
    with sqlite3.connect(tmp_path / "clinic.db") as filled:
        filled.backup(bare)
    bare.execute("PRAGMA journal_mode=TRUNCATE")  # as ours
    bare.execute("PRAGMA synchronous=FULL")

    def ours() -> None:
        for key in keys:
            with database.writing(engine) as connection:
                (leased,) = lease.lease(connection, [key], NOW)
            with database.writing(engine) as connection:
                lease.settle(connection, leased, at=NOW)

    def reference() -> None:
        for key in keys:
            bare.execute("BEGIN IMMEDIATE")
            (token,) = bare.execute(
                "UPDATE message SET state='sending', token=token+1, tries=tries+1, next_at=? "
                "WHERE key=? AND state IN ('owed','sending') AND next_at<=? RETURNING token",
                (moment_text(NOW + lease.LEASE), key, moment_text(NOW)),
            ).fetchone()
            bare.execute(
                "SELECT stage, since, words FROM reminder WHERE message=?", (key,)
            ).fetchall()
            bare.execute("COMMIT")
            bare.execute("BEGIN IMMEDIATE")
            bare.execute(
                "INSERT INTO attempt (message, token, at, channel, outcome) "
                "VALUES (?, ?, ?, 0, 'sent')",
                (key, token, moment_text(NOW)),
            )
            bare.execute(
                "UPDATE message SET state='sent', next_at='' "
                "WHERE key=? AND token=? AND state='sending'",
                (key, token),
            )
            bare.execute("COMMIT")

    without = seconds(reference, 1)
    benchmark.pedantic(ours, rounds=1)
    report(
        benchmark,
        "lease and settle, beside the bare driver",
        benchmark.stats.stats.min,
        without,
        "2.5",
    )


def owe_one(connection, key: str) -> None:
    wanted = Message(
        key=key,
        role=Role.NURSE,
        recipient="Nurse",
        address=key,
        channels=(Via(url="console:", is_private=False),),
        zone="UTC",
        urgency=Urgency.ROUTINE,
        rank=10,
        due_at=NOW,
        next_at=NOW,
    )
    owing.write(connection, wanted)
    owing.owe(
        connection,
        key,
        {
            "identity": key,
            "message": key,
            "patient": "S-000000",
            "drug": "",
            "rule": "rule",
            "occurrence": 1,
            "anchor": 1,
            "stage": "due",
            "repeat": 0,
            "since": "2026-11-02",
            "planned_on": "2026-11-02",
            "owed_at": moment_text(NOW),
            "known": 1,
            "words": "",
        },
    )


def test_a_tick_with_nothing_to_do_in_a_large_clinic_beside_a_small_one(benchmark, tmp_path):
    small, large = (new_clinic(tmp_path / f"{size}.db") for size in ("small", "large"))
    for engine, courses in ((small, 1_000), (large, 100_000)):
        seed(engine, courses)
        rest(engine, courses)
        assert tick(engine, POLICY, lambda: NOW).patients == 1  # the one that is real
        assert tick(engine, POLICY, lambda: NOW).patients == 0

    reference = seconds(lambda: tick(small, POLICY, lambda: NOW), 20)
    benchmark.pedantic(lambda: tick(large, POLICY, lambda: NOW), rounds=20)

    report(
        benchmark,
        "a tick with nothing to do, 100,000 courses beside 1,000, stored checks only",
        benchmark.stats.stats.min,
        reference,
        "1.5",
    )


def rest(engine, courses: int) -> None:
    """Give every course a contact, and nothing to be told before next year."""
    with database.writing(engine) as connection:
        for first in range(0, courses, 5_000):
            some = [f"T-{n:06d}" for n in range(first, min(first + 5_000, courses))]
            later = moment_text(NOW + timedelta(days=400))
            connection.execute(
                insert(look), [{"patient": who, "next_at": later, "known": 0} for who in some]
            )
            connection.execute(insert(contact), [contact_row(who, "console:") for who in some])
        heartbeats.keep(connection, Heartbeat(at=NOW, policy=POLICY.digest))


def contact_row(
    who: str, channel: str, *, role: str = "nurse", name: str | None = None
) -> dict[str, object]:
    return {
        "patient": who,
        "role": role,
        "name": name or f"{role} of {who}",
        "channel": channel,
        "private": 0,
        "added_at": moment_text(NOW),
    }


def somebody_each(url: str) -> list[dict[str, object]]:
    """Name one nurse for every patient, each of whom is told three things in one message."""
    return [contact_row(f"D-{number:06d}", url) for number in range(DUE // 3)]


def a_clinic(url: str) -> list[dict[str, object]]:
    """Name the patient and the same three of the staff: nine reminders a patient."""
    return [
        contact_row(f"D-{number:06d}", url, role=role, name=name)
        for number in range(DUE // 9)
        for role, name in (("patient", None), *((staff, f"the {staff}") for staff in STAFF))
    ]


@pytest.mark.parametrize("told", [somebody_each, a_clinic])
def test_many_due_at_one_instant_beside_one_scheduled_job_each(benchmark, tmp_path, told):
    with sink_process(tmp_path) as sink:
        engine = new_clinic(tmp_path / "clinic.db")
        fill_due(engine, told(sink.url))
        begin = perf_counter()
        night = NOW - timedelta(hours=8)
        messages = tick(engine, POLICY, lambda: night).queued  # as jobs are added before
        owing_took = perf_counter() - begin
        due = reminders_in(engine)
        begin = perf_counter()
        ticked = benchmark.pedantic(tick, args=(engine, POLICY, lambda: NOW), rounds=1)
        ours = perf_counter() - begin
        assert ticked.sent == messages == len(sink.keys())
        assert due >= 0.99 * DUE

        adding_took, theirs = one_job_each(due, tmp_path, sink)

    print(
        f"\n{told.__name__}: {due} reminders in {messages} messages: ours {due / ours:.0f}/s "
        f"({messages / ours:.0f} messages/s; planning and owing the night before "
        f"{owing_took:.0f} s), one job each {due / theirs:.0f}/s (adding {adding_took:.0f} s)"
    )
    report(
        benchmark,
        f"one job a reminder, beside ours, many due at one instant, {told.__name__}",
        theirs,
        ours,
        "at least 3",
    )


def one_job_each(due: int, folder: Path, sink: SinkProcess) -> tuple[float, float]:
    """Send as many by scheduled jobs; gives the seconds for adding them and for firing them."""
    jobs = scheduler(BackgroundScheduler, str(folder / "jobs.db"))
    jobs.start(paused=True)
    before = len(sink.keys())
    begin = perf_counter()
    add(jobs, sink.url, due)
    adding_took = perf_counter() - begin
    begin = perf_counter()
    jobs.resume()
    while len(sink.keys()) - before < due:
        assert perf_counter() - begin < 900
        sleep(0.2)
    firing_took = perf_counter() - begin
    jobs.shutdown(wait=True)
    return adding_took, firing_took


def reminders_in(engine: Engine) -> int:
    with database.reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(reminder)).scalar_one()


def fill_due(engine: Engine, contacts: list[dict[str, object]]) -> None:
    """Fill a clinic in which a blood count is due, with whom to tell of it."""
    lines = []
    for who in sorted({str(row["patient"]) for row in contacts}):
        lines.append(f'{{"kind":"patient","id":"{who}","sex":"male"}}')
        lines.append(
            f'{{"kind":"course","patient":"{who}","protocol":"mitoxantrone-ms-us","on":"2026-10-01"}}'
        )
        lines.append(
            f'{{"kind":"infusion","patient":"{who}","on":"2026-10-20","dose_mg":"20","bsa_m2":"1.7"}}'
        )
    with database.writing(engine) as connection:
        imports.import_lines(connection, "many", lines, now=NOW)
        connection.execute(insert(contact), contacts)
