"""Requirements that a result answers: good, new enough, and nothing has come since."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from monitor.domain.clause import Finding, Rule
from monitor.domain.dates import days
from monitor.domain.demands import Demands
from monitor.domain.events import Answer, Event, Result
from monitor.domain.outcome import Outcome
from monitor.domain.question import Question
from monitor.domain.rounds import Before
from monitor.domain.signs import signs
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """What a value of one code means."""

    at_least: Decimal | None = None  # in the first unit of the code
    or_own_lln: bool = False  # the laboratory's own lower limit, where it is higher
    own_lln: bool = False  # not below the laboratory's own lower limit
    below: Outcome = Outcome.HOLD
    hold_below: Decimal | None = None  # holds, whatever `below` says
    caution_below: Decimal | None = None  # good enough, and a caution
    at_most: Decimal | None = None  # in the first unit of the code
    caution_above: Decimal | None = None  # good enough, and a caution
    own_uln: bool = False  # not above the laboratory's own upper limit
    above: Outcome = Outcome.HOLD
    words: Mapping[str, Outcome] = field(default_factory=dict)
    any_value: bool = False  # the source asks for the test and gives no limit

    @property
    def limits_nothing(self) -> bool:
        """Say whether no figure limits a value."""
        figures = (self.at_least, self.at_most, self.caution_below, self.caution_above)
        return all(figure is None for figure in figures)

    def floor(self, result: Result) -> Decimal | None:
        """Give the lowest value that is good for this result."""
        if self.at_least is None:
            return result.lln if self.own_lln else None
        if self.or_own_lln and result.lln is not None:
            return max(self.at_least, result.lln)
        return self.at_least

    def judge(self, result: Result) -> Outcome:
        """Say what a value means; unknown where it cannot be judged."""
        if isinstance(result.value, str):
            return self.words.get(result.value, Outcome.UNKNOWN)
        floor = self.floor(result)
        if floor is None and self.own_lln:
            return Outcome.UNKNOWN
        if self.hold_below is not None and result.value < self.hold_below:
            return max(self.below, Outcome.HOLD, key=lambda outcome: outcome.rank)
        if floor is not None and result.value < floor:
            return self.below
        if self.own_uln:
            if result.uln is None:
                return Outcome.UNKNOWN
            if result.value > result.uln:
                return self.above
        return self._judge_amount(result.value)

    def _judge_amount(self, value: Decimal) -> Outcome:
        if self.at_most is not None and value > self.at_most:
            return self.above
        is_low = self.caution_below is not None and value < self.caution_below
        is_high = self.caution_above is not None and value > self.caution_above
        return Outcome.CAUTION if is_low or is_high else Outcome.MET

    def words_for(self, result: Result, unit: str) -> str:
        """Say the limit that a result was held against, in the first unit of its code."""
        floor, is_caution = self.floor(result), self.judge(result) is Outcome.CAUTION
        if is_caution and self.caution_below is not None:
            return f"a caution below {self.caution_below.normalize():f} {unit}"
        if is_caution and self.caution_above is not None:
            return f"a caution above {self.caution_above.normalize():f} {unit}"
        value, held = result.value, ""
        if isinstance(value, str):
            return held
        if self.hold_below is not None and value < self.hold_below:
            held = f"below {self.hold_below.normalize():f}"
        elif floor is not None:
            held = f"{'below' if value < floor else 'at least'} {floor.normalize():f}"
        elif self.own_uln and result.uln is not None:
            limit = f"the upper limit of normal {result.uln.normalize():f}"
            held = f"{'above' if value > result.uln else 'not above'} {limit}"
        elif self.at_most is not None:
            held = f"{'above' if value > self.at_most else 'at most'} {self.at_most.normalize():f}"
        return held and f"{held} {unit}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fall:
    """A fall from the first value on record that asks for care although the value is good."""

    by_points: Decimal
    outcome: Outcome
    beyond: Outcome | None = None  # what a fall of more than this means; None: the same


@dataclass(frozen=True, kw_only=True, slots=True)
class AfterSymptom:
    """After a symptom the requirement is open again, until a result of that day or later."""

    group: str
    outcome: Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class NoSymptom:
    """No symptom of a group may have been recorded in the days before."""

    group: str
    within_days: int
    outcome: Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class NoAnswer:
    """The newest answer to a question must not be this one."""

    fact: str
    value: str
    outcome: Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class Complete:
    """Readable, acceptable newest values of every code of one panel."""

    results: tuple[Result, ...]
    outcome: Outcome  # met or caution

    @property
    def on(self) -> date:
        """Give the day of the oldest part: a panel is as old as that."""
        return min(result.on for result in self.results)


BAD = (Outcome.HOLD, Outcome.STOP)
GOOD = (Outcome.MET, Outcome.CAUTION)


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultRequired(Rule):
    """A result within limits, newer than the previous infusion, and fresh.

    Any one of the panels answers; a panel of several codes needs all of them.
    """

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
        view, complete = question.view, self._complete(question.view)
        best = complete if since is question else self._complete(since.view)
        value = self._out_of_limits(since.view) or self._outlived(since.view, best)
        begun = complete if of_round is question else self._complete(of_round.view)
        findings = [
            finding
            for finding in (
                value,
                self._answered(view),
                self._symptom_within(question),
                self._since_symptom(view, complete),
                self._age(of_round, begun) if value is None else None,
                self._not_judged(of_round.view, begun) if begun or value else None,
                self._fallen(of_round.view, begun) if value is None else None,
                self._part_of_less(of_round, begun) if value is None else None,
                self._preliminary(view) if value is None else None,
            )
            if finding is not None
        ]
        worst = max(findings, key=lambda finding: finding.outcome.rank)
        if worst.outcome in GOOD:
            return worst
        return replace(worst, against=tuple(reasons_against(findings)))

    def speaks_against(self, view: View) -> bool:
        """Say whether a newest value is not good."""
        newest = ((limit, view.newest(code)) for code, limit in self.limits.items())
        return any(r is not None and limit.judge(r) is not Outcome.MET for limit, r in newest)

    def is_newest_outside(self, view: View, codes: Iterable[str]) -> bool:
        """Say whether the newest value of one of these codes is out of its limits."""
        found = [(self.limits[code], view.newest(code)) for code in codes if code in self.limits]
        return any(newest is not None and limit.judge(newest) in BAD for limit, newest in found)

    def is_count(self, demands: Demands) -> bool:
        """Say whether it is answered by counts that a drug may lower."""
        return all(code in demands.counts for panel in self.panels for code in panel)

    def evidence(self, view: View, since: date) -> Iterator[Complete]:
        """Go through the complete panels all of whose parts are of a day or later, in order.

        Whether values are good does not matter here, only that they can be judged.
        """
        found = {code: [r for r in view.series(code) if r.on >= since] for code in self.limits}
        for day in sorted({r.on for results in found.values() for r in results}):
            for panel in self.panels:
                parts = [next((r for r in reversed(found[c]) if r.on <= day), None) for c in panel]
                results = tuple(part for part in parts if part is not None)
                if len(results) < len(panel) or max(r.on for r in results) != day:
                    continue
                if all(self.limits[r.code].judge(r) is not Outcome.UNKNOWN for r in results):
                    yield Complete(results=results, outcome=Outcome.MET)
                    break

    def _complete(self, view: View) -> Complete | None:
        candidates = []
        for panel in self.panels:
            parts = [view.newest(code) for code in panel]
            results = tuple(part for part in parts if part is not None)
            outcomes = [self.limits[result.code].judge(result) for result in results]
            if len(results) == len(panel) and all(outcome in GOOD for outcome in outcomes):
                worst = max(outcomes, key=lambda outcome: outcome.rank)
                candidates.append(Complete(results=results, outcome=worst))
        return max(candidates, key=lambda complete: complete.on, default=None)

    def _newest_complete(self, view: View) -> Complete | None:
        """Find the newest panel of any day whose values, as they were known then, were all good."""
        found = (self._complete_until(view, panel) for panel in self.panels)
        return max(
            (complete for complete in found if complete is not None),
            key=lambda complete: complete.on,
            default=None,
        )

    def _complete_until(self, view: View, panel: Sequence[str]) -> Complete | None:
        """Go back day by day to where every value of a panel was good."""
        series = {code: view.series(code) for code in panel}
        places = {code: len(found) - 1 for code, found in series.items()}
        while all(place >= 0 for place in places.values()):
            results = tuple(series[code][places[code]] for code in panel)
            outcomes = [self.limits[result.code].judge(result) for result in results]
            if all(outcome in GOOD for outcome in outcomes):
                worst = max(outcomes, key=lambda outcome: outcome.rank)
                return Complete(results=results, outcome=worst)
            latest = max(result.on for result in results)
            for result in results:
                places[result.code] -= result.on == latest
        return None

    def _bad(self, view: View, *, since: Complete | None) -> list[Result]:
        """List the values out of limits that no newer complete panel has replaced."""
        return [
            result
            for code, limit in self.limits.items()
            for result in view.between(code, since.on if since else date.min, view.day)
            if limit.judge(result) in BAD
        ]

    def _outlived(self, view: View, complete: Complete | None) -> Finding | None:
        """Find a value out of limits that a later good one does not make good."""
        found = self._bad(view, since=None) if self.outlives else []
        if not found:
            return None
        earlier = found[-1]
        return Finding(
            outcome=Outcome.HOLD,
            message=f"{_said(earlier)} on {earlier.on} stands until a person waives it",
            facts=(earlier, *(complete.results if complete else ())),
            against=tuple(found),
        )

    def _out_of_limits(self, view: View) -> Finding | None:
        found = [
            result
            for result in self._bad(view, since=self._newest_complete(view))
            if not self._is_followed_by_unknown(view, result)
        ]
        if not found:
            return None
        bad = max(found, key=lambda result: result.on)
        is_newest = bad is view.newest(bad.code)
        limit = self.limits[bad.code]
        outcome = limit.judge(bad) if is_newest else Outcome.HOLD
        held_against = limit.words_for(bad, view.unit(bad.code))
        message = f"{_said(bad)} on {bad.on}" + (f", {held_against}" if held_against else "")
        if not is_newest:
            message += "; no newer complete normal one"
        return Finding(
            outcome=outcome,
            message=message,
            facts=(bad,),
            against=tuple(found),
            # The newest value that stops cannot be waived away (docs/decisions/0006).
            waivable=outcome is not Outcome.STOP,
        )

    def _is_followed_by_unknown(self, view: View, result: Result) -> bool:
        """Say whether a newer value of the code cannot be judged: then nothing is known of it."""
        newest = view.newest(result.code)
        return newest is not None and self.limits[result.code].judge(newest) is Outcome.UNKNOWN

    def _answered(self, view: View) -> Finding | None:
        if self.no_answer is None:
            return None
        answer = view.known_answer(self.no_answer.fact)  # "unknown" is the same as no answer
        if answer is None or answer.value != self.no_answer.value:
            return None
        title = view.timeline.catalogue.facts[answer.fact].title
        message = f"{title}: {answer.value} on {answer.on}, and no newer answer"
        return Finding(outcome=self.no_answer.outcome, message=message, facts=(answer,))

    def _symptom_within(self, question: Question) -> Finding | None:
        if self.no_symptom is None:
            return None
        first = question.on - days(self.no_symptom.within_days)
        found = tuple(signs(question.view, self.no_symptom.group, first, question.on))
        if not found:
            return None
        message = f"{self.no_symptom.group} symptom on {found[-1].on}"
        answer = self._answer_since(question.view, found)
        if answer is not None:
            message += f"; {answer.fact} answered {answer.value} since, on {answer.on}"
            return Finding(outcome=Outcome.CAUTION, message=message, facts=(*found, answer))
        newest = question.view.answer(self.no_answer.fact) if self.no_answer else None
        is_open = newest is not None and newest.value == "unknown"  # it took back what was said
        facts = (*found, newest) if newest is not None and is_open else found
        return Finding(outcome=self.no_symptom.outcome, message=message, facts=facts, against=found)

    def _answer_since(self, view: View, symptoms: Sequence[Event]) -> Answer | None:
        """Find a person's no, given on the day of the symptoms or later, and knowing them."""
        answer = None if self.no_answer is None else view.answer(self.no_answer.fact)
        against = ("unknown",) if self.no_answer is None else ("unknown", self.no_answer.value)
        if answer is None or answer.value in against:
            return None
        is_newer = all(s.on <= answer.on and s.event < answer.event for s in symptoms)
        return answer if is_newer else None

    def _since_symptom(self, view: View, complete: Complete | None) -> Finding | None:
        if self.after_symptom is None:
            return None
        found = view.symptoms(self.after_symptom.group)
        if not found or (complete is not None and complete.on >= found[-1].on):
            return None
        message = f"none since the {self.after_symptom.group} symptom of {found[-1].on}"
        facts: tuple[Event, ...] = (found[-1], *(complete.results if complete else ()))
        against = tuple(s for s in found if complete is None or s.on > complete.on)
        outcome = self.after_symptom.outcome
        return Finding(outcome=outcome, message=message, facts=facts, against=against)

    def _age(self, question: Question, complete: Complete | None) -> Finding:
        previous = question.previous
        if complete is None:
            return self._none(question)
        oldest = complete.on
        age = (question.on - oldest).days
        if previous is not None and oldest <= previous.on and not self.serves_several:
            message = (
                f"no {self.title} since the infusion of {previous.on}; the last is of {oldest}"
            )
            return Finding(outcome=Outcome.UNKNOWN, message=message, facts=complete.results)
        told = ", ".join(_said(result) for result in complete.results) + f" on {oldest}"
        recovered = question.counts_from if self.is_count(question.protocol.demands) else None
        if recovered is not None and oldest < recovered:
            message = f"{told}: taken before recovery, needed of {recovered} or later"
            return Finding(outcome=Outcome.UNKNOWN, message=message, facts=complete.results)
        newest = complete.results[0]
        unit = question.view.unit(newest.code)
        held = self.limits[newest.code].words_for(newest, unit)
        if age <= self.fresh_days:
            message = told + (f", {held}" if held and len(complete.results) == 1 else "")
            return Finding(outcome=complete.outcome, message=message, facts=complete.results)
        usable = self.usable_days if previous is not None else None
        outcome = Outcome.CAUTION if usable is not None and age <= usable else Outcome.UNKNOWN
        message = f"{told}: {age} days old, fresh for {self.fresh_days}"
        return Finding(outcome=outcome, message=message, facts=complete.results)

    def _none(self, question: Question) -> Finding:
        view, previous = question.view, question.previous
        seen = tuple(r for code in self.limits if (r := view.newest(code)) is not None)
        if not seen:
            since = f"since the infusion of {previous.on}" if previous else "on record"
            return Finding(outcome=Outcome.UNKNOWN, message=f"no {self.title} {since}")
        told = ", ".join(f"{_said(result)} on {result.on}" for result in seen)
        message = f"no complete {self.title} that can be judged: {told}"
        return Finding(outcome=Outcome.UNKNOWN, message=message, facts=seen)

    def _not_judged(self, view: View, complete: Complete | None) -> Finding | None:
        """Find newest values that cannot be judged and are newer than the newest good panel."""
        codes = dict.fromkeys(code for panel in self.panels for code in panel)
        newest = (view.newest(code) for code in codes)
        found = tuple(
            result
            for result in newest
            if result is not None
            and (complete is None or result.on > complete.on)
            and self.limits[result.code].judge(result) is Outcome.UNKNOWN
        )
        if not found:
            return None
        told = ", ".join(f"{_said(result)} on {result.on}" for result in found)
        message = f"newer than the last good {self.title}, and cannot be judged: {told}"
        return Finding(outcome=Outcome.UNKNOWN, message=message, facts=found)

    def _part_of_less(self, question: Question, complete: Complete | None) -> Finding | None:
        """Find a newer whole below the limit of its part, which is then no more than that."""
        wholes = question.protocol.demands.parts_of
        for part in complete.results if complete else ():
            whole = question.view.newest(wholes[part.code]) if part.code in wholes else None
            floor = self.limits[part.code].floor(part)
            if whole is None or floor is None or whole.on <= part.on:
                continue
            if isinstance(whole.value, Decimal) and whole.value < floor:
                message = f"{_said(whole)} on {whole.on}, newer than {_said(part)} on {part.on}"
                message += f": {part.code} cannot be more"
                return Finding(outcome=Outcome.UNKNOWN, message=message, facts=(whole, part))
        return None

    def _preliminary(self, view: View) -> Finding | None:
        """Find a newer value that is not final yet, and would speak against."""
        for code, limit in self.limits.items():
            result = view.preliminary(code)
            if result is not None and limit.judge(result) in BAD:
                message = f"{_said(result)} on {result.on} is preliminary, and not final yet"
                return Finding(outcome=Outcome.UNKNOWN, message=message, facts=(result,))
        return None

    def _fallen(self, view: View, complete: Complete | None) -> Finding | None:
        if self.fall is None or complete is None:
            return None
        for result in complete.results:
            first = view.series(result.code)[0]
            if not isinstance(first.value, Decimal) or not isinstance(result.value, Decimal):
                continue
            fall = first.value - result.value
            if fall >= self.fall.by_points:
                outcome = self.fall.outcome
                if fall > self.fall.by_points and self.fall.beyond is not None:
                    outcome = self.fall.beyond
                message = (
                    f"fell from {_said(first)} on {first.on} to {_said(result)} on {result.on}"
                )
                return Finding(outcome=outcome, message=message, facts=(first, result))
        return None


def reasons_against(findings: Iterable[Finding]) -> Iterator[Event]:
    """Go through the facts that a waiver must have seen: those of every reason that holds."""
    for finding in findings:
        if finding.outcome.rank >= Outcome.UNKNOWN.rank:
            yield from finding.facts if finding.against is None else finding.against


def _said(result: Result) -> str:
    return f"{result.code} {result.shown}"
