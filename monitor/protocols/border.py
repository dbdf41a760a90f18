"""From text to the domain's classes: pydantic models made from the domain's dataclasses.

Quantities are written with their unit in YAML (`fresh: 42 days`) and are plain numbers in the
domain, where the field's name carries the unit (`fresh_days`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from types import GenericAlias, NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, create_model
from pydantic import Field as ModelField

from monitor.domain.dates import Span
from monitor.protocols.strict_yaml import Document, Path, suggestion

T = TypeVar("T")

# The ending of a field's name -> the unit that its text must have.
_UNITS = {
    "_days": "days",
    "_years": "years",
    "_percent": "%",
    "_points": "points",
    "_mg_per_m2": "mg/m2",
    "_mg": "mg",
}
_MOST_FAULTS = 200  # after which reading on helps nobody
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def read(cls: type[T], content: Any, document: Document, path: Path, **known: Any) -> T | None:
    """Read one object; every fault is added to the document, and None returned.

    `known` gives fields that do not stand in the text.
    """
    if not isinstance(content, dict):
        document.complain(path, "expected `key: value` lines")
        return None
    if len(document.faults) > _MOST_FAULTS:
        return None
    wanted: Any = cls  # mypy does not take a class for something hashable
    try:
        parsed = _model(wanted, frozenset(known)).model_validate(content)
    except ValidationError as error:
        for fault in error.errors():
            document.faults.append(_worded(fault, document, path, cls))
        return None
    built: T = _build(cls, parsed, known)
    return built


def _keys(cls: type[Any]) -> list[str]:
    return [_alias(field.name) for field in fields(cls)]


def _alias(name: str) -> str:
    """Give the YAML key of a field: its name without the unit."""
    ending = _unit_ending(name)
    return name.removesuffix(ending) if ending else name


def _unit_ending(name: str) -> str | None:
    return next((ending for ending in _UNITS if name.endswith(ending)), None)


_HINTS: dict[Any, dict[str, Any]] = {}


def _hints(cls: Any) -> dict[str, Any]:
    """Resolve the types of a class's fields, once."""
    if cls not in _HINTS:
        _HINTS[cls] = get_type_hints(cls, localns={"Decimal": Decimal})
    return _HINTS[cls]


@cache
def _model(cls: type[Any], known: frozenset[str]) -> type[BaseModel]:
    hints = _hints(cls)
    definitions: dict[str, Any] = {}
    for field in fields(cls):
        if field.name in known:
            continue
        kind = _border_type(hints[field.name], field.name)
        definitions[field.name] = (
            kind,
            ModelField(default=_default(field), alias=_alias(field.name)),
        )
    config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
    model: type[BaseModel] = create_model(cls.__name__, __config__=config, **definitions)
    return model


def _default(field: "Field[Any]") -> Any:
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return field.default_factory()
    return ...


def _border_type(hint: Any, name: str) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        inner = [_border_type(a, name) for a in arguments if a is not NoneType]
        return inner[0] | None if NoneType in arguments else inner[0]
    if origin is tuple:
        return GenericAlias(tuple, (_border_type(arguments[0], name), ...))
    if origin is not None and issubclass(origin, Mapping):
        return GenericAlias(dict, (arguments[0], _border_type(arguments[1], "")))
    if hint is Span:
        return Annotated[Span, BeforeValidator(_span)]
    if isinstance(hint, type) and is_dataclass(hint):
        return _model(hint, frozenset())
    if hint is bool:
        return Annotated[bool, BeforeValidator(_boolean)]
    ending = _unit_ending(name)
    if hint in (int, Decimal) and ending:
        return Annotated[hint, BeforeValidator(_with_unit(_UNITS[ending], hint))]
    if hint is Decimal:
        return Annotated[Decimal, BeforeValidator(_quantity)]
    return hint


def _span(text: object) -> Span:
    return text if isinstance(text, Span) else Span.parse(str(text))


def _boolean(text: object) -> bool:
    if isinstance(text, bool):
        return text
    if text not in ("true", "false"):
        raise ValueError("write true or false")
    return text == "true"


