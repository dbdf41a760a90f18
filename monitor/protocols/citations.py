"""What a protocol's words must mean beyond their form: the header, citations, the whole.

Names of the catalogue and units are in `references`, numbers that must agree in `consistency`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from monitor.domain.catalogue import Catalogue, FactKind
from monitor.domain.faults import nearest, suggestion
from monitor.domain.keys import keys
from monitor.domain.rule import SymptomAdvice, UsualDose
from monitor.domain.rules.dose_adjustment import DoseTable
from monitor.domain.rules.kinds import SECTIONS
from monitor.protocols.strict_yaml import Document, Path

SEEN = ("itself", "mirror", "abstract", "not seen")
_STATUSES = ("draft", "reviewed")
_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
_LONGEST_NAME = 64
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DIGIT = re.compile(r"(^|\s)[0-9]")
# Keys whose digits are names or prose, not numbers that a source must support.
_WORDY = ("cites", "kind", "title", "panels", "asks", "not_encoded")
_MAY_BE_EMPTY = ("brands", "notes", "supports", "not_encoded", "alone", "cites")


def check(document: Document, catalogue: Catalogue) -> None:
    """Add every fault of meaning in the words to the document."""
    content = document.content
    _header(document, content, catalogue)
    _sources(document, content)
    _rule_names(document, content)
    _lists(document, content, ())
    for one in citing(content):
        _cites(document, one, content)


def _header(document: Document, content: dict[str, Any], catalogue: Catalogue) -> None:
    name, version = content.get("protocol"), content.get("version")
    if isinstance(name, str) and (fault := fault_of_name(name)):
        document.complain(("protocol",), fault)
    if isinstance(version, str) and not _VERSION.fullmatch(version):
        document.complain(("version",), f"'{version}' is not a version: write for instance 1.0.0")
    status = content.get("status")
    if isinstance(status, str) and status not in _STATUSES:
        document.complain(
            ("status",), f"unknown status '{status}': {suggestion(status, _STATUSES)}"
        )
    prior = content.get("prior_exposure")
    numbers = [f for f, code in catalogue.facts.items() if code.kind is FactKind.NUMBER]
    if isinstance(prior, str) and prior not in catalogue.facts:
        document.complain(
            ("prior_exposure",), f"unknown fact '{prior}': {suggestion(prior, numbers)}"
        )
    related = content.get("related_exposure")
    for path, name in _amounts(related if isinstance(related, dict) else {}):
        code = catalogue.facts.get(name) if isinstance(name, str) else None
        if code is not None and code.kind is not FactKind.NUMBER:
            words = f"'{name}' is not a number: write for instance {numbers[0]}"
            document.complain(("related_exposure", *path), words)


def fault_of_name(name: str) -> str | None:
    """Say why a protocol cannot be called so."""
    if len(name) > _LONGEST_NAME:
        return f"longer than {_LONGEST_NAME} letters: write a shorter name"
    return None if _NAME.fullmatch(name) else _form(name)


def _amounts(related: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Go through the facts that must be amounts of related drugs."""
    needs = related.get("yes_needs_amount")
    lists: list[tuple[Path, Any]] = [(("facts",), related.get("facts"))]
    for fact, amounts in needs.items() if isinstance(needs, dict) else ():
        lists.append((("yes_needs_amount", fact), amounts))
    for path, names in lists:
        for number, name in enumerate(names if isinstance(names, list) else ()):
            yield (*path, number), name
    yield ("converted",), related.get("converted")


def _sources(document: Document, content: dict[str, Any]) -> None:
    """Check that every source says how it was seen, and is cited."""
    sources = content.get("sources")
    if not isinstance(sources, dict):
        return
    words = [cite.get("source") for found in citing(content) for cite in found.cites]
    cited = {word for word in words if isinstance(word, str)}
    misspelt = cited - set(sources)  # which is complained about, and leaves another uncited
    for name, source in sources.items():
        seen = source.get("seen") if isinstance(source, dict) else None
        if isinstance(seen, str) and seen not in SEEN:
            document.complain(
                ("sources", name, "seen"),
                f"'{seen}' does not say how it was seen: {suggestion(seen, SEEN)}",
            )
        if name not in cited and not misspelt:
            document.complain(
                ("sources", name), f"no rule cites '{name}': cite it, or leave it out"
            )


def _rule_names(document: Document, content: dict[str, Any]) -> None:
    """Check the form of rules' names, and that no two rules share one."""
    first: dict[str, Path] = {}
    for section in SECTIONS:
        rules = content.get(section)
        for name in rules if isinstance(rules, dict) else ():
            path: Path = (section, name)
            if not _NAME.fullmatch(name):
                document.complain(path, _form(name))
            if name in first:
                document.complain(
                    path,
                    f"the name '{name}' is taken by a rule on line {document.line(first[name])}: "
                    f"write for instance {name}-2",
                )
            first.setdefault(name, path)


