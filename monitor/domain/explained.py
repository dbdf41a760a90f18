"""Whether an infusion explains a low count: those that were known before it was given, never."""

from monitor.domain.facts import Event, Infusion


def explains(infusion: Infusion, count: Event, within_days: int) -> bool:
    """Say whether a count may be low by an infusion: one of its own day only where it came later.

    Else to give a drug would calm what was said of the count that spoke against giving it. A count
    is known since the first value of its code and day, an infusion since it is of its day.
    """
    gap = (count.on - infusion.on).days
    return 0 < gap <= within_days or (gap == 0 and not _was_known_before(count, infusion))


def _was_known_before(count: Event, infusion: Event) -> bool:
    """Say whether any value of its day was recorded earlier; lines of one file came together."""
    if count.first_said_at is None or infusion.first_said_at is None:
        return False
    return count.first_said_at < infusion.first_said_at
