"""When to try again, and when to give up. Pure."""

import hashlib
from datetime import datetime, timedelta

from monitor.domain.outcome import Urgency

TRIED_FOR = timedelta(days=7)  # at least; then it failed, and that is told to somebody else
_LEAST_TRIES = 3
_FIRST = timedelta(minutes=1)
_LONGEST = {
    Urgency.ROUTINE: timedelta(hours=6),
    Urgency.URGENT: timedelta(minutes=15),
    Urgency.EMERGENCY: timedelta(minutes=5),
}
_JITTER = 0.2  # so that many that failed together do not come back together


def next_try(
    *,
    key: str,
    tries: int,
    channels: int,
    urgency: Urgency,
    first_try_at: datetime,
    now: datetime,
    retry_after: timedelta | None = None,
) -> datetime | None:
    """Choose the next moment after a failed try; None where it is given up.

    Urgent messages go over to the next channel at once, as long as there is one untried.
    """
    if now - first_try_at >= TRIED_FOR and tries >= _LEAST_TRIES:
        return None
    if urgency is not Urgency.ROUTINE and tries < channels:
        return now
    longest = _LONGEST[urgency]
    wait = min(longest, _FIRST * (1 << min(tries - 1, 20)))
    wait *= 1 + _JITTER * (_share(key, tries) - 1)
    if retry_after is not None:  # whoever asks for an hour is not asked again after 50 minutes
        wait = max(wait, min(retry_after, longest))
    return now + wait


def _share(key: str, tries: int) -> float:
    """Draw from 0 to 1, the same for the same try of the same message."""
    drawn = hashlib.sha256(f"{key} {tries}".encode()).digest()
    return int.from_bytes(drawn[:4]) / 2**32
