"""Faults of the writing itself: what YAML would allow, and a document to be signed must not.

Characters nobody sees, templates (anchors, aliases, merge keys, tags), several documents, and
words that other readers of YAML take for truth values or for nothing. What the words mean is
not looked at here.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

Fault = tuple[int, str]  # line, what is wrong and what would be right

_DEEPEST = 40
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_NO_TEMPLATES = "protocols have no templates, write the lines out"
# What YAML 1.1 reads as a truth value or as nothing when it is not in quotes.
_TRUTH = re.compile(r"yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF")
_NOTHING = re.compile(r"|~|null|Null|NULL")


def invisible(text: str) -> Iterator[Fault]:
    """Find characters that that nobody sees; line ends of any system are fine."""
    for number, line in enumerate(text.split("\n"), start=1):
        for character in dict.fromkeys(line.removesuffix("\r")):
            if character != "\t" and unicodedata.category(character) in _INVISIBLE:
                yield number, f"the invisible character U+{ord(character):04X}: {_mend(character)}"


def _mend(character: str) -> str:
    return "save the file as UTF-8 without BOM" if character == "\ufeff" else "leave it out"


def templates(events: Iterable[Any]) -> tuple[list[Fault], bool]:
    """Find what is no plain text in plain lists; says besides whether reading on makes sense."""
    faults: list[Fault] = []
    defined: dict[str, int] = {}
    used: dict[str, list[int]] = {}
    documents = depth = 0
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) and event.anchor:
            used.setdefault(event.anchor, []).append(line)
            continue
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            defined.setdefault(event.anchor, line)
        tag = getattr(event, "tag", None)
        if tag is not None:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            faults.append((line, f"the tag '{shown}': leave it out, everything here is text"))
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents == 2:
                faults.append((line, "a second document ('---'): write one file for each protocol"))
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            return [
                *faults,
                (line, "nested too deeply: lists and mappings inside each other"),
            ], False
    for name in dict.fromkeys([*defined, *used]):
        lines = ", ".join(map(str, used.get(name, [])))
        again = f", repeated on line {lines} as '*{name}'" if lines else ""
        first = defined.get(name, used.get(name, [1])[0])
        faults.append((first, f"the anchor '&{name}'{again}: {_NO_TEMPLATES}"))
    return faults, documents < 2 and not used


def trap(word: str) -> str | None:
    """Say what is wrong with an unquoted word that other readers take for something else."""
    if _TRUTH.fullmatch(word):
        return f"'{word}' without quotes: other readers take it for a truth value, write \"{word}\""
    if word == "":
        return "nothing stands here: write a value, or leave the key out"
    if _NOTHING.fullmatch(word):
        return f"'{word}' means nothing: write a value, or leave the key out"
    return None


def unreadable(text: str, fault: yaml.MarkedYAMLError) -> Fault:
    """Say where YAML cannot be read, and what would probably be right."""
    mark = fault.problem_mark or fault.context_mark
    lines = text.split("\n")
    number = min(mark.line if mark else 0, len(lines) - 1)
    while number > 0 and not lines[number].strip():
        number -= 1  # the reader noticed only after the last line
    shown = lines[number].strip()[:60]
    problem = str(fault.problem or fault.context)
    return (
        number + 1,
        f"not readable as YAML at '{shown}': {problem}; {_hint(problem, lines[number])}",
    )


def _hint(problem: str, line: str) -> str:
    if "\t" in line:
        return "indent with two spaces, not with a tab"
    if "mapping values are not allowed" in problem:
        return 'check the indentation, and put text that holds ": " in "quotes"'
    if "expected ':'" in problem:
        return "write `key: value`"
    if "cannot start any token" in problem:
        return 'put the text in "quotes"'
    if "flow" in problem or "',' or" in problem:
        return "close what was opened: [a, b] or {key: value}"
    if "quoted" in problem or "end of stream" in problem:
        return 'close the "quotes"'
    return "check the indentation: two spaces deeper than the line it belongs to"
