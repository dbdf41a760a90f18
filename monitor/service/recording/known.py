"""One patient while facts are being recorded: what is in force, and what follows from it.

What may be added is asked of the same timelines as every answer.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from monitor import protocols
from monitor.domain.corrections import Recorded, in_force, lone, named_infusions
from monitor.domain.course import Course
from monitor.domain.facts import (
    COUNTING,
    CourseMoved,
    CourseStarted,
    Dosing,
    Event,
    Framing,
    Infusion,
    Kind,
    PatientDescribed,
    Result,
)
from monitor.domain.one_day import counting
from monitor.domain.protocol import Protocol
from monitor.domain.timeline import Timeline
from monitor.errors import OutsideError
from monitor.service.asking import begun
from monitor.service.asking.cases import Asked, there_on
from monitor.service.input.sizes import Body, measured
from monitor.service.recording.namesakes import Namesakes
from monitor.store import codec


class Known:
    """The facts in force of one patient, kept current while facts are appended."""

    def __init__(
        self,
        who: str,
        rows: Iterable[Recorded],
        *,
        now: datetime,
        without: int | None = None,  # a fact that is being replaced or taken back
        pinned: Callable[[str], Protocol | None] = protocols.read_before,
    ) -> None:
        self.who = who
        self.now = now
        self._pinned = pinned  # finds the text that a course follows by its digest
        self.namesakes: Namesakes | None = None  # asked where there are any
        self.catalogue = protocols.catalogue()
        self.rows = list(rows)
        self.names: dict[str, int] = {}  # ids of lines that say what is on record without an id
        self.facts: list[Event] = []
        self.replaced: list[Event] = []  # what is being replaced or taken back
        self.given: list[Infusion | Dosing] = []
        self.bodies: list[Body] = []
        self.described: list[PatientDescribed] = []
        self._frame: list[Event] = []
        self._results: dict[str, list[Result]] = {}  # by code, in the order of days
        self._courses: list[Course] | None = None  # None: to be asked anew
        self._closings: Timeline | None = None
        self._timelines: dict[str, Timeline] = {}  # by drug
        self._added: set[int] = set()
        self.before = codec.facts(self.rows, self.catalogue, now=now)
        self._begun = begun.latest_begun(date.min, begun.of_events(self.before), now)
        gone = {fact.identity for fact in self.before if fact.event == without}
        for fact in self.before:
            if fact.identity in gone:
                self.replaced.append(fact)
            else:
                self._note(fact)
        zones = [row.body["timezone"] for row in self.rows if row.body.get("timezone")]
        self._moments = begun.Moments(begun.of_events(self.facts), zones)

    def added(self, row: Recorded) -> None:
        """Take note of a fact that was appended."""
        self.rows.append(row)
        if row.kind == Kind.RETRACTION:
            return
        fact = lone(row)
        if row.corrects is not None:
            fact = next(fact for fact in in_force(self.rows) if fact.row.event == row.event)
        self._added |= {row.event, fact.origin}
        event = codec.decode(fact, self.zone, self.catalogue)
        if isinstance(event, Infusion) and "part_of" in row.body:
            event = replace(event, part_of=self.infusion_named(row.body["part_of"]) or 0)
        if event is not None:
            self._note(event)

    def again(self, *, without: int | None = None) -> Self:
        """Take the record as it is by now, perhaps without a fact that is to be replaced."""
        found = type(self)(self.who, self.rows, now=self.now, without=without, pinned=self._pinned)
        found._added, found.namesakes = self._added, self.namesakes  # noqa: SLF001  # one of us
        found.names = self.names
        return found

    def was_added(self, *facts: Event | Recorded) -> bool:
        """Say whether any of these facts was appended since the record was read."""
        return any(fact.event in self._added for fact in facts)

    def _note(self, fact: Event) -> None:
        self.facts.append(fact)
        if isinstance(fact, PatientDescribed):
            self.described.append(fact)
        if isinstance(fact, Framing):
            self._frame.append(fact)
            self._courses = self._closings = None
        if isinstance(fact, Infusion | Dosing):
            self.given.append(fact)
        if isinstance(fact, Framing | Infusion | Dosing):
            self._timelines.clear()
        if isinstance(fact, Result):
            insort(self._results.setdefault(fact.code, []), fact, key=lambda result: result.on)
            if fact.status not in COUNTING:
                return
        body = measured(fact)
        if body is not None:
            self.bodies.append(body)

    # the patient

    @property
    def zone(self) -> ZoneInfo:
        """Give the zone in which the patient lives now."""
        return there_on(self.described, Asked(now=self.now))[1]

    @property
    def today(self) -> date:
        """Give the day in the patient's zone, or a later one of which there is something."""
        return max(self._begun, self.now.astimezone(self.zone).date())

    @property
    def born(self) -> date | None:
        """Give the day of birth that was said last."""
        return next((told.born for told in reversed(self.described) if told.born), None)

    @property
    def name(self) -> str | None:
        """Give the name that was said last."""
        return next((told.name for told in reversed(self.described) if told.name), None)

    @property
    def earliest_on(self) -> date | None:
        """Give the first day of which there is anything but what describes the patient."""
        days = (fact.on for fact in self.facts if not isinstance(fact, PatientDescribed))
        return min(days, default=None)

    @property
    def closings(self) -> Timeline:
        """Give what says whether the patient is closed."""
        if self._closings is None:
            self._closings = self._fold(self._frame, drug="")
        return self._closings

    def day_of(self, moment: datetime) -> date:
        """Say which day a moment is of, where the patient lives."""
        return self._moments.day_of(moment, self.zone)

    # courses, and what was given

    @property
    def courses(self) -> list[Course]:
        """List the courses with all drugs, in the order of their starts."""
        if self._courses is None:
            starts = (fact for fact in self._frame if isinstance(fact, CourseStarted))
            drugs = dict.fromkeys(start.drug for start in starts)
            found = [c for drug in drugs for c in self._fold(self._frame, drug=drug).courses]
            self._courses = sorted(found, key=lambda c: (c.start.on, c.start.identity))
        return self._courses

    def protocol_of(self, pin: CourseStarted | CourseMoved) -> Protocol | None:
        """Read the text that a course follows, whatever is in the site's folder by now."""
        return self._pinned(pin.digest)

    def text_named(self, digest: str) -> Protocol | None:
        """Read the kept text of a protocol that a file names; None where there is none."""
        try:
            return self._pinned(digest)
        except OutsideError:
            return None

    def timeline(self, drug: str, *, without: Iterable[Event] = ()) -> Timeline:
        """Give the courses with a drug, and what was given of it; perhaps without some steps."""
        left_out = list(without)
        if left_out:
            given = (fact for fact in self.given if fact not in left_out)
            return self._fold([*self._frame, *given], drug=drug)
        if drug not in self._timelines:
            self._timelines[drug] = self._fold([*self._frame, *self.given], drug=drug)
        return self._timelines[drug]

    def _fold(self, facts: Iterable[Event], *, drug: str) -> Timeline:
        return Timeline(self.who, facts, drug=drug, catalogue=self.catalogue)

    def infusion_named(self, name: str) -> int | None:
        """Give the identity of the infusion that an event number, or a sender's id, names."""
        return named_infusions(self.rows).get(name)

    def event_named(self, name: str) -> int | None:
        """Give the number of the fact that a sender's id names; of several the last one."""
        if name == self.who:
            return next((row.event for row in self.rows if row.kind == Kind.PATIENT), None)
        found = next((row.event for row in reversed(self.rows) if row.sender_id == name), None)
        return self.names.get(name) if found is None else found

    # results

    def counting(self, code: str, day: date) -> list[Result]:
        """List the results of a code and day that count, the one recorded last at the end."""
        results = self._results.get(code, [])
        first = bisect_left(results, day, key=lambda result: result.on)
        last = bisect_right(results, day, key=lambda result: result.on)
        found = counting([r for r in results[first:last] if r.status in COUNTING])
        return sorted(found, key=lambda result: result.event)

    def last_result(self, code: str, until: date) -> Result | None:
        """Find the newest result of a code that counts, up to a day."""
        results = self._results.get(code, [])
        place = bisect_right(results, until, key=lambda result: result.on)
        while place:
            day = results[place - 1].on
            if found := self.counting(code, day):
                return found[-1]
            place = bisect_left(results, day, key=lambda result: result.on)
        return None

    def counted(self, code: str) -> list[Result]:
        """List the results of a code that are not preliminary, in the order of days."""
        return [r for r in self._results.get(code, []) if r.status in COUNTING]
