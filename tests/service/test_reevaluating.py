"""Stored checks worked out anew in batches: right in the middle of it, resumed, nobody left out."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from monitor.service import queries, records
from monitor.service.answers import check_answer
from monitor.service.doctor import examine
from monitor.service.populating import Size, populate
from monitor.service.queries import Asked
from monitor.service.reevaluating import Reevaluated, program, reevaluate, reevaluate_some
from monitor.service.verifying import verify
from monitor.service.worklist import worklist
from monitor.store import engine as database
from monitor.store import evaluation
from monitor.store.guards import make_guards
from monitor.store.tables import metadata

NOW = datetime(2026, 11, 1, 20, tzinfo=UTC)
UNTIL = NOW.date() + timedelta(days=90)
PATIENTS = 130  # more than are done at once


@pytest.fixture
def engine():
    engine, scratch = (database.open_engine(database.parse_url("sqlite://")) for _ in range(2))
    for opened in (engine, scratch):
        with database.writing(opened) as connection:
            metadata.create_all(connection)
            make_guards(connection)
    size = Size(patients=PATIENTS, years=2, seed=3, until=date(2026, 11, 1), most_lives=20)
    with database.writing(engine) as connection, database.writing(scratch) as thrown_away:
        populate(connection, thrown_away, size)
    scratch.dispose()
    yield engine
    engine.dispose()


def change(engine, *statements: str) -> None:
    with database.writing(engine) as connection:
        for statement in statements:
            connection.execute(text(statement))


def begin(engine) -> None:
    """Begin, and stop after some."""
    with database.writing(engine) as connection:
        evaluation.begin(connection, program())
    with database.writing(engine) as connection:
        reevaluate_some(connection, now=NOW)


def listed(engine):
    with database.reading(engine) as connection:
        return worklist(connection, Asked(now=NOW), until=UNTIL)


def worked_out(engine) -> list[dict[str, object]]:
    with database.reading(engine) as connection:
        found = [
            check_answer(case.patient, check)
            for case in queries.all_cases(connection, Asked(now=NOW), report=pytest.fail)
            for check in queries.upcoming(case, until=UNTIL, states=())
        ]
    return sorted(found, key=lambda c: (c["due"], c["patient"], c["rule"], c["occurrence"]))


def faults(engine) -> tuple[str, ...]:
    with database.reading(engine) as connection:
        return verify(connection, now=NOW).faults


def test_who_has_not_had_a_turn_is_answered_from_the_facts(engine):
    begin(engine)
    change(engine, "UPDATE pending SET state = 'wrong' WHERE patient > 'D-0000100'")

    assert listed(engine).checks == worked_out(engine)
    assert faults(engine) == ()


def test_what_was_stopped_goes_on_where_it_was(engine):
    begin(engine)
    change(engine, "DELETE FROM pending WHERE patient > 'D-0000100'")

    assert reevaluate(engine, now=NOW) == Reevaluated(patients=30)
    assert faults(engine) == ()


def test_another_program_begins_from_the_beginning(engine):
    begin(engine)
    change(engine, "UPDATE evaluation SET program = 'the one before'")

    assert reevaluate(engine, now=NOW) == Reevaluated(patients=PATIENTS)


def test_once_it_is_done_it_can_be_done_again(engine):
    assert reevaluate(engine, now=NOW) == Reevaluated(patients=PATIENTS)
    change(engine, "DELETE FROM treatment", "DELETE FROM pending")

    assert reevaluate(engine, now=NOW) == Reevaluated(patients=PATIENTS)
    assert faults(engine) == ()


def test_what_is_recorded_in_the_middle_is_kept(engine):
    begin(engine)
    for number in (1, PATIENTS):
        line = {"kind": "symptom", "patient": f"D-{number:07d}", "code": "cough"}
        with database.writing(engine) as connection:
            records.record(connection, {**line, "at": "2026-11-01T12:00:00+00:00"}, now=NOW)

    assert listed(engine).checks == worked_out(engine)
    reevaluate(engine, now=NOW)
    assert faults(engine) == ()
    assert listed(engine).checks == worked_out(engine)


def test_who_cannot_be_worked_out_is_named_and_keeps_nobody_else_from_it(engine):
    change(
        engine,
        "DROP TRIGGER fact_refuses_update",
        "UPDATE fact SET body = '{}' WHERE patient = 'D-0000007' AND position = 2",
    )

    done = reevaluate(engine, now=NOW)

    assert done.patients == PATIENTS
    (why,) = done.unusable
    assert why.startswith("the record of D-0000007 is damaged")
    found = listed(engine)
    assert found.damaged == [why]
    assert {check["patient"] for check in found.checks} >= {"D-0000008", f"D-{PATIENTS:07d}"}
    assert "D-0000007" not in {check["patient"] for check in found.checks}


def test_the_doctor_says_so_while_some_are_left(engine):
    def found():
        with database.reading(engine) as connection:
            return next(one for one in examine(connection, now=NOW) if one.name == "checks")

    begin(engine)
    assert not found().well
    assert found().message.startswith("those of 30 patients are not worked out anew yet")
    reevaluate(engine, now=NOW)
    assert found().well


def test_how_far_it_is_can_be_counted(engine):
    counted: list[int] = []

    def show(total: int):
        counted.append(total)
        return counted.append

    reevaluate(engine, now=NOW, show=show)

    assert counted == [PATIENTS, 100, 30]
