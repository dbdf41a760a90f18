"""Values that a laboratory knows on one side only, `<0.1` or `>55`, and what they are judged as.

A value that is judged counts at its worse end: away from danger that is the number itself, towards
it whatever is beyond every limit. One that another is held against, to see how far it fell or
rose, counts as its number: it may have been worse, and then the other has changed less.
"""

from decimal import Decimal
from enum import StrEnum

from monitor.domain.catalogue import Worse

LOWEST = Decimal(0)  # no amount is less
HIGHEST = Decimal(10**15)  # more than any value, or any multiple of a limit, that is accepted


class Comparator(StrEnum):
    """On which side of its number a value lies."""

    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="

    @property
    def goes_down(self) -> bool:
        """Say whether what is not known is how low it is."""
        return self in (Comparator.BELOW, Comparator.AT_MOST)

    def least(self, number: Decimal) -> Decimal:
        """Give the lowest value that may be meant."""
        return LOWEST if self.goes_down else number

    def most(self, number: Decimal) -> Decimal:
        """Give the highest value that may be meant."""
        return number if self.goes_down else HIGHEST

    def worse_end(self, number: Decimal, worse: Worse) -> Decimal:
        """Give what is judged; where a code is bad at both ends, the end that nobody knows."""
        if worse is Worse.LOWER:
            return self.least(number)
        if worse is Worse.HIGHER:
            return self.most(number)
        return LOWEST if self.goes_down else HIGHEST
