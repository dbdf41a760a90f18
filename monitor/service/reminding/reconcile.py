"""Bring one patient's reminders in line with the facts. Nothing is sent here.

1. Lock the patient; mend what is damaged, and work out the stored checks whose day has come.
2. Work out checks and warnings on the patient's day, and who can be reached.
3. Find what was sent on facts that have been corrected since.
4. Gather the history: what was sent, did not arrive, or was acknowledged.
5. Say which reminders are due, and compare them with the record: that is the plan.
6. Write the plan down: retract, withdraw, queue.
7. Set when to do all this again, at the latest in a day.

All of it is one transaction: a message is queued if and only if what it follows from is on record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from monitor.domain.corrections import Recorded, is_closed
from monitor.domain.dates import days
from monitor.domain.reminders.audience import Recipient, digest
from monitor.domain.reminders.due import reminders_due, unheard
from monitor.domain.reminders.history import History, history_of, retracted_in
from monitor.domain.reminders.message import OPEN
from monitor.domain.reminders.plan import Plan, plan
from monitor.domain.reminders.policy import Policy, Stage
from monitor.domain.reminders.retraction import sent_wrongly
from monitor.domain.reminders.stages import Assessed, longest_lead, next_change, stages_on
from monitor.domain.reminders.subject import PastReminder, Subject
from monitor.service.asking import begun, cases
from monitor.service.asking.cases import Asked, Case
from monitor.service.asking.projection import LONGEST_WITHOUT_LOOK, changes_on
from monitor.service.reminding.mending import mend_checks, mend_one
from monitor.service.reminding.queueing import Queue
from monitor.service.reminding.recipients import Opens, recipients_of
from monitor.store import facts, heartbeats, locks, outbox, owing, wakeups
from monitor.store.earlier import Versions

_AT_EARLIEST = timedelta(minutes=1)
_AHEAD = 400  # days: every check that was sent ahead was so near


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """One pass over the patients whose wake-up has come."""

    policy: Policy
    now: datetime
    opens: Opens = lambda url: True
    clock_is_real: bool = False  # stored checks are of the real day, never of one that is tried out


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What was done: patients, messages queued and withdrawn, patients left out."""

    patients: int = 0
    queued: int = 0
    withdrawn: int = 0
    unusable: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Add up."""
        return Tally(
            patients=self.patients + other.patients,
            queued=self.queued + other.queued,
            withdrawn=self.withdrawn + other.withdrawn,
            unusable=self.unusable + other.unusable,
        )


def reconcile(connection: Connection, who: str, this_pass: Pass) -> Tally:
    """Take the steps above; each number stands before its step."""
    policy, now = this_pass.policy, this_pass.now
    # 1
    locks.hold_patient(connection, who)
    wakeups.hold(connection, who)
    rows = facts.read(connection, who)
    mend_one(connection, who, rows, now=now)
    case = cases.case_of(connection, who, rows, Asked(now=now))
    if not wakeups.is_woken(connection, who):
        mend_checks(connection, case, now=now, clock_is_real=this_pass.clock_is_real)
    if is_closed(rows):
        return _closed(connection, who, now)
    # 2
    assessed = _assess(case, policy)
    recipients = recipients_of(connection, who, case.zone, rows, this_pass.opens)
    past = _locked_past(connection, who, recipients)
    # 3
    retracted = retracted_in(past)
    wrong = sent_wrongly(
        rows,
        past,
        seen=wakeups.known_before(connection, who),
        confirmed=lambda known: Versions(known).confirmed,
        stages_then=lambda day, known: _stages_then(connection, rows, policy, now, day, known),
        retracted=retracted,
    )
    retracted |= {one.key for each in wrong for one in each.reminders}
    # 4
    history = history_of(
        case.events, rows, past, policy, retracted=retracted, today=case.today, now=now
    )
    # 5
    planned = plan(
        reminders_due(who, assessed, recipients, policy, history, today=case.today, now=now),
        past,
        policy,
        retracted=retracted,
        taken_by=lambda one: outbox.taken_by(connection, one.message),
    )
    # 6
    queue = Queue(
        connection=connection,
        case=case,
        known=rows[-1].event,
        policy=policy,
        past=past,
        last_pass=_last_pass(connection, planned),
        now=now,
    )
    for what in (*wrong, *planned.retract):
        queue.retract(what)
    withdrawn = outbox.withdraw(connection, [*planned.withdraw])
    for key, reminder in planned.queue.items():
        queue.add(key, reminder)
    queue.let_retractions_lead()
    # 7
    if planned.withdraw or queue.reminders:  # the history with what was queued only now
        past = owing.reminders_of(connection, who)
        history = history_of(
            case.events,
            rows,
            past,
            policy,
            retracted=retracted_in(past),
            today=case.today,
            now=now,
        )
    coming = [*queue.full_until, *_coming(case, assessed, policy, history, now)]
    again = min(*coming, now + timedelta(hours=23, minutes=_spread(who)))
    wakeups.set_next(
        connection,
        who,
        max(again, now + _AT_EARLIEST),  # a pass ends, whatever a calendar says
        known=rows[-1].event,
        unheard=unheard(assessed, recipients, policy, history, today=case.today, now=now),
    )
    return Tally(patients=1, queued=queue.messages, withdrawn=withdrawn)


def _closed(connection: Connection, who: str, now: datetime) -> Tally:
    """Withdraw all that waits; what was sent wrongly is said once the patient is reopened."""
    past = owing.reminders_of(connection, who)
    withdrawn = outbox.withdraw(connection, [one.key for one in past if one.state in OPEN])
    known = wakeups.known_before(connection, who)
    wakeups.set_next(connection, who, now + days(1), known=known)
    return Tally(patients=1, withdrawn=withdrawn)


def _assess(case: Case, policy: Policy) -> list[Assessed]:
    pinned = [protocol for t in case.followed for protocol in t.protocols.values()]
    ahead = case.today + days(longest_lead(pinned, policy) + 1)
    return cases.assess(case, until=max(ahead, case.today + LONGEST_WITHOUT_LOOK))


def _locked_past(
    connection: Connection, who: str, recipients: Sequence[Recipient]
) -> list[PastReminder]:
    """Read what is on record, once nobody else can add to it or send it."""
    past = owing.reminders_of(connection, who)
    addresses = [one.address for one in recipients] + [one.address for one in past]
    locks.hold(connection, addresses)
    if locks.is_shared(connection):  # what was sent meanwhile must not count as never sent
        outbox.hold(connection, [one.key for one in past if one.state in OPEN])
        past = owing.reminders_of(connection, who)
    return past


def _stages_then(
    connection: Connection,
    rows: Sequence[Recorded],
    policy: Policy,
    now: datetime,
    then: date,
    known: frozenset[int],
) -> dict[Subject, Stage]:
    """Say at which stage everything was on an earlier day, as some of the facts have it."""
    some = [row for row in rows if row.event in known]
    case = cases.case_of(connection, rows[0].patient, some, Asked(now=now, as_of=then))
    found: dict[Subject, Stage] = {}
    for one in cases.assess(case, until=then + days(_AHEAD)):
        found |= stages_on(one, policy, then)
    return found


def _last_pass(connection: Connection, planned: Plan) -> datetime | None:
    """Find when the last full pass ended, if anything depends on it."""
    beat = heartbeats.find(connection) if planned.queue else None
    return None if beat is None else beat.at


def _coming(
    case: Case, assessed: Sequence[Assessed], policy: Policy, history: History, now: datetime
) -> list[datetime]:
    """List the moments at which the plan, or what is stored, may change by time alone."""
    day, moment = next_change(assessed, policy, history, today=case.today, now=now)
    coming = [] if day is None else [day]
    coming += [changes_on(case, *one) for one in assessed]
    begins = [datetime.combine(one, time(), case.zone) for one in coming]
    begins += begun.begin_later(case.today, begun.of_events(case.events))
    return [*begins, *([] if moment is None else [moment])]


def _spread(who: str) -> int:
    """Spread patients over two hours, so that they do not all come in one pass."""
    return int(digest(who)[:8], 16) % 120
