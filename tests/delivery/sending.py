"""One message sent as a round sends it: begun, waited for, settled."""

from monitor.delivery.channels.outgoing import Channel, DeliveryFailed, Outgoing
from monitor.delivery.tries import Courier, Hands, Try


def send_within(channel: Channel, message: Outgoing, seconds: float) -> None:
    """Send, or raise DeliveryFailed after so many seconds at most."""
    ended: list[DeliveryFailed | None] = []
    courier, hands = Courier(), Hands()
    one = Try("relay", seconds, ended.append)
    courier.begin(channel, message, one)
    if not hands.hold(one):
        hands.await_one()
    courier.leave()
    for fault in filter(None, ended):
        raise fault
