"""A message: what one recipient gets at once, its states, and what leads from one to the next.

The store changes a state by an event of the table here and in no other way; the diagram in
`docs/reminders.md` is drawn from it. The values are the words of the contract.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.domain.outcome import Role, Urgency

# What is sent, and stands in a message, first. A warning that is not urgent is a mild one.
RANK = {
    "emergency": 60,
    "urgent": 50,
    "escalated": 40,
    "overdue": 30,
    "warning": 25,
    "due": 20,
    "ahead": 10,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Via:
    """One channel of a recipient."""

    url: str  # a secret
    is_private: bool  # clinical detail may be sent


@dataclass(frozen=True, slots=True)
class Item:
    """One reminder inside a message."""

    stage: str
    since: str  # the day it should have been sent
    words: str  # for private channels
    patient: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """What one recipient gets at once, from the moment that it is queued until it is sent."""

    key: str
    ref: str = ""  # what a person can read out; chosen as it is written down
    role: Role
    recipient: str
    address: str  # digest of the channels
    channels: tuple[Via, ...]  # tried in this order
    zone: str  # the recipient's
    urgency: Urgency
    rank: int  # 0: the word of the day to an operator
    due_at: datetime
    next_at: datetime  # it may be tried; of one that a sender holds: somebody else may take it
    text: str | None = None  # of one that says something else than that reminders are due
    token: int = 0  # the number of the lease
    tries: int = 0  # with the one under way
    items: tuple[Item, ...] = ()  # read once a sender holds it

    @property
    def is_urgent(self) -> bool:
        """Say whether it goes out at once."""
        return self.urgency is not Urgency.ROUTINE

    @property
    def channel(self) -> int:
        """Choose the channel of the try under way, from 0."""
        return channel_of_try(self.tries, self.urgency, len(self.channels))

    @property
    def via(self) -> Via:
        """Give that channel."""
        return self.channels[self.channel]

    @property
    def has_untried(self) -> bool:
        """Say whether it goes over to another channel at once, where this try fails."""
        return self.is_urgent and self.tries < len(self.channels)


def channel_of_try(tries: int, urgency: str, channels: int) -> int:
    """Choose the channel of a try, counted from 1: urgent messages go over at once."""
    each = 3 if urgency == Urgency.ROUTINE else 1
    return ((tries - 1) // each) % channels


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
