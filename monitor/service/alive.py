"""The daily word to the operators that the service is alive: counts, and nothing else."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from monitor.domain.policy import Policy
from monitor.domain.reminders import digest
from monitor.service import heads
from monitor.store import contacts, outbox, owing, projection, sharing
from monitor.store.leasing import Via
from monitor.store.owing import Envelope


def tell_operators(connection: Connection, policy: Policy, *, now: datetime) -> int:
    """Owe each operator the message of the day; returns how many messages that makes."""
    sharing.hold(connection, ["alive"])  # told once, however many programs send
    made = 0
    quiet: list[str] = []
    of_today: list[str] = []
    code = ""
    for operator in contacts.operators(connection):
        zone = ZoneInfo(operator.timezone or "UTC")
        day = policy.routine_day(now, zone)
        address = digest("alive", operator.name, operator.channel)
        if day is None:
            quiet.append(address)
            continue
        key = digest("alive", address, day)
        of_today.append(key)
        if owing.find_message(connection, key) is not None:
            continue
        due, overdue = projection.count_due(connection, now.astimezone(UTC).date())
        code = code or heads.code_now(connection)
        failed = outbox.counts(connection).get("failed", 0)
        made += owing.write(
            connection,
            Envelope(
                key=key,
                role=operator.role,
                recipient=operator.name,
                address=address,
                channels=(Via(url=operator.channel, is_private=operator.is_private),),
                zone=zone.key,
                urgency="routine",
                rank=0,
                due_at=min(now, policy.sending_moment(day, zone)),
                text=f"alive: {due} due, {overdue} overdue, {failed} failed, "
                f"{_trying(connection)}, head {code}",
            ),
            at=now,
        )
    # Yesterday's word says nothing today, and who was removed is told nothing.
    outbox.keep_texts(connection, addresses=quiet, keys=of_today)
    return made


def _trying(connection: Connection) -> str:
    """Say how many messages are tried again, by channel."""
    found = outbox.retried(connection)
    by_channel = ", ".join(f"{kind} {many}" for kind, many in found.items())
    return f"{sum(found.values())} being tried again" + (f" ({by_channel})" if found else "")
