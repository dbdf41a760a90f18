"""Find patients by what somebody remembers of them, and who is nearly what was typed."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Set
from datetime import date, datetime

from sqlalchemy import Connection

from monitor.domain.corrections import in_force
from monitor.store import facts

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ORDERS = ((0, 1, 2), (2, 1, 0), (2, 0, 1))  # where year, month and day stand
_MOST_SLIPS = 2
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_NO_ACCENT = str.maketrans(  # letters that no accent makes
    {"ł": "l", "ø": "o", "đ": "d", "\N{LATIN SMALL LETTER DOTLESS I}": "i", "æ": "ae", "œ": "oe"}
)


def search(connection: Connection, text: str, *, known_at: datetime | None = None) -> Iterator[str]:
    """Find who is meant by parts of an identifier, of a name past or present, or by a birth day.

    No chain is checked: who is damaged may be meant too.
    """
    described = facts.descriptions(connection, facts.patients(connection), known_at=known_at)
    for who, rows in described.items():
        said = [one.row.body for one in in_force(rows)]
        names = [str(body["name"]) for body in said if "name" in body]
        births = {str(body["born"]) for body in said if "born" in body}
        if _is_meant(text, [who, *names], births):
            yield who


def near_misses(who: str, known: Iterable[str]) -> list[str]:
    """List those that one or two slips, or a part left out at the end, make of it; nearest first.

    Two slips in a short word make any other of it: they must be less than half of it. What is the
    same but for case, hyphens and leading zeros is meant, and nobody else is.
    """
    typed, known = _plain(who), list(known)
    if same := sorted(other for other in known if typed and bare(other) == bare(who)):
        return same
    found = []
    for other in known:
        word = _plain(other)
        slips = _slips(typed, word)
        if slips <= _MOST_SLIPS and 2 * slips < max(len(typed), len(word)):
            found.append((slips, other))
        elif typed and (word.startswith(typed) or typed.startswith(word)):
            found.append((_MOST_SLIPS + abs(len(word) - len(typed)), other))
    return [other for _, other in sorted(found)]


def bare(who: str) -> str:
    """Give what a slip of the pen leaves the same: no case, hyphens or leading zeros."""
    parts = re.findall(r"[0-9]+|[^0-9]+", re.sub(r"[-_./ ]", "", who.casefold()))
    return " ".join(part.lstrip("0") or "0" if part[0].isdigit() else part for part in parts)


def _is_meant(text: str, names: Collection[str], births: Set[str]) -> bool:
    """Say whether every word stands in a name, or is a birth day; or all of them are one.

    The identifier comes first of the names.
    """
    who = next(iter(names))
    own = {*births, *(form for name in names for form in _spellings(name))}
    if births & _days(text) or bare(text) == bare(who):
        return True
    return all(
        bare(word) == bare(who)
        or births & _days(word)
        or any(word in one for one in own)
        or any(_joined(word) in _joined(one) for one in own if _joined(word))
        for word in _plain(text).split()
    )


def _spellings(name: str) -> tuple[str, str]:
    """Give a name without its accents, and as German writes it where it has none."""
    return _plain(name), _plain(unicodedata.normalize("NFC", name.casefold()).translate(_GERMAN))


def _joined(text: str) -> str:
    """Leave out what stands between letters: apostrophes, hyphens, blanks."""
    return re.sub(r"[\W_]", "", text)


def _days(text: str) -> set[str]:
    """Read a birth day in all the ways in which people write one, as ISO days."""
    parts = re.findall(r"[0-9]+|[^\W\d_]+", _plain(text))
    if len(parts) == 1 and parts[0].isdecimal() and len(parts[0]) in (6, 8):
        return {day for parted in _divided(parts[0]) for day in _days(parted)}
    named = [i for i, part in enumerate(parts) if part[:3] in _MONTHS]
    numbers = [str(_MONTHS.index(p[:3]) + 1) if p[:3] in _MONTHS else p for p in parts]
    if len(parts) != 3 or not all(part.isdecimal() for part in numbers):
        return set()
    return {
        day
        for year, month, on in _ORDERS
        if named in ([], [month])
        for day in _of(numbers[year], numbers[month], numbers[on])
    }


def _divided(digits: str) -> Iterator[str]:
    long = len(digits) - 4
    yield f"{digits[:long]} {digits[long:-2]} {digits[-2:]}"
    yield f"{digits[:2]} {digits[2:4]} {digits[4:]}"


def _of(year: str, month: str, day: str) -> Iterator[str]:
    if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
        return
    for century in ("19", "20") if len(year) == 2 else ("",):
        try:
            yield date(int(century + year), int(month), int(day)).isoformat()
        except ValueError:
            continue


def _plain(text: str) -> str:
    """Leave out case and accents."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_NO_ACCENT))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).strip()


def _slips(one: str, other: str) -> int:
    """Count the letters that must be put in, left out or changed; more than two is many."""
    if abs(len(one) - len(other)) > _MOST_SLIPS:
        return _MOST_SLIPS + 1
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, its in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (letter != its))
    return row[-1]
