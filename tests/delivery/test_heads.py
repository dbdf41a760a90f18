"""The head of the record, kept outside of it, shows what was changed or cut off since."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from monitor.bootstrap.backups import ScheduledBackups
from monitor.bootstrap.policy_in_use import PolicyInUse
from monitor.policy import load
from monitor.store import engine as store
from monitor.store.chain import COLUMNS, chained
from tests import postgresql
from tests.behind import behind, drop_triggers
from tests.delivery.ward import lvef, patient_lines


@pytest.fixture
def told(ward, http_sink):
    """Give the code that the operator was told in the message of the day."""
    ward.load(patient_lines())
    ward.contact(http_sink.url, role="operator", name="Duty")
    ward.tick("2023-01-20")
    (alive,) = (one["body"]["body"] for one in http_sink.requests if "alive" in one["body"]["body"])
    return alive.partition(", head ")[2]


def test_the_operators_daily_message_holds_the_head_and_verify_checks_it(ward, told):
    assert told
    ward.add("P-1", lvef("60", "2023-02-02"))  # what is recorded later changes nothing

    assert ward.type(f"db verify --head {told}")


def test_a_record_that_was_written_anew_with_fitting_digests_does_not_have_the_head(
    ward,
    told,
    database,
    monitor,
):
    """Whoever can write may make a whole new chain; the code in the mailbox stays as it was."""
    with behind(database) as connection:
        drop_triggers(connection)
        digest = "0" * 64
        names = [column.name for column in COLUMNS]
        rows = connection.execute(text(f"SELECT {', '.join(names)} FROM fact ORDER BY position"))
        for row in rows.mappings().all():
            values = dict(row)
            values.pop("digest")
            values["recorded_by"] = "somebody else"
            digest = chained(digest, values)
            connection.execute(
                text("UPDATE fact SET recorded_by = 'somebody else', digest = :d WHERE event = :e"),
                {"d": digest, "e": row["event"]},
            )
        connection.execute(text("UPDATE patient SET digest = :d"), {"d": digest})

    _, said, _ = monitor(f"db verify --head {told}")

    assert "is not the one whose head was reported" in said


@postgresql.sqlite_only
def test_the_head_of_each_backup_is_listed_beside_the_backups(ward, database, tmp_path):
    ward.load(patient_lines())
    engine = store.open_engine(store.parse_url(database))
    backups = ScheduledBackups(engine, PolicyInUse(load(None), database, print), database, print)
    backups.make(datetime(2026, 11, 29, 2, tzinfo=UTC))
    engine.dispose()

    (line,) = (tmp_path / "backups" / "heads.txt").read_text().splitlines()
    _, code, name = line.split()
    assert (tmp_path / "backups" / name).is_file()
    assert ward.type(f"db verify --head {code}")
