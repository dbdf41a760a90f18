"""The states of a message and of the reminders in it, and what leads from one to the next.

The store changes a state by an event of this table and in no other way; the diagram in
`docs/reminders.md` is drawn from it. The values are the words of the contract.
"""

from enum import StrEnum


class State(StrEnum):
    """What has become of a message."""

    QUEUED = "owed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


OPEN = (State.QUEUED, State.SENDING)
SETTLED = (State.SENT, State.FAILED, State.WITHDRAWN)


class Event(StrEnum):
    """What happens to a message."""

    LEASED = "a sender takes it for a while"
    ARRIVED = "the channel took it"
    NOT_KNOWN = "nobody knows whether it arrived: it is tried again"
    GIVEN_UP = "it was tried for seven days"
    NOT_TRIED = "the sender gives it back untried"
    NOT_NEEDED = "all reminders in it were withdrawn"
    NEEDED_AGAIN = "a reminder in it is due again"
    FOUND_SENT = "a try that arrived was not written down here"


TRANSITIONS: tuple[tuple[State, Event, State], ...] = (
    (State.QUEUED, Event.LEASED, State.SENDING),
    (State.SENDING, Event.LEASED, State.SENDING),  # a lease that ran out is taken over
    (State.SENDING, Event.ARRIVED, State.SENT),
    (State.SENDING, Event.NOT_KNOWN, State.QUEUED),
    (State.SENDING, Event.GIVEN_UP, State.FAILED),
    (State.SENDING, Event.NOT_TRIED, State.QUEUED),
    (State.QUEUED, Event.NOT_NEEDED, State.WITHDRAWN),
    (State.SENDING, Event.NOT_NEEDED, State.WITHDRAWN),  # found empty once it is taken
    (State.WITHDRAWN, Event.NEEDED_AGAIN, State.QUEUED),
    (State.QUEUED, Event.FOUND_SENT, State.SENT),
    (State.SENDING, Event.FOUND_SENT, State.SENT),
)


def leads_to(event: Event) -> State:
    """Give the state that follows an event."""
    return next(after for _, found, after in TRANSITIONS if found is event)
