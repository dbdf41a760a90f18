"""From text to the domain's classes: pydantic models made from the domain's dataclasses.

Quantities are written with their unit in YAML (`fresh: 42 days`) and are plain numbers in the
domain, where the field's name carries the unit (`fresh_days`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal
from functools import cache
from types import GenericAlias, NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, create_model
from pydantic import Field as ModelField

from monitor.domain.dates import Span
from monitor.domain.keys import hints, key, unit
from monitor.protocols.strict_yaml import Document, Path
from monitor.protocols.worded import is_misspelt_elsewhere, worded

T = TypeVar("T")

_MOST_FAULTS = 200  # after which reading on helps nobody
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_LONGEST_MONTHS, _LONGEST_DAYS = 12 * 150, 366 * 150  # beyond a lifetime no calendar goes


def read(cls: type[T], content: Any, document: Document, path: Path, **known: Any) -> T | None:
    """Read one object; every fault is added to the document, and None returned.

    `known` gives fields that do not stand in the text.
    """
    if content is None:
        return None
    if not isinstance(content, dict):
        document.complain(path, f"'{content}' is not a mapping: write `key: value` lines")
        return None
    if len(document.faults) > _MOST_FAULTS:
        return None
    wanted: Any = cls  # mypy does not take a class for something hashable
    try:
        parsed = _model(wanted, frozenset(known)).model_validate(content)
    except ValidationError as error:
        found = error.errors()
        for fault in found:
            if fault["input"] is not None and not is_misspelt_elsewhere(fault, found, cls):
                document.faults.append(worded(fault, document, path, cls))
        return None
    built: T = _build(cls, parsed, known)
    return built


@cache
def _model(cls: type[Any], known: frozenset[str]) -> type[BaseModel]:
    types = hints(cls)
    definitions: dict[str, Any] = {}
    for field in fields(cls):
        if field.name in known:
            continue
        kind = _border_type(types[field.name], field.name)
        definitions[field.name] = (
            kind,
            ModelField(default=_default(field), alias=key(field.name)),
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
    if hint in (int, Decimal) and (demanded := unit(name)):
        return Annotated[hint, BeforeValidator(_with_unit(demanded, hint))]
    if hint is Decimal:
        return Annotated[Decimal, BeforeValidator(_quantity)]
    if hint is int:
        return Annotated[int, BeforeValidator(_whole)]
    if hint is str:
        return Annotated[str, BeforeValidator(_text)]
    return hint


def _span(text: object) -> Span:
    span = text if isinstance(text, Span) else Span.parse(str(text))
    if span.months > _LONGEST_MONTHS or span.days > _LONGEST_DAYS:
        raise ValueError(f"'{text}' is longer than a lifetime: write for instance '12 months'")
    return span


def _boolean(text: object) -> bool:
    if isinstance(text, bool):
        return text
    if text not in ("true", "false"):
        raise ValueError(f"'{text}': write true or false")
    return text == "true"


def _whole(text: object) -> int:
    if isinstance(text, int):
        return text
    if not re.fullmatch(r"[0-9]{1,4}", str(text)):
        raise ValueError(f"'{text}' is not a whole number: write for instance 3")
    return int(str(text))


def _text(text: object) -> object:
    if isinstance(text, str) and not text.strip():
        raise ValueError("'' says nothing: write some words")
    return text


def _with_unit(unit: str, kind: type) -> Callable[[object], Any]:
    example = "14 days" if unit == "days" else f"12 {unit}"

    def parse(text: object) -> Any:
        if isinstance(text, kind):
            return text
        if not isinstance(text, str):
            raise ValueError(f"expected a number and its unit: write for instance '{example}'")
        number, _, found = text.partition(" ")
        if kind is int and unit == "days" and found:
            span = _span(text)
            if span.months:
                raise ValueError(f"'{text}' is not counted in days: write for instance '14 days'")
            return span.days
        if found != unit or not _NUMBER.fullmatch(number):
            raise ValueError(
                f"'{text}' needs a number and its unit: write for instance '{example}'"
            )
        try:
            return kind(number)
        except ValueError as fault:  # a whole number is needed
            raise ValueError(f"'{text}': write for instance '{example}'") from fault

    return parse


def _quantity(text: object) -> Decimal:
    """Read a number that a unit may follow (`references` compares it with the code's)."""
    if isinstance(text, Decimal):
        return text
    number = str(text).partition(" ")[0]
    if not _NUMBER.fullmatch(number):
        raise ValueError(f"'{text}' is not a number with its unit: write for instance '1.5 10*9/L'")
    return Decimal(number)


def _build(cls: type[Any], parsed: Any, known: Mapping[str, Any]) -> Any:
    types = hints(cls)
    values = dict(known)
    for field in fields(cls):
        if field.name not in values:
            values[field.name] = _unwrap(getattr(parsed, field.name), types[field.name])
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
