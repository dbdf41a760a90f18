"""The library of protocols: those that ship, and the site's own."""

import difflib
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

from monitor.domain.catalogue import Catalogue
from monitor.domain.protocol import Protocol
from monitor.errors import NotFound, ProtocolError, Refused
from monitor.protocols.older import brought_up, is_older
from monitor.protocols.read_once import read_once
from monitor.regular_file import read_regular

__all__ = ["catalogue", "find", "load", "names", "pinned", "read_file", "text"]

_FOLDER = Path(__file__).parent
_CATALOGUE = "catalogue"
EVERY_PATIENT = "every-patient"  # no protocol of a drug
_EVERY_GATE = "every-gate"
_OF_NEWER_FILES = re.compile(r"^lowers_counts:", re.MULTILINE)
LONGEST = 250_000  # bytes; the longest protocol that ships has a sixth of it


@cache
def catalogue() -> Catalogue:
    """Read the names that data may use."""
    content = _text(_CATALOGUE)
    return read_once(Catalogue, content, lambda: _read_catalogue(content))


def names() -> list[str]:
    """List the protocols of drugs that ship."""
    others = (_CATALOGUE, _EVERY_GATE, EVERY_PATIENT)
    return sorted(path.stem for path in _FOLDER.glob("*.yaml") if path.stem not in others)


@cache
def every_patient() -> Protocol:
    """Read what every patient is watched for; its drug is the empty word."""
    content = _text(EVERY_PATIENT)
    read = read_once(Protocol, content, lambda: _read_protocol(f"{EVERY_PATIENT}.yaml", content))
    return replace(read, drug="")


@cache
def load(name: str) -> Protocol:
    """Read a protocol that ships; raises NotFound with the nearest names."""
    if name not in names():
        close = difflib.get_close_matches(name, names(), n=3) or names()
        raise NotFound(f"no protocol '{name}'; there is {', '.join(close)}")
    content = _text(name)
    return read_once(Protocol, content, lambda: _read_protocol(f"{name}.yaml", content))


def read_file(path: Path) -> Protocol:
    """Read a protocol file; raises ProtocolError with every fault."""
    try:
        content = read_regular(path, LONGEST)
    except Refused:
        if not path.is_file():
            raise
        raise ProtocolError(
            [f"{path.name}:1: larger than {LONGEST} bytes: a protocol is a document to be read"]
        ) from None
    try:
        return _read_protocol(path.name, content.decode())
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        byte = f"the byte 0x{content[fault.start]:02X}"
        raise ProtocolError(
            [f"{path.name}:{line}: {byte} is not UTF-8: save the file as UTF-8"]
        ) from fault


def text(name: str) -> str:
    """Give the text of a protocol that ships, for keeping beside the courses pinned to it."""
    return _text(name)


@cache
def pinned(name: str, content: str) -> Protocol:
    """Read the text of a protocol, such as the one that a course is pinned to."""
    found = read_once(Protocol, content, lambda: _read_protocol(name, content, is_kept=True))
    if found.name not in names() or content == _text(found.name):
        return found
    now = load(found.name)
    if not is_older(now.version, found.version):  # also the same one, with another text
        found = brought_up(found, now)
    if _OF_NEWER_FILES.search(content):
        return found
    # Written before these were asked: what the protocol of the same name says today.
    return replace(
        found,
        lowers_counts=now.lowers_counts,
        usual_dose=now.usual_dose,
        own_table=now.own_table,
    )


def find(word: str) -> list[str]:
    """List the protocols that a name, a drug or a brand name means."""
    wanted = word.casefold()
    if wanted == EVERY_PATIENT:
        raise Refused(
            f"{EVERY_PATIENT} is watched in everybody on record, with no course; there is "
            f"{', '.join(names())}"
        )
    if wanted in names():
        return [wanted]
    found = []
    for name in names():
        protocol = load(name)
        if wanted in {protocol.drug.casefold(), *(brand.casefold() for brand in protocol.brands)}:
            found.append(name)
    return found


def _text(name: str) -> str:
    return (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def _read_catalogue(content: str) -> Catalogue:
    from monitor.protocols.reader import read_catalogue

    return read_catalogue(f"{_CATALOGUE}.yaml", content)


def _read_protocol(name: str, content: str, *, is_kept: bool = False) -> Protocol:
    # The reader, with YAML and pydantic, is loaded only where something must be read.
    from monitor.protocols.reader import read_protocol

    return read_protocol(name, content, catalogue(), is_kept=is_kept)
