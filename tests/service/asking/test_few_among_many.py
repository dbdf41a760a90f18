"""R25 on a server: what a patient's few messages cost, asked after others' very many."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text

from monitor.service.asking.cases import Asked
from monitor.service.asking.history import history
from monitor.service.reminding.reconcile import Pass, reconcile
from monitor.store import engine as database
from tests import postgresql
from tests.benchmarks import test_settled as settled
from tests.benchmarks.test_ratios import fill

pytestmark = postgresql.needs_postgresql

PATIENTS, MESSAGES, OWN = 6, 3000, 5
OFTEN = 12  # a driver prepares what is asked 5 times, and a server plans that anew 5 times
ROWS = text("""
    SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables
    WHERE relname IN ('message', 'reminder', 'attempt')
""")


@pytest.fixture
def engine(clinic, monkeypatch):
    """Give a clinic that sent 5 messages about the first patient, and 599 about each other."""
    monkeypatch.setattr(settled, "PATIENTS", PATIENTS)
    fill(clinic.engine, PATIENTS)
    with database.writing(clinic.engine) as connection:
        settled.settle(connection, range(MESSAGES), MESSAGES, own=OWN)
    with clinic.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return clinic.engine


def asks_history(connection: Connection, who: str) -> None:
    assert history(connection, who, Asked(now=settled.NOW))


def looks(connection: Connection, who: str) -> None:
    reconcile(connection, who, Pass(policy=settled.POLICY, now=settled.NOW))


@pytest.mark.parametrize("work", [asks_history, looks])
def test_no_table_is_gone_through_for_one_who_has_a_few(
    engine, work: Callable[[Connection, str], None]
):
    with database.writing(engine) as connection:
        for _ in range(OFTEN):
            work(connection, "S-000001")
        before = connection.execute(ROWS).scalar_one()
        work(connection, "S-000000")
        read = connection.execute(ROWS).scalar_one() - before

    assert 5 * OWN < read < 20 * OWN
