"""How infusions are parted into rounds, and rounds into their parts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from monitor.domain.facts import Infusion


@dataclass(frozen=True, kw_only=True, slots=True)
class Parting:
    """Which infusions belong together: without any of it each is a round by itself."""

    within_days: int = 0  # an infusion so soon after the one before belongs to the same round
    part_within_days: int = 0  # so soon, it goes on with the same part of it
    most_parts: int | None = None  # one more begins another round, however soon it comes

    def goes_on(self, round_: Sequence[Infusion], on: date) -> bool:
        """Say whether an infusion on a day would go on with a round."""
        gap = (on - round_[-1].on).days
        if gap > self.within_days:
            return False
        return gap <= self.part_within_days or not self.is_full(round_)

    def is_full(self, round_: Sequence[Infusion]) -> bool:
        """Say whether a round has had all its parts."""
        if self.most_parts is None:
            return False
        gaps = ((later.on - earlier.on).days for earlier, later in pairwise(round_))
        return 1 + sum(gap > self.part_within_days for gap in gaps) >= self.most_parts

    def rounds(self, infusions: Iterable[Infusion]) -> list[list[Infusion]]:
        """Part infusions, oldest first, into rounds."""
        found: list[list[Infusion]] = []
        for infusion in infusions:
            if found and self.goes_on(found[-1], infusion.on):
                found[-1].append(infusion)
            else:
                found.append([infusion])
        return found


EACH_BY_ITSELF = Parting()
