"""Names and units: what is named must be in the catalogue, and numbers written in its units."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any, get_args, get_origin

from monitor.domain import keys
from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span
from monitor.domain.faults import suggestion
from monitor.domain.rules.measure import Measure
from monitor.protocols.strict_yaml import Document, Path

# The keys of numbers that belong to a code, and the key that names it: without it, `code`.
_QUANTITIES = {
    **dict.fromkeys(("at_least", "below", "very_low", "low", "above", "always_below"), ""),
    **dict.fromkeys(("at_most", "hold_below", "caution_below", "caution_above"), ""),
    **dict.fromkeys(("any_sign_below", "without_uln_above", "falls_by", "lowest"), ""),
    **dict.fromkeys(("emergency_below", "emergency_below_with_symptom"), ""),
    "high_above": "high",
    "whole_below": "whole",
}
# Numbers with a unit of their own: see `_units`; and how many times a value is another.
_OWN_UNIT = frozenset(("ceiling", "mg_per_m2", "from_value", "rises_above"))
# What the words are that stand under a key; or the names there, and the lists under these.
_NAMED = {
    **dict.fromkeys(("code", "blasts", "high", "whole", "height", "weight"), "result code"),
    **dict.fromkeys(("result", "codes", "panel", "panels", "not_of", "own_table"), "result code"),
    **dict.fromkeys(("fact", "prior", "answer", "converted", "facts", "amounts"), "fact"),
    **dict.fromkeys(("signs", "fever", "symptom"), "symptom"),
    **dict.fromkeys(("group", "symptoms", "groups"), "group of symptoms"),
    "allowed": "route",
}
_BY_NAME = {"limits": "result code", "yes_by_amounts": "fact", "yes_needs_amount": "fact"}
_READ_BY_PEOPLE = (
    *("name", "title", "message", "patient_message", "emergency_message", "old_message", "do"),
    *("emergency_patient_message", "two_lines", "before_any", "where", "not_encoded"),
)
_CHECKED_ELSEWHERE = (
    *("source", "supports"),  # `citations`
    *("value", "word", "words", "is", "blasts_word"),  # of a code or a fact: `faults`, `_units`
    *("asks", "yes_by_infusions", "check", "of", "gives_way_to", "drugs"),
)
_NO_NAMES = frozenset((*_READ_BY_PEOPLE, *_CHECKED_ELSEWHERE))
_COUNTS = frozenset(("alone", "baselines", "days_of_round", "grades", "most", "times"))
_DIGIT = re.compile(r"[0-9]")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


@cache
def declared(cls: type[Any]) -> None:
    """Raise TypeError where a field of a kind of rule is a text, or a number, that nobody checks.

    A key is checked by its name, whatever the kind: see the tables above.
    """
    for where, words in _undeclared(cls, has_code=False):
        raise TypeError(f"{where}: {words} (monitor/protocols/references.py)")


def _undeclared(cls: type[Any], *, has_code: bool) -> Iterator[tuple[str, str]]:
    types = keys.hints(cls)
    for field in fields(cls):
        name, where = keys.key(field.name), f"{cls.__name__}.{field.name}"
        has_one = "code" in types or has_code
        named = _BY_NAME if _is_mapping(types[field.name]) else _NAMED
        for kind in _leaves(types[field.name]):
            if isinstance(kind, type) and is_dataclass(kind) and kind is not Span:
                yield from _undeclared(kind, has_code=has_one or name == "limits")
            elif kind is str and name not in _NO_NAMES | {*named}:
                yield (
                    where,
                    "say in _NAMED or _BY_NAME of what it is a name, or below them that it is none",
                )
            elif kind is int and keys.unit(field.name) is None and name not in _COUNTS:
                yield where, "end its name in its unit, or say in _COUNTS that it has none"
            elif kind is Decimal and not _has_unit(field.name, {*types}, has_code=has_one):
                yield where, "end its name in its unit, or say in _QUANTITIES whose unit it has"


def _leaves(hint: Any) -> Iterator[Any]:
    inside = get_args(hint)
    if not inside:
        yield hint
    for one in inside:
        yield from _leaves(one)


def _is_mapping(hint: Any) -> bool:
    origin = get_origin(keys.plain_hint(hint))
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _has_unit(field: str, beside: Collection[str], *, has_code: bool) -> bool:
    name = keys.key(field)
    if name in _QUANTITIES:
        of = _QUANTITIES[name]
        return of in beside if of else has_code
    return keys.unit(field) is not None or name in _OWN_UNIT or field.endswith(("_uln", "_lln"))


def check(document: Document, catalogue: Catalogue) -> None:
    """Add every unknown name and every wrong unit to the document."""
    _names(document, catalogue, document.content, ())
    _units(document, catalogue, document.content, (), None)


def _names(document: Document, catalogue: Catalogue, content: Any, path: Path) -> None:
    """Check that every code, fact, symptom, group and route that is named is in the catalogue."""
    known: dict[str, Collection[str]] = {
        "result code": catalogue.results,
        "fact": catalogue.facts,
        "symptom": catalogue.symptoms,
        "group of symptoms": sorted({symptom.group for symptom in catalogue.symptoms.values()}),
        "route": catalogue.routes,
    }
    for here, key, value in _walk(content, path):
        what = (_BY_NAME if isinstance(value, dict) else _NAMED).get(key)
        if what is None:
            continue
        for inside, word in _words(value):
            _known(document, (*here, *inside), word, known[what], what)


def _words(value: Any) -> Iterator[tuple[Path, Any]]:
    """Go through the words of a value: itself, those of lists, and the names of a mapping."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from (((number, *inside), word) for inside, word in _words(item))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield (name,), name
            if isinstance(item, list):
                yield from (((name, *inside), word) for inside, word in _words(item))
    else:
        yield (), value


