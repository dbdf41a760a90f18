"""What a protocol's words must mean beyond their form: names that exist, units, citations."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from monitor.domain.answers import OTHERWISE, Asked
from monitor.domain.catalogue import Catalogue, FactKind
from monitor.domain.clause import Rule
from monitor.domain.dosing import Ceiling, Measure
from monitor.protocols.strict_yaml import Document, Path, suggestion

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DIGIT = re.compile(r"[0-9]")
# Keys whose digits are names or prose, not numbers that a source must support.
_WORDY = ("cites", "kind", "title", "panels", "asks", "not_encoded")


def check(document: Document, catalogue: Catalogue, rules: Iterable[Rule]) -> None:
    """Add every fault of meaning to the document."""
    content = document.content
    _header(document, content, catalogue)
    _cites(document, content)
    _names(document, catalogue, content, ())
    _units(document, catalogue, content, (), None)
    for rule in rules:
        if isinstance(rule, Asked):
            _answers(document, catalogue, rule)
    _whole(document, list(rules))


def _header(document: Document, content: dict[str, Any], catalogue: Catalogue) -> None:
    name, version = content.get("protocol"), content.get("version")
    if isinstance(name, str) and not _NAME.fullmatch(name):
        document.complain(("protocol",), f"'{name}': write small letters and hyphens")
    if isinstance(version, str) and not _VERSION.fullmatch(version):
        document.complain(("version",), f"'{version}' is not a version: write for instance 1.0.0")
    status = content.get("status")
    if isinstance(status, str) and status not in ("draft", "reviewed"):
        document.complain(("status",), f"'{status}': write draft or reviewed")
    prior = content.get("prior_exposure")
    if isinstance(prior, str):
        _known(document, ("prior_exposure",), prior, catalogue.facts, "fact")


def _cites(document: Document, content: dict[str, Any]) -> None:
    """Check that every rule has a source that exists, and every number a citation."""
    sources = content.get("sources", {})
    for path, rule in _cited(content):
        cites = rule.get("cites", [])
        if not cites:
            document.complain(path, "no citation: add `cites`")
        supported: set[str] = set()
        for number, cite in enumerate(cites if isinstance(cites, list) else []):
            if not isinstance(cite, dict):
                continue
            here = (*path, "cites", number)
            _known(document, (*here, "source"), cite.get("source"), sources, "source")
            for key in cite.get("supports", []):
                if key not in rule:
                    document.complain(here, f"supports '{key}', which the rule does not have")
                supported.add(str(key))
        for key, value in rule.items():
            if key not in (*_WORDY, *supported) and _has_number(value):
                document.complain(
                    (*path, key), f"a number without a source: name '{key}' under `supports`"
                )


def _cited(content: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Go through everything that cites."""
    for section in ("requirements", "checks", "warnings"):
        rules = content.get(section, {})
        for name, rule in rules.items() if isinstance(rules, dict) else ():
            if isinstance(rule, dict):
                yield (section, name), rule
    if isinstance(content.get("dose_table"), dict):
        yield ("dose_table",), content["dose_table"]
    advice = content.get("symptom_advice", [])
    for number, item in enumerate(advice if isinstance(advice, list) else []):
        if isinstance(item, dict):
            yield ("symptom_advice", number), item


def _has_number(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_number(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_number(item) for item in value)
    return bool(_DIGIT.match(str(value)) or re.search(r"\s[0-9]", str(value)))


def _names(document: Document, catalogue: Catalogue, content: Any, path: Path) -> None:
    """Check that every code, fact, symptom and group that is named is in the catalogue."""
    groups = {symptom.group for symptom in catalogue.symptoms.values()}
    for here, key, value in _walk(content, path):
        match key:
            case "code" | "blasts" | "height" | "weight":
                _known(document, here, value, catalogue.results, "result code")
            case "codes":
                _all_known(document, here, value, catalogue.results, "result code")
            case "panels":
                for number, panel in enumerate(value if isinstance(value, list) else []):
                    _all_known(document, (*here, number), panel, catalogue.results, "result code")
            case "limits":
                for code in value if isinstance(value, dict) else {}:
                    _known(document, (*here, code), code, catalogue.results, "result code")
            case "fact" | "prior" | "answer":
                _known(document, here, value, catalogue.facts, "fact")
            case "fever":
                _known(document, here, value, catalogue.symptoms, "symptom")
            case "group":
                _known(document, here, value, groups, "group of symptoms")
            case "groups":
                _all_known(document, here, value, groups, "group of symptoms")
            case "allowed":
                _all_known(document, here, value, catalogue.routes, "route")
            case _:
                pass


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
        if key == "limits" and isinstance(value, dict):
            for name, limit in value.items():
                _units(document, catalogue, limit, (*here, name), name)
        elif key in ("at_least", "below", "very_low", "low") and isinstance(value, str):
            _unit(document, catalogue, here, value, code)
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
    found = text.partition(" ")[2]
    if found != unit:
        number = text.partition(" ")[0]
        document.complain(path, f"'{text}': {code} is compared in {unit}, write '{number} {unit}'")


def _answers(document: Document, catalogue: Catalogue, rule: Asked) -> None:
    for fact, outcomes in rule.asks.items():
        here: Path = ("requirements", rule.name, "asks", fact)
        if fact not in catalogue.facts:
            _known(document, here, fact, catalogue.facts, "fact")
            continue
        code = catalogue.facts[fact]
        words = ("yes", "no") if code.kind is FactKind.YES_NO else code.words
        for answer in outcomes:
            if answer != OTHERWISE:
                _known(document, (*here, answer), answer, words, "answer")
        if OTHERWISE not in outcomes and set(words) - set(outcomes):
            missing = ", ".join(sorted(set(words) - set(outcomes)))
            document.complain(here, f"no outcome for {missing}: list it, or add 'otherwise'")


def _whole(document: Document, rules: list[Rule]) -> None:
    """Check for what the program cannot work without."""
    ceilings = [r for r in rules if isinstance(r, Ceiling) and r.measure is Measure.MG_PER_M2]
    if not document.faults and len(ceilings) != 1:
        document.complain(("requirements",), "exactly one ceiling in mg/m2 is needed")


def _all_known(
    document: Document, path: Path, words: object, known: Iterable[str], what: str
) -> None:
    for number, word in enumerate(words if isinstance(words, list) else []):
        _known(document, (*path, number), word, known, what)


def _known(document: Document, path: Path, word: object, known: Iterable[str], what: str) -> None:
    if isinstance(word, str) and word not in known:
        document.complain(path, f"unknown {what} '{word}': {suggestion(word, known)}")
