"""Rules of the calendar: which checks are expected, and when? Each kind answers only that."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from monitor.domain.catalogue import Catalogue, SymptomCode
from monitor.domain.dates import Span, days
from monitor.domain.facts import Event, Infusion, InfusionPlanned, Result
from monitor.domain.faults import Fault, opens_too_early
from monitor.domain.outcome import Role
from monitor.domain.rule import INFUSED, Rule
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """One check that is expected: which time round, when, counted from which fact."""

    occurrence: int
    opens: date
    due: date
    overdue_after: date
    anchor: Event
    about: str = ""  # the code, of a rule that asks for several: what does one does no other


@dataclass(frozen=True, kw_only=True, slots=True)
class Fulfilment:
    """Facts that do a check."""

    on: date  # the day it was done
    oldest: date  # the day of the oldest part, for freshness
    facts: tuple[Event, ...]


# Checks that are expected, and what may do them.
Asked = tuple[Sequence[Expectation], Sequence[Fulfilment]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """A blood count: several codes measured on one day, or those of any one panel."""

    codes: tuple[str, ...] = ()
    panels: tuple[tuple[str, ...], ...] = ()  # instead

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """Give the panels of which each does it."""
        return self.panels or (self.codes,)

    def evidence(self, view: View, since: date) -> list[Fulfilment]:
        """List the days from one on, on which every code of a panel was measured."""
        done: dict[date, Fulfilment] = {}
        for codes in self.choices:
            by_day = [
                {result.on: result for result in view.between(code, since, view.day)}
                for code in codes
            ]
            for day in set.intersection(*map(set, by_day)):
                facts = tuple([found[day] for found in by_day])
                done.setdefault(day, Fulfilment(on=day, oldest=day, facts=facts))
        return [done[day] for day in sorted(done)]


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckRule(Rule):
    """What the calendar asks for, and who is told of it."""

    section = "checks"
    asks_next: ClassVar[bool] = False  # it asks for the next infusion
    led_as: ClassVar[str | None] = None  # what a policy calls several kinds; None: its own word

    audience: tuple[Role, ...]
    lead_days: int  # so long before the due day people hear of it; a policy may change it

    def is_asked_by(self, _symptom: SymptomCode) -> bool:
        """Say whether a symptom asks for it."""
        return False

    @property
    def opens_ahead_days(self) -> int:
        """Give the days before it is due on which it opens."""
        return getattr(self, "opens_days", 0)

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find that people hear of it when nothing could do it yet; then what its kind finds."""
        opens = max(self.opens_ahead_days, 0)
        if self.lead_days > opens:
            words = f"'{self.lead_days} days' before it is due the check is not open yet"
            yield ("lead",), f"{words}: write at most {opens} days"
        yield from self.schedule_faults(catalogue)

    @abstractmethod
    def schedule_faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find what is wrong with its days, and with what it counts from."""

    def next(self, _view: View) -> Expectation | None:
        """Expect the next infusion."""
        return None

    def booking(self, _view: View) -> InfusionPlanned | None:
        """Find the booking of the next infusion that is in force."""
        return None

    def answers_to(
        self, _warnings: Sequence[Rule], _view: View, _report: Result
    ) -> list[Fulfilment]:
        """List what answers a sample that was not fit, of one of some warnings, the first first."""
        return []

    def is_measured(self, _code: str) -> bool:
        """Say whether it knows that a code is measured, and no sample is drawn for it."""
        return False

    @abstractmethod
    def asked(self, warnings: Sequence[Rule], view: View, until: date) -> Iterator[Asked]:
        """Expect checks that open by a day, in that order, with the facts that may do them.

        What does one of a group does no other; `warnings` are those of the protocol.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class CountRule(CheckRule):
    """A check that one blood count does."""

    @property
    @abstractmethod
    def done_by(self) -> Count:
        """Give what does it."""

    @abstractmethod
    def expected(self, view: View, until: date) -> Iterator[Expectation]:
        """Expect the checks that each fact so far asks for."""

    @property
    def codes(self) -> frozenset[str]:
        """Name the results that do it, of several panels those of the first."""
        return frozenset(self.done_by.choices[0])

    def asked(self, _warnings: Sequence[Rule], view: View, until: date) -> Iterator[Asked]:
        """Expect all in one group.

        What asked for a check, and was taken back with no newer value, asks for it still; only
        what counts does it.
        """
        expected = sorted(self.expected(view.if_kept(), until), key=lambda e: e.opens)
        if expected:
            yield expected, self.done_by.evidence(view, expected[0].opens)


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted(CountRule):
    """The same, of the codes that the rule names."""

    count: Count

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find that nothing, or one thing twice, says what does it."""
        if bool(self.count.codes) == bool(self.count.panels):
            yield ("count",), "write either `codes: [alt, ast]` or `panels: [[alt], [ast]]`"
        yield from CountRule.faults(self, catalogue)

    @property
    def done_by(self) -> Count:
        """Give the count."""
        return self.count


@dataclass(frozen=True, kw_only=True, slots=True)
class NextInfusion(CheckRule):
    """The next infusion itself, and with it the results that its gate asks for."""

    kind = "next_infusion"
    acts_where = INFUSED
    asks_next = True
    is_single = True
    means: ClassVar = {
        "opens": "before the due day",
        "overdue": "after the due day",
        "plan_used_up": "an infusion so close before a booked day uses the booking up",
    }

    after: Span | None = None  # None: only a booked one is asked for
    opens_days: int  # before the due day
    overdue_days: int  # after the due day
    plan_used_up_days: int  # an infusion so many days before the booked day uses the booking up

    def schedule_faults(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find that it opens before the infusion before it, and a condition that never acts."""
        if self.when:
            yield ("when",), "every course asks for its next infusion: leave `when` out"
        if self.after is not None:
            yield from opens_too_early(self.opens_days, self.after, ("after",))

    def asked(self, _warnings: Sequence[Rule], _view: View, _until: date) -> Iterator[Asked]:
        """Ask for nothing: the running course does, by `next`."""
        yield from ()

    def next(self, view: View) -> Expectation | None:
        """Expect the next infusion on the booked day, else a span after the last one."""
        plan, anchor = self.booking(view), view.anchor
        due = self._usual(view.last_infusion) if plan is None else plan.on
        if anchor is None or due is None:
            return None
        return Expectation(
            occurrence=len(view.infusions) + 1,
            opens=due - days(self.opens_days),
            due=due,
            overdue_after=due + days(self.overdue_days),
            anchor=anchor,
        )

    def booking(self, view: View) -> InfusionPlanned | None:
        """Find the booking that is in force."""
        return view.plan(self.plan_used_up_days)

    def _usual(self, last: Infusion | None) -> date | None:
        return None if last is None or self.after is None else self.after.after(last.on)
