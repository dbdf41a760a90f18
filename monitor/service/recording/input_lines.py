"""The lines in which facts arrive: which keys each kind has, and how a line is read.

One JSON object a line in an import; the commands build the same objects, so that there is one
way in. What text may stand in a key is in `texts.py`; whether a line fits the record is decided
in `chart.py`.
"""

import json
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from monitor.domain.facts import DoseAction, Status
from monitor.errors import Refused
from monitor.service.input import text_fields

Number = Annotated[str, BeforeValidator(text_fields.number)]
Measured = Annotated[str, BeforeValidator(text_fields.measured)]
Day = Annotated[str, BeforeValidator(text_fields.day)]
Moment = Annotated[str, BeforeValidator(text_fields.moment)]
Text = Annotated[str, BeforeValidator(text_fields.clean)]
Identifier = Annotated[str, BeforeValidator(text_fields.identifier)]
Language = Annotated[str, BeforeValidator(text_fields.language)]
Zone = Annotated[str, BeforeValidator(text_fields.zone)]
Truth = Annotated[str, BeforeValidator(text_fields.truth)]
Sex = Annotated[str, BeforeValidator(text_fields.one_of("female", "male", "other", "unknown"))]
Reason = Annotated[
    str, BeforeValidator(text_fields.one_of("died", "transferred", "withdrew-consent"))
]
Formula = Annotated[str, BeforeValidator(text_fields.one_of("mosteller", "dubois"))]
ActionWord = Annotated[
    str, BeforeValidator(text_fields.one_of(*(word.value for word in DoseAction)))
]
StatusWord = Annotated[str, BeforeValidator(text_fields.one_of(*(word.value for word in Status)))]

_LONGEST_LINE = 1_000_000  # characters
_MOST_STRANGE = 10  # unknown keys of one line that are listed


class Line(BaseModel):
    """What every line may have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Text | None = None  # the sender's identifier
    by: Text | None = None
    confirm: Truth = "false"
    second: Truth = "false"


class Dated(Line):
    """A line about a patient, on a day."""

    patient: Identifier
    on: Day


class Describing(Line):
    """A line that says what is known of a patient."""

    sex: Sex | None = None
    born: Day | None = None
    timezone: Zone | None = None
    language: Language | None = None
    can_conceive: Truth | None = None
    name: Text | None = None


class PatientLine(Describing):
    """A patient is registered; `id` is the patient's own."""

    id: Identifier


class PatientChangeLine(Describing, Dated):
    """What is known of a patient changes from a day on."""


class CourseLine(Dated):
    """A course starts."""

    protocol: Text
    facts: dict[Text, Text] = {}


class CourseEndLine(Dated):
    """A course ends."""

    reason: Text
    protocol: Text | None = None  # where courses with two drugs run


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


class CancelLine(Line):
    """The booking in force is given up, today unless another day is said."""

    patient: Identifier
    on: Day | None = None
    protocol: Text | None = None


class CourseMoveLine(Dated):
    """A running course is taken to the current version of its protocol."""

    protocol: Text


class InfusionLine(Dated):
    """A dose was given."""

    dose_mg: Number
    height_cm: Number | None = None
    weight_kg: Number | None = None
    bsa_m2: Number | None = None
    bsa_formula: Formula | None = None
    route: Text | None = None
    despite: Text | None = None
    part_of: Text | None = None  # the event, or the sender's id, of the infusion it belongs to
    protocol: Text | None = None  # where courses with two drugs run


class DoseLine(Dated):
    """A daily drug begins, changes, rests or ends."""

    action: ActionWord
    dose_mg: Number | None = None
    reason: Text | None = None
    protocol: Text | None = None


class ResultLine(Dated):
    """A test showed something."""

    code: Text
    value: Measured | None = None  # only of a sample that was not fit; see `meaning.value_of`
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
    drug: Text = ""  # of the watch of every patient: none
    reason: Text


class AcknowledgementLine(Dated):
    """A person has seen a reminder or warning."""

    rule: Text
    occurrence: Number
    anchor: Number
    drug: Text = ""  # of the watch of every patient: none
    note: Text | None = None
    role: Literal["patient"] | None = None  # it answers the patient's own message
    severity: Literal["urgent", "emergency"] | None = None  # of the warning that was seen


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
    "dose": DoseLine,
    "symptom": SymptomLine,
    "course_end": CourseEndLine,
}
COMMANDED: dict[str, type[Line]] = {
    **IMPORTED,
    "patient_change": PatientChangeLine,
    "course_pause": CourseChangeLine,
    "course_resume": CourseChangeLine,
    "course_move": CourseMoveLine,
    "plan": PlanLine,
    "cancel": CancelLine,
    "waiver": WaiverLine,
    "acknowledgement": AcknowledgementLine,
    "close": CloseLine,
    "reopen": ReopenLine,
}


def parse_json(text: str) -> dict[str, Any]:
    """Read one JSON object; numbers stay text, a key may come once."""
    if len(text) > _LONGEST_LINE:
        raise Refused(f"longer than {_LONGEST_LINE} characters")
    try:
        content = json.loads(
            text,
            parse_float=str,
            parse_int=str,
            parse_constant=_refuse_constant,
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
        shown = text_fields.printable(str(kind))
        raise Refused(f"kind: unknown kind '{shown}'; {text_fields.suggestion(shown, kinds)}")
    model = kinds[kind]
    known = list(model.model_fields)
    # Not left to pydantic, which names no key that holds half a character.
    strange = [text_fields.printable(key) for key in content if key not in ("kind", *known)]
    faults = [
        f"{key}: unknown key; {text_fields.suggestion(key, known)}"
        for key in strange[:_MOST_STRANGE]
    ]
    try:
        line = model.model_validate({key: content[key] for key in known if key in content})
    except ValidationError as error:
        faults = [*(_worded(fault) for fault in error.errors()), *faults]
        raise Refused("; ".join(faults)) from error
    if faults:
        raise Refused("; ".join(faults))
    return kind, line


def _worded(fault: ErrorDetails) -> str:
    # pydantic marks a fault of a mapping's key by a last part "[key]"
    key = text_fields.printable(".".join(str(part) for part in fault["loc"] if part != "[key]"))
    match fault["type"]:
        case "missing":
            return f"{key}: missing"
        case "value_error":
            return f"{key}: {fault['ctx']['error']}"
        case "dict_type":
            return f'{key}: write {{"name": "value", …}}'
        case _:
            return f"{key}: {fault['msg']}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key, value in pairs:
        if key in content:
            raise Refused(f"{text_fields.printable(key)}: the key stands twice; keep one")
        content[key] = value
    return content


def _refuse_constant(name: str) -> NoReturn:
    raise Refused(f"{name} is not a number that can be recorded")
