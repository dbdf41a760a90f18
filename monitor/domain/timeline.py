"""The facts of one patient, folded once and then asked about any day.

A `Timeline` is an index; a `View` is what of it counts on a day: facts up to that day, and
the infusions that are taken as given. All rules look through a view, so that no rule can see
the future.
"""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from monitor.domain.catalogue import Catalogue, FactKind
from monitor.domain.course import Change, Course, changes_of, pauses_of
from monitor.domain.facts import (
    COUNTING,
    Answer,
    BookingCancelled,
    CourseEnded,
    CourseMoved,
    CoursePaused,
    CourseResumed,
    CourseStarted,
    DoseAction,
    Dosing,
    Event,
    Infusion,
    InfusionPlanned,
    PatientClosed,
    PatientDescribed,
    PatientReopened,
    Result,
    Status,
    Waiver,
    order,
    order_of_steps,
)
from monitor.domain.given import Given, whole_infusions
from monitor.domain.one_day import counting, worst
from monitor.domain.resting import gives_nothing, with_rests
from monitor.domain.waiting import without_answered

_E = TypeVar("_E", bound=Event)


@dataclass(frozen=True, kw_only=True, slots=True)
class Patient:
    """What is known of a patient on a day."""

    id: str
    sex: str | None = None
    born: date | None = None
    timezone: str | None = None
    language: str | None = None
    can_conceive: bool | None = None
    name: str | None = None
    was_not_male: bool = False  # sex was recorded otherwise at some time


