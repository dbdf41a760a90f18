"""What was known, and said, on any past day: every answer can be given again as it was."""

import pytest

from monitor.service.queries import Asked
from monitor.store import engine as database
from tests.faults.tracing import EVERYTHING
from tests.recordings import Diary, documents

SEEDS = range(1, 6 if EVERYTHING else 4)
COMMON = {"result", "infusion", "symptom", "fact", "plan", "correct", "retract", "waive", "pause"}


@pytest.mark.parametrize(
    ("seed", "recordings"),
    [(1, 100), *(pytest.param(seed, 200, marks=pytest.mark.faults) for seed in SEEDS)],
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
