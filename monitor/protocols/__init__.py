"""The library of protocols: those that ship, and the site's own."""

import difflib
from functools import cache
from pathlib import Path

from monitor.domain.catalogue import Catalogue
from monitor.domain.protocol import Protocol
from monitor.errors import NotFound
from monitor.protocols.reader import read_catalogue, read_protocol

__all__ = ["catalogue", "find", "load", "names", "pinned", "read_file", "text"]

_FOLDER = Path(__file__).parent
_CATALOGUE = "catalogue"


@cache
def catalogue() -> Catalogue:
    """Read the names that data may use."""
    path = _FOLDER / f"{_CATALOGUE}.yaml"
    return read_catalogue(path.name, path.read_text(encoding="utf-8"))


def names() -> list[str]:
    """List the protocols that ship."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml") if path.stem != _CATALOGUE)


@cache
def load(name: str) -> Protocol:
    """Read a protocol that ships; raises NotFound with the nearest names."""
    if name not in names():
        close = difflib.get_close_matches(name, names(), n=3) or names()
        raise NotFound(f"no protocol '{name}'; there is {', '.join(close)}")
    return read_file(_FOLDER / f"{name}.yaml")


def read_file(path: Path) -> Protocol:
    """Read a protocol file; raises ProtocolError with every fault."""
    return read_protocol(path.name, path.read_text(encoding="utf-8"), catalogue())


def text(name: str) -> str:
    """Give the text of a protocol that ships, for keeping beside the courses pinned to it."""
    return (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


@cache
def pinned(name: str, content: str) -> Protocol:
    """Read the kept text of a protocol that a course is pinned to."""
    return read_protocol(f"{name} (pinned)", content, catalogue())


def find(word: str) -> list[str]:
    """List the protocols that a name, a drug or a brand name means."""
    wanted = word.casefold()
    if wanted in names():
        return [wanted]
    found = []
    for name in names():
        protocol = load(name)
        if wanted in {protocol.drug.casefold(), *(brand.casefold() for brand in protocol.brands)}:
            found.append(name)
    return found
