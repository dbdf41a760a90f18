"""What has become of earlier reminders and acknowledgements, as planning needs to know it."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from monitor.domain.corrections import Recorded
from monitor.domain.facts import Acknowledgement
from monitor.domain.outcome import Role, Urgency
from monitor.domain.reminders.policy import Policy, Stage
from monitor.domain.reminders.subject import Matter, Past, covered_by
from monitor.service.asking.cases import Case
from monitor.service.reminding.wording import urgency_in
from monitor.store.facts import moment_text
from monitor.store.locks import CLOCKS_DIFFER
from monitor.store.owing import Stored

_UNARRIVED = ("owed", "sending", "failed")
_SMALL_JUMP = timedelta(days=1)  # an escalation waits so much longer
_LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)


def past_of(
    case: Case,
    rows: Sequence[Recorded],
    stored: Sequence[Stored],
    policy: Policy,
    *,
    now: datetime,
) -> Past:
    """Gather the past of a patient's reminders.

    What was told far in the future was told while the clock was wrong, nobody knows when: so long
    ago that it may escalate.
    """
    acknowledged: dict[Matter, date] = {}
    seen_by_patient: dict[Matter, date] = {}
    answered = {event.rule for event in case.events if isinstance(event, Acknowledgement)}
    planned = first_planned_on([one for one in stored if one.rule in answered], case.today)
    for event in case.events:
        if isinstance(event, Acknowledgement) and event.on <= case.today:
            seen = _seen(event)
            if event.on < planned.get(replace(seen, urgency=Urgency.ROUTINE), event.on):
                continue  # nobody has seen a message before it was there
            by = seen_by_patient if event.is_patients else acknowledged
            for matter in covered_by(seen):
                by[matter] = max(event.on, by.get(matter, event.on))
    told: dict[Matter, datetime] = {}
    failed: dict[Matter, frozenset[tuple[Role, str]]] = {}
    taken_back = {one.key for one in taken_back_in(stored)}
    reached = _latest_reached(stored, now)
    for one in stored:
        if one.retracts is not None or one.key in taken_back:
            continue
        # What gave way to its escalation was told all the same.
        if one.stage == Stage.WARNING and (one.state != "withdrawn" or one.tries > 0):
            at = datetime.fromisoformat(one.owed_at)
            at = at if at <= now + _SMALL_JUMP else _LONG_AGO
            for each in covered_by(matter_of(one)):
                told[each] = min(at, told.get(each, at))
        if one.state == "failed" and reached.get(_told_to(one), "") <= one.owed_at:
            _add(failed, one)
    late_at = _late_at(stored, reached, policy, now=now)
    undelivered: dict[Matter, frozenset[tuple[Role, str]]] = {}
    for one, moment in late_at:
        if moment <= now or one.state == "failed":
            _add(undelivered, one)
    return Past(
        acknowledged_on=acknowledged,
        first_told_at=told,
        told_before=_told_before(case, rows, told, acknowledged),
        failed=failed,
        undelivered=undelivered,
        seen_by_patient_on=seen_by_patient,
        undelivered_at=tuple(moment for _, moment in late_at if moment > now),
    )


def _seen(event: Acknowledgement) -> Matter:
    """Say what an acknowledgement is of; one that names no severity is of any."""
    return Matter(
        drug=event.drug,
        rule=event.rule,
        occurrence=event.occurrence,
        anchor=event.anchor,
        urgency=Urgency(event.severity or Urgency.EMERGENCY),
    )


def first_planned_on(stored: Sequence[Stored], today: date) -> dict[Matter, date]:
    """Find the day of the first message of each matter; one of the future has no day."""
    found: dict[Matter, date] = {}
    for one in stored:
        on = date.fromisoformat(one.planned_on)
        if on <= today and one.retracts is None:
            matter = Matter(
                drug=one.drug, rule=one.rule, occurrence=one.occurrence, anchor=one.anchor
            )
            found[matter] = min(on, found.get(matter, on))
    return found


def _told_before(
    case: Case,
    rows: Sequence[Recorded],
    told: Mapping[Matter, datetime],
    answered: Container[Matter],
) -> dict[Matter, datetime]:
    """Find since when nobody has answered what was told of a fact before another took its place.

    That is a correction of it, or another result of its code and day.
    """
    place: dict[int, object] = {}
    for row in rows:
        if row.corrects in place:
            place[row.event] = place[row.corrects]
        elif row.kind == "result":
            place[row.event] = row.body["code"], row.on
        place.setdefault(row.event, row.event)
    now_there: dict[object, list[int]] = {}
    for event in case.events:
        now_there.setdefault(place.get(event.event), []).append(event.event)
    found: dict[Matter, datetime] = {}
    for matter, at in told.items():
        if matter.urgency is Urgency.ROUTINE or matter in answered:
            continue
        for number in now_there.get(place.get(matter.anchor), ()):
            newer = replace(matter, anchor=number)
            found[newer] = min(at, found.get(newer, at))
    return found


def _add(to: dict[Matter, frozenset[tuple[Role, str]]], one: Stored) -> None:
    for matter in covered_by(matter_of(one)):
        to[matter] = to.get(matter, frozenset()) | {(Role(one.role), one.recipient)}


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
        (one, at + wait if at <= now + CLOCKS_DIFFER else now)
        for one, at in owed
        if one.urgency != Urgency.ROUTINE
        and one.retracts is None
        and one.state in _UNARRIVED
        and reached.get(_told_to(one), "") <= one.owed_at
    ]


def _latest_reached(stored: Sequence[Stored], now: datetime) -> dict[tuple[str, str, Matter], str]:
    """Find when the last one that arrived was owed, for whom and what something did not arrive of.

    What arrived while the clock was wrong says nothing of what is owed now.
    """
    found: dict[tuple[str, str, Matter], str] = {}
    latest = moment_text(now + CLOCKS_DIFFER)
    waiting = {(one.role, one.recipient, one.rule) for one in stored if one.state in _UNARRIVED}
    for one in stored:
        its = one.role, one.recipient, one.rule
        if one.state == "sent" and its in waiting and one.owed_at <= latest:
            for matter in covered_by(matter_of(one)):
                told_to = one.role, one.recipient, matter
                found[told_to] = max(one.owed_at, found.get(told_to, ""))
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
        drug=stored.drug,
        rule=stored.rule,
        occurrence=stored.occurrence,
        anchor=stored.anchor,
        urgency=urgency_in(stored.words, otherwise=stored.urgency),
    )
