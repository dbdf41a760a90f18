"""Numbers read off bytes that Hypothesis drew."""

from collections.abc import Sequence
from typing import Any


class Dice:
    """Reads numbers off bytes that Hypothesis drew; no bytes, or zeros, are the ordinary story.

    One draw of a history's every number by itself would take longer than to compare it.
    """

    def __init__(self, rolled: bytes) -> None:
        self._rolled = rolled
        self.used = 0

    def number(self, first: int, last: int) -> int:
        """Roll a number, both ends included."""
        width = 1 if last - first < 100 else 2
        rolled = self._rolled[self.used : self.used + width]
        self.used += width
        return first + int.from_bytes(rolled, "big") % (last - first + 1)

    def pick(self, options: Sequence[Any]) -> Any:
        """Roll one of several, the first being the ordinary one."""
        return options[self.number(0, len(options) - 1)]

    def once_in(self, times: int) -> bool:
        """Roll whether something rare happens."""
        return self.number(0, times - 1) == times - 1
