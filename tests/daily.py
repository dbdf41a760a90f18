"""Histories of a drug that is taken daily, for the properties that hold of every protocol."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from monitor.domain.facts import Event, Result
from tests.facts import after, answer, ended, result, started, step, symptom, woman

DAILY = "clozapine-us"
BEN = "benign_ethnic_neutropenia"
NORMAL_COUNTS = ["1.5", "2.0", "3.2"]
LOW_COUNTS = ["1.49", "1.0", "0.99", "0.5", "0.49"]
# Around the start, a week, the ends of phases, and an interruption of 30 days.
TIMES = st.sampled_from(
    [-8, -7, -1, 0, 1, 2, 5, 6, 7, 9, 10, 14, 21, 28, 29, 30, 31, 32, 60, 90, 179, 181, 183, 200]
)  # fmt: skip


@st.composite
def counts(draw, on=TIMES) -> Result:
    value = draw(st.sampled_from([*NORMAL_COUNTS, *LOW_COUNTS]))
    status = draw(st.sampled_from(["final", "final", "final", "corrected", "preliminary"]))
    return result("neutrophils", value, on=after(draw(on)), status=status)


@st.composite
def steps(draw, on=TIMES) -> Event:
    action = draw(st.sampled_from(["interrupt", "resume", "resume", "stop", "start", "change"]))
    return step(action, on=after(draw(on)), mg="25" if action == "change" else None)


@st.composite
def daily_happenings(draw, on=TIMES) -> Event:
    """Draw one fact that is neither a count nor a step."""
    day = after(draw(on))
    match draw(st.sampled_from(["fever", "temperature", "ben", "ended"])):
        case "fever":
            return symptom(draw(st.sampled_from(["fever", "cough"])), on=day)
        case "temperature":
            return result("temperature", draw(st.sampled_from(["37.9", "38.0"])), on=day)
        case "ben":
            said = answer(BEN, draw(st.sampled_from(["yes", "yes", "no", "unknown"])), on=day)
            return replace(said, by=draw(st.sampled_from(["Dr H", "Dr H", None])))
        case _:
            return ended(on=day)


@st.composite
def weekly_counts(draw, value=None) -> list[Event]:
    """Draw counts about once a week from before the start on, some weeks left out."""
    values = st.sampled_from([*NORMAL_COUNTS * 3, *LOW_COUNTS])
    found: list[Event] = []
    for week in range(draw(st.integers(0, 6))):
        if draw(st.integers(0, 6)):
            day = 7 * week + draw(st.integers(-2, 2)) - (3 if week == 0 else 0)
            found.append(result("neutrophils", value or draw(values), on=after(day)))
    return found


@st.composite
def daily_histories(draw) -> list[Event]:
    """Draw a course of a daily drug: counts, rests, stops, fevers."""
    facts: list[Event] = [woman(), started(DAILY, on=after(-40))]
    facts += draw(weekly_counts())
    facts += draw(st.lists(counts(), max_size=6))
    begun = draw(st.sampled_from([[0], [0], [0], []]))
    moved = [step("start", on=after(day)) for day in begun]
    moved += draw(st.lists(steps(), max_size=4, unique_by=lambda fact: fact.on))
    facts += {fact.on: fact for fact in reversed(moved)}.values()  # one a day, as on record
    facts += draw(st.lists(daily_happenings(), max_size=3, unique_by=lambda fact: fact.on))
    return facts


@st.composite
def nearly_clear_daily(draw) -> list[Event]:
    """Draw a course that is in order but for a count or a step."""
    facts: list[Event] = [woman(), started(DAILY, on=after(-40))]
    facts.append(result("neutrophils", "3.2", on=after(-draw(st.integers(0, 7)))))
    facts.append(step("start", on=after(0)))
    weeks = draw(st.integers(0, 5))
    for week in range(1, weeks + 1):
        facts.append(result("neutrophils", "2.0", on=after(7 * week + draw(st.integers(-2, 2)))))
    near = st.integers(7 * weeks - 10, 7 * weeks + 9)
    facts += draw(st.lists(counts(near), max_size=3, unique_by=lambda fact: fact.on))
    facts += draw(
        st.lists(steps(near), max_size=1).filter(lambda f: all(s.on > after(0) for s in f))
    )
    return facts


def last_day(facts: list[Event]):
    """Give the day after everything that happened."""
    return max(fact.on for fact in facts) + timedelta(1)
