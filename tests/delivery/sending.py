"""One message sent as a round sends it: begun, waited for, settled."""

from datetime import UTC, datetime
from typing import Any

from monitor.delivery.channels.outgoing import Channel, DeliveryFailed, Outgoing
from monitor.delivery.tries import Tries, Try
from monitor.domain.outcome import Role, Urgency
from monitor.domain.reminders.message import Message, Via

NOW = datetime(2023, 1, 20, 10, tzinfo=UTC)
VIA = Via(url="console:", is_private=True)


def a_message(**more: Any) -> Message:
    """Give an invented message to a nurse, tried for the first time."""
    given = {
        "key": "k", "ref": "7F3K", "role": Role.NURSE, "recipient": "N", "address": "a",
        "channels": (VIA,), "zone": "UTC", "urgency": Urgency.ROUTINE, "rank": 20, "due_at": NOW,
        "next_at": NOW, "token": 1, "tries": 1,
    }  # fmt: skip
    return Message(**{**given, **more})


def send_within(channel: Channel, message: Outgoing, seconds: float) -> None:
    """Send, or raise DeliveryFailed after so many seconds at most."""
    ended: list[DeliveryFailed | None] = []
    tries = Tries()
    one = Try("relay", seconds, ended.append)
    tries.begin(channel, message, one)
    tries.hold(one)
    tries.await_one()
    tries.leave()
    for fault in filter(None, ended):
        raise fault
