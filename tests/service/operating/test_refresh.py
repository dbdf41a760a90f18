"""Stored checks worked out anew in batches: right in the middle of it, resumed, nobody left out."""

import math
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from monitor.demo.invented_clinic import Size, populate
from monitor.errors import SchemaError
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.asking.documents import document
from monitor.service.asking.worklist import worklist
from monitor.service.operating import refresh
from monitor.service.operating.doctor import examine
from monitor.service.operating.refresh import Upkeep, refresh_all, refresh_some, upkeep
from monitor.service.operating.verify import verify
from monitor.store import engine as database
from monitor.store import evaluation, projection
from monitor.store.tables import metadata
from monitor.store.triggers import make_guards
from tests import typed
from tests.documents import check_answer

NOW = datetime(2026, 11, 1, 20, tzinfo=UTC)
UNTIL = NOW.date() + timedelta(days=90)
AT_ONCE = 20
PATIENTS = 26  # more than are done at once


@pytest.fixture(autouse=True)
def by_count_alone(monkeypatch):
    """Let a turn end with so many patients, a few, and never because the machine is slow."""
    monkeypatch.setattr(refresh, "_HOLDS_SECONDS", math.inf)
    monkeypatch.setattr(refresh, "_AT_ONCE", AT_ONCE)


@pytest.fixture(scope="module")
def invented():
    """Invent the clinic once; each test gets a copy."""
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


@pytest.fixture
def engine(invented):
    engine = database.open_engine(database.parse_url("sqlite://"))
    with invented.connect() as there, engine.connect() as here:
        there.connection.driver_connection.backup(here.connection.driver_connection)
    yield engine
    engine.dispose()


def change(engine, *statements: str) -> None:
    with database.writing(engine) as connection:
        for statement in statements:
            connection.execute(text(statement))


def begin(engine) -> None:
    """Begin, and stop after some."""
    with database.writing(engine) as connection:
        evaluation.take_over(connection, anew=True)
        everybody = projection.to_look_at(connection, NOW)
    with database.writing(engine) as connection:
        refresh_some(connection, everybody, now=NOW)


def listed(engine):
    with database.reading(engine) as connection:
        return worklist(connection, Asked(now=NOW), until=UNTIL)


def worked_out(engine) -> list[dict[str, object]]:
    with database.reading(engine) as connection:
        found = [
            check_answer(case.patient, check)
            for case in cases.all_cases(connection, Asked(now=NOW), report=pytest.fail)
            for check in cases.upcoming(case, until=UNTIL, states=())
        ]
    return sorted(found, key=lambda c: (c["due"], c["patient"], c["rule"], c["occurrence"]))


def faults(engine) -> tuple[str, ...]:
    with database.reading(engine) as connection:
        return verify(connection, now=NOW).faults


def test_who_waits_to_be_worked_out_is_answered_from_the_facts(engine):
    begin(engine)
    change(engine, "UPDATE pending SET state = 'wrong' WHERE patient > 'D-0000020'")

    assert document(listed(engine).checks) == worked_out(engine)
    assert faults(engine) == ()


def test_what_was_stopped_goes_on_where_it_was(engine):
    begin(engine)
    change(engine, "DELETE FROM pending WHERE patient > 'D-0000020'")

    assert refresh_all(engine, now=NOW).patients == PATIENTS - AT_ONCE
    assert faults(engine) == ()


def test_another_program_begins_from_the_beginning(engine):
    begin(engine)
    change(engine, "UPDATE evaluation SET program = 'the one before'")

    assert refresh_all(engine, now=NOW).patients == PATIENTS


def test_once_it_is_done_it_can_be_done_again(engine):
    assert refresh_all(engine, now=NOW).patients == PATIENTS
    change(engine, "DELETE FROM treatment", "DELETE FROM pending")

    assert refresh_all(engine, now=NOW).patients == PATIENTS
    assert faults(engine) == ()


