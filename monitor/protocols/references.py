"""Names and units: what is named must be in the catalogue, and numbers written in its units."""

import re
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

from monitor.domain.catalogue import Catalogue
from monitor.domain.faults import suggestion
from monitor.domain.rules.measure import Measure
from monitor.protocols.strict_yaml import Document, Path

# The keys of numbers that belong to a code, and the key that names it: without it, `code`.
_QUANTITIES = {
    **dict.fromkeys(("at_least", "below", "very_low", "low", "above", "always_below"), ""),
    **dict.fromkeys(("at_most", "hold_below", "caution_below", "caution_above"), ""),
    **dict.fromkeys(("any_sign_below", "without_uln_above", "falls_by"), ""),
    **dict.fromkeys(("emergency_below", "emergency_below_with_symptom"), ""),
    "high_above": "high",
    "whole_below": "whole",
}
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
_DIGIT = re.compile(r"[0-9]")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


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
