"""Look at a patient: owe what is due, withdraw what is not, take back what was sent on wrong facts.

All of it is written in the transaction that found the need. Nothing is sent here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from monitor.domain.assessment import Assessment, evaluate
from monitor.domain.corrections import is_closed
from monitor.domain.next_change import next_look
from monitor.domain.outcome import Urgency
from monitor.domain.protocol import Protocol
from monitor.domain.reminders.plan import Reminder, digest, plan, unheard
from monitor.domain.reminders.policy import Policy
from monitor.domain.reminders.stages import longest_lead, next_change
from monitor.domain.reminders.subject import Past
from monitor.service.asking import begun, cases
from monitor.service.asking.cases import Asked, Case
from monitor.service.reminding.already_sent import (
    OPEN,
    as_told,
    by_matter,
    by_recipient,
    first_owed,
    is_same,
    is_told,
    kept_of,
    key_to_owe,
    matter_key,
    waits_since,
)
from monitor.service.reminding.delays import told_from
from monitor.service.reminding.destinations import astray_of, find_room
from monitor.service.reminding.earlier import past_of, taken_back_in
from monitor.service.reminding.mending import mend_checks, mend_one
from monitor.service.reminding.recipients import Opens, Reachable, recipients_of
from monitor.service.reminding.retractions import let_go_first, take_back, take_back_moved
from monitor.service.reminding.wording import words
from monitor.store import facts, lease, locks, looks, outbox, owing
from monitor.store.looks import Beat
from monitor.store.owing import Envelope, Stored

LONGEST_WITHOUT_LOOK = timedelta(days=35)
_AT_EARLIEST = timedelta(minutes=1)
_AGAIN = timedelta(hours=1)  # while an earlier message is under way

Assessed = list[tuple[str, Assessment, Mapping[str, Protocol]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What a look changed, counted in messages."""

    owed: int
    withdrawn: int


def look(
    connection: Connection,
    who: str,
    policy: Policy,
    *,
    now: datetime,
    opens: Opens = lambda url: True,
) -> Looked:
    """Bring the outbox in line with a patient's facts, and set when to look again."""
    rows = facts.read(connection, who)
    looks.hold(connection, who)
    mend_one(connection, who, rows, now=now)
    case = cases.case_of(connection, who, rows, Asked(now=now))
    if not looks.is_asked_for(connection, who):
        mend_checks(connection, case, now=now)
    stored = owing.reminders_of(connection, who)
    zone = case.zone
    if is_closed(rows):
        withdrawn = outbox.withdraw(connection, [s.key for s in stored if s.state in OPEN])
        known = looks.known_at_last_look(connection, who)  # what is wrong is told once reopened
        looks.look_next(connection, who, now + timedelta(days=1), known=known)
        return Looked(owed=0, withdrawn=withdrawn)
    assessed = _assess(case, policy)
    reachable = recipients_of(connection, who, zone, rows, opens)
    told = [one.recipient.address for one in reachable] + [one.address for one in stored]
    locks.hold(connection, told)
    if locks.is_shared(connection):  # what was sent meanwhile must not count as never sent
        outbox.hold(connection, [one.key for one in stored if one.state in OPEN])
        stored = owing.reminders_of(connection, who)
    owed = take_back(connection, rows, stored, policy, now=now)
    if owed:
        stored = owing.reminders_of(connection, who)
    past = past_of(case, rows, stored, policy, now=now)
    to = [one.recipient for one in reachable]
    planned = plan(who, assessed, to, policy, past, today=case.today, now=now)
    grouped = by_matter(stored)
    planned = tuple(as_told(one, grouped.get(matter_key(one), ())) for one in planned)
    owed += take_back_moved(connection, rows, planned, grouped, policy, now=now)
    if owed:
        stored = owing.reminders_of(connection, who)
    taken_back = taken_back_in(stored)
    turns = Counter(one.identity for one in taken_back)
    planned = tuple(replace(one, turn=turns[one.identity]) for one in planned)
    planned = tuple({reminder.key: reminder for reminder in planned}.values())
    kept = kept_of(planned, stored)
    unneeded = [
        s.key for s in stored if s.state in OPEN and s.retracts is None and s.key not in kept
    ]
    withdrawn = outbox.withdraw(connection, unneeded)
    before, days = by_matter(stored), by_recipient(stored)
    has_changed = bool(unneeded)
    void = {one.key for one in taken_back}
    waiting: list[datetime] = []
    beat = looks.find_beat(connection) if planned else None
    known_as = {one.recipient: one for one in reachable}
    made: dict[str, str] = {}  # the urgent message of this look, by address
    late = first_owed(stored, set(unneeded))
    astray = astray_of(connection, planned, before, known_as)
    for reminder in sorted(planned, key=_gravest_first):
        earlier = before.get(matter_key(reminder), ())
        if not reminder.is_answered and not is_told(
            reminder, earlier, policy, kept=kept, void=void, astray=astray
        ):
            found = _owe(
                connection,
                reminder,
                known_as[reminder.recipient],
                policy,
                of_days=days.get((reminder.recipient.role.value, reminder.recipient.name), ()),
                earlier=earlier,
                known=rows[-1].event,
                case=case,
                beat=beat,
                made=made,
                late=late,
                now=now,
            )
            owed += found is True
            if isinstance(found, datetime):
                waiting.append(found)
            else:
                has_changed = True
    let_go_first(connection, who, made)
    if has_changed:  # the past with what is told only now
        past = past_of(case, rows, owing.reminders_of(connection, who), policy, now=now)
    again = min([*waiting, *_coming(case, assessed, policy, past, zone, now)])
    again = min(again, now + timedelta(hours=23, minutes=_spread(who)))  # whatever was computed
    again = max(again, now + _AT_EARLIEST)  # a pass ends, whatever a calendar says
    lonely = unheard(assessed, to, policy, past, today=case.today, now=now)
    looks.look_next(connection, who, again, known=rows[-1].event, unheard=lonely)
    return Looked(owed=owed, withdrawn=withdrawn)


