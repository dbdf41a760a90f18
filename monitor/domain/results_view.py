"""What of the results counts on a day; what was reported and does not; and looking as if it did."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from datetime import date
from typing import Self

from monitor.domain.dates import days
from monitor.domain.facts import Event, Result, Status
from monitor.domain.one_day import worst
from monitor.domain.timeline import Timeline


class ResultsView:
    """The results of a day and before: those that count, those that wait, those taken as if."""

    def __init__(self, timeline: Timeline, day: date) -> None:
        self.timeline = timeline
        self.day = day
        self.added: dict[str, list[Result]] = {}  # taken as if they counted

    def _counting(self, code: str) -> Sequence[Result]:
        found = self.timeline.results.get(code, [])
        if not found or found[-1].on <= self.day:
            return found
        return found[: bisect_right(found, self.day, key=_day)]

    def series(self, code: str) -> Sequence[Result]:
        """List the counting results of a code, one a day, oldest first."""
        counting = self._counting(code)
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
        final = self._counting(code)
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

    def if_final(self) -> Self:
        """Look as if the worst preliminary results were final, where `series` is asked."""
        early = {code: self.preliminary(code) for code in self.timeline.waiting}
        return self._adding({code: [r] for code, r in early.items() if r is not None})

    def if_kept(self) -> Self:
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

    def if_all_kept(self, taken_again_days: int) -> Self:
        """Look as if all that counted once still did, whatever other days say.

        But a sample that was not fit is answered by another one of so many days after it.
        """
        return self._adding(self._all(lambda report: report.once, taken_again_days))

    def if_all_final(self, taken_again_days: int) -> Self:
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
        return any(report.on < one.on <= last for one in self._counting(report.code))

    @property
    def all_added(self) -> list[Result]:
        """List what only counts here, both ends of a day that is bad at both."""
        return [end for results in self.added.values() for r in results for end in r.ends]

    def among_added(self, facts: Iterable[Event]) -> list[Result]:
        """List the facts that only count here, each once, whatever else is said of it."""
        added = {result.event for result in self.all_added}
        found = (fact for fact in facts if isinstance(fact, Result) and fact.event in added)
        return list({fact.event: fact for fact in reversed([*found])}.values())[::-1]

    def _adding(self, results: dict[str, list[Result]]) -> Self:
        if not results:  # of most patients
            return self
        found = copy(self)
        both = {code: [*self.added.get(code, ()), *more] for code, more in results.items()}
        found.added = {**self.added, **both}
        return found

    def between(self, code: str, first: date, last: date) -> Sequence[Result]:
        """List the counting results of a code within two days, both included."""
        found = self.series(code)
        return found[bisect_left(found, first, key=_day) : bisect_right(found, last, key=_day)]


def _day(result: Result) -> date:
    return result.on
