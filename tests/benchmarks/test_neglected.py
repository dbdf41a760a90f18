"""One neglected patient: a look costs so much a reminder, however many there are.

Nobody hears of anything: all reminders are owed, tried, and at an earlier stage than they would be
today. Four times as many may take four times as long.
"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, insert, select, update

from monitor import policy
from monitor.delivery.tick import reconcile_due
from monitor.service.recording.contacts import add_contact
from monitor.service.reminding.reconcile import Pass
from monitor.store import engine as database
from monitor.store import wakeups
from monitor.store.facts import moment_text
from monitor.store.seals import sealed
from monitor.store.tables import attempt, message, reminder
from tests.benchmarks.test_ratios import fill, new_clinic, report, seconds

NOW = datetime(2026, 11, 1, 14, 45, tzinfo=UTC)
POLICY = policy.load(None)
FEW, MANY = 25, 100  # nurses


def neglected(engine: Engine, nurses: int) -> int:
    """Fill a clinic with one patient whose nurses' channel takes nothing; counts the reminders."""
    fill(engine, 1)
    with database.writing(engine) as connection:
        for number in range(nurses):
            add_contact(
                connection, patient="S-000000", role="nurse", name=f"Nurse {number}",
                channel="console:", is_private=True, timezone=None, by=None, now=NOW,
            )  # fmt: skip
    look(engine, NOW)
    with database.writing(engine) as connection:
        connection.execute(update(message).values(tries=1, token=1))
        keys = connection.execute(select(message.c.key)).scalars().all()
        tried = {"token": 1, "at": moment_text(NOW), "channel": 0, "outcome": "unknown"}
        rows = [sealed(attempt, {**tried, "message": key, "error": "silent"}) for key in keys]
        connection.execute(insert(attempt), rows)
        return int(connection.execute(select(func.count()).select_from(reminder)).scalar_one())


def look(engine: Engine, now: datetime) -> None:
    with database.writing(engine) as connection:
        wakeups.wake_now(connection, "S-000000")
        found = reconcile_due(connection, Pass(policy=POLICY, now=now), limit=1)
        assert (found.patients, found.unusable) == (1, 0)


@pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(days=8)], ids=["same", "later"])
def test_a_look_at_a_neglected_patient(benchmark, tmp_path, later):
    few, many = new_clinic(tmp_path / "few.db"), new_clinic(tmp_path / "many.db")
    counted = [neglected(few, FEW), neglected(many, MANY)]
    reference = seconds(lambda: look(few, NOW + later), 3)
    benchmark.pedantic(lambda: look(many, NOW + later), rounds=3)
    when = f"{later.total_seconds() / 3600:.0f} h later"
    name = f"a look {when} at a patient with {counted[1]:,} reminders beside {counted[0]:,}"
    report(benchmark, name, benchmark.stats.stats.min, reference, f"{counted[1] / counted[0]:.0f}")
