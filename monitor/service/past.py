"""What has become of earlier reminders and acknowledgements, as planning needs to know it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from monitor.domain.events import Acknowledgement
from monitor.domain.matters import Matter, Past, Urgency
from monitor.domain.outcome import Role
from monitor.domain.policy import Policy, Stage
from monitor.service.queries import Case
from monitor.store.owing import Stored

_UNARRIVED = ("owed", "sending", "failed")
_SMALL_JUMP = timedelta(days=1)  # an escalation waits so much longer
_CLOCKS_DIFFER = timedelta(minutes=2)  # of several machines on one server
_LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)


def past_of(case: Case, stored: Sequence[Stored], policy: Policy, *, now: datetime) -> Past:
    """Gather the past of a patient's reminders.

    What was told far in the future was told while the clock was wrong, nobody knows when: so long
    ago that it may escalate.
    """
    acknowledged: dict[Matter, date] = {}
    seen_by_patient: dict[Matter, date] = {}
    for event in case.events:
        if isinstance(event, Acknowledgement) and event.on <= case.today:
            matter = Matter(
                drug=event.drug,
                rule=event.rule,
                occurrence=event.occurrence,
                anchor=event.anchor,
            )
            by = seen_by_patient if event.is_patients else acknowledged
            by[matter] = max(event.on, by.get(matter, event.on))
    told: dict[Matter, datetime] = {}
    failed: dict[Matter, frozenset[tuple[Role, str]]] = {}
    taken_back = {one.key for one in taken_back_in(stored)}
    # Asked of what did not arrive alone, and of most patients everything did.
    reached = _latest_reached(stored) if any(one.state in _UNARRIVED for one in stored) else {}
    for one in stored:
        if one.retracts is not None or one.key in taken_back:
            continue
        matter = matter_of(one)
        # What gave way to its escalation was told all the same.
        if one.stage == Stage.WARNING and (one.state != "withdrawn" or one.tries > 0):
            at = datetime.fromisoformat(one.owed_at)
            at = at if at <= now + _SMALL_JUMP else _LONG_AGO
            told[matter] = min(at, told.get(matter, at))
        if one.state == "failed" and reached.get(_told_to(one), "") <= one.owed_at:
            failed[matter] = failed.get(matter, frozenset()) | {(Role(one.role), one.recipient)}
    late_at = _late_at(stored, reached, policy, now=now)
    undelivered: dict[Matter, frozenset[tuple[Role, str]]] = {}
    for one, moment in late_at:
        if moment <= now or one.state == "failed":
            matter = matter_of(one)
            who = (Role(one.role), one.recipient)
            undelivered[matter] = undelivered.get(matter, frozenset()) | {who}
    return Past(
        acknowledged_on=acknowledged,
        first_told_at=told,
        failed=failed,
        undelivered=undelivered,
        seen_by_patient_on=seen_by_patient,
        undelivered_at=tuple(moment for _, moment in late_at if moment > now),
    )


def _late_at(
    stored: Sequence[Stored],
    reached: Mapping[tuple[str, str, Matter], str],
    policy: Policy,
    *,
    now: datetime,
) -> list[tuple[Stored, datetime]]:
    """List the urgent messages that nobody has taken yet, each with when the next role hears.

    One that was owed in the future was owed before the clock was put back: it is late now.
    """
    wait = timedelta(minutes=policy.undelivered_after_minutes)
    owed = ((one, datetime.fromisoformat(one.owed_at)) for one in stored)
    return [
        (one, at + wait if at <= now + _CLOCKS_DIFFER else now)
        for one, at in owed
        if one.urgency != Urgency.ROUTINE
        and one.retracts is None
        and one.state in _UNARRIVED
        and reached.get(_told_to(one), "") <= one.owed_at
    ]


def _latest_reached(stored: Sequence[Stored]) -> dict[tuple[str, str, Matter], str]:
    """Find, for each recipient and matter, when the last one that arrived was owed."""
    found: dict[tuple[str, str, Matter], str] = {}
    for one in stored:
        if one.state == "sent":
            found[_told_to(one)] = max(one.owed_at, found.get(_told_to(one), ""))
    return found


def _told_to(one: Stored) -> tuple[str, str, Matter]:
    return one.role, one.recipient, matter_of(one)


def taken_back_in(stored: Sequence[Stored]) -> list[Stored]:
    """List what was told and then taken back: as if it had not been told."""
    retracted = {one.retracts for one in stored}
    return [one for one in stored if one.key in retracted]


def matter_of(stored: Stored) -> Matter:
    """Say what a reminder on record is about."""
    return Matter(
        drug=stored.drug, rule=stored.rule, occurrence=stored.occurrence, anchor=stored.anchor
    )
