"""Invented lives under treatment: what was told of a patient, and when it was told.

A life is drawn from a seed and a number, and is always the same.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from monitor.demo.chances import Life, Told, clinic, courses
from monitor.domain.facts import Kind

_REGISTERED, _STARTED = time(5, tzinfo=UTC), time(5, 30, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Given:
    """The doses of a course, as far as they lie before the end of the story."""

    firsts: list[date]  # of each round
    last: date
    is_over: bool


def story(seed: int, number: int, *, until: date, years: int) -> list[Told]:
    """Tell one patient's life up to a day, in the order in which it was recorded."""
    chance = random.Random(seed * 1_000_003 + number)
    shares = [course["share"] for course in courses()]
    (course,) = chance.choices(courses(), shares)
    sex = chance.choice(("female", "male"))
    life = Life(chance=chance, course=course, sex=sex, end=until)
    # More courses are young than old, so that every stage is met with.
    start = until - timedelta(days=int(years * 365 * chance.random() * chance.random()))
    _register(life, start)
    given = _give_daily(life, start) if "daily" in course else _give_rounds(life, start)
    _test(life, given)
    _feel(life, given)
    if given.is_over and life.happens("closed"):
        _close(life, given.last)
    else:
        _mend(life)
    return sorted(life.told, key=lambda told: told.at)


def _register(life: Life, start: date) -> None:
    age = timedelta(days=life.chance.randint(life.course["least_age"] * 365, 60 * 365))
    patient = {
        "kind": Kind.PATIENT,
        "sex": life.sex,
        "born": (start - age).isoformat(),
        "timezone": life.chance.choice(clinic()["zones"]),
    }
    if life.sex == "female":
        patient["can_conceive"] = life.chance.random() < 0.7
    course = {"kind": Kind.COURSE, "on": start.isoformat(), "protocol": life.course["protocol"]}
    life.told += [
        Told(at=datetime.combine(start, _REGISTERED), line=patient),
        Told(at=datetime.combine(start, _STARTED), line={**course, "facts": life.course["facts"]}),
    ]


def _give_rounds(life: Life, start: date) -> _Given:
    """Give infusions in rounds, until all are given, the course is stopped, or the story ends."""
    course, rounds = life.course, life.course["most_rounds"]
    is_stopped = life.happens("stopped_early")
    if is_stopped:
        rounds = life.chance.randint(1, rounds)
    day = start + life.some(clinic()["days"]["before_the_first_dose"])
    firsts, last = [], start
    for number in range(rounds):
        offsets = course["rounds"][min(number, len(course["rounds"]) - 1)]
        if day > life.end:
            if life.happens("booked"):
                life.tell("plan", life.end, on=day.isoformat())
            break
        firsts.append(day)
        for offset in offsets:
            on = day + timedelta(days=offset)
            life.tell("infusion", on, on=on.isoformat(), **course["dose"])
            last = min(on, life.end)
        day += life.some(course["apart"])
    is_over = len(firsts) == rounds and last < life.end
    if is_over:
        _end(life, last, course["stopped_because" if is_stopped else "ended_because"])
    elif life.happens("paused"):
        life.tell("course_pause", life.end, on=life.end.isoformat())
    return _Given(firsts=firsts, last=last, is_over=is_over)


def _give_daily(life: Life, start: date) -> _Given:
    """Have a daily drug begun, changed and, if the story goes on so long, stopped."""
    first = start + life.some(clinic()["days"]["before_the_first_dose"])
    last = first + life.some(life.course["lasts"])
    is_over = last < life.end
    for number, step in enumerate(life.course["daily"]):
        on, action = first + timedelta(days=step["after"]), "change" if number else "start"
        values = {"action": action, "on": on.isoformat(), "dose_mg": step["dose_mg"]}
        life.tell("dose", on, **values)
    if is_over:
        life.tell("dose", last, action="stop", on=last.isoformat())
        _end(life, last, life.course["ended_because"])
    firsts = [first] if first <= life.end else []
    return _Given(firsts=firsts, last=min(last, life.end), is_over=is_over)


