"""YAML without surprises: every scalar stays text, a duplicate key is an error, lines are kept.

YAML 1.1 would read `no` as false, `12:30` as 750 and `1.10` as 1.1, and keep the last of two
equal keys without a word.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # dynamic
    """Read in C where that is built, ten times as fast; and guess no types from words."""


_Loader.yaml_implicit_resolvers = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """The content of a YAML file, and on which line each part begins."""

    name: str
    content: Any  # mappings, lists and strings
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Find the line of a part, or of the nearest part around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: Path, words: str) -> str:
        """Write a fault as `file:line: where: what`."""
        if not path:
            return f"{self.name}:1: {words}"
        where = ".".join(str(part) for part in path)
        return f"{self.name}:{self.line(path)}: {where}: {words}"

    def complain(self, path: Path, words: str) -> None:
        """Add a fault of a part."""
        self.faults.append(self.fault(path, words))


def parse(name: str, text: str) -> Document:
    """Read YAML text; faults of the writing itself are collected, not raised."""
    document = Document(name=name, content={})
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark
        line = mark.line + 1 if mark else 1
        document.faults.append(f"{name}:{line}: not readable as YAML: {fault.problem}")
        return document
    except yaml.YAMLError as fault:
        document.faults.append(f"{name}:1: not readable as YAML: {str(fault).splitlines()[0]}")
        return document
    if node is None:
        document.faults.append(f"{name}:1: the file is empty")
        return document
    try:
        content = _convert(node, (), document, frozenset())
    except RecursionError:
        document.faults.append(f"{name}:1: nested too deeply")
        return document
    return Document(name=name, content=content, lines=document.lines, faults=document.faults)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant, or which there are."""
    words = list(known)
    close = difflib.get_close_matches(word, words, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known are {', '.join(words)}"


def _convert(node: yaml.Node, path: Path, document: Document, above: frozenset[int]) -> Any:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if id(node) in above:
        document.complain(path, "an alias that contains itself")
        return ""
    above = above | {id(node)}
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [
            _convert(item, (*path, number), document, above)
            for number, item in enumerate(node.value)
        ]
    content: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            document.complain(path, "a key must be a single word")
            continue
        key = key_node.value
        here = (*path, key)
        if key in content:
            line = key_node.start_mark.line + 1
            document.faults.append(
                f"{document.name}:{line}: {'.'.join(map(str, here))}: duplicate key '{key}', "
                f"first on line {document.lines[here]}; keep one"
            )
            continue
        document.lines[here] = key_node.start_mark.line + 1
        content[key] = _convert(value_node, here, document, above)
    return content
