"""Which day it is for a patient: one that has begun stays begun, wherever the patient moves."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from monitor.domain.dates import CLOCKS_DIFFER, FIRST_ZONE
from monitor.domain.facts import Acknowledgement, Event

Told = tuple[date, datetime]  # of which day a fact is, and what the clock said at recording


def of_events(events: Iterable[Event]) -> Iterable[Told]:
    """Give the days of facts that were of today or earlier when they were recorded."""
    return (
        (event.on, event.clock_at)
        for event in events
        if event.clock_at is not None and not event.lies_ahead
    )


def latest_begun(today: date, facts: Iterable[Told], now: datetime) -> date:
    """Give today, or the newest day that was today somewhere when something of it was recorded.

    A patient who moves west lives through the same day twice: what was recorded of it the first
    time is no matter of the future. What is recorded only after `now` counts by its day alone.
    """
    latest = now + CLOCKS_DIFFER
    begun = (
        on for on, at in facts if on > today and at <= latest and on <= (at + FIRST_ZONE).date()
    )
    return max(begun, default=today)


class Moments:
    """Which day a moment is of, for a patient who may have moved.

    Of the days by which a patient moved west lived before, one that had begun stays begun where
    something of it is on record: what came after an infusion would else lie before it.
    """

    def __init__(self, facts: Iterable[Told], zones: Iterable[str]) -> None:
        self._facts = list(facts)
        self._zones = [ZoneInfo(name) for name in {"UTC", *zones}]  # all that were ever told
        self._ahead: dict[str, list[Told]] = {}  # by zone, what was of a later day there

    def day_of(self, moment: datetime, zone: ZoneInfo) -> date:
        """Give the newest day that had begun when a moment came."""
        if zone.key not in self._ahead:
            of_later = [told for told in self._facts if told[0] > told[1].astimezone(zone).date()]
            self._ahead[zone.key] = of_later
        there = moment.astimezone(zone).date()
        latest = max(moment.astimezone(one).date() for one in self._zones)
        begun = (on for on, _ in self._ahead[zone.key] if there < on <= latest)
        return max(begun, default=there)


def not_come(events: Iterable[Event], today: date, now: datetime) -> tuple[Event, ...]:
    """Give the facts that count only once their day begins, as of a clock that was ahead.

    An acknowledgement quiets something from its day on, and hides nothing until then.
    """
    latest = now + CLOCKS_DIFFER
    return tuple(
        event
        for event in events
        if event.on > today
        and not (event.lies_ahead or isinstance(event, Acknowledgement))
        and event.clock_at is not None
        and event.clock_at > latest
    )


def begin_later(today: date, facts: Iterable[Told]) -> Iterable[datetime]:
    """Give the moments at which days after today begin because something of them is recorded."""
    return (at for on, at in facts if today < on <= (at + FIRST_ZONE).date())
