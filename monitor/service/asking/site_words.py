"""What a site wants said on channels that are not private, held against what is on record."""

import re
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from monitor import protocols
from monitor.domain.reminders.policy import SiteWords
from monitor.domain.reminders.translation import FIXED
from monitor.service.asking.identity import persons
from monitor.store import facts

_LEAST = 3  # letters of a word that is looked for
_LONG = 8  # letters of a word of an indication: shorter ones stand in any sentence


def faults_in(words: SiteWords, connection: Connection | None) -> list[str]:
    """Name each text that says a name, a drug, an illness or a test; none of the names is shown."""
    texts = {"words.neutral_line": words.neutral_line}
    for language, found in words.languages.items():
        fixed = {key: found.said[key] for key in FIXED if key in found.said}
        texts |= {f"words.languages.{language}: {key}": said for key, said in fixed.items()}
    texts = {key: said for key, said in texts.items() if said}
    if not texts:
        return []
    told = {key: dict.fromkeys(_clinical(said)) for key, said in texts.items()}
    for who, name in _people(connection):
        for key, said in texts.items():
            if _holds(said, who) or _names(said, name):
                told[key]["the name or identifier of a patient"] = None
    return [
        f"{key}: it holds {', '.join(found)}; on channels that are not private nothing may be "
        "said of anybody"
        for key, found in told.items()
        if found
    ]


def _people(connection: Connection | None) -> Iterator[tuple[str, str]]:
    if connection is None:
        return
    for who, person in persons(connection, facts.patients(connection)).items():
        # A number alone would be found in any telephone's.
        yield "" if who.isdigit() else who, person.name or ""


def _clinical(said: str) -> Iterator[str]:
    catalogue = protocols.catalogue()
    for name in protocols.names():
        protocol = protocols.load(name)
        yield from _found(said, [protocol.drug, *protocol.brands], "a drug")
        long = re.findall(rf"[^\W\d_]{{{_LONG},}}", protocol.indication)
        short = [part.upper() for part in name.split("-") if part != protocol.jurisdiction.lower()]
        if any(word in re.findall(r"\w+", said) for word in short):
            yield "an illness (its short form)"
        yield from _found(said, long, "an illness")
    for code in catalogue.results.values():
        yield from _found(said, [code.name.replace("_", " "), code.title, *code.aliases], "a test")
    for symptom in catalogue.symptoms.values():
        yield from _found(said, [symptom.name.replace("_", " "), symptom.title], "a symptom")


def _found(said: str, words: Iterable[str], what: str) -> Iterator[str]:
    for word in words:
        if len(word) >= _LEAST and _holds(said, word):
            yield f'"{word}", {what}'


def _holds(said: str, phrase: str) -> bool:
    """Say whether a phrase stands in a text, whatever its case and what stands between words."""
    wanted = _plain(phrase)
    return wanted != "" and f" {wanted} " in f" {_plain(said)} "


def _names(said: str, name: str) -> bool:
    """Say whether a text holds a person's name, or a part of it that is not a usual small word."""
    if _holds(said, name):
        return True
    capital = {_plain(word) for word in re.findall(r"\w+", said) if not word.islower()}
    return any(len(part) >= _LEAST and part in capital for part in _plain(name).split())


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
