"""What a site changed in the protocol that its own was begun from: a number says who decided it."""

import re
from difflib import get_close_matches

from monitor import protocols
from monitor.protocols.citations import Cited, citing
from monitor.protocols.strict_yaml import Document, parse

_FORM = re.compile(r"(?P<name>[a-z0-9-]+) (?P<version>[0-9.]+)")
_NEARLY = 0.85  # of all letters; between other names of drugs that are alike there is less


def check(document: Document) -> None:
    """Add every number that was changed, and is still cited as what it was before; and the drug.

    Doses of one drug are counted together by its name: under another one the sum begins at nothing.
    Where that version does not ship any more there is nothing to compare with.
    """
    drug = document.content["drug"]
    known = protocols.shipped_drugs()
    (meant,) = get_close_matches(drug.lower(), known, 1, _NEARLY) or (drug.lower(),)
    if drug != meant and drug not in known:
        words = f"'{drug}' counts as another drug than '{meant}', whose doses would not count"
        document.complain(("drug",), f"{words}: write {meant}")
    said = document.content.get("begun_from")
    if not isinstance(said, str):
        return
    form = _FORM.fullmatch(said)
    if form is None:
        words = (
            f"'{said}' is no name and version: write for instance {protocols.shipped()[0]} 1.0.0"
        )
        document.complain(("begun_from",), words)
        return
    if form["name"] not in protocols.shipped():
        return
    content = parse(form["name"], protocols.text(form["name"])).content
    if drug.lower() != content["drug"]:
        words = f"another one than in {said}, of which no dose would count: write {content['drug']}"
        document.complain(("drug",), f"{words}; or, where it is another one, no begun_from")
    if content["version"] != form["version"]:
        return
    former = {one.path: one for one in citing(content)}
    for one in citing(document.content):
        if (before := former.get(one.path)) is not None:
            _compare(document, one, before, said)


def _compare(document: Document, one: Cited, before: Cited, said: str) -> None:
    for key in one.numbers:
        value, former = one.written[key], before.written.get(key)
        if value != former and not _supporting(one, key) - _supporting(before, key):
            words = f"another number than in {said}, cited as if it were that one: name who "
            words += f"decided it, {{source: …, where: …, kind: local, supports: [{key}]}}"
            document.complain((*one.path, key), words)


def _supporting(one: Cited, key: str) -> set[tuple[str, str]]:
    return {
        (str(cite.get("source")), str(cite.get("where")))
        for cite in one.cites
        if key in (cite.get("supports") or ())
    }
