"""The results of one patient while facts are being recorded, by code and day."""

from bisect import bisect_right, insort
from collections.abc import Set
from datetime import date

from monitor.domain.catalogue import Catalogue
from monitor.domain.facts import COUNTING, Result
from monitor.service.input import plausibility
from monitor.service.recording import meaning


class ResultList:
    """What new results are compared with."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._results: list[Result] = []
        self._by_day: dict[str, dict[date, list[Result]]] = {}
        self._days: dict[str, list[date]] = {}  # of a code, in order

    def note(self, result: Result) -> None:
        """Take note of a result."""
        self._results.append(result)
        by_day = self._by_day.setdefault(result.code, {})
        if result.on not in by_day:
            insort(self._days.setdefault(result.code, []), result.on)
        by_day.setdefault(result.on, []).append(result)

    def latest(self, code: str, day: date) -> list[Result]:
        """List what a new result is compared with: of the last two days that have one that counts.

        Of two, because a corrected value takes the place of the others of its own day.
        """
        found: list[Result] = []
        days, by_day, counted = self._days.get(code, []), self._by_day.get(code, {}), 0
        position = bisect_right(days, day)
        while position and counted < 2:
            position -= 1
            found += by_day[days[position]]
            counted += any(result.status in COUNTING for result in by_day[days[position]])
        return found

    def parts_above_wholes(self, added: Set[int]) -> list[tuple[int, str]]:
        """List added values that are more than the whole of their day, or less than a part."""
        new = [result for result in self._results if result.event in added]
        if not new:
            return []
        by_day: dict[date, list[Result]] = {}
        for result in meaning.without_replaced(self._results):
            by_day.setdefault(result.on, []).append(result)
        found: dict[str, int] = {}
        for result in new:
            same_day = by_day.get(result.on, [])
            if result in same_day:
                words = plausibility.find_part_above_whole(self._catalogue, result, same_day)
                if words is not None:
                    found[words] = result.event  # where both are new: the later one
        return [(event, f"value: {words}") for words, event in found.items()]
