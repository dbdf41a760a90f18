"""What was known, and said, on any past day: every answer can be given again as it was."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.service.asking.cases import Asked
from monitor.store import engine as database
from monitor.store import facts
from tests.faults.tracing import EVERYTHING
from tests.recordings import Diary, documents

SEEDS = range(1, 6 if EVERYTHING else 4)
COMMON = {"result", "infusion", "symptom", "fact", "plan", "correct", "retract", "waive", "pause"}


@pytest.mark.parametrize(
    ("seed", "recordings"),
    [(1, 60), *(pytest.param(seed, 200, marks=pytest.mark.faults) for seed in SEEDS)],
)
def test_every_answer_is_given_again_as_it_was_after_random_recordings(seed, recordings):
    diary = Diary(seed)
    kept = []
    for _ in range(recordings):
        who = diary.record_one()
        with database.reading(diary.engine) as connection:
            said = documents(connection, who, Asked(now=diary.now))
        kept.append((who, diary.now, diary.today(who), said))

    with database.reading(diary.engine) as connection:
        for who, moment, day, said in kept:
            asked = Asked(now=diary.now, as_of=day, known_at=moment)
            assert documents(connection, who, asked) == said, f"{who} at {moment}"
    assert set(diary.kinds) >= COMMON
    diary.close()


MORNING = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
HOURS = [0, 1, 2, 3, 4, 5]  # at which facts are recorded


@pytest.mark.parametrize(
    ("clock", "known"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({2: 400 * 24}, [1, 2, 2, 4, 5, 6]),  # ahead: it was there when the next one came
        ({2: -400 * 24}, [1, 2, 2, 4, 5, 6]),  # behind: what lies before it came no earlier
        ({2: 400 * 24, 3: 400 * 24}, [1, 2, 2, 2, 5, 6]),
        ({5: -400 * 24 + 1}, [1, 2, 3, 4, 5, 5]),
        # more of them than of right ones: later than the moment of asking they are wrong
        ({1: 400 * 24, 2: 400 * 24 + 1, 3: 400 * 24 + 2}, [1, 1, 1, 1, 5, 6]),
    ],
)
def test_what_was_known_at_a_moment_goes_by_the_clocks_that_were_right(clinic, clock, known):
    clinic.load({"kind": "patient", "id": "P-1", "timezone": "UTC"}, now=MORNING)
    for hour in HOURS[1:]:
        weight = {"kind": "result", "patient": "P-1", "code": "weight", "unit": "kg"}
        weight |= {"value": str(60 + hour), "on": "2024-11-01", "second": True}
        clinic.record(now=MORNING + timedelta(hours=clock.get(hour, hour)), **weight)

    with database.reading(clinic.engine) as connection:
        now = MORNING + timedelta(hours=6)
        found = [
            len(facts.read(connection, "P-1", known_at=MORNING + timedelta(hours=hour), now=now))
            for hour in HOURS
        ]
        long_ago = facts.read(connection, "P-1", known_at=MORNING - timedelta(days=1))

    assert (found, long_ago) == (known, [])
