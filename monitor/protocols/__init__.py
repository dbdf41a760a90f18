"""The library of protocols: those that ship, and the site's own."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from monitor.domain.catalogue import Catalogue
from monitor.domain.protocol import Protocol
from monitor.errors import NotFound, ProtocolError, Refused
from monitor.protocols.older import brought_up, is_older
from monitor.protocols.read_once import read_once
from monitor.protocols.site import Site, look, settings_in_force
from monitor.regular_file import read_regular

__all__ = ["catalogue", "find", "load", "names", "pinned", "read_file", "read_site", "text"]

_FOLDER = Path(__file__).parent
_CATALOGUE = "catalogue"
EVERY_PATIENT = "every-patient"  # no protocol of a drug
_EVERY_GATE = "every-gate"
_OF_NEWER_FILES = re.compile(r"^lowers_counts:", re.MULTILINE)
_TEXTS: dict[str, str] = {}  # by digest; a text with its digest never changes
_READ: dict[str, Protocol] = {}
LONGEST = 250_000  # bytes; the longest protocol that ships has a sixth of it


@cache
def catalogue() -> Catalogue:
    """Read the names that data may use."""
    content = _text(_CATALOGUE)
    return read_once(Catalogue, content, lambda: _read_catalogue(content))


def names() -> list[str]:
    """List the protocols of drugs: those that ship, and those of the site that can be used."""
    return sorted([*shipped(), *read_site().protocols])


def shipped() -> list[str]:
    """List the protocols of drugs that ship."""
    others = (_CATALOGUE, _EVERY_GATE, EVERY_PATIENT)
    return sorted(path.stem for path in _FOLDER.glob("*.yaml") if path.stem not in others)


@cache
def shipped_drugs() -> frozenset[str]:
    """List the drugs of what ships; no protocol is read, so that one can be asked while it is."""
    found = (re.search(r"(?m)^drug: (\S+)$", _text(name)) for name in shipped())
    return frozenset(one[1] for one in found if one is not None)


@cache
def every_patient() -> Protocol:
    """Read what every patient is watched for; its drug is the empty word."""
    content = _text(EVERY_PATIENT)
    read = read_once(Protocol, content, lambda: _read_protocol(f"{EVERY_PATIENT}.yaml", content))
    return _remembered(replace(read, drug=""), content)


def load(name: str) -> Protocol:
    """Read a protocol by its name; raises NotFound with the nearest names."""
    if name in shipped():
        return _load_shipped(name, _text(name))
    site = read_site()
    if name not in site.protocols:
        close = difflib.get_close_matches(name, names(), n=3)
        raise NotFound(site.word_of(name) or f"no protocol '{name}'; there is {choice(close)}")
    return site.protocols[name]


def choice(some: Sequence[str] = ()) -> str:
    """List names, else all that there are; with the files of the site that cannot be used."""
    return "; ".join([", ".join(some or names()), *read_site().words()])


def read_site() -> Site:
    """Read the folder of the site's own protocols; what is wrong with a file is not raised."""
    return look(_read_of_site, shipped_digest)


def read_file(path: Path) -> Protocol:
    """Read a protocol file; raises ProtocolError with every fault."""
    return read_text(path.name, _text_of(path))


def read_text(name: str, content: str) -> Protocol:
    """Read the text of a protocol file of a name; raises ProtocolError with every fault."""
    return _remembered(_read_protocol(name, content), content)


def file_meant(typed: Path) -> Path:
    """Find the file of a path, or of a name the one in the site's folder."""
    folder = settings_in_force().protocols
    own = (folder / typed, folder / f"{typed}.yaml") if len(typed.parts) == 1 else ()
    return next((path for path in (typed, *own) if path.exists()), typed)


def check_file(path: Path) -> list[str]:
    """Find every fault of a file; of one in the site's folder also why it is not used."""
    try:
        read_file(path)
    except ProtocolError as found:
        return found.faults
    faults = read_site().faults
    return next((found for other, found in faults.items() if other.samefile(path)), [])


def text(name: str) -> str:
    """Give the text of a protocol."""
    return text_of(load(name).digest)


def text_of(digest: str) -> str:
    """Give the text of a protocol that was read, for keeping beside the courses pinned to it."""
    return _TEXTS[digest]


def read_before(digest: str) -> Protocol | None:
    """Give a protocol that was read by this process."""
    return _READ.get(digest)


@cache
def pinned(name: str, content: str) -> Protocol:
    """Read the text of a protocol, such as the one that a course is pinned to."""
    found = read_once(Protocol, content, lambda: _read_protocol(name, content, is_kept=True))
    if found.name not in shipped() or content == _text(found.name):
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
            f"{choice()}"
        )
    if wanted in shipped() or wanted in names():
        return [wanted]
    found = []
    for name in names():
        protocol = load(name)
        if wanted in {protocol.drug.casefold(), *(brand.casefold() for brand in protocol.brands)}:
            found.append(name)
    return found


@cache
def _load_shipped(name: str, content: str) -> Protocol:
    read = read_once(Protocol, content, lambda: _read_protocol(f"{name}.yaml", content))
    return _remembered(read, content)


def _read_of_site(path: Path) -> Protocol:
    read = _judge(path.name, _text_of(path))
    if isinstance(read, ProtocolError):
        raise read
    return read


@cache
def _judge(name: str, content: str) -> Protocol | ProtocolError:
    """Read a file of the site as one that is new, whether a course is pinned to it or not."""
    try:
        read = read_once(Protocol, f"new\n{content}", lambda: _read_protocol(name, content))
    except ProtocolError as fault:
        return fault
    return _remembered(read, content)


def shipped_digest(name: str) -> str | None:
    """Give the digest of what ships under a name: None where it is free, "" for no protocol."""
    if name in (_CATALOGUE, _EVERY_GATE, EVERY_PATIENT):
        return ""
    return load(name).digest if name in shipped() else None


def _remembered(read: Protocol, content: str) -> Protocol:
    _TEXTS[read.digest], _READ[read.digest] = content, read
    return read


def _text_of(path: Path) -> str:
    try:
        content = read_regular(path, LONGEST)
    except Refused:
        if not path.is_file():
            raise
        raise ProtocolError(
            [f"{path.name}:1: larger than {LONGEST} bytes: a protocol is a document to be read"]
        ) from None
    try:
        return content.decode()
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        byte = f"the byte 0x{content[fault.start]:02X}"
        raise ProtocolError(
            [f"{path.name}:{line}: {byte} is not UTF-8: save the file as UTF-8"]
        ) from fault


def _text(name: str) -> str:
    return (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def _read_catalogue(content: str) -> Catalogue:
    from monitor.protocols.reader import read_catalogue

    return read_catalogue(f"{_CATALOGUE}.yaml", content)


def _read_protocol(name: str, content: str, *, is_kept: bool = False) -> Protocol:
    # The reader, with YAML and pydantic, is loaded only where something must be read.
    from monitor.protocols.reader import read_protocol

    return read_protocol(name, content, catalogue(), is_kept=is_kept)
