"""What a rule, or a part of one, says in words: by the key of YAML, every number with its unit."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span
from monitor.domain.keys import key, unit

_COMMON = ("name", "title", "cites", "applies_to")


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
