"""What earlier versions of a fact still say: a correction to "nobody knows" is no good news."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from monitor.domain.corrections import InForce, Recorded, origins
from monitor.domain.facts import COUNTING, Event, Kind, Result, Status


class Versions:
    """All versions of a patient's results, also those taken back, and what each says of others."""

    def __init__(self, rows: Sequence[Recorded]) -> None:
        self._rows = rows

    def seen(self, result: Result) -> Result:
        """Put beside a result what others say of it: each is worked out where it is needed."""
        known: dict[str, Any] = {}
        first, said = self._first_known[result.code, result.on], result.first_said_at
        if said is not None and first < said:
            known["first_said_at"] = first
        if result.status is Status.UNSUITABLE:
            known["number"] = self._unfit[result.identity]
        if result.event in self.confirmed:
            known["confirms"] = self.confirmed[result.event]
        if result.is_second and result.came_corrected and result.identity in self._of_several:
            known["of_several"] = True
        return replace(result, **known) if known else result

    @cached_property
    def _origins(self) -> dict[int, int]:
        return origins(self._rows)

    @cached_property
    def _first_known(self) -> dict[tuple[str, date], datetime]:
        """Find when the first value of each code and day was recorded.

        Also one that was preliminary, or taken back since: it was known all the same.
        """
        found: dict[tuple[str, date], datetime] = {}
        for row in self._rows:
            if row.kind == Kind.RESULT:
                found.setdefault((row.body["code"], row.on), row.recorded_at)
        return found

    @cached_property
    def _unfit(self) -> dict[int, int]:
        """Number the samples that were not fit, in the order in which that was first recorded.

        Those of one code and day have the number of the first of them, and keep it: also where that
        was taken back.
        """
        found: dict[int, int] = {}
        days: dict[int, tuple[str, date]] = {}
        for row in self._rows:
            origin = self._origins[row.event]
            if row.kind == Kind.RESULT:
                days[origin] = row.body["code"], row.on
            if row.body.get("status") == Status.UNSUITABLE:
                found.setdefault(origin, len(found) + 1)
        first: dict[tuple[str, date], int] = {}
        for origin, number in found.items():
            first.setdefault(days[origin], number)
        return {origin: first[days[origin]] for origin in found}

    @cached_property
    def confirmed(self) -> dict[int, int]:
        """Find the final values that say what the preliminary one of their sample said, with that.

        Only where nothing else was ever recorded of the sample, or taken back: who was told of the
        first was told of nothing that ended since.
        """
        if not any(row.body.get("status") == Status.PRELIMINARY for row in self._rows):
            return {}
        latest: dict[tuple[str, date, bool], Recorded | None] = {}
        places: dict[int | None, tuple[str, date, bool]] = {}
        found: dict[int, int] = {}
        for row in self._rows:
            if row.corrects in places:
                latest[places[row.corrects]] = None
            if row.kind != Kind.RESULT:
                continue
            place = row.body["code"], row.on, row.body.get("second") == "true"
            places[row.event] = place
            is_plain = row.corrects is None and place not in latest
            early = latest.get(place) if row.corrects is None and _counts(row) else None
            if early is not None and _says(row) == _says(early):
                found[row.event] = early.event
            latest[place] = row if is_plain and _status(row) is Status.PRELIMINARY else None
        return found

    @cached_property
    def _of_several(self) -> set[int]:
        """Find what came as a corrected second sample where several second ones were on record.

        Which of them it corrects nobody said. Lines of one file come together; what was taken back
        afterwards was there all the same.
        """
        known: dict[int, Recorded] = {}  # second samples in force, by origin
        found: set[int] = set()
        for _, together in groupby(self._rows, key=lambda row: row.recorded_at):
            came: list[Recorded] = []
            for row in together:
                origin = self._origins[row.event]
                is_known = known.pop(origin, None) is not None
                if row.kind != Kind.RESULT or row.body.get("second") != "true":
                    continue
                if is_known or (row.corrects is None and _status(row) is not Status.CORRECTED):
                    known[origin] = row
                elif row.corrects is None:
                    came.append(row)
            for row in came:
                place = row.body["code"], row.on
                beside = [r for r in known.values() if (r.body["code"], r.on) == place]
                if len(beside) == 0:
                    known[row.event] = row  # of a sample that nobody had recorded
                elif _samples(beside) > 1:
                    found.add(row.event)
        return found


def _samples(rows: Collection[Recorded]) -> int:
    """Count the samples: a preliminary value and what counts since are of one."""
    final = [row for row in rows if _counts(row)]
    early = [row for row in rows if _status(row) is Status.PRELIMINARY]
    alone = [r for r in early if not any(f.recorded_at >= r.recorded_at for f in final)]
    not_fit = len(rows) - len(final) - len(early)
    return not_fit + max(len(final) + len(alone), len(early))


def with_answers(counting: Iterable[InForce]) -> Iterator[InForce]:
    """Put what was answered before each answer that was corrected to "unknown" beside it.

    So it is as if somebody had answered "unknown" anew, which takes back no grave answer.
    """
    for fact in counting:
        if fact.row.kind == Kind.FACT and fact.row.body["value"] == "unknown":
            known = [row for row in fact.earlier if row.body["value"] != "unknown"]
            if known:
                yield replace(fact, row=known[-1])
        yield fact


def once(fact: InForce, decode: Callable[[InForce], Event]) -> Result | None:
    """Give what a result said while it counted, where it was corrected to what does not count.

    It is as new as the correction: who heard of it before is told again.
    """
    if fact.row.kind != Kind.RESULT or not fact.earlier or _counts(fact.row):
        return None
    counted = [row for row in fact.earlier if _counts(row)]
    return _as_new(fact, counted[-1], decode) if counted else None


def early(fact: InForce, decode: Callable[[InForce], Event]) -> Result | None:
    """Give what a result said while it was preliminary, where its sample was not fit after all.

    None where it counted since: what was told of it before that was ended by that value.
    """
    if (
        fact.row.kind != Kind.RESULT
        or not fact.earlier
        or _status(fact.row) is not Status.UNSUITABLE
    ):
        return None
    known = [row for row in fact.earlier if _status(row) is not Status.UNSUITABLE]
    if not known or _status(known[-1]) is not Status.PRELIMINARY:
        return None
    return _as_new(fact, known[-1], decode)


def _as_new(fact: InForce, row: Recorded, decode: Callable[[InForce], Event]) -> Result:
    """Decode an earlier version, with the status and the number of the one in force."""
    then, now = decode(replace(fact, row=row, earlier=())), fact.row
    assert isinstance(then, Result)
    return replace(then, event=now.event, said_at=now.recorded_at, status=_status(now))


def _says(row: Recorded) -> list[str | None]:
    return [row.body.get(key) for key in ("value", "unit", "uln", "lln")]


def _status(row: Recorded) -> Status:
    return Status(row.body.get("status", "final"))


def _counts(row: Recorded) -> bool:
    return _status(row) in COUNTING
