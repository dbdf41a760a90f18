"""Fill a new database with an invented clinic, the same for the same numbers.

Each life is recorded as commands record it, fact by fact at its moment, in a record that is
thrown away; what stood there is written into the clinic under the patient's name. Of a large
clinic many patients have had the same life, each on a record and chain of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import Connection

from monitor.demo.chances import Told
from monitor.demo.invented_patients import story
from monitor.domain.corrections import Recorded
from monitor.domain.facts import Kind
from monitor.errors import Refused
from monitor.service.asking.cases import Asked, case_of
from monitor.service.asking.projection import projected
from monitor.service.recording import corrections, record
from monitor.service.recording.input_lines import COMMANDED, parse_line
from monitor.store import copying, evaluation, facts
from monitor.store.appender import Appender
from monitor.store.copying import Original

LIVES = 2000  # that differ; a larger clinic repeats them

_AT_ONCE = 1000  # patients that are written together
_NOBODY = "NOBODY"  # in whose name a life is lived
_PRESENT = time(14, 30, tzinfo=UTC)  # of the last day: the clinic closes


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """Which clinic is meant."""

    patients: int
    years: int  # the oldest course began so long ago
    seed: int
    until: date  # the last day of the record
    most_lives: int = LIVES

    @property
    def lives(self) -> int:
        """Count the lives that differ."""
        return min(self.patients, self.most_lives)

    @property
    def steps(self) -> int:
        """Count what progress is counted in: lives, then patients."""
        return self.lives + self.patients


def populate(
    connection: Connection,
    scratch: Connection,
    size: Size,
    *,
    progress: Callable[[int], None] = lambda count: None,
) -> int:
    """Write the clinic, and return how many facts it has; `scratch` is an empty record.

    Raises Refused where somebody is on record.
    """
    if facts.is_anybody_known(connection):
        raise Refused("that database already has patients; name a new one")
    evaluation.note_new(connection)
    lives = []
    for number in range(size.lives):
        lives.append(_live(scratch, connection, number, size))
        progress(1)
    event = 0
    for first in range(0, size.patients, _AT_ONCE):
        some = range(first, min(first + _AT_ONCE, size.patients))
        named = [(f"D-{number + 1:07d}", lives[number % size.lives]) for number in some]
        event = copying.write(connection, named, after=event)
        progress(len(some))
    return event


def _live(scratch: Connection, connection: Connection, number: int, size: Size) -> Original:
    """Record one life as it was told, and take down what then stands on record."""
    who = f"{_NOBODY}-{number}"
    told = story(size.seed, number, until=size.until, years=size.years)
    _record(scratch, who, told)
    rows = facts.read(scratch, who)
    record.keep_protocols(connection, rows)
    asked = Asked(now=datetime.combine(size.until, _PRESENT))
    return copying.take_down(rows, projected(case_of(scratch, who, rows, asked)))


def _record(scratch: Connection, who: str, story: list[Told]) -> None:
    """Record what was told, each at its moment."""
    admission = record.open_admission(scratch, who, now=story[0].at)
    appender = Appender(scratch, now=story[0].at)
    stored: dict[Told, Recorded] = {}
    for told in story:
        if told.mends is not None:
            appender.flush()
            _mend(scratch, told, stored[told.mends])
            admission = record.open_admission(scratch, who, now=told.at)
            appender = Appender(scratch, now=told.at)
            continue
        admission.now = appender.now = told.at
        key = "id" if told.line["kind"] == Kind.PATIENT else "patient"
        line = parse_line({**told.line, key: who}, COMMANDED)
        drafts = admission.admit(line, skip_equal=False)
        rows = record.append_all(scratch, admission, appender, drafts)
        stored[told] = rows[0]
    appender.flush()
    contradictions = list(admission.contradictions())
    if contradictions:
        raise Refused("; ".join(words for _, words in contradictions))


def _mend(scratch: Connection, told: Told, row: Recorded) -> None:
    if told.line:
        corrections.correct(
            scratch, row.event, told.line, reason=told.reason, by="clinic", now=told.at
        )
    else:
        corrections.retract(scratch, row.event, reason=told.reason, by="clinic", now=told.at)
