"""How two protocols differ: their documents line by line, in the words of their authors."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from monitor.domain.protocol import Protocol
from monitor.protocols.strict_yaml import parse
from monitor.service.asking.documents import Document, document, pick

_RULES = ("requirements", "checks", "warnings")
_WHICH = ("protocol", "version")  # which text it is, and nothing of what it says

Place = tuple[str, str, str, str]  # section, rule, key; of what has no key, its words
Lines = dict[Place, str]


@dataclass(frozen=True, slots=True)
class OnlyRule:
    """A rule that only one of two protocols has."""

    section: str
    rule: str
    what: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two protocols say different things; None: that one says nothing."""

    section: str
    rule: str
    key: str  # a path of YAML keys: limits.lvef.at_least
    first: str | None
    second: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Everything in which two protocols differ, in the order of the first."""

    first: Protocol
    second: Protocol
    only_first: list[OnlyRule]
    only_second: list[OnlyRule]
    differences: list[Difference]

    @property
    def same(self) -> bool:
        """Say whether they say the same; name and version may still differ."""
        return not (self.only_first or self.only_second or self.differences)


def compare(first: Protocol, second: Protocol, *, texts: tuple[str, str]) -> Comparison:
    """Find every difference; comments and the order of citations are none."""
    one, other = (dict(_lines(parse("protocol", text).content)) for text in texts)
    only_one, only_other = _only(one, other), _only(other, one)
    apart = {(rule.section, rule.rule) for rule in (*only_one, *only_other)}
    order = {key: number for number, key in enumerate(p[:3] for p in reversed([*one, *other]))}
    places = sorted({**one, **other}, key=lambda place: -order[place[:3]])
    return Comparison(
        first=first,
        second=second,
        only_first=only_one,
        only_second=only_other,
        differences=[
            Difference(*place[:3], one.get(place), other.get(place))
            for place in places
            if one.get(place) != other.get(place) and place[:2] not in apart
        ],
    )


def _only(one: Lines, other: Lines) -> list[OnlyRule]:
    missing = dict.fromkeys(p[:2] for p in one if p[0] in _RULES)
    for place in other:
        missing.pop(place[:2], None)
    return [
        OnlyRule(*rule, f"{one[*rule, 'title', '']} ({one[*rule, 'kind', '']})") for rule in missing
    ]


def _lines(content: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """Go through what a protocol says, key by key."""
    for section, said in content.items():
        if section == "sources":
            yield from ((("sources", "", key, ""), _words(source)) for key, source in said.items())
        elif section == "symptom_advice":
            for advice in said:
                yield from _keys((section, advice["group"]), advice)
        elif section in _RULES:
            for name, rule in said.items():
                yield from _keys((section, name), rule)
        elif isinstance(said, dict):
            yield from _keys((section, ""), said)
        elif section == "notes":
            yield from ((("protocol", "", section, note), note) for note in said)
        elif section not in _WHICH:
            yield ("protocol", "", section, ""), _words(said)


def _keys(
    where: tuple[str, str], said: dict[str, Any], path: str = ""
) -> Iterator[tuple[Place, str]]:
    for key, value in said.items():
        if key == "cites":
            yield from (((*where, path + key, line), line) for line in map(_cite, value))
        elif isinstance(value, dict):
            yield from _keys(where, value, f"{path}{key}.")
        else:
            yield (*where, path + key, ""), _words(value)


def _words(said: Any) -> str:
    """Write a value as YAML has it on one line."""
    if isinstance(said, dict):
        return f"{{{', '.join(f'{key}: {_words(value)}' for key, value in said.items())}}}"
    return f"[{', '.join(map(_words, said))}]" if isinstance(said, list) else str(said)


def _cite(cite: dict[str, Any]) -> str:
    about = f" ({', '.join(cite['supports'])})" if cite.get("supports") else ""
    return f"[{cite['kind']}] {cite['source']}: {cite['where']}{about}"


@document.register
def _comparison(found: Comparison) -> Document:
    return {
        "same": found.same,
        "first": pick(found.first, "name version digest status"),
        "second": pick(found.second, "name version digest status"),
        **pick(found, "only_first only_second differences"),
    }
