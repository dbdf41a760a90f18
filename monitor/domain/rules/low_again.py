"""A line of blood cells that is low again, or two that stay low, outside of the drug's effect."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.facts import Result
from monitor.domain.faults import Fault, unknown
from monitor.domain.recorded import RecordedAnswer
from monitor.domain.rule import ALWAYS
from monitor.domain.rules.low_lines import (
    CellLine,
    Picture,
    is_low,
    is_outside,
    one_line_alone,
    order,
    said,
)
from monitor.domain.rules.warning import Alert, WarningRule, waived
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Exempt(RecordedAnswer):
    """A line that is low in a patient of whom somebody recorded that this is ordinary."""

    code: str

    def in_words(self, _name: str, _code: str | None, _catalogue: Catalogue) -> str:
        """Write the line, and what must be recorded."""
        return f"{self.code} where {self.fact} is {self.value}"


@dataclass(frozen=True, kw_only=True, slots=True)
class LowAgain(WarningRule):
    """One line low twice outside the time of the drug's effect, or two lines low at its end.

    It stands until a newer value is normal, or until a person waives it.
    """

    kind = "low_again"
    acts_where = ALWAYS
    ends_by_waiver = True
    is_caution = True
    of_infusions = ("recovered_after", "two_lines")
    needs: ClassVar = {
        "recovered_after_days": ("two_lines",),
        "two_lines": ("recovered_after_days",),
    }
    means: ClassVar = {
        "apart": "between the two low values",
        "not_within": "after an infusion, where low counts are expected",
        "together": "results so far apart are one picture",
    }

    lines: tuple[CellLine, ...]
    apart_days: int  # between the two low values of one line
    not_within_days: int  # of an infusion, for one line
    together_days: int  # between the values of two lines
    recovered_after_days: int | None = None  # an infusion; from the day after it two lines count
    two_lines: str = ""  # the message for two lines
    exempt: Exempt | None = None

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find one line alone."""
        yield from one_line_alone(self.lines, catalogue)

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find two lines that never are of any time, and a line exempted that is none."""
        recovered = self.recovered_after_days
        if recovered is not None and recovered >= self.not_within_days:
            words = f"two lines are never told: write less than {self.not_within_days} days"
            yield ("recovered_after",), words
        if self.exempt is not None:
            codes = [line.code for line in self.lines]
            yield from unknown(("exempt", "code"), self.exempt.code, codes, "line")

    def find(self, view: View) -> Iterator[Alert]:
        """Find two lines that are low, then each single one that was low twice."""
        together = self._two_lines(view)
        if together is not None:
            yield self._alert(together, occurrence=len(self.lines) + 1)
        for number, line in enumerate(self.lines, start=1):
            picture = self._twice(view, line)
            if picture is not None and not (together and picture[-1] in together):
                yield self._alert(picture, occurrence=number)

    def _alert(self, picture: Picture, *, occurrence: int) -> Alert:
        words = self.two_lines if occurrence > len(self.lines) else self.message
        return Alert(
            since=picture[-1].on,
            until=None,
            message=f"{words} {said(picture)}.",
            facts=picture,
            anchor=picture[0],
            occurrence=occurrence,
        )

    def _twice(self, view: View, line: CellLine) -> Picture | None:
        """Find the first low value and a later one that nobody has waived."""
        exempt = self.exempt if self.exempt and self.exempt.code == line.code else None
        low = _since_normal(view, line, outside=self.not_within_days, exempt=exempt)
        twice = ((low[0], r) for r in low if (r.on - low[0].on).days >= self.apart_days)
        return next((pair for pair in twice if not waived(self.name, view, pair)), None)

    def _two_lines(self, view: View) -> Picture | None:
        """Find the first two lines low together since their last normal values, and not waived.

        Where both lie beyond the later limit, it is for a rule of kind `low_lines` to speak.
        """
        if (recovered := self.recovered_after_days) is None:
            return None
        low = [_since_normal(view, line, outside=recovered) for line in self.lines]
        pairs: list[Picture] = [
            tuple(sorted((one, other), key=order))
            for a, b in combinations(low, 2)
            for one in a
            for other in b
            if abs((one.on - other.on).days) <= self.together_days
            and not all(is_outside(view, r, self.not_within_days) for r in (one, other))
        ]
        standing = [pair for pair in pairs if not waived(self.name, view, pair)]
        return min(standing, key=lambda p: (order(p[-1]), order(p[0])), default=None)


def _since_normal(
    view: View, line: CellLine, *, outside: int, exempt: Exempt | None = None
) -> list[Result]:
    """List the low values since the last normal one, without those so soon after an infusion.

    One that is ordinary for the patient is a normal one.
    """
    found: list[Result] = []
    for result in reversed(view.series(line.code)):
        if not is_low(result, line) or (exempt and exempt.explains(view, result)):
            break
        if is_outside(view, result, outside):
            found.insert(0, result)
    return found
