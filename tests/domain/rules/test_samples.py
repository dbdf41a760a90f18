"""Of several samples of one day each says something of its own; lines of one file, in any order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.facts import COUNTING, Result, Status
from tests.facts import FIRST, result, timeline

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
VALUES = st.sampled_from(["0.9", "3.9", "6", "12", "31"])
SAMPLES = st.builds(
    lambda value, status, second: replace(
        result("leucocytes", value, on=FIRST, status=status),
        is_second=second,
        came_corrected=status == Status.CORRECTED,
    ),
    VALUES,
    st.sampled_from(list(Status)),
    st.booleans(),
)
FINAL = st.builds(lambda value: result("leucocytes", value, on=FIRST), VALUES)


def at(sample: Result, number: int, moment: datetime) -> Result:
    return replace(sample, event=number, said_at=moment, begun_at=moment)


def told(samples: list[Result]) -> tuple[list[str], list[str]]:
    """Say what counts of the day, and what is open beside it."""
    known = timeline(*samples)
    ends = [end for one in known.results.get("leucocytes", []) for end in one.ends]
    waiting = known.waiting.get("leucocytes", [])
    return [end.shown for end in ends], sorted(f"{r.status} {r.shown}" for r in waiting)


@given(st.lists(SAMPLES, min_size=2, max_size=3))
def test_lines_of_one_file_say_the_same_in_any_order(samples):
    orders = permutations(samples)
    said = [told([at(s, n, NOON) for n, s in enumerate(order, start=1)]) for order in orders]

    assert all(one == said[0] for one in said)


@given(st.lists(SAMPLES, min_size=1, max_size=3), FINAL)
def test_a_second_sample_takes_no_counting_value_from_its_day_and_answers_no_first_one(known, more):
    before = [at(s, n, NOON + timedelta(n)) for n, s in enumerate(known, start=1)]
    later = replace(at(more, 9, NOON + timedelta(9)), is_second=True)
    if not any(s.status in COUNTING for s in before):
        return
    (was, open_then), (now, open_now) = told(before), told([*before, later])

    lowest, highest = (
        (lambda shown: min(map(_number, shown))),
        (lambda shown: max(map(_number, shown))),
    )
    if lowest(was) < 4:
        assert lowest(now) <= lowest(was)
    if highest(was) > 11:
        assert highest(now) >= highest(was)
    early = [s for s in before if s.status is Status.PRELIMINARY]
    first, second = (
        {f"{s.status} {s.shown}" for s in early if s.is_second is which} for which in (False, True)
    )
    # One that says the same may be a second one, which is answered.
    assert first & {*open_then} - second <= {*open_now}


def _number(shown: str) -> Decimal:
    return Decimal(shown.split()[0])
