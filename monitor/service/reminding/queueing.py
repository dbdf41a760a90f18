"""Queue reminders: each goes into the message of a day, or with what is urgent at one time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from monitor.domain.outcome import Urgency
from monitor.domain.reminders.audience import Recipient, digest, had_message_on
from monitor.domain.reminders.due import Reminder
from monitor.domain.reminders.message import RANK, Message
from monitor.domain.reminders.policy import Policy, Stage
from monitor.domain.reminders.retraction import Retraction
from monitor.domain.reminders.subject import PastReminder
from monitor.domain.reminders.wording import delayed_since, words
from monitor.service.asking.cases import Case
from monitor.store import outbox, owing
from monitor.store.facts import moment_text

_AGAIN = timedelta(hours=1)  # while an earlier message is under way
_BEFORE = timedelta(milliseconds=1)  # of two as urgent the older goes first


@dataclass(kw_only=True, slots=True)
class Queue:
    """Puts one patient's reminders into messages, and counts what that made."""

    connection: Connection
    case: Case
    known: int  # the patient's last event
    policy: Policy
    past: Sequence[PastReminder]
    last_pass: datetime | None
    now: datetime
    messages: int = 0  # made
    reminders: int = 0  # put into messages, made or not
    full_until: list[datetime] = field(default_factory=list)  # when what found no room may find it
    _urgent: dict[str, Message] = field(default_factory=dict)  # made here, by address

    def add(self, key: str, reminder: Reminder) -> None:
        """Queue a reminder; what is urgent to one recipient is one message, led by the gravest."""
        recipient, now = reminder.recipient, self.now
        at = due_at = now
        joined = self._urgent.get(recipient.address)
        if reminder.urgency is Urgency.ROUTINE:
            room = self._find_room(recipient)
            if room is None:
                self.full_until.append(now + _AGAIN)
                return
            message, at = room
            day = at.astimezone(recipient.zone).date()
            due_at = min(at, self.policy.sending_moment(day, recipient.zone))
        elif joined is not None:
            message = joined.key
        else:
            message = digest("urgent", reminder.key, recipient.address)
            message = owing.free_key(self.connection, message)
        rank = RANK.get(reminder.urgency, RANK[reminder.stage])
        wanted = Message(
            key=message,
            role=recipient.role,
            recipient=recipient.name,
            address=recipient.address,
            channels=recipient.channels,
            zone=recipient.zone.key,
            urgency=reminder.urgency,
            rank=rank,
            due_at=due_at,
            next_at=at,
        )
        if owing.write(self.connection, wanted):
            self.messages += 1
            if wanted.is_urgent:
                self._urgent[recipient.address] = wanted
        owing.raise_rank(self.connection, message, rank)
        today = self.case.today
        since = delayed_since(
            reminder, self.policy, self.last_pass, zone=self.case.zone, today=today, now=now
        )
        self._owe(
            key,
            reminder,
            message,
            identity=reminder.identity,
            since=since.isoformat(),
            planned_on=today.isoformat(),
            owed_at=moment_text(min(reminder.waits_since or now, now)),
            words=words(reminder),
        )
        self.reminders += 1

    def _owe(self, key: str, one: Reminder | PastReminder, message: str, **more: str) -> None:
        row = {
            "message": message,
            "patient": self.case.patient,
            "drug": one.subject.drug,
            "rule": one.subject.rule,
            "occurrence": one.subject.occurrence,
            "anchor": one.subject.anchor,
            "stage": one.stage.value,
            "repeat": one.repeat,
            "known": self.known,
            **more,
        }
        owing.owe(self.connection, key, row)

    def _find_room(self, recipient: Recipient) -> tuple[str, datetime] | None:
        """Find the message of a day that a routine reminder goes with, and when that goes out.

        None while an earlier one is under way.
        """
        at = self.policy.next_sending(self.now, recipient.zone)
        day = at.astimezone(recipient.zone).date()
        key = digest("routine", recipient.address, day)
        room = owing.find_room(self.connection, key, recipient.address)
        if room.under_way:
            return None
        while room.join is None and (room.day_is_over or had_message_on(self.past, recipient, day)):
            day += timedelta(days=1)
            at = self.policy.sending_moment(day, recipient.zone)
            key = digest("routine", recipient.address, day)
            room = owing.find_room(self.connection, key, recipient.address)
        return room.join or key, at

    def retract(self, what: Retraction) -> None:
        """Queue a message that takes back what another said."""
        first, now = what.reminders[0], self.now
        zone = ZoneInfo(first.zone)
        is_routine = first.urgency is Urgency.ROUTINE
        at = self.policy.next_sending(now, zone) if is_routine else now - _BEFORE
        keys = [one.key for one in what.reminders]
        is_part = owing.holds_others(self.connection, first.message, keys)
        message = digest("takes back", first.message, *(keys if is_part else ()))
        wanted = Message(
            key=message,
            role=first.role,
            recipient=first.recipient,
            address=first.address,
            channels=first.channels,
            urgency=first.urgency,
            rank=RANK.get(first.urgency, RANK[Stage.ESCALATED]),
            due_at=at,
            next_at=at,
            zone=first.zone,
            text=f"{'Part of an' if is_part else 'An'} earlier message, Ref {first.ref}, "
            "no longer applies.",
        )
        self.messages += owing.write(self.connection, wanted)
        for one in what.reminders:
            key = digest("takes back", one.key)
            self._owe(
                key,
                one,
                message,
                identity=key,
                since=now.astimezone(zone).date().isoformat(),
                planned_on=one.planned_on.isoformat(),
                owed_at=moment_text(now),
                retracts=one.key,
                words=what.why + one.words,
            )

    def let_retractions_lead(self) -> None:
        """Have what is taken back said before the alarms that were queued here, by address.

        Whoever reads the last of several messages must not read that all is over.
        """
        if self._urgent:
            found = outbox.untried_takebacks(self.connection, self.case.patient, [*self._urgent])
            for address, key in found:
                owing.raise_rank(self.connection, key, self._urgent[address].rank)
