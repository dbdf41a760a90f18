"""What is stored for speed equals what the facts say: after every recording, and day after day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.domain.assessment import evaluate
from monitor.service import answers, queries
from monitor.service.projecting import HORIZON, READABLE, differs, projected, rebuild
from monitor.service.queries import LISTED, Asked
from monitor.service.worklist import can_be_read, worklist
from monitor.store import engine as database
from monitor.store import events, projection
from monitor.store.projection import FAR
from tests.recordings import Diary

SLOW = pytest.mark.faults
SEEDS = [1, 2, 3, *(pytest.param(seed, marks=SLOW) for seed in range(4, 40))]


@pytest.fixture(params=SEEDS)
def diary(request):
    diary = Diary(f"projection {request.param}", patients=3)
    yield diary
    diary.close()


def stored(diary: Diary) -> list[object]:
    with database.reading(diary.engine) as connection:
        return [
            one for who in events.patients(connection) for one in projection.read(connection, who)
        ]


def test_what_is_stored_equals_what_is_worked_out_from_the_facts_alone(diary):
    for _ in range(60):
        who = diary.record_one()
        with database.reading(diary.engine) as connection:
            case = queries.get_case(connection, who, Asked(now=diary.now))
            assert projection.read(connection, who) == projected(case), diary.kinds


def test_rebuilding_changes_nothing(diary):
    for _ in range(40):
        diary.record_one()
    with database.writing(diary.engine) as connection:
        rebuild(connection, Asked(now=diary.now))  # time has passed for those recorded earlier
    before = stored(diary)

    with database.writing(diary.engine) as connection:
        rebuilt = rebuild(connection, Asked(now=diary.now))

    assert rebuilt == 3
    assert stored(diary) == before


def test_nothing_changes_until_the_day_before_the_next_day_to_look(diary):
    for _ in range(60):
        who = diary.record_one()
        with database.reading(diary.engine) as connection:
            case = queries.get_case(connection, who, Asked(now=diary.now))
        for one, treatment in zip(projected(case), case.treatments, strict=True):
            until = one.evaluated_on + HORIZON
            first = standing(treatment, one.evaluated_on, until)
            looked_at = min(one.next_look, one.evaluated_on + timedelta(days=40))
            for number in range(1, (looked_at - one.evaluated_on).days):
                now = standing(treatment, one.evaluated_on + timedelta(days=number), until)
                assert now == first, f"{who}, {number} days on, {one.next_look}: {diary.kinds}"


def standing(treatment, day: date, until: date) -> tuple[object, object]:
    """Work out the pending checks and the warnings of a treatment on a day."""
    assessment = evaluate(treatment, day, until=until)
    checks = [check for check in assessment.checks if check.state in LISTED and check.due <= until]
    return checks, assessment.warnings


def test_the_list_of_the_clinic_is_the_same_read_as_worked_out(diary):
    for number in range(24):
        diary.record_one()
        passed = timedelta(hours=0) if number % 2 else timedelta(hours=13 * number**2)
        asked = Asked(now=diary.now + passed)
        today = asked.now.astimezone(UTC).date()
        for ahead in (timedelta(days=-5), timedelta(days=90), READABLE):
            with database.reading(diary.engine) as connection:
                listed = worklist(connection, asked, until=today + ahead)
                assert listed.checks == worked_out(connection, asked, until=today + ahead)
                assert listed.damaged == []


def worked_out(connection, asked: Asked, *, until: date) -> list[dict[str, object]]:
    found = [
        answers.check_answer(case.patient, check)
        for case in queries.all_cases(connection, asked)
        for check in queries.upcoming(case, until=until, states=())
    ]
    return sorted(found, key=lambda c: (c["due"], c["patient"], c["rule"], c["occurrence"]))


def test_the_first_rows_of_the_list_are_the_first_of_all(diary):
    for _ in range(40):
        diary.record_one()
    asked = Asked(now=diary.now + timedelta(days=3))
    until = asked.now.date() + timedelta(days=90)

    with database.reading(diary.engine) as connection:
        some = worklist(connection, asked, until=until, limit=5).checks
        every = worked_out(connection, asked, until=until)

    assert some == every[:5]