def _spread(who: str) -> int:
    """Spread patients over two hours, so that they are not all looked at in one pass."""
    return int(digest(who)[:8], 16) % 120


def _assess(case: Case, policy: Policy) -> Assessed:
    pinned = [protocol for t in case.followed for protocol in t.protocols.values()]
    ahead = case.today + timedelta(days=longest_lead(pinned, policy) + 1)
    return [
        (
            treatment.timeline.drug,
            evaluate(treatment, case.today, until=max(ahead, case.today + LONGEST_WITHOUT_LOOK)),
            {protocol.digest: protocol for protocol in treatment.protocols.values()},
        )
        for treatment in case.followed
    ]


def _owe(
    connection: Connection,
    reminder: Reminder,
    to: Reachable,
    policy: Policy,
    *,
    of_days: Sequence[Stored],  # what the recipient was told with days' messages
    earlier: Sequence[Stored],  # those of the same rule and recipient
    known: int,
    case: Case,
    beat: Beat | None,
    made: dict[str, str],
    late: Mapping[tuple[str, str], str],  # since when a recipient waits for what this replaces
    now: datetime,
) -> bool | datetime:
    """Owe one reminder; says whether that made a message, or when there will be room for it.

    What is urgent at one look is one message, led by the gravest.
    """
    recipient = to.recipient
    at = due_at = now
    join = None
    if reminder.urgency is Urgency.ROUTINE:
        room = find_room(connection, recipient, policy, of_days, now)
        if room is None:
            return now + _AGAIN
        key, join, at = room
        due_at = min(
            at, policy.sending_moment(at.astimezone(recipient.zone).date(), recipient.zone)
        )
    else:
        join = made.get(recipient.address)
        key = join or owing.free_key(connection, digest("urgent", reminder.key, recipient.address))
    urgency = reminder.urgency.value
    rank = lease.RANK.get(urgency, lease.RANK[reminder.stage.value])
    envelope = Envelope(
        key=key,
        role=recipient.role.value,
        recipient=recipient.name,
        address=recipient.address,
        channels=to.channels,
        zone=recipient.zone.key,
        urgency=urgency,
        rank=rank,
        due_at=due_at,
    )
    is_new = join is None and owing.write(connection, envelope, at=at)
    owed_at = facts.moment_text(now)
    if reminder.urgency is not Urgency.ROUTINE:
        owed_at = waits_since(reminder, late, earlier, otherwise=owed_at)
    if is_new and reminder.urgency is not Urgency.ROUTINE:
        made[recipient.address] = key
    owing.raise_rank(connection, join or key, rank)
    void = {one.key for one in taken_back_in(earlier)}
    counted = [s for s in earlier if s.state == "sent" and s.key not in void]
    before = sum(1 for s in counted if is_same(s, reminder))
    owing.owe(
        connection,
        key_to_owe(reminder, earlier),
        {
            "identity": reminder.identity,
            "message": join or key,
            "patient": reminder.patient,
            "drug": reminder.matter.drug,
            "rule": reminder.matter.rule,
            "occurrence": reminder.matter.occurrence,
            "anchor": reminder.matter.anchor,
            "stage": reminder.stage.value,
            "repeat": reminder.repeat,
            "since": told_from(reminder, case, policy, beat, now=now).isoformat(),
            "planned_on": case.today.isoformat(),
            "owed_at": owed_at,
            "known": known,
            "words": words(reminder, number=before + 1),
        },
    )
    return is_new


def _gravest_first(reminder: Reminder) -> int:
    return -lease.RANK.get(reminder.urgency.value, 0)


def _coming(
    case: Case, assessed: Assessed, policy: Policy, past: Past, zone: ZoneInfo, now: datetime
) -> list[datetime]:
    """List the moments at which the plan may change by time alone; the latest is the limit."""
    latest = case.today + LONGEST_WITHOUT_LOOK
    day, moment = next_change(assessed, policy, past, today=case.today, now=now)
    days = [latest, *([day] if day is not None else [])]
    for treatment, (_, assessment, _) in zip(case.followed, assessed, strict=True):
        days.append(next_look(treatment, assessment, case.today, latest=latest))
    begins = [datetime.combine(one, time(0), zone) for one in days]
    begins += begun.begin_later(case.today, begun.of_events(case.events))
    return [*begins, *([moment] if moment is not None else [])]
