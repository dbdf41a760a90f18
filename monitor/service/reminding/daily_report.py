"""The daily word to the operators that the service is alive: counts, and nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from monitor.domain.outcome import Role, Urgency
from monitor.domain.reminders.audience import digest
from monitor.domain.reminders.message import RANK, Delivery, Message, Via
from monitor.domain.reminders.policy import Policy
from monitor.service.asking import heads
from monitor.service.asking.out_of_sight import hidden_people
from monitor.store import contacts, locks, outbox, owing, projection, undelivered
from monitor.store.contacts import Contact


def is_word_due(
    connection: Connection, policy: Policy, *, now: datetime, last_pass: datetime | None
) -> bool:
    """Say whether an operator lacks the message of the day."""
    of_today = _of_today(connection, policy, now, last_pass)
    keys = [key for _, _, key, _ in of_today if key is not None]
    return any(owing.find_message(connection, key) is None for key in keys)


def tell_operators(
    connection: Connection,
    policy: Policy,
    *,
    now: datetime,
    untold: int,
    hidden: int = 0,
    last_pass: datetime | None = None,
) -> int:
    """Owe each operator the message of the day; returns how many messages that makes.

    `untold`: contacts over whose channel nothing can be sent. `hidden`: patients of whom a wrong
    clock hides facts. `last_pass`: when the one before was, where passes may be rare; a day in
    whose hours none came has its message at night.
    """
    locks.hold(connection, ["alive"])  # told once, however many programs send
    made = 0
    quiet: list[str] = []
    of_today: list[str] = []
    code = ""
    for operator, address, key, due_at in _of_today(connection, policy, now, last_pass):
        if key is None:
            quiet.append(address)
            continue
        of_today.append(key)
        if owing.find_message(connection, key) is not None:
            continue
        due, overdue = projection.count_due(connection, now.astimezone(UTC).date())
        code = code or heads.code_now(connection)
        failed = undelivered.counts(connection).get(Delivery.FAILED, 0)
        made += owing.write(
            connection,
            message_to(
                operator,
                key=key,
                urgency=Urgency.ROUTINE,
                due_at=due_at,
                now=now,
                text=f"alive: {due} due, {overdue} overdue, {failed} failed, "
                f"{_trying(connection)}{_told_nothing(untold)}{_out_of_sight(hidden)}, "
                f"head {code}",
            ),
        )
    # Yesterday's word says nothing today, and who was removed is told nothing.
    outbox.keep_texts(connection, addresses=quiet, keys=of_today)
    return made


def _of_today(
    connection: Connection, policy: Policy, now: datetime, last_pass: datetime | None
) -> Iterator[tuple[Contact, str, str | None, datetime]]:
    """Give each operator, the address, the key of today's word, and when that is due.

    Without a key: nothing is said on this day.
    """
    for operator in contacts.operators(connection):
        zone = ZoneInfo(operator.timezone or "UTC")
        day = policy.routine_day(now, zone)
        if day is None and last_pass is not None:
            day = policy.missed_day(last_pass, now, zone)
        address = address_of(operator)
        if day is None:
            yield operator, address, None, now
        else:
            due_at = min(now, policy.sending_moment(day, zone))
            yield operator, address, digest("alive", address, day), due_at


def message_to(
    operator: Contact, *, key: str, urgency: Urgency, due_at: datetime, now: datetime, text: str
) -> Message:
    """Write a message to an operator that is about nobody; it is sent from now on."""
    return Message(
        key=key,
        role=Role(operator.role),
        recipient=operator.name,
        address=address_of(operator),
        channels=(Via(url=operator.channel, is_private=operator.is_private),),
        zone=operator.timezone or "UTC",
        urgency=urgency,
        rank=RANK.get(urgency, 0),
        due_at=due_at,
        next_at=now,
        text=text,
    )


def address_of(operator: Contact) -> str:
    """Say where an operator is told what is about nobody."""
    return digest("alive", operator.name, operator.channel)


def _told_nothing(untold: int) -> str:
    return f", {untold} {'contact' if untold == 1 else 'contacts'} told nothing" if untold else ""


def _out_of_sight(hidden: int) -> str:
    return f", facts of {hidden_people(hidden)} out of sight (see: monitor doctor)" * bool(hidden)


def _trying(connection: Connection) -> str:
    """Say how many messages are tried again, by channel."""
    found = undelivered.retried(connection)
    by_channel = ", ".join(f"{kind} {many}" for kind, many in found.items())
    return f"{sum(found.values())} being tried again" + (f" ({by_channel})" if found else "")