def _with_unit(unit: str, kind: type) -> Callable[[object], Any]:
    def parse(text: object) -> Any:
        if not isinstance(text, str):
            return text
        number, _, found = text.partition(" ")
        if kind is int and unit == "days" and found:
            span = Span.parse(text)
            if span.months:
                raise ValueError(f"'{text}' is not counted in days: write for instance '14 days'")
            return span.days
        if found != unit or not _NUMBER.fullmatch(number):
            raise ValueError(
                f"'{text}' needs a number and its unit: write for instance '12 {unit}'"
            )
        return kind(number)

    return parse


def _quantity(text: object) -> Decimal:
    """Read a number that may be followed by a unit (which `sense` compares with the code's)."""
    if isinstance(text, Decimal):
        return text
    number = str(text).partition(" ")[0]
    if not _NUMBER.fullmatch(number):
        raise ValueError(f"'{text}' is not a number with its unit: write for instance '1.5 10*9/L'")
    try:
        return Decimal(number)
    except InvalidOperation as fault:
        raise ValueError(f"'{text}' is not a number") from fault


def _build(cls: type[Any], parsed: Any, known: Mapping[str, Any]) -> Any:
    hints = _hints(cls)
    values = dict(known)
    for field in fields(cls):
        if field.name not in values:
            values[field.name] = _unwrap(getattr(parsed, field.name), hints[field.name])
    return cls(**values)


def _unwrap(value: Any, hint: Any) -> Any:
    """Turn border models inside a value back into the domain's classes."""
    if isinstance(value, BaseModel):
        target = next(a for a in (hint, *get_args(hint)) if isinstance(a, type) and is_dataclass(a))
        return _build(target, value, {})
    if isinstance(value, tuple):
        inner = _inner(hint, 0)
        return tuple(_unwrap(item, inner) for item in value)
    if isinstance(value, dict):
        inner = _inner(hint, 1)
        return {key: _unwrap(item, inner) for key, item in value.items()}
    return value


def _inner(hint: Any, position: int) -> Any:
    if get_origin(hint) in (Union, UnionType):
        hint = next(a for a in get_args(hint) if a is not NoneType)
    return get_args(hint)[position]


def _worded(fault: Any, document: Document, path: Path, cls: type[Any]) -> str:
    """Say what is wrong and what would be right, in one line."""
    inside = tuple(part for part in fault["loc"] if part != "[key]")
    where = (*path, *inside)
    word = inside[-1] if inside else ""
    match fault["type"]:
        case "extra_forbidden":
            allowed = _allowed(cls, inside[:-1])
            return document.fault(where, f"unknown key '{word}': {suggestion(str(word), allowed)}")
        case "missing":
            return document.fault(where[:-1], f"the key '{word}' is missing")
        case "enum":
            given = fault.get("input")
            return document.fault(where, f"'{given}' is not one of {fault['ctx']['expected']}")
        case "value_error":
            return document.fault(where, str(fault["ctx"]["error"]))
        case "tuple_type":
            return document.fault(where, "expected a list: [a, b] or lines that begin with '-'")
        case "dict_type" | "model_type" | "model_attributes_type":
            return document.fault(where, "expected `key: value` lines")
        case "string_type":
            return document.fault(where, "expected one word or text, not a list or mapping")
        case _:
            return document.fault(where, f"{fault['msg']} (found '{fault.get('input')}')")


def _allowed(cls: type[Any], inside: tuple[str | int, ...]) -> list[str]:
    hint: Any = cls
    for part in inside:
        if is_dataclass(hint):
            hints = _hints(hint)
            name = next((f.name for f in fields(hint) if _alias(f.name) == part), None)
            if name is None:
                return []
            hint = hints[name]
        else:
            hint = get_args(hint)[0 if isinstance(part, int) else 1]
        if get_origin(hint) in (Union, UnionType):
            hint = next(a for a in get_args(hint) if a is not NoneType)
    return _keys(hint) if isinstance(hint, type) and is_dataclass(hint) else []
