"""What text may stand in a line: each function accepts one kind of it, or says what is right.

Accepted text is returned as it is stored. ValueError is what pydantic expects of a validator.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import available_timezones

LONGEST_TEXT = 2000
LATEST_YEAR = 2999  # so that every span from a day on ends within the calendar

_LONGEST_SHOWN = 40
# `[0-9]`, not `\d`: digits of other scripts look alike and are no digits here.
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,20})?")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+")
_RANGE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(?:-|\N{EN DASH}|to) ?([0-9]+(?:\.[0-9]+)?)")
_ONE_SIDED = re.compile(
    r"(<=|>=|<|>|\N{LESS-THAN OR EQUAL TO}|\N{GREATER-THAN OR EQUAL TO}) ?([0-9].*)"
)
_ASCII = {"\N{LESS-THAN OR EQUAL TO}": "<=", "\N{GREATER-THAN OR EQUAL TO}": ">="}
_WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9-]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/@+-]{0,63}")
# Control, format (the bidirectional ones among them), lone surrogates, private, unassigned, and
# the separators of lines and paragraphs: nobody sees them, and they change what is seen.
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def number(value: object) -> str:
    """Accept plain decimal digits."""
    text = _plain(value)
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"'{printable(text)}' is not a number; write for instance 3.2")
    return text


def whole(value: object) -> str:
    """Accept a number that counts something."""
    text = number(value)
    if "." in text:
        raise ValueError(f"'{text}' is not a whole number; write for instance 3")
    return text


def measured(value: object) -> str:
    """Accept a number, perhaps with a comparator, a word, or digits grouped by commas.

    1,500 is of cells per uL only.
    """
    text = clean(value)
    if split_comparator(text)[0] is not None:
        return text  # what stands beside it is judged by the code
    if any(kind.fullmatch(text) for kind in (_NUMBER, _THOUSANDS, _WORD, _RANGE)):
        return text  # what is a range is refused with the end that counts, by the code
    raise ValueError(f"'{printable(text)}' is not a number or a word; write for instance 3.2")


def find_number(text: str) -> Decimal | None:
    """Find the number that a text is, grouped by commas or not."""
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    return Decimal(text.replace(",", "")) if _THOUSANDS.fullmatch(text) else None


def split_comparator(text: str) -> tuple[str | None, str]:
    """Take the comparator off a number, written as it is stored; None where there is none."""
    found = _ONE_SIDED.fullmatch(text)
    if found is None:
        return None, text
    sign, rest = found.groups()
    return _ASCII.get(sign, sign), rest


def is_word(text: str) -> bool:
    """Say whether a text is one word, and no number."""
    return _WORD.fullmatch(text) is not None


def find_range(text: str) -> list[str]:
    """Find the two ends of a range of numbers, the lower one first."""
    found = _RANGE.fullmatch(text)
    return sorted(found.groups(), key=Decimal) if found else []


def day(value: object) -> str:
    """Accept YYYY-MM-DD."""
    text = _plain(value)
    if not _DATE.fullmatch(text):
        raise ValueError(f"'{printable(text)}' is not a date; write YYYY-MM-DD")
    try:
        parsed = date.fromisoformat(text)
    except ValueError as fault:
        raise ValueError(f"{text} is not a date") from fault
    if parsed.year > LATEST_YEAR:
        raise ValueError(f"'{text}' lies after the year {LATEST_YEAR}; check the year")
    return text


def moment(value: object) -> str:
    """Accept RFC 3339 with an offset."""
    text = _plain(value)
    if not _MOMENT.fullmatch(text):
        raise ValueError(
            f"'{printable(text)}' is not a date and time; write for instance "
            "2025-03-03T20:00:00+00:00"
        )
    try:
        parsed = datetime.fromisoformat(text)
        if parsed.tzinfo is not None:
            # Its day must exist in every zone, also at both ends of the calendar.
            at = parsed.astimezone(UTC)
            at - timedelta(days=1), at + timedelta(days=1)
    except (ValueError, OverflowError) as fault:
        raise ValueError(f"{text} is not a date and time") from fault
    if parsed.tzinfo is None:
        example = f"{text.replace(' ', 'T')}+00:00"
        raise ValueError(f"'{text}' has no offset; write for instance {example}")
    if parsed.year > LATEST_YEAR:
        raise ValueError(f"'{text}' lies after the year {LATEST_YEAR}; check the year")
    return parsed.isoformat()


def clean(value: object) -> str:
    """Accept readable text, without control and direction characters."""
    text = _plain(value)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    text = text.strip()
    if not text:
        raise ValueError("is empty")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"is longer than {LONGEST_TEXT} characters")
    if text.isascii() and text.isprintable():
        return text
    for character in text:
        if unicodedata.category(character) in _INVISIBLE:
            raise ValueError(f"holds the invisible character U+{ord(character):04X}; leave it out")
    return text


def identifier(value: object) -> str:
    """Accept a patient's identifier: letters, digits and . _ / @ + -."""
    text = _plain(value)
    if not _IDENTIFIER.fullmatch(text):
        raise ValueError(
            f"'{printable(text)}' is not a valid identifier; use letters, digits and . _ / @ + -, "
            "at most 64"
        )
    return text


def zone(value: object) -> str:
    """Accept a time zone of the IANA list."""
    text = _plain(value)
    if text not in _zones():
        close = difflib.get_close_matches(text, _zones(), n=1)
        hint = f"did you mean {close[0]}?" if close else "write for instance Europe/London"
        raise ValueError(f"'{printable(text)}' is not a time zone; {hint}")
    return text


def language(value: object) -> str:
    """Accept a language's code (BCP 47): two or three letters, then perhaps a script or country."""
    text = clean(value)
    if not _LANGUAGE.fullmatch(text):
        raise ValueError(
            f"'{printable(text)}' is not a language code; write for instance en, fr or pt-BR"
        )
    return text


def truth(value: object) -> str:
    """Accept true or false; kept as text like everything in a body."""
    if value is True or value == "true":
        return "true"
    if value is False or value == "false":
        return "false"
    raise ValueError("write true or false")


def one_of(*words: str) -> Callable[[object], str]:
    """Make a function that accepts one of a few words."""

    def check(value: object) -> str:
        text = _plain(value)
        if text not in words:
            raise ValueError(f"'{printable(text)}' is not one of {', '.join(words)}")
        return text

    return check


def is_utf8(text: str) -> bool:
    """Say whether a text holds no byte, or half a character, that is not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """Write somebody's text so that it can stand in a message: short, and without surprises."""
    shown = "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}"
        for character in text[:_LONGEST_SHOWN]
    )
    return shown + ("…" if len(text) > _LONGEST_SHOWN else "")


def suggestion(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant, or which there are."""
    words = list(known)
    close = difflib.get_close_matches(word, words, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known are {', '.join(words)}"


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Say that there is no such name, and which was probably meant."""
    shown = printable(name)
    return f"no {what} '{shown}'; {suggestion(shown, known)}"


def _plain(value: object) -> str:
    """Take what is one piece of text; a list or a truth value is not, although `str` takes it."""
    if type(value) is str:
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal | date):
        raise ValueError("write one text or number")
    return str(value)


@cache
def _zones() -> frozenset[str]:
    # `localtime` is wherever the server stands, and the others are no places.
    return frozenset(available_timezones() - {"localtime", "posixrules", "Factory", "leapseconds"})
