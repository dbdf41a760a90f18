"""Days and moments as people write them: today, yesterday, +3d, -2w; 07:00, yesterday 22:30, now.

A file has whole days and moments with their offsets only: it may be read on any day, anywhere.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.service.input import text_fields

_NAMED = {"today": 0, "yesterday": -1, "tomorrow": 1}
_AWAY = re.compile(r"([+-][0-9]{1,4})([dw])")
_TIME = re.compile(r"(?:(.+?)[ T])?([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,6})?)?")
_OTHERWISE = "write YYYY-MM-DD, or today, yesterday, +3d, -2w"


def day(text: str, today: Callable[[], date]) -> date:
    """Read a day; `today` is asked only where it is counted from."""
    word = text.strip().casefold()
    away = _AWAY.fullmatch(word)
    if word not in _NAMED and away is None:
        try:
            return date.fromisoformat(text_fields.day(text))
        except ValueError as fault:
            said = str(fault).replace("write YYYY-MM-DD", _OTHERWISE)
            raise ValueError(said) from fault
    days = _NAMED[word] if away is None else int(away[1]) * (7 if away[2] == "w" else 1)
    try:
        return date.fromisoformat(text_fields.day(today() + timedelta(days=days)))
    except OverflowError as fault:
        raise ValueError(f"'{text}' lies outside the calendar; {_OTHERWISE}") from fault


def moment(
    text: str,
    now: datetime,
    today: Callable[[], date],
    zone_on: Callable[[date], ZoneInfo | None],
) -> datetime:
    """Read a moment: without an offset it is of the zone on its day; without a day, of today.

    Raises ValueError with both readings of a time that the clocks there skip, or show twice.
    """
    word = text.strip()
    if word.casefold() == "now":
        return now.astimezone(UTC).replace(microsecond=0)
    found = _TIME.fullmatch(word)
    if found is None:
        return datetime.fromisoformat(text_fields.moment(text))
    said, hour, minute, second = found.groups()
    try:
        clock = time(int(hour), int(minute), int(second or 0))
        on = today() if said is None else day(said, today)
    except ValueError as fault:
        example = "07:00, yesterday 22:30 or 2025-03-03T20:00:00+00:00"
        shown = text_fields.printable(text)
        raise ValueError(f"'{shown}' is not a date and time; write for instance {example}") from (
            fault
        )
    zone = zone_on(on)
    if zone is None:
        return datetime.fromisoformat(text_fields.moment(f"{on}T{clock}"))  # refused: no offset
    return _of_zone(datetime.combine(on, clock), zone)


def _of_zone(naive: datetime, zone: ZoneInfo) -> datetime:
    """Give what clocks of a zone show its offset; refuse a time that is skipped or comes twice."""
    one, other = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if one.utcoffset() == other.utcoffset():
        return datetime.fromisoformat(one.isoformat())
    readings = [at.astimezone(UTC).astimezone(zone) for at in (one, other)]
    is_twice = readings[0].replace(tzinfo=None) == naive
    what = "comes twice" if is_twice else "does not exist"
    written = " or ".join(reading.isoformat() for reading in readings)
    raise ValueError(
        f"{naive:%H:%M} {what} on {naive.date()} in {zone.key}, where clocks change; "
        f"write {written}"
    )
