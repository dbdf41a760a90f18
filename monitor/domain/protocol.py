"""A protocol: what one drug, in one indication and jurisdiction, demands, with its sources.

Words and numbers come from YAML (`protocols/reader.py`); the meaning of each kind of rule is
one class in `rules/`, listed in `rules/kinds.py`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

from monitor.domain.dates import Span, days
from monitor.domain.facts import CourseEnded, DoseAction, Dosing, Infusion
from monitor.domain.parting import EACH_BY_ITSELF, Parting
from monitor.domain.related import Related
from monitor.domain.rule import Regimen, Rule, Source, SymptomAdvice, UsualDose
from monitor.domain.rules.dose_adjustment import DoseTable
from monitor.domain.rules.expectations import CheckRule
from monitor.domain.rules.question import Demands
from monitor.domain.rules.requirement import RequirementRule, TotalLimit
from monitor.domain.rules.warning import WarningRule
from monitor.domain.surface import Surface
from monitor.domain.timeline import Timeline
from monitor.domain.view import View

T = TypeVar("T")

_RESTS = (DoseAction.STOP, DoseAction.INTERRUPT)


@dataclass(frozen=True, kw_only=True)  # without slots: what its rules say of doses it keeps
class Protocol:
    """The monitoring plan for one drug in one indication; never edited once released."""

    name: str
    version: str
    digest: str  # SHA-256 of the file's text
    status: str  # draft or reviewed
    drug: str
    title: str
    jurisdiction: str
    indication: str
    brands: tuple[str, ...]
    summary: str
    demands: Demands  # of every gate, whatever the protocol
    lowers_counts: bool  # the drug lowers blood counts, so that a low one after it is expected
    # The fact that holds what was given before this record, in mg/m2; None: no lifetime dose.
    prior_exposure: str | None
    sources: Mapping[str, Source]
    requirements: tuple[RequirementRule, ...]
    dose_table: DoseTable | None
    checks: tuple[CheckRule, ...]
    warnings: tuple[WarningRule, ...]
    symptom_advice: tuple[SymptomAdvice, ...]
    notes: tuple[str, ...] = ()
    related_exposure: Related | None = None
    given: Regimen = Regimen.INFUSIONS
    usual_dose: UsualDose | None = None  # None: sizes are not asked about
    own_table: tuple[str, ...] = ()  # result codes that the sources of this drug judge themselves

    @property
    def reviewed(self) -> bool:
        """Say whether a clinician has signed it."""
        return self.status == "reviewed"

    @cached_property
    def ceilings(self) -> Sequence[TotalLimit]:
        """List the totals that may not be passed."""
        return [rule for rule in self.requirements if isinstance(rule, TotalLimit)]

    @cached_property
    def lifetime(self) -> TotalLimit | None:
        """Give the ceiling of the lifetime dose in mg/m2, where the protocol has one."""
        return next((rule for rule in self.ceilings if rule.is_lifetime), None)

    def lifetime_ceiling(self, view: View) -> Decimal | None:
        """Give the lifetime dose in mg/m2 that a patient may not pass."""
        return None if self.lifetime is None else self.lifetime.in_force(view)

    @cached_property
    def largest_mg_per_m2(self) -> Decimal | None:
        """Give the largest dose by body surface, where the protocol limits it."""
        return first(rule.largest_mg_per_m2 for rule in self.requirements)

    def measured(self, view: View, on: date) -> Surface | None:
        """Work out the body surface from what is new enough on a day, where a dose goes by it."""
        return first(rule.measured(view, on) for rule in self.requirements)

    def newest(self, view: View) -> Surface | None:
        """Find the newest body surface on record, where a dose goes by it."""
        return first(rule.newest(view) for rule in self.requirements)

    @cached_property
    def next_infusion(self) -> CheckRule | None:
        """Give the rule that asks for the next infusion."""
        return next((rule for rule in self.checks if rule.asks_next), None)

    @cached_property
    def parting(self) -> Parting:
        """Say how infusions are parted into rounds."""
        return first(rule.parting for rule in self.requirements) or EACH_BY_ITSELF

    @cached_property
    def shortest_days(self) -> int:
        """Give the days after an infusion in which the next one is never given."""
        return max((rule.shortest_days for rule in self.requirements), default=0)

    @cached_property
    def symptoms_answered(self) -> frozenset[str]:
        """Name the groups of symptoms after which a requirement asks for a new result."""
        groups = (rule.answers_symptoms for rule in self.requirements)
        return frozenset(group for group in groups if group is not None)

    def view(
        self,
        timeline: Timeline,
        day: date,
        *,
        infusions: Sequence[Infusion] | None = None,
        dosing: Sequence[Dosing] | None = None,
    ) -> View:
        """Look at a patient's facts on a day as this protocol parts and adds up infusions."""
        return View(
            timeline,
            day,
            infusions=infusions,
            dosing=dosing,
            parting=self.parting,
            never_before_days=self.shortest_days,
            related=self.related_exposure,
            lowering=None if self.lowers_counts else (),
            taken=[timeline.taking] if self.lowers_counts else (),
        )

    def judged(self, timeline: Timeline, day: date) -> frozenset[str]:
        """Give the codes that its own table judges on a day: while a course runs, and watches.

        Once it is ended, stopped or interrupted the table speaks as long as the protocol's own
        window after a stop; after that the person is like everybody else.
        """
        course = timeline.course_on(day)
        if course is None:
            return frozenset()
        end = course.ended(day)
        over = [end.on] if end is not None else []
        steps = [step for step in timeline.dosing if course.start.on <= step.on <= day]
        if steps and steps[-1].action in _RESTS:
            over.append(steps[-1].on)
        if over and not any(day <= lasts.after(min(over)) for lasts in self._watches):
            return frozenset()
        return frozenset(self.own_table)

    def turns(self, timeline: Timeline) -> Iterator[date]:
        """Go through the days from which on its own table may judge no longer."""
        over = [step.on for step in timeline.dosing if step.action in _RESTS]
        for course in timeline.courses:
            over += [change.on for change in course.changes if isinstance(change, CourseEnded)]
        for lasts in self._watches if self.own_table else ():
            yield from (lasts.after(day) + days(1) for day in over)

    @cached_property
    def _watches(self) -> list[Span]:
        """List how long its windows after a stop last."""
        return [rule.after_stop for rule in self.warnings if rule.after_stop is not None]

    @cached_property
    def named(self) -> Mapping[str, Rule]:
        """Give every rule by its name."""
        return {rule.name: rule for rule in self.rules()}

    def rules(self) -> Sequence[Rule]:
        """List all rules, requirement by requirement, then checks, then warnings."""
        return (*self.requirements, *self.checks, *self.warnings)


def first(found: Iterable[T | None]) -> T | None:
    """Give the first thing that any rule says; a kind of which one counts is refused twice."""
    return next((one for one in found if one is not None), None)
