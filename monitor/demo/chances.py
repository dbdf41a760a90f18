"""What invented lives are made of: what courses are like, and what chance decides.

What is in `clinic.json` (doses, tests, values, chances) is nobody's record.
"""

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

Days = tuple[int, int]  # at least, at most

_OPEN = (6 * 60, 14 * 60)  # when the clinic records: minutes after midnight, UTC


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Told:
    """One thing that was recorded; or, with `mends`, the new values of an earlier one."""

    at: datetime
    line: dict[str, Any]  # no new values: what was told is taken back
    mends: "Told | None" = None
    reason: str = ""


@dataclass(kw_only=True)
class Life:
    """A life while its story is made up."""

    chance: random.Random
    course: dict[str, Any]
    sex: str
    end: date
    told: list[Told] = field(default_factory=list)
    numbers: list[tuple[Told, dict[str, Any]]] = field(default_factory=list)  # what may be mended
    taken: set[tuple[str, date]] = field(default_factory=set)

    def happens(self, what: str) -> bool:
        """Let chance decide."""
        return bool(self.chance.random() < clinic()["chances"][what])

    def some(self, days: Days) -> timedelta:
        """Draw a number of days."""
        return timedelta(days=self.chance.randint(*days))

    def moment(self, day: date) -> datetime:
        """Draw a moment of a day at which the clinic records."""
        minutes = timedelta(minutes=self.chance.randint(*_OPEN))
        return datetime.combine(day, time(tzinfo=UTC)) + minutes

    def tell(self, kind: str, day: date, /, **values: Any) -> None:
        """Have something recorded, unless the story ends before."""
        if day <= self.end:
            self.told.append(Told(at=self.moment(day), line={"kind": kind, **values}))


@cache
def clinic() -> dict[str, Any]:
    """Read what clinics are like."""
    text = Path(__file__).with_name("clinic.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def courses() -> list[dict[str, Any]]:
    """List the kinds of courses; one may say that it is `like` another but for some of it."""
    named: dict[str, dict[str, Any]] = {}
    for course in clinic()["courses"]:
        named[course["protocol"]] = {**named.get(course.get("like", ""), {}), **course}
    return list(named.values())
