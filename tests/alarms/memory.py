"""What a look reads and writes, in memory: so that three years of a clinic take minutes.

The looks are the program's own, with all they work out; only what they keep in tables is kept here
instead. Every message arrives at the moment at which it is due.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from unittest.mock import patch

from monitor import protocols
from monitor.domain.assessment import Treatment
from monitor.domain.corrections import Recorded
from monitor.domain.facts import Dosing, Infusion
from monitor.domain.reminders.audience import Recipient, digest
from monitor.domain.reminders.message import Delivery
from monitor.domain.reminders.message import Message as Owed
from monitor.domain.reminders.policy import Policy, Stage
from monitor.domain.reminders.stages import Assessed
from monitor.domain.reminders.subject import PastReminder, Subject, urgency_in
from monitor.domain.rules.answer import Gate
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked, Case
from monitor.service.reminding import reconcile
from monitor.store import codec, heartbeats, locks, outbox, owing, wakeups
from monitor.store import facts as events
from monitor.store.owing import Room


@dataclass(kw_only=True)
class Message:
    """A message, and what has become of it."""

    owed: Owed
    state: Delivery = Delivery.QUEUED

    @property
    def tries(self) -> int:
        """Count the tries: the first one arrives."""
        return int(self.state is Delivery.SENT)


@dataclass(kw_only=True)
class Memory:
    """The record and the outbox of one patient."""

    reachable: list[Recipient]
    rows: list[Recorded] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    known: int = 0
    case: Case | None = None
    assessed: list[Assessed] = field(default_factory=list)
    again: datetime | None = None  # when time alone may change what is owed
    gates: dict[tuple[str, int], Gate] = field(default_factory=dict)  # of doses of earlier days
    today: date = date.min
    _decoded: int = 0
    _stored: dict[str, PastReminder] = field(default_factory=dict)

    def case_at(self, who: str, now: datetime) -> Case:
        """Give the patient as known; facts are decoded once."""
        if self.case is None or self._decoded != len(self.rows):
            facts = codec.facts(self.rows, protocols.catalogue())
            self._decoded = len(self.rows)
            self.case = cases.case_with(self, who, facts, Asked(now=now))  # type: ignore[arg-type]  # stands in for a connection
        self.today = now.astimezone(self.case.zone).date()
        return cases.on_day(self.case, self.today)

    def look(self, who: str, policy: Policy, now: datetime) -> None:
        """Have the program look at the patient; what is due before and now arrives."""
        self.deliver(now)
        reconcile.reconcile(self, who, reconcile.Pass(policy=policy, now=now))  # type: ignore[arg-type]  # stands in for a connection
        self.deliver(now)

    def deliver(self, now: datetime) -> None:
        """Let everything arrive that is due."""
        for key, message in self.messages.items():
            if message.state is Delivery.QUEUED and message.owed.next_at <= now:
                message.state = Delivery.SENT
                for one in [one for one in self._stored.values() if one.message == key]:
                    del self._stored[one.key]

    def stored(self) -> list[PastReminder]:
        """List what was owed, as the program reads it."""
        for key, values in self.told.items():
            if key not in self._stored:
                self._stored[key] = self._read(key, values)
        return sorted(self._stored.values(), key=lambda one: (one.queued_at, one.key))

    def _read(self, key: str, values: dict[str, Any]) -> PastReminder:
        message = self.messages[values["message"]]
        to = message.owed
        made: dict[str, Any] = {
            "retracts": None,
            **values,
            "key": key,
            "stage": Stage(values["stage"]),
            "planned_on": date.fromisoformat(values["planned_on"]),
            "queued_at": datetime.fromisoformat(values["owed_at"]),
            "state": Delivery.WITHDRAWN if values["withdrawn"] else message.state,
            "ref": to.key[:4],
            "role": to.role,
            "recipient": to.recipient,
            "address": to.address,
            "channels": to.channels,
            "zone": to.zone,
            "urgency": to.urgency,
            "tries": message.tries,
            "due_at": to.due_at,
            "subject": Subject(
                **{name: values[name] for name in ("drug", "rule", "occurrence", "anchor")},
                urgency=urgency_in(values["words"], otherwise=to.urgency),
            ),
            "sent_at": message.owed.next_at if message.state is Delivery.SENT else None,
        }
        return PastReminder(**{name: made[name] for name in PastReminder.__slots__})

    def withdraw(self, keys: list[str]) -> int:
        """Withdraw reminders, and messages that hold none any more."""
        count = 0
        for key in keys:
            self.told[key]["withdrawn"] = True
            self._stored.pop(key, None)
            holder = self.told[key]["message"]
            left = [r for r in self.told.values() if r["message"] == holder]
            if all(r["withdrawn"] for r in left) and self.messages[holder].state is Delivery.QUEUED:
                self.messages[holder].state = Delivery.WITHDRAWN
                count += 1
        return count

    def write(self, owed: Owed) -> bool:
        """Owe a message."""
        found = self.messages.get(owed.key)
        if found is not None and found.state is not Delivery.WITHDRAWN:
            return False
        self.messages[owed.key] = Message(owed=owed)
        return True

    def free_key(self, key: str) -> str:
        """Find a key for a message of its own."""
        while key in self.messages and self.messages[key].state is not Delivery.WITHDRAWN:
            key = digest(key, "again")
        return key

    def owe(self, key: str, values: dict[str, Any]) -> None:
        """Owe a reminder with a message."""
        self.told[key] = {**values, "withdrawn": False}
        self._stored.pop(key, None)

    def room(self, key: str, address: str) -> Room:
        """Find the message of the day."""
        waiting = [
            name
            for name, one in self.messages.items()
            if one.owed.address == address
            and one.state is Delivery.QUEUED
            and one.owed.urgency == "routine"
            and one.owed.text is None
        ]
        of_day = self.messages.get(key)
        return Room(
            join=waiting[0] if waiting else None,
            under_way=False,
            day_is_over=of_day is not None and of_day.state is not Delivery.WITHDRAWN,
        )

    def holds_others(self, key: str, besides: list[str]) -> bool:
        """Say whether a message holds more that counts."""
        taken_back = {one.get("retracts") for one in self.told.values()}
        return any(
            one["message"] == key and not one["withdrawn"] and name not in {*besides, *taken_back}
            for name, one in self.told.items()
        )


@contextlib.contextmanager
def in_memory() -> Iterator[None]:
    """Have looks keep what they find in the `Memory` that they are given for a connection."""
    for name in protocols.names():
        protocol = protocols.load(name)
        cases._READ[protocol.digest] = protocol
    assess, coming, ask_at = reconcile._assess, reconcile._coming, Treatment.ask_at
    current: list[Memory] = []

    def case_of(memory: Memory, who: str, _: Any, asked: Asked) -> Case:
        current[:] = [memory]
        return memory.case_at(who, asked.now)

    def asked_once(treatment: Treatment, given: Infusion | Dosing) -> Gate:
        """Ask of an earlier dose once: nothing is recorded late here, so that it is the same."""
        memory, key = current[0], (treatment.timeline.drug, given.identity)
        if key in memory.gates:
            return memory.gates[key]
        gate = ask_at(treatment, given)
        if memory.case is not None and given.on < memory.today:
            memory.gates[key] = gate
        return gate

    def noted(case: Case, policy: Policy) -> list[Assessed]:
        current[0].assessed = assess(case, policy)
        return current[0].assessed

    def soonest(case: Case, assessed: Any, policy: Policy, history: Any, now: Any):
        found = coming(case, assessed, policy, history, now)
        current[0].again = min(found)
        return found

    def looked(memory: Memory, _who: str, _at: datetime, *, known: int, **_: Any) -> None:
        memory.known = known

    def nothing(*_: Any, **__: Any) -> None:
        return None

    replaced = {
        (events, "read"): lambda memory, _: memory.rows,
        (wakeups, "hold"): nothing,
        (locks, "hold_patient"): nothing,
        (wakeups, "is_woken"): lambda *_: True,
        (wakeups, "known_before"): lambda memory, _: memory.known,
        (wakeups, "set_next"): looked,
        (heartbeats, "find"): nothing,
        (locks, "hold"): nothing,
        (locks, "is_shared"): lambda *_: False,
        (cases, "case_of"): case_of,
        (reconcile, "_assess"): noted,
        (Treatment, "ask_at"): asked_once,
        (reconcile, "_coming"): soonest,
        (reconcile, "mend_one"): nothing,
        (reconcile, "recipients_of"): lambda memory, *_: memory.reachable,
        (owing, "reminders_of"): lambda memory, _: memory.stored(),
        (owing, "write"): lambda memory, owed: memory.write(owed),
        (owing, "owe"): lambda memory, key, values: memory.owe(key, values),
        (owing, "free_key"): lambda memory, key: memory.free_key(key),
        (owing, "raise_rank"): nothing,
        (owing, "find_room"): lambda memory, key, address: memory.room(key, address),
        (owing, "holds_others"): lambda memory, key, besides: memory.holds_others(key, besides),
        (outbox, "untried_takebacks"): lambda *_: (),  # nothing is sent in an order here
        (outbox, "withdraw"): lambda memory, keys: memory.withdraw(keys),
        (outbox, "taken_by"): lambda memory, key: memory.messages[key].owed.channels[0],
    }
    with contextlib.ExitStack() as stack:
        for (module, name), made in replaced.items():
            if hasattr(module, name):  # an older program has less of it
                stack.enter_context(patch.object(module, name, made))
        yield
