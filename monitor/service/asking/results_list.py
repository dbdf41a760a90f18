"""The results of one patient, as they were received: also those that do not count, with why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import groupby

from sqlalchemy import Connection

from monitor import protocols
from monitor.domain.corrections import Recorded
from monitor.domain.facts import COUNTING, Kind, Result, Status
from monitor.domain.one_day import counting
from monitor.errors import BadOption
from monitor.service.asking.cases import Asked, Case
from monitor.service.asking.documents import Document, document
from monitor.service.asking.identity import Person, person_of
from monitor.service.input import names, text_fields
from monitor.store import codec, facts


class ResultStanding(StrEnum):
    """Whether a result counts, and why not."""

    COUNTS = "counts"
    PRELIMINARY = "preliminary"
    UNSUITABLE = "unsuitable"
    REPLACED = "replaced"  # a corrected one of its day is in its place
    RETRACTED = "retracted"


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedResult:
    """One result: what it says, how it was recorded, and whether it counts."""

    result: Result
    row: Recorded
    standing: ResultStanding
    taken_back: int | None = None  # the event that did

    @property
    def value(self) -> str:
        """Write the value as it was received, with its unit and the laboratory's own limits."""
        lln, uln = (self.row.body.get(key) for key in ("lln", "uln"))
        limits = " ".join([f"from {lln}"] * bool(lln) + [f"to {uln}"] * bool(uln))
        return self.result.shown + (f" ({limits})" if limits else "")

    @property
    def notes(self) -> Iterator[str]:
        """Say what is not as of every other result, first why it does not count."""
        if self.standing is not ResultStanding.COUNTS:
            by = f" by event {self.taken_back}" if self.taken_back else ""
            yield f"{self.standing}{by}: does not count"
        if self.result.status is Status.CORRECTED:
            yield "corrected"
        if self.result.is_second:
            yield "second sample"
        if self.row.body.get("confirm") == "true":
            yield "unusual, confirmed"
        if self.result.is_limit_odd:
            yield "a limit that no laboratory prints"
        if self.result.method:
            yield self.result.method


@dataclass(frozen=True, kw_only=True, slots=True)
class Trend:
    """The numbers of a code that count, one a day, in the unit in which they are compared."""

    code: str
    unit: str
    results: tuple[Result, ...]

    def numbers(self) -> list[Decimal]:
        """Give what is drawn: the number, also of one that stands beside a comparator."""
        return [r.compared for r in self.results if isinstance(r.compared, Decimal)]


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultsAnswer:
    """The results of a patient, code by code, oldest first."""

    person: Person
    as_of: date
    code: str | None  # None: of every code
    results: tuple[ListedResult, ...]
    trends: tuple[Trend, ...]


def list_results(
    connection: Connection, case: Case, asked: Asked, code: str | None
) -> ResultsAnswer:
    """List what is on record by a day; raises Refused for a code that there is not."""
    known = protocols.catalogue().results
    wanted = None if code is None else names.result(code)
    if wanted is not None and wanted not in known:
        raise BadOption("CODE", text_fields.unknown("result code", wanted, known))
    rows = facts.read(connection, case.patient, known_at=asked.known_at, now=asked.now)
    listed = [
        one
        for one in (*_in_force(case, rows), *_taken_back(rows))
        if one.result.on <= case.today and wanted in (None, one.result.code)
    ]
    order = [*known]
    listed.sort(key=lambda one: (order.index(one.result.code), one.result.on, one.result.event))
    return ResultsAnswer(
        person=person_of(case),
        as_of=case.today,
        code=wanted,
        results=tuple(listed),
        trends=tuple(
            _trends(case, dict.fromkeys(o.result.code for o in listed)),
        ),
    )


def _in_force(case: Case, rows: Iterable[Recorded]) -> Iterator[ListedResult]:
    by_event = {row.event: row for row in rows}
    found = [fact for fact in case.events if isinstance(fact, Result)]
    found.sort(key=lambda result: (result.code, result.on))
    for _, of_day in groupby(found, key=lambda result: (result.code, result.on)):
        day = list(of_day)
        counted = {r.event for r in counting([r for r in day if r.status in COUNTING])}
        for one in day:
            standing = ResultStanding.COUNTS if one.event in counted else ResultStanding.REPLACED
            if one.status not in COUNTING:
                standing = ResultStanding(one.status.value)
            yield ListedResult(result=one, row=by_event[one.event], standing=standing)


def _taken_back(rows: Iterable[Recorded]) -> Iterator[ListedResult]:
    by = {row.corrects: row.event for row in rows if row.kind == Kind.RETRACTION}
    for row in rows:
        if row.kind == Kind.RESULT and row.event in by:
            result = codec.alone(row, protocols.catalogue())
            assert isinstance(result, Result)
            yield ListedResult(
                result=result, row=row, standing=ResultStanding.RETRACTED, taken_back=by[row.event]
            )


def _trends(case: Case, codes: Iterable[str]) -> Iterator[Trend]:
    view = case.watched.view(case.today)
    for code in codes:
        found = Trend(code=code, unit=view.unit(code), results=tuple(view.series(code)))
        if len(found.numbers()) > 1:
            yield found


@document.register
def _results(answer: ResultsAnswer) -> Document:
    who = answer.person
    found = {"patient": who.id, **who.known(), "as_of": document(answer.as_of)}
    return {**found, "results": document(answer.results)}


@document.register
def _result(listed: ListedResult) -> Document:
    result, body = listed.result, listed.row.body
    as_received = ("value", "comparator", "unit", "lln", "uln", "method")
    is_number = isinstance(result.compared, Decimal)
    return {
        "event": result.event,
        "code": result.code,
        "on": document(result.on),
        **{key: body.get(key) for key in as_received},
        "compared": f"{result.compared:f}" if is_number else None,  # in the code's first unit
        "status": result.status.value,
        "standing": listed.standing.value,
        "second": result.is_second,
        "confirmed": body.get("confirm") == "true",
        "by": listed.row.by,
        "what": str(result),
    }
