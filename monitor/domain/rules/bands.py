"""Bands of values, as a limit of a code: the first row that fits says what a value means."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.domain.catalogue import Catalogue
from monitor.domain.facts import Result
from monitor.domain.faults import Fault
from monitor.domain.keys import parameters
from monitor.domain.outcome import Outcome
from monitor.domain.rules.beyond import Figures


@dataclass(frozen=True, kw_only=True, slots=True)
class Band(Figures):
    """The values beyond some figures, and what they mean."""

    outcome: Outcome
    do: str = ""  # what a person is to do

    def in_words(self, _name: str, code: str | None, catalogue: Catalogue) -> str:
        """Write it as a sentence of the page."""
        said = parameters(self, catalogue, code)
        follows = [said.pop("outcome"), *([said.pop("do")] if self.do else [])]
        edges = (f"{key.replace('_', ' ')} {value}" for key, value in said.items())
        return f"{' and '.join(edges)}: {', '.join(follows)}"

    def said_of(self, result: Result, unit: str) -> str:
        """Say beyond what a value is, and what to do."""
        edges = [f"{side} {edge.normalize():f} {unit}" for side, edge in self.edges(result) if edge]
        return " and ".join(edges) + (f": {self.do}" if self.do else "")


def judge(bands: Sequence[Band], result: Result) -> tuple[Outcome, Band | None]:
    """Find the first band that a value is in; unknown where one before it cannot be told."""
    for band in bands:
        holds = band.holds(result)
        if holds is None:
            return Outcome.UNKNOWN, None
        if holds:
            return band.outcome, band
    return Outcome.MET, None


def faults(bands: Sequence[Figures]) -> Iterator[Fault]:
    """Find bands without a figure."""
    for number, band in enumerate(bands):
        if not band.are_given:
            yield (number,), "nothing is compared: add for instance `above_uln: 3`"
