"""The states of a message and of the reminders in it, and what leads from one to the next.

The store changes a state by an event of this table and in no other way; the diagram in
`docs/reminders.md` is drawn from it. The values are the words of the contract.
"""

from enum import StrEnum


class Delivery(StrEnum):
    """What has become of a message."""

    QUEUED = "owed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


OPEN = (Delivery.QUEUED, Delivery.SENDING)
SETTLED = (Delivery.SENT, Delivery.FAILED, Delivery.WITHDRAWN)


class TryOutcome(StrEnum):
    """How a try ended."""

    SENT = "sent"
    UNKNOWN = "unknown"  # it failed, or the sender died: perhaps it arrived


class DeliveryEvent(StrEnum):
    """What happens to a message."""

    LEASED = "a sender takes it for a while"
    ARRIVED = "the channel took it"
    NOT_KNOWN = "nobody knows whether it arrived: it is tried again"
    GIVEN_UP = "it was tried for seven days"
    NOT_TRIED = "the sender gives it back untried"
    NOT_NEEDED = "all reminders in it were withdrawn"
    NEEDED_AGAIN = "a reminder in it is due again"
    FOUND_SENT = "a try that arrived was not written down here"


TRANSITIONS: tuple[tuple[Delivery, DeliveryEvent, Delivery], ...] = (
    (Delivery.QUEUED, DeliveryEvent.LEASED, Delivery.SENDING),
    (
        Delivery.SENDING,
        DeliveryEvent.LEASED,
        Delivery.SENDING,
    ),  # a lease that ran out is taken over
    (Delivery.SENDING, DeliveryEvent.ARRIVED, Delivery.SENT),
    (Delivery.SENDING, DeliveryEvent.NOT_KNOWN, Delivery.QUEUED),
    (Delivery.SENDING, DeliveryEvent.GIVEN_UP, Delivery.FAILED),
    (Delivery.SENDING, DeliveryEvent.NOT_TRIED, Delivery.QUEUED),
    (Delivery.QUEUED, DeliveryEvent.NOT_NEEDED, Delivery.WITHDRAWN),
    (
        Delivery.SENDING,
        DeliveryEvent.NOT_NEEDED,
        Delivery.WITHDRAWN,
    ),  # found empty once it is taken
    (Delivery.WITHDRAWN, DeliveryEvent.NEEDED_AGAIN, Delivery.QUEUED),
    (Delivery.QUEUED, DeliveryEvent.FOUND_SENT, Delivery.SENT),
    (Delivery.SENDING, DeliveryEvent.FOUND_SENT, Delivery.SENT),
)


def leads_to(event: DeliveryEvent) -> Delivery:
    """Give the state that follows an event."""
    return next(after for _, found, after in TRANSITIONS if found is event)
