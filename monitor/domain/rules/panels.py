"""Panels of results: which values of several codes together answer a requirement."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.domain.facts import Result
from monitor.domain.outcome import Outcome
from monitor.domain.rules.limits import GOOD, Limit
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
