"""The daily report to the operators that the service is alive: counts, and nothing else."""

from collections.abc import Iterator, Sequence
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

Today = tuple[Contact, str | None, datetime]  # an operator, the key of the report, its moment


def is_report_due(
    connection: Connection, policy: Policy, *, now: datetime, last_pass: datetime | None
) -> bool:
    """Say whether an operator lacks the report of the day."""
    return any(_lacking(connection, _of_today(connection, policy, now, last_pass)))


def queue_reports(
    connection: Connection,
    policy: Policy,
    *,
    now: datetime,
    closed: int,
    hidden: int = 0,
    last_pass: datetime | None = None,
) -> int:
    """Queue each operator's report of the day; returns how many messages that makes.

    `closed`: contacts over whose channel nothing can be sent. `hidden`: patients of whom a wrong
    clock hides facts. `last_pass`: when the one before was, where passes may be rare; a day in
    whose hours none came has its report at night.
    """
    locks.hold(connection, ["alive"])  # queued once, however many programs send
    of_today = _of_today(connection, policy, now, last_pass)
    lacking = list(_lacking(connection, of_today))
    text = _text(connection, now, closed, hidden) if lacking else ""
    made = [
        owing.write(
            connection,
            message_to(
                operator, key=key, urgency=Urgency.ROUTINE, due_at=due_at, now=now, text=text
            ),
        )
        for operator, key, due_at in lacking
    ]
    # Yesterday's report says nothing today, and who was removed is told nothing.
    outbox.keep_texts(
        connection,
        addresses=[address_of(operator) for operator, key, _ in of_today if key is None],
        keys=[key for _, key, _ in of_today if key is not None],
    )
    return sum(made)


def _of_today(
    connection: Connection, policy: Policy, now: datetime, last_pass: datetime | None
) -> list[Today]:
    """List the operators, each with the key of today's report and when it is due.

    Without a key: nothing is said on this day.
    """
    found: list[Today] = []
    for operator in contacts.operators(connection):
        zone = ZoneInfo(operator.timezone or "UTC")
        day = policy.routine_day(now, zone)
        if day is None and last_pass is not None:
            day = policy.missed_day(last_pass, now, zone)
        if day is None:
            found.append((operator, None, now))
        else:
            key = digest("alive", address_of(operator), day)
            found.append((operator, key, min(now, policy.sending_moment(day, zone))))
    return found


def _lacking(
    connection: Connection, of_today: Sequence[Today]
) -> Iterator[tuple[Contact, str, datetime]]:
    for operator, key, due_at in of_today:
        if key is not None and owing.find_message(connection, key) is None:
            yield operator, key, due_at


def _text(connection: Connection, now: datetime, closed: int, hidden: int) -> str:
    due, overdue = projection.count_due(connection, now.astimezone(UTC).date())
    failed = undelivered.counts(connection).get(Delivery.FAILED, 0)
    retried = undelivered.retried(connection)
    by_channel = ", ".join(f"{kind} {many}" for kind, many in retried.items())
    parts = [
        f"alive: {due} due",
        f"{overdue} overdue",
        f"{failed} failed",
        f"{sum(retried.values())} being tried again" + (f" ({by_channel})" if retried else ""),
    ]
    if closed:
        parts.append(f"{closed} {'contact' if closed == 1 else 'contacts'} told nothing")
    if hidden:
        parts.append(f"facts of {hidden_people(hidden)} out of sight (see: monitor doctor)")
    return ", ".join([*parts, f"head {heads.code_now(connection)}"])


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
