"""The keys of YAML, the fields of the domain, and what rules say by them in words.

A key is a field's name without its unit.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span

_COMMON = ("name", "title", "cites", "applies_to")


_HINTS: dict[Any, dict[str, Any]] = {}

# The ending of a field's name -> the unit that its text must have.
_UNITS = {
    "_days": "days",
    "_years": "years",
    "_percent": "%",
    "_points": "points",
    "_mg_per_m2": "mg/m2",
    "_mg": "mg",
    "_cel": "Cel",
}


def key(field: str) -> str:
    """Give the YAML key of a field."""
    ending = _ending(field)
    return field.removesuffix(ending) if ending else field.rstrip("_")  # `from` is a word of Python


def unit(field: str) -> str | None:
    """Give the unit that a field's name demands of its text."""
    ending = _ending(field)
    return _UNITS[ending] if ending else None


def keys(cls: type[Any]) -> list[str]:
    """List the YAML keys of a class."""
    return [key(field.name) for field in fields(cls)]


def hints(cls: Any) -> dict[str, Any]:
    """Resolve the types of a class's fields, once."""
    if cls not in _HINTS:
        _HINTS[cls] = get_type_hints(cls, localns={"Decimal": Decimal})
    return _HINTS[cls]


def plain_hint(hint: Any) -> Any:
    """Give a type without its None."""
    if get_origin(hint) in (Union, UnionType):
        return next(a for a in get_args(hint) if a is not NoneType)
    return hint


def _ending(field: str) -> str | None:
    return next((ending for ending in _UNITS if field.endswith(ending)), None)


def parameters(thing: Any, catalogue: Catalogue, of_code: str | None = None) -> dict[str, str]:
    """Write the parameters that say something; a part may write itself, by `in_words`."""
    code = getattr(thing, "code", of_code)
    said = {}
    for field in fields(thing):
        value = getattr(thing, field.name)
        if field.name in _COMMON or value is None or value in ((), "", {}) or value is False:
            continue
        said[key(field.name)] = _words(value, field.name, code, catalogue)
    return said


def amount(value: Decimal | int | None, name: str, code: str | None, catalogue: Catalogue) -> str:
    """Write a number with the unit that its name demands, or that of its code."""
    if name.endswith(("_uln", "_lln")):
        return f"{value} times"  # a limit, which has the unit
    demanded = unit(name) or ("mg/m2" if name == "mg_per_m2" else None)
    if demanded is None and isinstance(value, Decimal) and code is not None:
        demanded = catalogue.results[code].unit
    return f"{value} {demanded}" if demanded else str(value)


def _words(value: Any, name: str, code: str | None, catalogue: Catalogue) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case StrEnum() | str() | Span():
            return str(value)
        case Decimal() | int():
            return amount(value, name, code, catalogue)
        case Mapping():
            return "; ".join(f"{k}: {_words(v, '', k, catalogue)}" for k, v in value.items())
        case tuple() if name == "panels":
            return " or ".join(" + ".join(panel) for panel in value)
        case tuple():
            between = "; " if is_dataclass(value[0]) else ", "
            return between.join(_words(item, name, code, catalogue) for item in value)
        case _ if hasattr(value, "in_words"):
            return str(value.in_words(name, code, catalogue))
        case _:
            parts = parameters(value, catalogue, code)
            return ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in parts.items())
