"""R25: what a question costs does not grow with messages that were settled long ago.

Nor does each of many results cost more than each of few. Counted, not timed: calls, statements,
and the steps that SQLite takes for them.
"""

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from monitor.delivery.tick import tick
from monitor.service.asking import outbox_list
from monitor.store import engine as database
from monitor.store import ranges
from tests import postgresql
from tests.benchmarks import test_settled as settled
from tests.benchmarks.test_one_patient import import_and_ask, lines
from tests.benchmarks.test_ratios import fill, new_clinic

FEW, MANY = 200, 2000  # settled messages
PATIENTS = 3
OLD = settled.NOW - timedelta(days=3650)  # what was sent lately is the same
NEWEST = 100  # messages, that are listed without a state and gone through whenever somebody asks

pytestmark = postgresql.sqlite_only


@pytest.fixture(scope="module")
def clinics(tmp_path_factory):
    """Give two clinics that differ in how much they have sent."""
    folder = tmp_path_factory.mktemp("cost")
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settled, "PATIENTS", PATIENTS)
        patch.setattr(outbox_list, "_LATEST", NEWEST)
        patch.setattr(ranges, "_NEWEST", NEWEST)
        for number in (FEW, MANY):
            engine = made[number] = new_clinic(folder / f"{number}.db")
            fill(engine, PATIENTS)
            with database.writing(engine) as connection:
                settled.settle(connection, range(FEW), FEW)
                if number > FEW:
                    older = range(FEW, number)
                    settled.settle(connection, older, number + 20, until=OLD, own=0)
            tick(engine, settled.POLICY, lambda: settled.NOW)
        yield made
        for engine in made.values():
            engine.dispose()


def cost(engine: Engine, work: Callable[[Engine], None]) -> tuple[int, int]:
    """Count the statements of some work, and tens of steps of SQLite."""
    statements, steps = [], []
    counted = (
        ("before_cursor_execute", lambda *call: statements.append(call[2])),
        ("checkout", lambda one, *_: one.set_progress_handler(lambda: steps.append(None), 10)),
        ("checkin", lambda one, *_: one.set_progress_handler(None, 10)),
    )
    for what, then in counted:
        event.listen(engine, what, then)
    try:
        work(engine)
    finally:
        for what, then in counted:
            event.remove(engine, what, then)
    return len(statements), len(steps)


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(settled.read(settled.asks_outbox), id="outbox"),
        pytest.param(settled.read(settled.asks_failed), id="outbox --state failed"),
        pytest.param(settled.read(settled.asks_history), id="history of a patient"),
        pytest.param(settled.read(settled.asks_doctor), id="doctor"),
        pytest.param(settled.passes, id="a pass with nothing due"),
    ],
)
def test_ten_times_as_many_settled_messages_cost_no_more(clinics, work):
    few, many = (cost(clinics[number], work) for number in (FEW, MANY))

    assert many[0] <= few[0]
    assert many[1] <= 1.5 * few[1]
    assert few[1] > 10


def calls(folder: Path, number: int) -> tuple[int, int]:
    """Count the calls, and tens of steps of SQLite, of an import of results and the gate."""
    made = [0]

    def count(_frame: object, what: str, _of: object) -> None:
        made[0] += what == "call" or what == "c_call"

    def profiled(engine: Engine) -> None:
        sys.setprofile(count)
        try:
            import_and_ask(engine, written)
        finally:
            sys.setprofile(None)

    engine, written = new_clinic(folder / f"{number}.db"), lines(number)
    _, steps = cost(engine, profiled)
    engine.dispose()
    return made[0], steps


def test_three_times_as_many_results_of_one_patient_cost_three_times_as_much(tmp_path):
    calls(tmp_path, 10)  # what is loaded, and kept
    few, many = calls(tmp_path, 500), calls(tmp_path, 1500)

    assert many[0] <= 3.3 * few[0]
    assert many[1] <= 3.3 * few[1]


def test_no_query_leaves_out_what_another_table_holds_by_not_in():
    """A server goes through that table once for each row, as soon as it is large (10 minutes)."""
    for file in Path("monitor").rglob("*.py"):
        assert ".not_in(select(" not in file.read_text(), file
