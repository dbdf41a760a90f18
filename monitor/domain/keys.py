"""The keys of YAML and the fields of the domain: a key is a field's name without its unit."""

from dataclasses import fields
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

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
