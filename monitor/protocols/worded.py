"""What the border refuses, in words: the line, the word, and what would be right."""

import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, get_args, get_origin

from monitor.domain.dates import Span
from monitor.domain.faults import nearest, suggestion
from monitor.domain.keys import hints, key, keys, plain_hint, unit
from monitor.protocols.strict_yaml import Document, Path


def is_misspelt_elsewhere(fault: Any, faults: Sequence[Any], cls: type[Any]) -> bool:
    """Say whether a missing key stands there under a wrong name, which is complained about."""
    if fault["type"] != "missing":
        return False
    *around, missing = _inside(fault)
    return any(
        other["type"] == "extra_forbidden"
        and _inside(other)[:-1] == tuple(around)
        and nearest(str(_inside(other)[-1]), _allowed(cls, tuple(around))) == missing
        for other in faults
    )


def _inside(fault: Any) -> tuple[str | int, ...]:
    return tuple(part for part in fault["loc"] if part != "[key]")


def worded(fault: Any, document: Document, path: Path, cls: type[Any]) -> str:
    """Say what is wrong and what would be right, in one line."""
    inside = _inside(fault)
    where = (*path, *inside)
    word = inside[-1] if inside else ""
    given = fault.get("input")
    match fault["type"]:
        case "extra_forbidden":
            allowed = _allowed(cls, inside[:-1])
            return document.fault(where, f"unknown key '{word}': {suggestion(str(word), allowed)}")
        case "missing":
            example = _example(cls, inside)
            return document.fault(where[:-1], f"the key '{word}' is missing: add `{example}`")
        case "enum":
            known = re.findall(r"'([^']*)'", fault["ctx"]["expected"])
            return document.fault(where, f"unknown word '{given}': {suggestion(str(given), known)}")
        case "value_error":
            return document.fault(where, str(fault["ctx"]["error"]))
        case "tuple_type":
            return document.fault(
                where, f"'{given}' is not a list: write [a, b] or lines that begin with '-'"
            )
        case "dict_type" | "model_type" | "model_attributes_type":
            return document.fault(where, f"'{given}' is not a mapping: write `key: value` lines")
        case "string_type":
            return document.fault(where, f"expected one word or text, not {given}")
        case _:
            return document.fault(where, f"{fault['msg']} (found '{given}')")


def _example(cls: type[Any], inside: tuple[str | int, ...]) -> str:
    """Write a line that would be right for a key."""
    word = str(inside[-1])
    around = _class_at(cls, inside[:-1])
    name = next((f.name for f in fields(around) if key(f.name) == word), word) if around else word
    hint = plain_hint(hints(around)[name]) if around else str
    demanded = unit(name)
    if hint is Span:
        return f"{word}: 3 months"
    if demanded is not None:
        return f"{word}: {'14' if demanded == 'days' else '12'} {demanded}"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return f"{word}: {next(iter(hint))}"
    if hint is Decimal:
        return f"{word}: 1.5 10*9/L"
    if hint is bool:
        return f"{word}: true"
    if get_origin(hint) is tuple:
        return f"{word}: […]"
    if hint is str:
        return f"{word}: …"
    return f"{word}: {{…}}"


def _allowed(cls: type[Any], inside: tuple[str | int, ...]) -> list[str]:
    found = _class_at(cls, inside)
    return keys(found) if found else []


def _class_at(cls: type[Any], inside: tuple[str | int, ...]) -> Any:
    """Find the class whose keys stand at a place inside a class; None where there is none."""
    hint: Any = cls
    for part in inside:
        if is_dataclass(hint):
            name = next((f.name for f in fields(hint) if key(f.name) == part), None)
            if name is None:
                return None
            hint = hints(hint)[name]
        else:
            hint = get_args(hint)[0 if isinstance(part, int) else 1]
        hint = plain_hint(hint)
    return hint if isinstance(hint, type) and is_dataclass(hint) else None