def _form(name: str) -> str:
    right = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "blood-count"
    return f"'{name}' is not a valid name: write small letters, digits and hyphens, such as {right}"


def _lists(document: Document, content: Any, path: Path) -> None:
    """Check that no list is empty, and that no list of words has one twice."""
    if isinstance(content, dict):
        for key, value in content.items():
            _lists(document, value, (*path, key))
            if key == "asks" and value == {}:
                document.complain((*path, key), "'asks' asks nothing: write `fact: {answer: met}`")
    elif isinstance(content, list):
        name = path[-1]
        if not content and name not in _MAY_BE_EMPTY:
            document.complain(path, f"the list '{name}' is empty: name at least one")
        for number, item in enumerate(content):
            if isinstance(item, str) and item in content[:number] and name != "days_of_round":
                document.complain((*path, number), f"'{item}' stands twice in the list: keep one")
            _lists(document, item, (*path, number))


@dataclass(frozen=True, kw_only=True, slots=True)
class Cited:
    """Something that must cite: where it stands, what is written, which keys it may have."""

    path: Path
    written: dict[str, Any]
    known: list[str] | None  # None: of an unknown kind

    @property
    def cites(self) -> list[dict[str, Any]]:
        """List the citations that can be read."""
        cites = self.written.get("cites")
        return [c for c in cites if isinstance(c, dict)] if isinstance(cites, list) else []

    @property
    def numbers(self) -> list[str]:
        """List the keys that hold a number."""
        return [k for k, said in self.written.items() if k not in _WORDY and _has_number(said)]

    def as_meant(self) -> dict[str, str]:
        """Give the written key of every key that is there, also where it is misspelt."""
        meant: dict[str, str] = {}
        for key in self.written:
            right = key
            if self.known is not None and key != "kind" and key not in self.known:
                right = nearest(key, self.known) or key
            meant.setdefault(right, key)
        return meant


def citing(content: dict[str, Any]) -> Iterator[Cited]:
    """Go through everything that cites."""
    for section, kinds in SECTIONS.items():
        rules = content.get(section, {})
        for name, rule in rules.items() if isinstance(rules, dict) else ():
            if isinstance(rule, dict):
                kind = rule.get("kind")
                known = keys(kinds[kind]) if isinstance(kind, str) and kind in kinds else None
                yield Cited(path=(section, name), written=rule, known=known)
    for key, cls in (("dose_table", DoseTable), ("usual_dose", UsualDose)):
        if isinstance(content.get(key), dict):
            yield Cited(path=(key,), written=content[key], known=keys(cls))
    advice = content.get("symptom_advice", [])
    for number, item in enumerate(advice if isinstance(advice, list) else []):
        if isinstance(item, dict):
            known = keys(SymptomAdvice)
            yield Cited(path=("symptom_advice", number), written=item, known=known)


def _cites(document: Document, cited: Cited, content: dict[str, Any]) -> None:
    """Check that there is a citation, that its source exists, and that it supports each number."""
    sources = content.get("sources", {})
    if not cited.cites:
        if "cites" in cited.written or cited.path[0] not in SECTIONS:  # else a missing key
            document.complain(cited.path, "no citation: add `cites`")
        return
    meant = cited.as_meant()
    supported: set[str] = set()
    for number, cite in enumerate(cited.written["cites"]):
        if not isinstance(cite, dict):
            continue
        here = (*cited.path, "cites", number)
        source = cite.get("source")
        if isinstance(source, str) and isinstance(sources, dict) and source not in sources:
            words = f"unknown source '{source}': {suggestion(source, sources)}"
            document.complain((*here, "source"), words)
        named = cite.get("supports")
        for key in named if isinstance(named, list) else [named] if named else []:
            if isinstance(key, str) and key not in meant:
                hint = suggestion(key, [k for k in meant if k not in ("cites", "kind", "title")])
                document.complain(here, f"supports '{key}', which the rule does not have: {hint}")
            supported |= {str(key), nearest(str(key), meant) or ""}
    for right, key in meant.items():
        known = cited.known is None or right in cited.known
        if known and right not in (*_WORDY, *supported) and _has_number(cited.written[key]):
            document.complain(
                (*cited.path, key), f"a number without a source: name '{key}' under `supports`"
            )


def _has_number(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_number(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_number(item) for item in value)
    return bool(_DIGIT.search(str(value)))
