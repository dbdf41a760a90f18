"""Bands of values, the gravest first: each begins at a value, or at a multiple of a limit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from monitor.domain.catalogue import Catalogue
from monitor.domain.facts import Result
from monitor.domain.faults import Fault
from monitor.domain.outcome import Outcome
from monitor.domain.parameters import amount

_EDGES = ("above", "below", "above_uln", "below_lln")
_OWN = {
    "above_uln": "the laboratory's own upper limit",
    "below_lln": "the laboratory's own lower limit",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """The values beyond one edge, up to the band before, and what they mean."""

    above: Decimal | None = None  # in the first unit of the code
    below: Decimal | None = None
    above_uln: Decimal | None = None  # so many times the laboratory's own upper limit
    below_lln: Decimal | None = None  # so many times its lower limit
    outcome: Outcome
    do: str = ""  # what a person is to do

    @property
    def edge(self) -> tuple[str, Decimal]:
        """Give the key of the edge, and its number."""
        return next((k, v) for k in _EDGES if (v := getattr(self, k)) is not None)

    def begins(self, result: Result) -> Decimal | None:
        """Find the value at which it begins; None where the laboratory's limit is not known."""
        key, number = self.edge
        if key in ("above", "below"):
            return number
        limit = result.uln if key == "above_uln" else result.lln
        return None if limit is None or result.is_limit_odd else number * limit

    def holds(self, value: Decimal, begins: Decimal) -> bool:
        """Say whether a value is beyond the edge."""
        return value > begins if self.edge[0].startswith("above") else value < begins

    def in_words(self, _name: str, code: str | None, catalogue: Catalogue) -> str:
        """Write it as a sentence of the page."""
        key, number = self.edge
        edge = (
            f"{number} times {_OWN[key]}" if key in _OWN else amount(number, key, code, catalogue)
        )
        return f"{key.split('_')[0]} {edge}: {self.outcome}" + (f", {self.do}" if self.do else "")


def judge(bands: Sequence[Band], result: Result) -> tuple[Outcome, Band | None]:
    """Find the first band that a value is in; unknown where one before it cannot be told."""
    assert isinstance(result.value, Decimal)  # words have no bands
    for band in bands:
        begins = band.begins(result)
        if begins is None:
            return Outcome.UNKNOWN, None
        if band.holds(result.value, begins):
            return band.outcome, band
    return Outcome.MET, None


def faults(bands: Sequence[Band]) -> Iterator[Fault]:
    """Find bands without an edge, and those of which nothing is left by the ones before."""
    for number, band in enumerate(bands):
        if sum(getattr(band, key) is not None for key in _EDGES) != 1:
            yield (number,), f"write one of {', '.join(_EDGES)} in each row"
            return
    for key in _EDGES:
        rows = [(n, b.edge[1]) for n, b in enumerate(bands) if b.edge[0] == key]
        for (_, before), (number, edge) in pairwise(rows):
            if edge >= before if key.startswith("above") else edge <= before:
                words = f"'{edge}' leaves nothing for this row: the one before begins at {before}"
                yield (number, key), f"{words}, and the gravest comes first"
