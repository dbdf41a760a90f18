"""A protocol of the site to start from: the text of another one under a new name."""

import json
import re
from pathlib import Path

from monitor import protocols
from monitor.domain.protocol import Protocol
from monitor.errors import BadFile, ProtocolError, Refused
from monitor.library.compare import compare
from monitor.protocols.citations import fault_of_name

FIRST = "0.1.0"
_HEAD = """\
# A protocol of this site, begun from {source}. What is changed here is the site's own
# decision: name it under `sources`, and cite it beside the number with `kind: local` and
# `supports: [KEY]`. Once courses run under it, raise `version` with every change. See what is
# changed: monitor protocol diff {name} {of}
"""
_NOTE = "A protocol of this site, begun from {source}; what differs from it is decided by the site."


def begin(name: str, source: Protocol) -> str:
    """Write a protocol's text under a new name, as a draft; comments stay.

    Raises Refused where the name cannot be used, or the text is written unlike the others.
    """
    told = {"source": f"{source.name} {source.version}", "name": name, "of": source.name}
    before = text = protocols.text_of(source.digest)
    for key, value in {"protocol": name, "version": FIRST, "status": "draft"}.items():
        text = re.sub(rf"(?m)^({key}:[ \t]+)[^\s#]+", rf"\g<1>{value}", text, count=1)
    if not re.search(r"(?m)^begun_from:", text):
        text = re.sub(r"(?m)^version:.*\n", rf"\g<0>begun_from: {told['source']}\n", text, count=1)
    text = _HEAD.format(**told) + _noted(text, _NOTE.format(**told))
    try:
        begun = protocols.read_text(f"{name}.yaml", text)
    except ProtocolError as fault:
        raise Refused(fault.faults[0]) from fault
    found = compare(source, begun, texts=(before, text))
    changed = {place.key for place in found.differences} - {"begun_from", "notes", "status"}
    is_draft = (begun.name, begun.version, begun.status) == (name, FIRST, "draft")
    if changed or found.only_first or found.only_second or not is_draft:
        raise Refused(f"{source.name} is written unlike those that ship: copy it by hand")
    return text


def _noted(text: str, note: str) -> str:
    """Add a note, before the others where there are some."""
    quoted = json.dumps(note)
    block = re.search(r"(?m)^notes:[ \t]*\n([ \t]*)- ", text)
    if block:
        return text[: block.start(1)] + f"{block[1]}- {quoted}\n" + text[block.start(1) :]
    flow = re.search(r"(?m)^notes:[ \t]+\[", text)
    if flow:
        return text[: flow.end()] + f"{quoted}, " + text[flow.end() :]
    return text.rstrip("\n") + f"\n\nnotes:\n  - {quoted}\n"


def place_for(name: str, out: Path | None) -> Path:
    """Say where a protocol of the site is written; raises Refused where its name is taken."""
    if fault := fault_of_name(name):
        raise Refused(fault)
    site = protocols.read_site()
    if name in site.protocols or protocols.shipped_digest(name) is not None:
        raise Refused(f"there is a protocol '{name}' already: choose another name")
    return site.folder / f"{name}.yaml" if out is None else out


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet, and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as fault:
        raise BadFile(f"there is a file {path} already; name another one with --out") from fault
