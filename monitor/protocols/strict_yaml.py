"""YAML without surprises: every scalar stays text, a duplicate key is an error, lines are kept.

YAML 1.1 would read `no` as false, `12:30` as 750 and `1.10` as 1.1, and keep the last of two
equal keys without a word.
"""

from dataclasses import dataclass, field
from typing import Any

import yaml

from monitor.protocols import writing

Path = tuple[str | int, ...]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # dynamic
    """Read in C where that is built, ten times as fast; and guess no types from words."""


_Loader.yaml_implicit_resolvers = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """The content of a YAML file, and on which line each part begins."""

    name: str
    content: Any  # mappings, lists and strings; None where nothing stands
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
    faults = list(writing.invisible(text))
    node = None
    if not faults:
        try:
            faults, readable = writing.templates(yaml.parse(text, Loader=_Loader))
            node = yaml.compose(text, Loader=_Loader) if readable else None
            if readable and node is None:
                faults.append((1, "the file is empty: begin with `protocol: NAME`"))
        except yaml.MarkedYAMLError as fault:
            faults = [writing.unreadable(text, fault)]
        except yaml.YAMLError as fault:
            faults = [(1, f"not readable as YAML: {str(fault).splitlines()[0]}")]
    document.faults.extend(f"{name}:{line}: {words}" for line, words in faults)
    if node is None:
        return document
    content = _convert(node, (), document)
    return Document(name=name, content=content, lines=document.lines, faults=document.faults)


def _convert(node: yaml.Node, path: Path, document: Document) -> Any:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        _look_for_traps(node, path, document)
        # Where nothing stands, a fault says so, and no other need be looked for.
        return None if node.value == "" and not _is_quoted(node) else node.value
    if isinstance(node, yaml.SequenceNode):
        return [_convert(item, (*path, number), document) for number, item in enumerate(node.value)]
    content: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            document.complain(path, "a key must be a single word")
            continue
        key = key_node.value
        here = (*path, key)
        line = key_node.start_mark.line + 1
        if key in content:
            document.faults.append(
                f"{document.name}:{line}: {'.'.join(map(str, here))}: duplicate key '{key}', "
                f"first on line {document.lines[here]}; keep one"
            )
            continue
        document.lines[here] = line
        _look_for_traps(key_node, here, document)
        content[key] = _convert(value_node, here, document)
    return content


def _look_for_traps(node: yaml.ScalarNode, path: Path, document: Document) -> None:
    fault = None if _is_quoted(node) else writing.trap(node.value)
    if fault is not None:
        document.complain(path, fault)


def _is_quoted(node: yaml.ScalarNode) -> bool:
    return node.style in ("'", '"', "|", ">")
