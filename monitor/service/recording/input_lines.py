"""How a line is read: which kinds there are, which keys each has; its texts are checked.

One JSON object a line in an import; a command's options make the same lines, so that there is one
way in. What a kind of line says is in `lines/`, one class each.
"""

import json
from collections.abc import Collection, Iterator
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from monitor.domain.facts import CLASSES, NO_FACTS, Kind
from monitor.errors import BadOption, Refused
from monitor.service.input import text_fields
from monitor.service.recording.lines import (
    answers,
    course,
    decisions,
    findings,
    given,
    in_files,
    patient,
)
from monitor.service.recording.lines.base import Line
from monitor.store.codec import AS_WRITTEN, own_fields

_LONGEST_LINE = 1_000_000  # characters
_MOST_STRANGE = 10  # unknown keys of one line that are listed

# A line that names its kind needs to be named nowhere else.
_LINES = [
    line
    for family in (patient, course, answers, findings, given, decisions)
    for line in vars(family).values()
    if isinstance(line, type) and issubclass(line, Line) and "kind" in vars(line)
]


def registered(lines: Collection[type[Line]]) -> dict[str, type[Line]]:
    """Give the line of each kind; raises TypeError where one and its fact do not fit together."""
    for line in lines:
        for words in _misfits(line):
            raise TypeError(f"the line of the kind '{line.kind}': {words}")
    found = {line.kind.value: line for line in lines}
    missing = sorted({*Kind} - NO_FACTS - {*found})
    if missing:
        raise TypeError(
            f"no line brings {', '.join(missing)}: write its class in lines/, in a file named above"
        )
    return found


def _misfits(line: type[Line]) -> Iterator[str]:
    """Find what it leaves out, and what would be stored and seen by nobody."""
    stored, own = line.stored(), line.__mro__[: -len(Line.__mro__)]
    if not any({"once", "key", "is_repeatable"} & {*vars(cls)} for cls in own):
        yield "say by `once` what may be on record once; None: by all that it says"
    for name in line.once or ():
        if name not in (*stored, "on"):
            yield f"`once` names '{name}', which it does not have"
    if line.kind not in AS_WRITTEN:
        return
    fact = CLASSES[line.kind]
    needed = own_fields(fact)
    for name in (name for name in stored if name not in needed):
        yield f"{fact.__name__} has no field '{name}': it would be stored and shown nowhere"
    for name, is_needed in needed.items():
        if name not in stored:
            yield f"nothing fills '{name}' of {fact.__name__}: add the key, or name it in `adds`"
        elif is_needed and not stored[name]:
            yield f"'{name}' may be left out, and {fact.__name__} needs it: give it a default"


COMMANDED = registered(_LINES)
_ABOUT_OTHERS = [
    line
    for line in vars(in_files).values()
    if isinstance(line, type) and issubclass(line, Line) and "kind" in vars(line)
]
# Of a line by itself, and about other lines.
FACTS = {line.called(): line for line in COMMANDED.values() if line.rank is not None}
IMPORTED = FACTS | {line.called(): line for line in _ABOUT_OTHERS}


def parse_json(text: str) -> dict[str, object]:
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


def line_of(kind: Kind, **said: object) -> Line:
    """Make the line that a command brings; what it leaves open is None."""
    content = {key: value for key, value in said.items() if value is not None}
    return parse_line({"kind": kind.value, **content}, COMMANDED)


def parse_line(content: dict[str, object], kinds: dict[str, type[Line]]) -> Line:
    """Check the keys of a line; raises Refused with every fault, key by key."""
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        shown = text_fields.printable(str(kind))
        raise BadOption("kind", f"unknown kind '{shown}'; {text_fields.suggestion(shown, kinds)}")
    model = kinds[kind]
    known = list(model.model_fields)
    # Not left to pydantic, which names no key that holds half a character.
    is_open = model.model_config.get("extra") == "allow"
    known = [*content] if is_open else known
    if is_open and not text_fields.is_utf8(json.dumps(content, ensure_ascii=False)):
        raise Refused("holds half a character; leave it out")
    strange = [text_fields.printable(key) for key in content if key not in ("kind", *known)]
    faults = [
        f"{key}: unknown key; {text_fields.suggestion(key, known)}"
        for key in strange[:_MOST_STRANGE]
    ]
    try:
        line = model.model_validate(
            {key: content[key] for key in known if key in content and key != "kind"}
        )
    except ValidationError as error:
        faults = [*(_worded(fault) for fault in error.errors()), *faults]
        raise Refused("; ".join(faults)) from error
    if faults:
        raise Refused("; ".join(faults))
    return line


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


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, object]:
    content: dict[str, object] = {}
    for key, value in pairs:
        if key in content:
            raise Refused(f"{text_fields.printable(key)}: the key stands twice; keep one")
        content[key] = value
    return content


def _refuse_constant(name: str) -> NoReturn:
    raise Refused(f"{name} is not a number that can be recorded")
