"""What of a timeline counts on a day: the facts up to it, and the doses taken as given."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property

from monitor.domain.course import Course
from monitor.domain.dates import Span
from monitor.domain.facts import (
    Answer,
    BookingCancelled,
    Dosing,
    Event,
    Infusion,
    InfusionPlanned,
    Symptom,
    Waiver,
)
from monitor.domain.given import Given
from monitor.domain.parting import EACH_BY_ITSELF, Parting
from monitor.domain.related import Related
from monitor.domain.resting import begun, taken_within
from monitor.domain.results_view import ResultsView
from monitor.domain.timeline import Patient, Timeline


class View(ResultsView):
    """What counts on a day: the facts up to it, and the infusions taken as given.

    How infusions belong together, and which related drugs count, is the protocol's to say: ask
    `Protocol.view`.
    """

    def __init__(
        self,
        timeline: Timeline,
        day: date,
        *,
        infusions: Sequence[Infusion] | None = None,
        parting: Parting = EACH_BY_ITSELF,
        never_before_days: int = 0,
        related: Related | None = None,
        dosing: Sequence[Dosing] | None = None,
        lowering: Sequence[Infusion] | None = None,
        taken: Sequence[Sequence[Dosing]] = (),
        own_table: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(timeline, day)
        self.parting = parting
        self.never_before_days = never_before_days
        self.related = related
        if infusions is None:
            infusions = [infusion for infusion in timeline.infusions if infusion.on <= day]
        if infusions and infusions[-1].parts:
            infusions = [*infusions[:-1], infusions[-1].until(day)]
        self.infusions = infusions
        self._dosing = dosing
        # Of drugs that lower blood counts the infusions, and of each that is taken daily the steps.
        self.lowering = infusions if lowering is None else lowering
        self.taken = taken
        # The codes that a drug's own table judges.
        self.own_table = own_table

    @cached_property
    def patient(self) -> Patient:
        """Give what is known of the patient on that day."""
        return self.timeline.patient_on(self.day)

    @cached_property
    def last_infusion(self) -> Infusion | None:
        """Give the newest infusion."""
        return self.infusions[-1] if self.infusions else None

    def lowered_beside(self, until: date, *, dose: Event | None = None) -> Infusion | None:
        """Find the last infusion up to a day, and of it, of another drug that lowers counts.

        Where it is asked of a dose on record, what was recorded after that is left out of its
        day: of two doses of a day the later one counts the earlier.
        """
        timeline = self.timeline
        given = [i for i in timeline.of_other_drugs if i.drug in timeline.lowering]
        past = [i for i in given if i.on <= min(until, self.day)]
        if dose is not None:
            past = [i for i in past if i.on < until or not i.began_after(dose)]
        return max(past, key=lambda i: i.on, default=None)

    def given_on(self, day: date) -> tuple[Infusion, ...]:
        """List the infusions of a day, without what was given on the next."""
        return tuple(infusion.until(day) for infusion in self.infusions if infusion.on == day)

    @cached_property
    def dosing(self) -> Sequence[Dosing]:
        """List the steps of a daily drug that are taken as given, oldest first."""
        if self._dosing is not None:
            return self._dosing
        return [step for step in self.timeline.taking if step.on <= self.day]

    @cached_property
    def begun(self) -> Sequence[Dosing]:
        """List the starts and resumptions of a daily drug: what a gate is asked about."""
        return begun(self.dosing)

    @cached_property
    def last_given(self) -> Infusion | Dosing | None:
        """Give the newest infusion, or the newest start or resumption."""
        return self.last_infusion or next(reversed(self.begun), None)

    @cached_property
    def coming(self) -> int:
        """Give the number of the infusion, start or resumption that may come next."""
        return len(self.infusions) + len(self.begun) + 1

    @cached_property
    def course(self) -> Course | None:
        """Give the newest course begun by that day."""
        return self.timeline.course_on(self.day)

    @cached_property
    def rounds(self) -> list[list[Infusion]]:
        """Part the infusions into rounds."""
        return self.parting.rounds(self.infusions)

    def goes_on(self, day: date) -> bool:
        """Say whether an infusion on a day would go on with the last round."""
        return bool(self.rounds) and self.parting.goes_on(self.rounds[-1], day)

    def until(self, day: date) -> "View":
        """Look back: what counted on an earlier day, before the infusions of that day."""
        return View(
            self.timeline,
            min(day, self.day),
            infusions=[infusion for infusion in self.infusions if infusion.on < day],
            dosing=[step for step in self.dosing if step.on < day],
            parting=self.parting,
            never_before_days=self.never_before_days,
            related=self.related,
            lowering=[infusion for infusion in self.lowering if infusion.on < day],
            taken=self.taken,
            own_table=self.own_table,
        )

    def is_lowered(self, day: date, within: Span) -> bool:
        """Say whether a drug that lowers counts is taken, or was given so shortly before a day."""
        given = any(i.on <= day <= within.after(i.on) for i in self.lowering)
        return given or any(taken_within(steps, day, within) for steps in self.taken)

    @cached_property
    def given(self) -> Given:
        """Give the sums over the infusions, which are the first so many of the timeline."""
        if not self.infusions or not self.infusions[-1].parts:
            before = len(self.infusions)
            if not self.infusions or self.infusions[-1] is self.timeline.infusions[before - 1]:
                return self.timeline.given[before]
        return self.timeline.given[len(self.infusions) - 1].plus(self.infusions[-1])

    @cached_property
    def anchor(self) -> Event | None:
        """Give the fact that the occurrence of what may come next counts from."""
        if self.last_given is not None:
            return self.last_given
        return self.course.start if self.course else None

    def answer(self, fact: str) -> Answer | None:
        """Find the newest answer to a question."""
        return next(reversed(self.answers(fact)), None)

    def answers(self, fact: str) -> list[Answer]:
        """List the answers to a question, one a day, oldest first."""
        return [one for one in self.timeline.answers.get(fact, ()) if one.on <= self.day]

    def known_answer(self, fact: str) -> Answer | None:
        """Find the newest answer to a question that is not 'unknown'."""
        return next(reversed(self.known_answers(fact)), None)

    def known_answers(self, fact: str) -> list[Answer]:
        """List the answers to a question that are not 'unknown', one a day, oldest first."""
        return [answer for answer in self.answers(fact) if answer.value != "unknown"]

    def symptoms(self, group: str, first: date = date.min, last: date = date.max) -> list[Symptom]:
        """List the symptoms of a group within two days, both included, oldest first."""
        codes = self.timeline.catalogue.symptoms
        last = min(last, self.day)
        return [
            s
            for s in self.timeline.of(Symptom)
            if first <= s.on <= last and codes[s.code].group == group
        ]

    def waivers(self, rule: str, of: tuple[int, Event] | None = None) -> list[Waiver]:
        """List what a person decided about a rule, or one occurrence from an anchor on."""
        found = [w for w in self.timeline.of(Waiver) if w.rule == rule and w.on <= self.day]
        if of is None or not found:
            return found
        return [w for w in found if (w.occurrence, w.anchor) == (of[0], of[1].identity)]

    def plan(self, used_up_within: int) -> InfusionPlanned | None:
        """Find the booked day: the plan recorded last that is not used up, nor cancelled.

        An infusion from `used_up_within` days before the booked day on uses it up, and so does
        one recorded since, if the booked day is no later than a next one may be given. Plans
        and cancellings are seen on every day, also before they were made: they speak of the
        future.
        """
        ended = max((c.event for c in self.timeline.of(BookingCancelled)), default=-1)
        live = [
            plan
            for plan in self.timeline.of(InfusionPlanned)
            if plan.event > ended and not self._is_used_up(plan, used_up_within)
        ]
        return max(live, key=lambda plan: plan.event, default=None)

    def _is_used_up(self, plan: InfusionPlanned, used_up_within: int) -> bool:
        reach = max(used_up_within, self.never_before_days)
        for infusion in reversed(self.infusions):
            gap = (plan.on - infusion.on).days
            if gap > reach:
                return False
            if gap <= used_up_within or infusion.identity > plan.event:
                return True
        return False
