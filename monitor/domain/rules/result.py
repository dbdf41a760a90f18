"""Requirements that a result answers: good, new enough, and nothing has come since."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import days
from monitor.domain.facts import Result
from monitor.domain.faults import Fault, no_answer_of
from monitor.domain.finding import Finding, gravest
from monitor.domain.outcome import Outcome
from monitor.domain.rule import ALWAYS, Rule
from monitor.domain.rules.besides import AfterSymptom, Fall, NoAnswer, NoSymptom
from monitor.domain.rules.expectations import Asked, Expectation, Fulfilment, NextInfusion
from monitor.domain.rules.limits import BAD, GOOD, Limit, said
from monitor.domain.rules.panels import Complete, Panels
from monitor.domain.rules.question import AskedUnder, Demands, Question
from monitor.domain.rules.requirement import RequirementRule
from monitor.domain.rules.rounds import Before
from monitor.domain.view import View
from monitor.domain.waiting import missing_final, unfit


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultRequired(RequirementRule):
    """A result within limits, newer than the previous infusion, and fresh.

    Any one of the panels answers; a panel of several codes needs all of them.
    """

    kind = "result"
    acts_where = ALWAYS
    of_infusions = ("before", "usable", "serves_several")
    means: ClassVar = {
        "fresh": "so old it still counts",
        "serves_several": "also one from before the last infusion counts",
        "usable": "older, up to this, is a caution at later infusions",
        "outlives": "a bad value stands until waived",
        "check_overdue": "after the day of the dose",
    }

    panels: tuple[tuple[str, ...], ...]
    limits: Mapping[str, Limit]
    before: Before | None = None  # None: before every infusion
    fresh_days: int  # exactly so old is still fresh
    serves_several: bool = False  # also one from before the last infusion counts
    usable_days: int | None = None  # older than fresh, up to this: a caution at later infusions
    outlives: bool = False  # a bad value stands until waived, whatever comes after it
    fall: Fall | None = None
    after_symptom: AfterSymptom | None = None
    no_symptom: NoSymptom | None = None
    no_answer: NoAnswer | None = None
    check_overdue_days: int = 0  # after the day of the infusion that needs it

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find codes without a limit, limits that say nothing, and ages that contradict."""
        if all(code in catalogue.results for code in self.limits):
            for number, panel in enumerate(self.panels):
                for code in panel:
                    if code not in self.limits and code in catalogue.results:
                        words = f"no limit for '{code}': add it under `limits`"
                        yield ("panels", number), words
        for code, limit in self.limits.items():
            yield from limit.faults(("limits", code), code, catalogue)
        if self.usable_days is not None and self.usable_days <= self.fresh_days:
            words = f"'{self.usable_days} days' is not longer than `fresh`"
            yield ("usable",), f"{words}: write more than {self.fresh_days} days, or leave it out"
        if (asked := self.no_answer) is not None:
            yield from no_answer_of(("no_answer", "value"), asked.fact, asked.value, catalogue)

    def never_acts(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find a fall that is none in points, and what acts only on a code of a panel."""
        units = [catalogue.results[code].unit for code in self.limits]
        if self.fall is not None and "%" not in units:
            yield ("fall",), "it is counted in points of a code in %: leave it out"
        for code, limit in self.limits.items():
            outside = not any(code in panel for panel in self.panels)
            for key in ("any_value", "caution_below", "caution_above") if outside else ():
                if getattr(limit, key):
                    words = f"never acts while no panel names '{code}': add it to one"
                    yield ("limits", code, key), words

    def never_acts_beside(self, rules: Sequence[Rule]) -> str:
        """Say that no rule asks for an infusion after which a check would be overdue."""
        if not self.check_overdue_days or any(isinstance(rule, NextInfusion) for rule in rules):
            return ""
        return "`check_overdue` never acts without a rule of kind `next_infusion`: leave it out"

    @property
    def codes(self) -> frozenset[str]:
        """Name the results of the first panel."""
        return frozenset(self.panels[0])

    def answered_by(
        self, catalogue: Catalogue, _checks: Sequence[Rule]
    ) -> tuple[dict[str, str], ...]:
        """Give the panels, each code with its limit."""
        return tuple(
            {code: self.limits[code].in_words("limits", code, catalogue) for code in panel}
            for panel in self.panels
        )

    def judge(self, question: Question) -> Finding | None:
        """Weigh value, symptoms, and age, in this order: the value comes first.

        What is asked once a round looks at its first day; a value out of limits that has come
        since counts all the same, but for counts, and so do answers and symptoms.
        """
        if self.before is not None and not self.before.asks(question.round):
            return None
        since, of_round = question, question
        if self.before is not None:
            of_round = question.of_round()
            # Counts fall by the drug itself; what else has come out of its limits since holds.
            since = of_round if self.is_count(question.protocol.demands) else question
        panels, view, then = self.answers, question.view, of_round.view
        complete = panels.complete(view)
        best = complete if since is question else panels.complete(since.view)
        value = panels.out_of_limits(since.view) or self._outlived(since.view, best)
        begun = complete if of_round is question else panels.complete(then)
        taken = complete.results if complete else ()
        unjudged = panels.not_judged(then, begun, self.title) if begun or value else None
        wholes = question.protocol.demands.parts_of
        found = (
            (since, value),
            (question, self.no_answer and self.no_answer.judge(view)),
            (question, self.no_symptom and self.no_symptom.judge(question, self.no_answer)),
            (question, self.after_symptom and self.after_symptom.judge(view, complete)),
            (of_round, self._age(of_round, begun) if value is None else None),
            (of_round, unjudged),
            (of_round, self.fall and not value and self.fall.judge(then, begun)),
            (of_round, panels.part_of_less(then, begun, wholes) if value is None else None),
            (question, unfit(view.reports(self.limits), panel=taken)),
        )
        first = question.continued[0] if of_round is not question else None
        return gravest(
            [
                replace(finding, begun_by=first) if asked is not question else finding
                for asked, finding in found
                if finding
            ]
        )

    @property
    def fresh_before_days(self) -> int:
        """Give the days for which a result stays fresh."""
        return self.fresh_days

    def asked_before(self, infusion: Expectation, view: View, protocol: AskedUnder) -> Asked | None:
        """Ask for it as many days before an infusion as it stays fresh.

        Not before the day after the last infusion, nor before counts have recovered; once a round
        only at its beginning. Done results count after the day has passed only while still fresh.
        """
        goes_on, rounds = view.goes_on(infusion.due), len(view.rounds)
        if self.before is not None and (goes_on or not self.before.asks(rounds + 1)):
            return None
        opens = infusion.due - days(self.fresh_days)
        demands = protocol.demands
        waits = protocol.lowers_counts and self.is_count(demands)
        beside = view.lowered_beside(infusion.due)
        if waits and beside is not None:
            opens = max(opens, beside.on + days(demands.counts_from_days))
        if view.last_infusion is not None and not self.serves_several:
            wait = demands.counts_from_days if waits and not goes_on else 1
            opens = max(opens, view.last_infusion.on + days(wait))
        overdue_after = infusion.due + days(self.check_overdue_days)
        expected = replace(infusion, opens=opens, overdue_after=overdue_after)
        still_fresh = view.day - days(self.fresh_days)
        passed = view.day > infusion.due
        return [expected], [
            Fulfilment(on=max(r.on for r in found.results), oldest=found.on, facts=found.results)
            for found in self.answers.evidence(view, opens)
            if not passed or found.on >= still_fresh
        ]

    def turns(self, view: View) -> Iterator[date]:
        """Go through the days on which results grow too old."""
        for code in self.limits:
            yield from (r.on + days(self.fresh_days + 1) for r in view.series(code))

    @property
    def answers(self) -> Panels:
        """Give its panels with their limits."""
        return Panels(panels=self.panels, limits=self.limits)

    def speaks_against(self, view: View) -> bool:
        """Say whether a newest value is not good."""
        newest = ((limit, view.newest(code)) for code, limit in self.limits.items())
        return any(r is not None and limit.judge(r) is not Outcome.MET for limit, r in newest)

    def is_never_waived(self, view: View, codes: Iterable[str]) -> bool:
        """Say whether the newest value of one of these codes is out of its limits.

        So is one that would be if it were final, or was while it counted.
        """
        views = (view, view.if_final(), view.if_kept())
        found = [(self.limits[c], v.newest(c)) for c in codes if c in self.limits for v in views]
        return any(newest is not None and limit.judge(newest) in BAD for limit, newest in found)

    @property
    def answers_symptoms(self) -> str | None:
        """Name the group of symptoms after which it asks for a new result."""
        return self.after_symptom.group if self.after_symptom else None

    def finds_good(self, reports: Sequence[Result]) -> bool:
        """Say whether reports that do not count are within limits."""
        limits = self.limits
        return all(r.code in limits and limits[r.code].judge(r) in GOOD for r in reports)

    def is_count(self, demands: Demands) -> bool:
        """Say whether it is answered by counts that a drug may lower."""
        return all(code in demands.counts for panel in self.panels for code in panel)

    def _outlived(self, view: View, complete: Complete | None) -> Finding | None:
        """Find a value out of limits that a later good one does not make good."""
        found = self.answers.bad(view) if self.outlives else []
        if not found:
            return None
        earlier = found[-1]
        return Finding(
            outcome=Outcome.HOLD,
            message=f"{said(earlier)} on {earlier.on} stands until a person waives it",
            facts=(earlier, *(complete.results if complete else ())),
            against=tuple(found),
        )

    def never_final(self, view: View) -> Finding | None:
        """Find preliminary values that would outlive what came since, were they final."""
        found = [
            result
            for result in (view.overtaken() if self.outlives else ())
            if result.code in self.limits and self.limits[result.code].judge(result) in BAD
        ]
        complete = self.answers.complete(view)
        return missing_final(found, complete.results if complete else ())

    def _age(self, question: Question, complete: Complete | None) -> Finding:
        previous = question.previous
        if complete is None:
            return self.answers.incomplete(question, self.title)
        oldest = complete.on
        age = (question.on - oldest).days
        demands = question.protocol.demands
        dose = question.lowered_by if self.is_count(demands) else None
        if previous is not None and oldest <= previous.on and not self.serves_several:
            message = (
                f"no {self.title} since the infusion of {previous.on}; the last is of {oldest}"
            )
            facts = (*complete.results, *([dose] if dose else []))  # no waiver covers a newer dose
            return Finding(outcome=Outcome.UNKNOWN, message=message, facts=facts)
        told = ", ".join(said(result) for result in complete.results) + f" on {oldest}"
        if dose is not None and oldest < (recovered := dose.on + days(demands.counts_from_days)):
            message = f"{told}: taken before recovery, needed of {recovered} or later"
            if dose.drug != question.view.timeline.drug:
                message += f", because of the {dose.drug} of {dose.on}"
            facts = (*complete.results, dose)
            return Finding(outcome=Outcome.UNKNOWN, message=message, facts=facts)
        newest = complete.results[0]
        unit = question.view.unit(newest.code)
        held = self.limits[newest.code].words_for(newest, unit)
        if age <= self.fresh_days:
            message = told + (f", {held}" if held and len(complete.results) == 1 else "")
            return Finding(outcome=complete.outcome, message=message, facts=complete.results)
        usable = self.usable_days if previous is not None else None
        outcome = Outcome.CAUTION if usable is not None and age <= usable else Outcome.UNKNOWN
        message = f"{told}: {age} days old; must be at most {self.fresh_days}"
        return Finding(outcome=outcome, message=message, facts=complete.results)
