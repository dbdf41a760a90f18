"""Who makes one pass a day, at night, would never send a routine message: notice that."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.domain.reminders.policy import Policy
from monitor.store.lease import Candidate
from monitor.store.soundness import is_moment

_OVERDUE = timedelta(days=1)


def missed_its_hours(
    one: Candidate, policy: Policy, zone: ZoneInfo, *, now: datetime, last_pass: datetime
) -> bool:
    """Say whether a routine message missed its hours because no pass came in them.

    It was due over a day ago, and a pass had put it off to a morning: after an outage, which ends
    at night, none had, and it waits for the morning like any other. The operators' word is of its
    day, and never put off to another: it goes out in the pass that finds its hours missed.
    """
    if one.rank == 0:
        return policy.missed_day(last_pass, now, zone) is not None
    if not (is_moment(one.due_at) and is_moment(one.next_at)):
        return False
    due, waited = datetime.fromisoformat(one.due_at), datetime.fromisoformat(one.next_at)
    was_put_off = waited > due and waited == policy.sending_moment(
        waited.astimezone(zone).date(), zone
    )
    return was_put_off and last_pass < policy.last_opening(now, zone) and now - due >= _OVERDUE
