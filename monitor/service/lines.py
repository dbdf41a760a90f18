"""The lines in which facts arrive: which keys each kind has, and what text may stand in them.

One JSON object a line in an import; the commands build the same objects, so that there is one
way in. Whether a line fits the record is decided in `chart.py`.
"""

import difflib
import json
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from monitor.domain.events import Status
from monitor.errors import Refused

_NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,9})?")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/@+-]{0,63}")
LONGEST_TEXT = 2000


def number(value: object) -> str:
    """Accept plain decimal digits; raises ValueError with the right form."""
    text = str(value)
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"'{_printable(text)}' is not a number; write for instance 3.2")
    return text


def measured(value: object) -> str:
    """Accept a number, a word, or digits grouped by commas (1,500; cells per uL only)."""
    text = clean(value)
    return text if _NUMBER.fullmatch(text) or _THOUSANDS.fullmatch(text) else word(text)


def word(value: object) -> str:
    """Accept one word; anything that starts like a number must be one."""
    text = clean(value)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z_0-9-]*", text):
        raise ValueError(f"'{_printable(text)}' is not a number or a word; write for instance 3.2")
    return text


def day(value: object) -> str:
    """Accept YYYY-MM-DD; raises ValueError with the right form."""
    text = str(value)
    if not _DATE.fullmatch(text):
        raise ValueError(f"'{_printable(text)}' is not a day; write YYYY-MM-DD")
    try:
        date.fromisoformat(text)
    except ValueError as fault:
        raise ValueError(f"there is no day {text}") from fault
    return text


def moment(value: object) -> str:
    """Accept RFC 3339 with an offset; raises ValueError with the right form."""
    text = str(value)
    if not _MOMENT.fullmatch(text):
        raise ValueError(
            f"'{_printable(text)}' is not a moment; write for instance 2025-03-03T20:00:00+00:00"
        )
    try:
        parsed = datetime.fromisoformat(text)
        offset = parsed.utcoffset()
        if offset is not None:
            parsed.astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError) as fault:
        raise ValueError(f"there is no moment {text}") from fault
    if offset is None:
        raise ValueError(f"'{text}' has no offset; write for instance {text.replace(' ', 'T')}+00:00")
    return parsed.isoformat()


def clean(value: object) -> str:
    """Accept readable text; raises ValueError for control and direction characters."""
    text = unicodedata.normalize("NFC", str(value)).strip()
    if not text:
        raise ValueError("is empty")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"is longer than {LONGEST_TEXT} characters")
    for character in text:
        # Cc control, Cf format (bidirectional among them), Cs lone surrogates, Co private, Zl, Zp
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            raise ValueError(f"holds the invisible character U+{ord(character):04X}; leave it out")
    return text


def identifier(value: object) -> str:
    """Accept a patient's identifier: letters, digits and . _ / @ + -."""
    text = str(value)
    if not _IDENTIFIER.fullmatch(text):
        raise ValueError(
            f"'{_printable(text)}' is no identifier; use letters, digits and . _ / @ + -, at most 64"
        )
    return text


def zone(value: object) -> str:
    """Accept a time zone of the IANA list."""
    text = str(value)
    if text not in _zones():
        close = difflib.get_close_matches(text, _zones(), n=1)
        hint = f"did you mean {close[0]}?" if close else "write for instance Europe/London"
        raise ValueError(f"no time zone '{_printable(text)}'; {hint}")
    return text


def truth(value: object) -> str:
    """Accept true or false; kept as text like everything in a body."""
    if value is True or value == "true":
        return "true"
    if value is False or value == "false":
        return "false"
    raise ValueError("write true or false")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _printable(text: str) -> str:
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:40])
    return shown + ("…" if len(text) > 40 else "")


def one_of(*words: str) -> Callable[[object], str]:
    """Accept one of a few words."""

    def check(value: object) -> str:
        if value not in words:
            raise ValueError(f"'{_printable(str(value))}' is not one of {', '.join(words)}")
        return str(value)

    return check


def _text(check: Callable[[object], str]) -> Any:
    return Annotated[str, BeforeValidator(check)]


Number = _text(number)
Measured = _text(measured)
Word = _text(word)
Day = _text(day)
Moment = _text(moment)
Text = _text(clean)
Identifier = _text(identifier)
Zone = _text(zone)
Truth = _text(truth)
Sex = _text(one_of("female", "male", "other", "unknown"))
Reason = _text(one_of("died", "transferred", "withdrew-consent"))
Formula = _text(one_of("mosteller", "dubois"))
StatusWord = _text(one_of(*(status.value for status in Status)))


class Line(BaseModel):
    """What every line may have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Identifier | None = None  # the sender's identifier
    by: Text | None = None
    confirm: Truth = "false"
    second: Truth = "false"


class Dated(Line):
    """A line about a patient, on a day."""

    patient: Identifier
    on: Day


class PatientLine(Line):
    """A patient is registered; `id` is the patient's own."""

    id: Identifier
    sex: Sex | None = None
    born: Day | None = None
    timezone: Zone | None = None
    language: Text | None = None
    can_conceive: Truth | None = None
    name: Text | None = None


