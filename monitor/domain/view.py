"""What of a timeline counts on a day: the facts up to it, and the doses taken as given."""

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from datetime import date
from functools import cached_property

from monitor.domain.course import Course
from monitor.domain.dates import days
from monitor.domain.facts import (
    Answer,
    Dosing,
    Event,
    Infusion,
    InfusionPlanned,
    Result,
    Status,
    Symptom,
)
from monitor.domain.given import Given
from monitor.domain.one_day import worst
from monitor.domain.parting import EACH_BY_ITSELF, Parting
from monitor.domain.related import Related
from monitor.domain.resting import begun
from monitor.domain.timeline import Patient, Timeline


class View:
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
        own_table: frozenset[str] = frozenset(),
    ) -> None:
        self.timeline = timeline
        self.day = day
        self.added: dict[str, list[Result]] = {}  # taken as if they counted
        self.parting = parting
        self.never_before_days = never_before_days
        self.related = related
        if infusions is None:
            infusions = [infusion for infusion in timeline.infusions if infusion.on <= day]
        if infusions and infusions[-1].parts:
            infusions = [*infusions[:-1], infusions[-1].until(day)]
        self.infusions = infusions
        self._dosing = dosing
        # Those of drugs that lower blood counts; and the codes that a drug's own table judges.
        self.lowering = infusions if lowering is None else lowering
        self.own_table = own_table

    @cached_property
    def patient(self) -> Patient:
        """Give what is known of the patient on that day."""
        return self.timeline.patient_on(self.day)

    @property
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

    @property
    def last_given(self) -> Infusion | Dosing | None:
        """Give the newest infusion, or the newest start or resumption."""
        return self.last_infusion or next(reversed(self.begun), None)

    @property
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
            own_table=self.own_table,
        )

    @property
    def given(self) -> Given:
        """Give the sums over the infusions, which are the first so many of the timeline."""
        if not self.infusions or not self.infusions[-1].parts:
            before = len(self.infusions)
            if not self.infusions or self.infusions[-1] is self.timeline.infusions[before - 1]:
                return self.timeline.given[before]
        return self.timeline.given[len(self.infusions) - 1].plus(self.infusions[-1])

    @property
    def anchor(self) -> Event | None:
        """Give the fact that the occurrence of what may come next counts from."""
        if self.last_given is not None:
            return self.last_given
        return self.course.start if self.course else None

    def series(self, code: str) -> Sequence[Result]:
        """List the counting results of a code, one a day, oldest first."""
        counting = self.timeline.series(code, self.day)
        if code not in self.added:
            return counting
        by_day: dict[date, list[Result]] = {}
        for result in (*counting, *self.added[code]):
            by_day.setdefault(result.on, []).append(result)
        known = self.timeline.catalogue.results[code]
        return [worst(found, known) for _, found in sorted(by_day.items())]

    def unit(self, code: str) -> str:
        """Give the unit in which the values of a code are compared."""
        return self.timeline.catalogue.results[code].unit

    def newest(self, code: str) -> Result | None:
        """Find the newest counting result of a code."""
        found = self.series(code)
        return found[-1] if found else None

    def waiting(self, code: str) -> list[Result]:
        """List what was reported of a code, does not count, and is newer than what counts."""
        found = self.timeline.waiting.get(code)
        if not found:
            return []
        final = self.timeline.series(code, self.day)
        return [r for r in found if r.on <= self.day and (not final or final[-1].on <= r.on)]

    def answers_to(self, report: Result) -> Sequence[Result]:
        """List the counting results that answer a sample that was not fit: of its day or later.

        Not one of its day of which it is a newer sample.
        """
        is_open = report in self.timeline.waiting.get(report.code, ())
        first = report.on + days(1) if is_open else report.on
        return self.between(report.code, first, self.day)

    def reports(self, codes: Iterable[str]) -> list[Result]:
        """List what was reported of several codes and is waiting."""
        return [report for code in codes for report in self.waiting(code)]

    def preliminary(self, code: str) -> Result | None:
        """Find the worst preliminary result of a code that no final one has answered.

        What is not final either answers none of them, and one that was found unfit is no better.
        """
        newer = {report.event for report in self.waiting(code)}
        found = [report for report in self.early(code) if report.event in newer]
        return worst(found, self.timeline.catalogue.results[code]) if found else None

    def early(self, code: str) -> list[Result]:
        """List what preliminary results say, and what unfit samples said while they were that.

        Of its own day a final value answers one, of a later day too one that was not fit.
        """
        reports = [r for r in self.timeline.waiting.get(code, ()) if r.on <= self.day]
        newer = self.waiting(code) if any(r.early is not None for r in reports) else ()
        unfit = [r.early for r in reports if r.early is not None and r in newer]
        return [*(r for r in reports if r.status is Status.PRELIMINARY), *unfit]

    def overtaken(self) -> list[Result]:
        """List preliminary results with a newer value, and none of their own sample."""
        return [
            report
            for code, reports in self.timeline.waiting.items()
            for report in reports
            if report.status is Status.PRELIMINARY and report.once is None
            if report.on <= self.day and report not in self.waiting(code)
        ]

    def if_final(self) -> "View":
        """Look as if the worst preliminary results were final, where `series` is asked."""
        early = {code: self.preliminary(code) for code in self.timeline.waiting}
        return self._adding({code: [r] for code, r in early.items() if r is not None})

    def if_kept(self) -> "View":
        """Look as if what has counted once, and is not answered, still did.

        Another sample answers one that was not fit; for what is not final any more, its own does.
        """
        kept: dict[str, list[Result]] = {}
        for code, reports in self.timeline.waiting.items():
            newer = self.waiting(code)
            for report in reports:
                is_open = report in newer or report.status is Status.PRELIMINARY
                if report.once is not None and report.on <= self.day and is_open:
                    kept.setdefault(code, []).append(report.once)
        return self._adding(kept)

    def if_all_kept(self, taken_again_days: int) -> "View":
        """Look as if all that counted once still did, whatever other days say.

        But a sample that was not fit is answered by another one of so many days after it.
        """
        return self._adding(self._all(lambda report: report.once, taken_again_days))

    def if_all_final(self, taken_again_days: int) -> "View":
        """Look as if all that is or was preliminary were final, beside what counted once."""

        def meant(report: Result) -> Result | None:
            is_early = report.status is Status.PRELIMINARY
            return report if is_early else report.once or report.early

        return self._adding(self._all(meant, taken_again_days))

    def _all(
        self, meant: Callable[[Result], Result | None], taken_again_days: int
    ) -> dict[str, list[Result]]:
        found: dict[str, list[Result]] = {}
        for code, reports in self.timeline.waiting.items():
            known = [
                meant(report)
                for report in reports
                if report.on <= self.day and not self._is_taken_again(report, taken_again_days)
            ]
            if counting := [result for result in known if result is not None]:
                found[code] = counting
        return found

    def _is_taken_again(self, report: Result, within: int) -> bool:
        if report.status is not Status.UNSUITABLE:
            return False
        last = min(report.on + days(within), self.day)
        return bool(self.timeline.between(report.code, report.on + days(1), last))

    @property
    def all_added(self) -> list[Result]:
        """List what only counts here, both ends of a day that is bad at both."""
        return [end for results in self.added.values() for r in results for end in r.ends]

    def among_added(self, facts: Iterable[Event]) -> list[Result]:
        """List the facts that only count here, each once, whatever else is said of it."""
        added = {result.event for result in self.all_added}
        found = (fact for fact in facts if isinstance(fact, Result) and fact.event in added)
        return list({fact.event: fact for fact in reversed([*found])}.values())[::-1]

    def _adding(self, results: dict[str, list[Result]]) -> "View":
        if not results:  # of most patients
            return self
        found = copy(self)
        both = {code: [*self.added.get(code, ()), *more] for code, more in results.items()}
        found.added = {**self.added, **both}
        return found

    def between(self, code: str, first: date, last: date) -> Sequence[Result]:
        """List the counting results of a code within two days, both included."""
        if code in self.added:
            return [result for result in self.series(code) if first <= result.on <= last]
        return self.timeline.between(code, first, min(last, self.day))

    def answer(self, fact: str) -> Answer | None:
        """Find the newest answer to a question."""
        past = [answer for answer in self.timeline.answers(fact) if answer.on <= self.day]
        return past[-1] if past else None

    def known_answer(self, fact: str) -> Answer | None:
        """Find the newest answer to a question that is not 'unknown'."""
        return next(reversed(self.known_answers(fact)), None)

    def known_answers(self, fact: str) -> list[Answer]:
        """List the answers to a question that are not 'unknown', one a day, oldest first."""
        answers = self.timeline.answers(fact)
        return [one for one in answers if one.on <= self.day and one.value != "unknown"]

    def symptoms(self, group: str, first: date = date.min, last: date = date.max) -> list[Symptom]:
        """List the symptoms of a group within two days, both included, oldest first."""
        codes = self.timeline.catalogue.symptoms
        last = min(last, self.day)
        return [
            s
            for s in self.timeline.symptoms
            if first <= s.on <= last and codes[s.code].group == group
        ]

    def plan(self, used_up_within: int) -> InfusionPlanned | None:
        """Find the booked day: the plan recorded last that is not used up, nor cancelled.

        An infusion from `used_up_within` days before the booked day on uses it up, and so does
        one recorded since, if the booked day is no later than a next one may be given. Plans
        and cancellings are seen on every day, also before they were made: they speak of the
        future.
        """
        ended = max((c.event for c in self.timeline.cancellings), default=-1)
        live = [
            plan
            for plan in self.timeline.plans
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
