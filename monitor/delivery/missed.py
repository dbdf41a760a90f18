"""Who makes one pass a day, at night, would never send a routine message: notice that."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.domain.policy import Policy
from monitor.store.leasing import Candidate
from monitor.store.soundness import is_moment

_OVERDUE = timedelta(days=1)


def missed_its_hours(
    one: Candidate, policy: Policy, zone: ZoneInfo, *, now: datetime, last_pass: datetime
) -> bool:
    """Say whether a routine message missed its hours because no pass came in them.

    It was due over a day ago, and a pass had put it off to a morning: after an outage, which ends
    at night, none had, and it waits for the morning like any other.
    """
    if not (is_moment(one.due_at) and is_moment(one.next_at)):
        return False
    due, waited = datetime.fromisoformat(one.due_at), datetime.fromisoformat(one.next_at)
    today = now.astimezone(zone).date()
    opened = policy.sending_moment(today, zone)
    if opened > now:
        opened = policy.sending_moment(today - timedelta(days=1), zone)
    was_put_off = waited > due and waited == policy.sending_moment(
        waited.astimezone(zone).date(), zone
    )
    return was_put_off and last_pass < opened and now - due >= _OVERDUE