def _end(life: Life, last: date, why: str) -> None:
    on = last + timedelta(days=1)
    life.tell("course_end", on, on=on.isoformat(), reason=why)


def _test(life: Life, given: _Given) -> None:
    """Have the tests of a course done: most of them, some late, some recorded late."""
    for test in life.course["tests"]:
        for planned in _days_of(life, test, given):
            day = planned
            if life.happens("missed"):
                continue
            if life.happens("late"):
                day += life.some(clinic()["days"]["late"])
            late = clinic()["days"]["recorded_late"]
            at = day + life.some(late) if life.happens("recorded_late") else day
            for spec in test["results"]:
                if spec.get("sex") in (None, life.sex) and (spec["code"], day) not in life.taken:
                    life.taken.add((spec["code"], day))
                    _result(life, spec, day, at)


def _days_of(life: Life, test: dict[str, Any], given: _Given) -> Iterator[date]:
    if not given.firsts:
        return
    match test["when"]:
        case "before":
            yield from (first - life.some(test["days"]) for first in given.firsts)
        case "after":
            yield from (first + life.some(test["days"]) for first in given.firsts)
        case since:
            anchor = given.firsts[0] if since == "since_first" else given.last
            for days in range(test["from"], test["until"] + 1, test["every"]):
                day = anchor + timedelta(days=days)
                if day > life.end:
                    return
                yield day + life.some(test["days"])


def _result(life: Life, spec: dict[str, Any], day: date, at: date) -> None:
    values = {"code": spec["code"], "on": day.isoformat(), "value": _value(life, spec)}
    values |= {key: spec[key] for key in ("unit", "lln") if key in spec}
    before = len(life.told)
    life.tell("result", at, **values)
    if len(life.told) > before and "words" not in spec and spec["from"] != spec["to"]:
        life.numbers.append((life.told[-1], spec))


def _value(life: Life, spec: dict[str, Any]) -> str:
    is_unusual = "unusual" in spec and life.happens("unusual")
    if "words" in spec:
        return str(life.chance.choice(spec["unusual"] if is_unusual else spec["words"]))
    low, high = spec["unusual"] if is_unusual else (spec["from"], spec["to"])
    places = Decimal(low).as_tuple().exponent
    assert isinstance(places, int)
    steps = life.chance.randint(
        int(Decimal(low).scaleb(-places)), int(Decimal(high).scaleb(-places))
    )
    return str(Decimal(steps).scaleb(places))


def _feel(life: Life, given: _Given) -> None:
    """Have a symptom reported, once or never, while the drug is given."""
    if not given.firsts or not life.happens("symptom"):
        return
    day = given.firsts[0] + timedelta(
        days=life.chance.randint(0, (given.last - given.firsts[0]).days)
    )
    at = datetime.combine(day, _REGISTERED).isoformat()
    life.tell("symptom", day, at=at, **life.chance.choice(life.course["symptoms"]))


def _close(life: Life, last: date) -> None:
    """Have the patient leave some time after the end of the course; nothing is told after."""
    day = last + timedelta(days=life.chance.randint(2, max(2, (life.end - last).days)))
    life.told = [told for told in life.told if told.at.date() < day]
    reason = life.chance.choice(clinic()["closed_because"])
    life.tell("close", day, on=day.isoformat(), reason=reason)


def _mend(life: Life) -> None:
    """Have a number corrected, and another taken back, some days after they were told."""
    life.chance.shuffle(life.numbers)
    for what, days in (("corrected", (0, 9)), ("retracted", (0, 30))):
        if not life.numbers or not life.happens(what):
            continue
        told, spec = life.numbers.pop()
        at = told.at + timedelta(days=life.chance.randint(*days), minutes=7)
        if at.date() > life.end:
            continue
        new = {"value": _other_value(life, spec, told.line["value"])} if what == "corrected" else {}
        why = clinic()[f"why_{what}"]
        life.told.append(Told(at=at, line=new, mends=told, reason=why))


def _other_value(life: Life, spec: dict[str, Any], value: str) -> str:
    return next(other for _ in count() if (other := _value(life, spec)) != value)