class PatientChangeLine(Dated):
    """What is known of a patient changes from a day on."""

    sex: Sex | None = None
    born: Day | None = None
    timezone: Zone | None = None
    language: Text | None = None
    can_conceive: Truth | None = None
    name: Text | None = None


class CourseLine(Dated):
    """A course starts."""

    protocol: Text
    facts: dict[str, Annotated[str, BeforeValidator(clean)]] = {}


class CourseEndLine(Dated):
    """A course ends."""

    reason: Text


class NamedCourseEndLine(CourseEndLine):
    """The same, where courses with two drugs run."""

    protocol: Text | None = None


class CourseChangeLine(Dated):
    """A course is paused or resumed."""

    protocol: Text | None = None


class FactLine(Dated):
    """A person answers a question."""

    fact: Text
    value: Text


class PlanLine(Dated):
    """The next infusion is booked."""

    protocol: Text | None = None


class InfusionLine(Dated):
    """A dose was given."""

    dose_mg: Number
    height_cm: Number | None = None
    weight_kg: Number | None = None
    bsa_m2: Number | None = None
    bsa_formula: Formula | None = None
    route: Text | None = None
    despite: Text | None = None


class NamedInfusionLine(InfusionLine):
    """The same, where courses with two drugs run."""

    protocol: Text | None = None


class ResultLine(Dated):
    """A test showed something."""

    code: Text
    value: Measured
    unit: Text | None = None
    uln: Number | None = None
    lln: Number | None = None
    method: Text | None = None
    status: StatusWord | None = None


class SymptomLine(Line):
    """A patient noticed something."""

    patient: Identifier
    code: Text
    at: Moment
    value: Number | None = None
    unit: Text | None = None


class WaiverLine(Dated):
    """A person decides not to ask for one occurrence."""

    rule: Text
    occurrence: Number
    anchor: Number
    drug: Text
    reason: Text


class CloseLine(Dated):
    """A patient is closed."""

    reason: Reason


class ReopenLine(Dated):
    """A closing is taken back."""


IMPORTED: dict[str, type[Line]] = {
    "patient": PatientLine,
    "course": CourseLine,
    "fact": FactLine,
    "result": ResultLine,
    "infusion": InfusionLine,
    "symptom": SymptomLine,
    "course_end": CourseEndLine,
}
COMMANDED: dict[str, type[Line]] = {
    **IMPORTED,
    "infusion": NamedInfusionLine,
    "course_end": NamedCourseEndLine,
    "patient_change": PatientChangeLine,
    "course_pause": CourseChangeLine,
    "course_resume": CourseChangeLine,
    "plan": PlanLine,
    "waiver": WaiverLine,
    "close": CloseLine,
    "reopen": ReopenLine,
}


def parse_json(text: str) -> dict[str, Any]:
    """Read one JSON object; numbers stay text, a key may come once."""
    try:
        content = json.loads(
            text,
            parse_float=str,
            parse_int=str,
            parse_constant=lambda name: _refuse(f"{name} is not a number that can be recorded"),
            object_pairs_hook=_unique,
        )
    except json.JSONDecodeError as fault:
        raise Refused(f"not a JSON object: {fault.msg} at character {fault.pos + 1}") from fault
    except RecursionError as fault:
        raise Refused("not a JSON object: nested too deeply") from fault
    if not isinstance(content, dict):
        raise Refused('not a JSON object; write {"kind":"result", …}')
    return content


def parse_line(content: dict[str, Any], kinds: dict[str, type[Line]]) -> tuple[str, Line]:
    """Check the keys of a line; raises Refused with every fault, key by key."""
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        close = difflib.get_close_matches(str(kind), kinds, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"known are {', '.join(kinds)}"
        raise Refused(f"kind: unknown kind '{_printable(str(kind))}'; {hint}")
    rest = {key: value for key, value in content.items() if key != "kind"}
    try:
        return kind, kinds[kind].model_validate(rest)
    except ValidationError as error:
        allowed = list(kinds[kind].model_fields)
        raise Refused("; ".join(_worded(fault, allowed) for fault in error.errors())) from error


def _worded(fault: Any, allowed: list[str]) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    match fault["type"]:
        case "extra_forbidden":
            close = difflib.get_close_matches(key, allowed, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"known are {', '.join(allowed)}"
            return f"{_printable(key)}: unknown key; {hint}"
        case "missing":
            return f"{key}: missing"
        case "value_error":
            return f"{key}: {fault['ctx']['error']}"
        case _:
            return f"{key}: {fault['msg']}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        _refuse(f"{_printable(twice)}: the key stands twice; keep one")
    return content


def _refuse(words: str) -> Any:
    raise Refused(words)