class Timeline:
    """One patient's facts about one drug, in order, indexed by what they are about.

    With no drug: what is watched whatever the drug, the infusions and waivers of all of them.
    """

    def __init__(
        self,
        patient: str,
        events: Iterable[Event],
        *,
        drug: str,
        catalogue: Catalogue,
        lowering: frozenset[str] = frozenset(),
    ) -> None:
        self.patient = patient
        self.drug = drug
        self.catalogue = catalogue
        self.lowering = lowering  # the patient's drugs that lower blood counts
        self.closings: list[PatientClosed | PatientReopened] = []
        self.infusions: list[Infusion] = []
        self.of_other_drugs: list[Infusion] = []
        self.dosing: list[Dosing] = []
        self.waiting: dict[str, list[Result]] = {}  # they count for nothing, and are named
        self._others: dict[type[Event], list[Any]] = {}
        changes: dict[int, list[Change]] = {}
        results: dict[str, dict[date, list[Result]]] = {}
        answers: dict[str, dict[date, list[Answer]]] = {}
        for event in sorted(events, key=order):
            match event:
                case Result():
                    if event.status in COUNTING:
                        results.setdefault(event.code, {}).setdefault(event.on, []).append(event)
                    else:
                        self.waiting.setdefault(event.code, []).append(event)
                case Answer():
                    answers.setdefault(event.fact, {}).setdefault(event.on, []).append(event)
                case PatientClosed() | PatientReopened():
                    self.closings.append(event)
                case Infusion() if event.drug == drug or not drug:
                    self.infusions.append(event)
                case Infusion():
                    self.of_other_drugs.append(event)
                case Dosing() if event.drug == drug:
                    self.dosing.append(event)
                case CoursePaused() | CourseResumed() | CourseEnded():
                    changes.setdefault(event.course, []).append(event)
                case Waiver() if not drug:
                    self._others.setdefault(Waiver, []).append(event)
                case _ if getattr(event, "drug", drug) == drug:
                    self._others.setdefault(type(event), []).append(event)
        self.dosing.sort(key=order_of_steps)
        starts = self.of(CourseStarted)
        self.courses = [
            Course(start=start, changes=tuple(changes_of(start, starts, changes)))
            for start in starts
        ]
        self.taking = with_rests(self.dosing, pauses_of(self.courses), drug)
        self.given = [Given(mg=Decimal(0), known=Fraction(0), is_complete=True)]  # before any
        self.infusions = whole_infusions(self.infusions)
        for infusion in self.infusions:
            self.given.append(self.given[-1].plus(infusion))
        reports = (report for found in self.waiting.values() for report in found)
        unfit = (report for report in reports if report.status is Status.UNSUITABLE)
        self.unfit = sorted(unfit, key=lambda report: report.identity)
        self.waiting = without_answered(self.waiting, results)
        # One a day, oldest first.
        self.results = {
            code: [self._of_one_day(found) for found in by_day.values()]
            for code, by_day in results.items()
        }
        self.answers = {
            fact: [self._answer_of_one_day(found) for found in by_day.values()]
            for fact, by_day in answers.items()
        }

    def of(self, kind: type[_E]) -> Sequence[_E]:
        """List the facts of a kind that need no index of their own, in order."""
        return self._others.get(kind, ())

    def unindexed(self) -> list[Event]:
        """List the facts of all these kinds."""
        return [fact for facts in self._others.values() for fact in facts]

    def course_on(self, day: date) -> Course | None:
        """Find the newest course that has started by a day."""
        course = next((c for c in reversed(self.courses) if c.start.on <= day), None)
        return None if course is None else self.as_of(course, day)

    def as_of(self, course: Course, day: date) -> Course:
        """Give a course with the version that it follows on a day."""
        moves = (move for move in self.of(CourseMoved) if move.on <= day)
        moved = [move for move in moves if move.course == course.start.identity]
        return replace(course, moved=moved[-1]) if moved else course

    def course_of(self, given: Infusion | Dosing) -> Course | None:
        """Find the course that a dose belongs to: that of its day, else the first one."""
        return self.course_on(given.on) or (self.courses[0] if self.courses else None)

    def before(self, begun: Dosing) -> list[Dosing]:
        """List the steps before one that takes the drug up.

        That its course was resumed on its day is none of them: of that day the rest goes on.
        """
        past = self.taking[: self.taking.index(begun)]
        return [step for step in past if not (gives_nothing(step) and step.on == begun.on)]

    def with_it(self, begun: Dosing) -> tuple[Dosing, ...]:
        """List the steps after a start or resumption by which more was taken on its day."""
        after = self.taking[self.taking.index(begun) + 1 :]
        return tuple(s for s in after if s.on == begun.on and s.action is DoseAction.CHANGE)

    def without(self, steps: Sequence[Dosing]) -> "Timeline":
        """Look at the same facts as if some steps of the daily drug were not on record."""
        found = copy(self)
        found.dosing = [step for step in self.dosing if step not in steps]
        found.taking = [step for step in self.taking if step not in steps]
        return found

    def when_given(self, infusion: Infusion, booked: InfusionPlanned | None) -> "Timeline":
        """Look at the same facts as if an infusion and all after it were not, and one booking."""
        found = copy(self)
        found.infusions = self.infusions[: self.infusions.index(infusion)]
        bookings: dict[type[Event], list[Any]] = {InfusionPlanned: [booked] if booked else []}
        found._others = {**self._others, BookingCancelled: [], **bookings}  # noqa: SLF001  # ours
        return found

    def patient_on(self, day: date) -> Patient:
        """Gather what is known of the patient on a day."""
        known: dict[str, object] = {}
        for description in self.of(PatientDescribed):
            if description.on <= day:
                for name in ("sex", "born", "timezone", "language", "can_conceive", "name"):
                    value = getattr(description, name)
                    if value is not None:
                        known[name] = value
                if description.sex not in (None, "male"):
                    known["was_not_male"] = True
        return Patient(id=self.patient, **known)  # type: ignore[arg-type]  # names match

    def closed(self, day: date) -> PatientClosed | None:
        """Find the closing in force on a day."""
        past = [closing for closing in self.closings if closing.on <= day]
        return past[-1] if past and isinstance(past[-1], PatientClosed) else None

    def _of_one_day(self, found: list[Result]) -> Result:
        """Choose among the results of one code and day: the worst of those that count.

        It was first seen when the first of them was: bad news more calms nobody.
        """
        if len(found) == 1:
            return found[0]
        said = min((r.first_said_at for r in found if r.first_said_at), default=None)
        seen = min(result.recorded_on for result in found)
        found = [replace(result, recorded_on=seen, first_said_at=said) for result in found]
        return worst(counting(found), self.catalogue.results[found[0].code])

    def _answer_of_one_day(self, found: list[Answer]) -> Answer:
        """Choose among the answers of one day: the one that speaks against, else the last."""
        if len(found) == 1:
            return found[0]
        code = self.catalogue.facts[found[0].fact]
        if code.kind is FactKind.NUMBER:
            return max(found, key=lambda a: (Decimal(a.value), a.event))
        worse = None if code.kind is FactKind.TEXT else code.worse  # a text speaks against nothing
        return max(found, key=lambda a: (a.value == worse, a.value == "unknown", a.event))