def test_what_is_recorded_in_the_middle_is_kept(engine):
    begin(engine)
    for number in (1, PATIENTS):
        line = {"kind": "symptom", "patient": f"D-{number:07d}", "code": "cough"}
        with database.writing(engine) as connection:
            typed.record(connection, {**line, "at": "2026-11-01T12:00:00+00:00"}, now=NOW)

    assert document(listed(engine).checks) == worked_out(engine)
    refresh_all(engine, now=NOW)
    assert faults(engine) == ()
    assert document(listed(engine).checks) == worked_out(engine)


def test_who_cannot_be_worked_out_is_named_and_keeps_nobody_else_from_it(engine):
    change(
        engine,
        "DROP TRIGGER fact_refuses_update",
        "UPDATE fact SET body = '{}' WHERE patient = 'D-0000007' AND position = 2",
    )

    done = refresh_all(engine, now=NOW)

    assert done.patients == PATIENTS
    (why,) = done.unusable
    assert why.startswith("the record of D-0000007 is damaged")
    found = listed(engine)
    assert list(found.damaged.values()) == [why]
    assert {listed.person.id for listed in found.checks} >= {"D-0000008", f"D-{PATIENTS:07d}"}
    assert "D-0000007" not in {listed.person.id for listed in found.checks}


def test_the_doctor_says_so_while_some_are_left(engine):
    def found():
        with database.reading(engine) as connection:
            return next(one for one in examine(connection, now=NOW) if one.name == "checks")

    begin(engine)
    assert not found().well
    assert found().message.startswith("those of 6 patients are not worked out by this version's")
    refresh_all(engine, now=NOW)
    assert found().well


def test_how_far_it_is_can_be_counted(engine):
    counted: list[int] = []

    def show(total: int):
        counted.append(total)
        return counted.append

    refresh_all(engine, now=NOW, show=show)

    assert counted == [PATIENTS, AT_ONCE, PATIENTS - AT_ONCE]


# ── another program ──


def worked_out_by_another(engine) -> None:
    change(engine, "UPDATE evaluation SET program = 'of other rules', after = NULL")


def test_what_other_rules_worked_out_is_not_listed(engine):
    right = document(listed(engine).checks)
    change(engine, "UPDATE pending SET due = '2026-11-02'")
    worked_out_by_another(engine)

    assert document(listed(engine).checks) == right


def test_doctor_says_that_checks_are_of_other_rules(engine):
    worked_out_by_another(engine)

    with database.reading(engine) as connection:
        found = next(f for f in examine(connection, now=NOW) if f.name == "checks")
    assert (found.well, found.message) == (
        False,
        f"those of {PATIENTS} patients are not worked out by this version's rules yet; "
        "monitor run does it, or type: monitor db upgrade",
    )


@pytest.mark.parametrize("row", ["of other rules", "none"])
def test_the_upkeep_works_out_by_itself_what_other_rules_did(engine, row):
    if row == "none":
        change(engine, "DELETE FROM evaluation")
    else:
        worked_out_by_another(engine)
    change(engine, "UPDATE pending SET due = '2026-11-02'")

    upkeep(engine, NOW)

    assert faults(engine) == ()
    with database.reading(engine) as connection:
        assert evaluation.count_waiting(connection) == 0
        assert connection.execute(text("SELECT count(*) FROM look WHERE next_at = ''")).scalar()


def test_a_running_service_ends_once_another_program_has_taken_over(engine):
    kept_up = Upkeep(engine)
    kept_up.go_on(NOW, lambda: False)
    worked_out_by_another(engine)

    with pytest.raises(SchemaError, match="start this one again, with the same version"):
        kept_up.go_on(NOW, lambda: False)
    assert evaluation_row(engine) == ("of other rules", None)


def test_a_short_turn_leaves_the_rest_to_the_next(engine, monkeypatch):
    monkeypatch.setattr(refresh, "_HOLDS_SECONDS", 0.0)
    with database.writing(engine) as connection:
        evaluation.take_over(connection, anew=True)
        first = refresh_some(connection, projection.to_look_at(connection, NOW), now=NOW)
        second = refresh_some(connection, first.left, now=NOW)
        assert (first.patients, second.patients) == (1, 1)
        assert evaluation.count_waiting(connection) == len(second.left) == PATIENTS - 2


def evaluation_row(engine):
    with database.reading(engine) as connection:
        return tuple(connection.execute(text("SELECT program, after FROM evaluation")).one())