def _walk(content: Any, path: Path) -> Iterator[tuple[Path, str, Any]]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield (*path, key), key, value
            yield from _walk(value, (*path, key))
    elif isinstance(content, list):
        for number, item in enumerate(content):
            yield from _walk(item, (*path, number))


def _units(
    document: Document, catalogue: Catalogue, content: Any, path: Path, code: str | None
) -> None:
    """Check that a quantity that belongs to a code is written in the code's first unit."""
    if isinstance(content, list):
        for number, item in enumerate(content):
            _units(document, catalogue, item, (*path, number), code)
        return
    if not isinstance(content, dict):
        return
    own = content.get("code", code)
    code = own if isinstance(own, str) else None
    for key, value in content.items():
        here = (*path, key)
        if key in ("ceiling", "mg_per_m2") and isinstance(value, str):
            _amount(document, here, value, content.get("measure", Measure.MG_PER_M2))
        elif key == "limits" and isinstance(value, dict):
            for name, limit in value.items():
                _units(document, catalogue, limit, (*here, name), name)
        elif key in _QUANTITIES and isinstance(value, str):
            of_code = content.get(_QUANTITIES[key], code)
            _unit(document, catalogue, here, value, of_code if isinstance(of_code, str) else None)
        elif key == "from_value" and isinstance(value, list):
            for number, item in enumerate(value):
                _unit(document, catalogue, (*here, number), str(item), code)
        elif key == "words" and isinstance(value, dict) and code is not None:
            for word in value if code in catalogue.results else ():
                _known(document, (*here, word), word, catalogue.results[code].words, "word")
        else:
            _units(document, catalogue, value, here, code)


def _unit(
    document: Document, catalogue: Catalogue, path: Path, text: str, code: str | None
) -> None:
    if code is None or code not in catalogue.results or not _DIGIT.match(text):
        return
    unit = catalogue.results[code].unit
    if not unit:
        return  # a word; `consistency` says so
    number, _, found = text.partition(" ")
    if found != unit:
        document.complain(path, f"'{text}': {code} is compared in {unit}, write '{number} {unit}'")
    elif unit == "%" and _NUMBER.fullmatch(number) and Decimal(number) > 100:
        document.complain(path, f"'{text}': no {code} is more than 100 %, write at most 100 %")


def _amount(document: Document, path: Path, text: str, measure: object) -> None:
    """Check that an amount of the drug has the unit of what it measures."""
    number, _, unit = text.partition(" ")
    if _DIGIT.match(number) and measure in list(Measure) and unit != measure:
        document.complain(path, f"'{text}' must be in {measure}: write '{number} {measure}'")


def _known(document: Document, path: Path, word: object, known: Collection[str], what: str) -> None:
    if isinstance(word, str) and word not in known:
        document.complain(path, f"unknown {what} '{word}': {suggestion(word, known)}")
