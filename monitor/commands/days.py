"""The days and moments of a command, as they are meant where the patient lives.

Who is asked about, or recorded for, says the zone; of everybody it is the clinic's, else UTC.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date
from typing import Any
from zoneinfo import ZoneInfo

from monitor import bootstrap
from monitor.commands import options
from monitor.errors import BadOption, NotFound
from monitor.service.asking.cases import Asked, get_case
from monitor.service.input import as_written
from monitor.store import facts

_DAYS = ("on", "until", "since", "before")
_MOMENTS = ("at", "known_at")


def written_out(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Write out what was typed of days and moments, so that an echo says what was understood.

    `typed` is what a command was given, by option; `patient`, or `event`, says whose days they are.
    """
    place = _Place(typed)
    meant = {**typed, "as_of": place.as_of_typed} if "as_of" in typed else {**typed}
    for key in _DAYS:
        if isinstance(typed.get(key), str):
            meant[key] = place.day(typed[key], key).isoformat()
    for key in _MOMENTS:
        if isinstance(typed.get(key), str):
            meant[key] = place.moment(typed[key], key)
    return meant


class _Place:
    """Where days are counted from: opened only where something is counted."""

    def __init__(self, typed: Mapping[str, Any]) -> None:
        self._typed = typed
        self._as_of: date | None = None
        self._as_of = self._read_as_of()

    @property
    def as_of_typed(self) -> str | None:
        return None if self._as_of is None else self._as_of.isoformat()

    def day(self, text: str, key: str) -> date:
        try:
            return as_written.day(text, lambda: self._find(self._as_of)[0])
        except ValueError as fault:
            raise BadOption(_option(key), fault) from fault

    def moment(self, text: str, key: str) -> str:
        try:
            return as_written.moment(
                text, options.now(), lambda: self._find(self._as_of)[1], self._zone_on
            ).isoformat()
        except ValueError as fault:
            raise BadOption(_option(key), fault) from fault

    def _read_as_of(self) -> date | None:
        text = self._typed.get("as_of")
        # Today is as if nothing were said: each patient's own, and what is known by now.
        return (
            None if text is None or text.strip().casefold() == "today" else self.day(text, "as_of")
        )

    def _zone_on(self, day: date) -> ZoneInfo | None:
        return self._find(day)[2]

    def _find(self, as_of: date | None) -> tuple[date, date, ZoneInfo | None]:
        """Give the day that facts of now are of, the day by the clocks there, and the zone."""
        db, who = self._typed.get("db"), self._typed.get("patient")
        with suppress(NotFound), bootstrap.asking(db) as connection:
            if who is None and "event" in self._typed:
                who = facts.patient_of(connection, self._typed["event"])
            if who is not None:
                case = get_case(connection, who, Asked(now=options.now(), as_of=as_of))
                return case.today, case.there, case.zone
        # Of nobody who is on record: whoever was named, the command itself refuses.
        named = bootstrap.settings(db).named["clinic_zone"].value
        zone = None if named is None and who is None else ZoneInfo(named or "UTC")
        day = as_of or options.now().astimezone(zone or UTC).date()
        return day, day, zone


def _option(key: str) -> str:
    return "--" + key.replace("_", "-")
