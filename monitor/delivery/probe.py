"""Send a test over a channel, now, beside whatever is owed; nothing of it is stored."""

from datetime import datetime

from monitor.delivery.channels import confined, open_channel
from monitor.delivery.channels.indirect import Relays
from monitor.delivery.channels.outgoing import DeliveryFailed, Outgoing
from monitor.delivery.tries import Tries, Try
from monitor.domain.outcome import Urgency
from monitor.domain.reminders.audience import digest
from monitor.errors import MonitorError

_SECONDS = 20.0  # as for any try
_SAYS = "This is a test. Nothing needs to be done. Ref TEST."


def send_test(number: int, url: str, relays: Relays, *, now: datetime) -> str | None:
    """Send the one fixed sentence; gives why it is not known to have arrived, or None."""
    ended: list[DeliveryFailed | None] = []
    key = digest("test", number, now)
    message = Outgoing(key=key, ref="TEST", title=_SAYS, body=_SAYS, urgency=Urgency.ROUTINE)
    tries, one = Tries(), Try(url, _SECONDS, ended.append)
    try:
        channel = open_channel(url, relays).within(_SECONDS)
        tries.begin(channel, message, one)
        if not one.has_ended(_SECONDS):
            return f"no answer within {_SECONDS:g} seconds"
        if one.fault is None and channel.is_blind:
            return "this channel never reports whether a message arrived"
        return None if one.fault is None else str(one.fault)
    except MonitorError as fault:
        return str(fault)
    finally:
        tries.leave()
        confined.end()
