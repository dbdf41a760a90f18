"""Panels of results: which values of several codes together answer a requirement."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from monitor.domain.facts import Result
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome
from monitor.domain.rules.limits import BAD, GOOD, Limit, said
from monitor.domain.rules.question import Question
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Complete:
    """Readable, acceptable newest values of every code of one panel."""

    results: tuple[Result, ...]
    outcome: Outcome  # met or caution

    @property
    def on(self) -> date:
        """Give the day of the oldest part: a panel is as old as that."""
        return min(result.on for result in self.results)


@dataclass(frozen=True, kw_only=True, slots=True)
class Panels:
    """Several panels, any of which answers, with the limits of their codes."""

    panels: tuple[tuple[str, ...], ...]
    limits: Mapping[str, Limit]

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

    def complete(self, view: View) -> Complete | None:
        """Find the newest panel of newest values that are all good."""
        candidates = []
        for panel in self.panels:
            parts = [view.newest(code) for code in panel]
            results = tuple(part for part in parts if part is not None)
            outcomes = [self.limits[result.code].judge(result) for result in results]
            if len(results) == len(panel) and all(outcome in GOOD for outcome in outcomes):
                worst = max(outcomes, key=lambda outcome: outcome.rank)
                candidates.append(Complete(results=results, outcome=worst))
        return max(candidates, key=lambda complete: complete.on, default=None)

    def newest_complete(self, view: View) -> Complete | None:
        """Find the newest panel of any day whose values, as they were known then, were all good."""
        found = (self._complete_until(view, panel) for panel in self.panels)
        return max(
            (complete for complete in found if complete is not None),
            key=lambda complete: complete.on,
            default=None,
        )

    def bad(self, view: View, since: Complete | None = None) -> list[Result]:
        """List the values out of limits that no newer complete panel has replaced."""
        return [
            result
            for code, limit in self.limits.items()
            for result in view.between(code, since.on if since else date.min, view.day)
            if limit.judge(result) in BAD
        ]

    def _is_followed_by_unknown(self, view: View, result: Result) -> bool:
        """Say whether a newer value of the code cannot be judged: then nothing is known of it."""
        newest = view.newest(result.code)
        return newest is not None and self.limits[result.code].judge(newest) is Outcome.UNKNOWN

    def out_of_limits(self, view: View) -> Finding | None:
        """Find the newest value out of limits that nothing newer has replaced."""
        found = [
            result
            for result in self.bad(view, since=self.newest_complete(view))
            if not self._is_followed_by_unknown(view, result)
        ]
        if not found:
            return None
        bad = max(found, key=lambda result: result.on)
        is_newest = bad is view.newest(bad.code)
        limit = self.limits[bad.code]
        outcome = limit.judge(bad) if is_newest else Outcome.HOLD
        held_against = limit.words_for(bad, view.unit(bad.code))
        message = f"{said(bad)} on {bad.on}" + (f", {held_against}" if held_against else "")
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

    def incomplete(self, question: Question, title: str) -> Finding:
        """Say that no panel is complete, and what there is of it."""
        view, previous = question.view, question.previous
        seen = tuple(r for code in self.limits if (r := view.newest(code)) is not None)
        if not seen:
            since = f"since the infusion of {previous.on}" if previous else "on record"
            return Finding(outcome=Outcome.UNKNOWN, message=f"no {title} {since}")
        told = ", ".join(f"{said(result)} on {result.on}" for result in seen)
        message = f"no complete {title} that can be judged: {told}"
        # One good part more takes nothing from a waiver.
        against = tuple(r for r in seen if self.limits[r.code].judge(r) not in GOOD)
        return Finding(outcome=Outcome.UNKNOWN, message=message, facts=seen, against=against)

    def not_judged(self, view: View, complete: Complete | None, title: str) -> Finding | None:
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
        told = ", ".join(f"{said(result)} on {result.on}" for result in found)
        message = f"newer than the last good {title}, and cannot be judged: {told}"
        return Finding(outcome=Outcome.UNKNOWN, message=message, facts=found)

    def part_of_less(
        self, view: View, complete: Complete | None, wholes: Mapping[str, str]
    ) -> Finding | None:
        """Find a newer whole below the limit of its part, which is then no more than that."""
        for part in complete.results if complete else ():
            whole = view.newest(wholes[part.code]) if part.code in wholes else None
            floor = self.limits[part.code].floor(part)
            if whole is None or floor is None or whole.on <= part.on:
                continue
            if isinstance(whole.value, Decimal) and whole.value < floor:
                message = f"{said(whole)} on {whole.on}, newer than {said(part)} on {part.on}"
                message += f": {part.code} cannot be more"
                return Finding(outcome=Outcome.UNKNOWN, message=message, facts=(whole, part))
        return None

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
