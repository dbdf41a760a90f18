"""An invented clinic: sound, the same for the same numbers, and with every stage of a course."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from monitor import protocols
from monitor.demo.invented_clinic import Size, populate
from monitor.errors import Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.service.operating.verify import verify
from monitor.store import engine as database
from monitor.store import facts, projection
from monitor.store.tables import fact, look, metadata
from monitor.store.triggers import make_guards

UNTIL = date(2026, 11, 1)
NOW = datetime(2026, 11, 1, 20, tzinfo=UTC)


def size(patients: int, *, years: int = 8, seed: int = 1, lives: int = 2000) -> Size:
    return Size(patients=patients, years=years, seed=seed, until=UNTIL, most_lives=lives)


def invented(*sizes: Size):
    """Fill a database in memory; gives its engine."""
    engine, scratch = (database.open_engine(database.parse_url("sqlite://")) for _ in range(2))
    for opened in (engine, scratch):
        with database.writing(opened) as connection:
            metadata.create_all(connection)
            make_guards(connection)
    for wanted in sizes:
        with database.writing(engine) as connection, database.writing(scratch) as thrown_away:
            populate(connection, thrown_away, wanted)
    scratch.dispose()
    return engine


@pytest.fixture(scope="module")
def clinic():
    """Invent a clinic in which a life is lived twice by some."""
    engine = invented(size(120, lives=100))
    yield engine
    engine.dispose()


def rows_of(engine) -> list[tuple[object, ...]]:
    with database.reading(engine) as connection:
        return [tuple(row) for row in connection.execute(select(fact).order_by(fact.c.event))]


def test_every_chain_and_every_stored_check_is_sound(clinic):
    with database.reading(clinic) as connection:
        found = verify(connection, now=NOW)

    assert found.faults == ()
    assert found.patients == 120


def test_there_are_courses_at_every_stage_under_every_protocol_that_ships(clinic):
    kinds, stages, states, named = Counter(), Counter(), Counter(), set()
    with database.reading(clinic) as connection:
        for who in facts.patients(connection):
            case = cases.get_case(connection, who, Asked(now=NOW))
            (treatment,) = case.treatments
            timeline = treatment.timeline
            (course,) = timeline.courses
            named.add(course.start.protocol)
            doses = len(timeline.infusions) + len(timeline.dosing)
            if timeline.closed(UNTIL):
                stages["closed"] += 1
            elif course.ended(UNTIL):
                years = (UNTIL - course.ended(UNTIL).on).days // 365
                stages["years of follow-up" if years else "just ended"] += 1
            elif course.paused(UNTIL):
                stages["paused"] += 1
            else:
                stages["in the middle" if doses else "not begun"] += 1
            states.update(check.state for one in projection.read(connection, who)
                          for check in one.checks)  # fmt: skip
            rows = facts.read(connection, who)
            kinds.update(row.kind for row in rows)
            kinds["correction"] += sum(r.corrects is not None and r.kind == "result" for r in rows)
            kinds["told late"] += sum((r.recorded_at.date() - r.on).days > 1 for r in rows)

    assert named == set(protocols.names())
    assert set(stages) == {
        "not begun", "in the middle", "paused", "just ended", "years of follow-up", "closed"
    }  # fmt: skip
    assert set(states) == {"ahead", "open", "overdue"}
    expected = {"correction", "retraction", "told late", "symptom", "plan", "dose", "infusion"}
    assert {kind for kind in expected if not kinds[kind]} == set()


def test_who_lives_the_same_life_has_a_record_and_a_chain_of_their_own(clinic):
    with database.reading(clinic) as connection:
        first, again = (facts.read(connection, who) for who in ("D-0000001", "D-0000101"))

    assert [(row.kind, row.on) for row in first] == [(row.kind, row.on) for row in again]
    assert {row.digest for row in first} & {row.digest for row in again} == set()
    assert {row.event for row in first} & {row.event for row in again} == set()


def test_events_are_numbered_without_a_gap_and_name_events_of_their_own_patient(clinic):
    rows = rows_of(clinic)
    owner = {row[0]: row[1] for row in rows}

    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert all(owner[row[7]] == row[1] for row in rows if row[7] is not None)


def test_nobody_is_told_anything_and_everybody_will_be_looked_at(clinic):
    with database.reading(clinic) as connection:
        query = select(func.count()).select_from(look).where(look.c.next_at == "")
        assert connection.execute(query).scalar_one() == 120


def test_the_same_numbers_invent_the_same_clinic_and_another_seed_another():
    engines = [invented(size(5, seed=seed)) for seed in (1, 1, 2)]
    first, again, other = (rows_of(engine) for engine in engines)
    for engine in engines:
        engine.dispose()

    assert first == again
    assert first != other


def test_where_somebody_is_on_record_nothing_is_invented():
    with pytest.raises(Refused, match="that database already has patients; name a new one"):
        invented(size(1), size(1))
