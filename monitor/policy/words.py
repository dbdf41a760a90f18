"""A site's own words for messages: the table [words] of the policy, and a file a language."""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from monitor.domain.reminders.policy import Policy, SiteWords
from monitor.domain.reminders.translation import ENGLISH, Translation, places
from monitor.errors import PolicyError, Refused
from monitor.regular_file import read_regular

_KEYS = ("clinic", "telephone", "neutral_line", "languages")
_MOST = 120  # letters of a line that a short message still has room for
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MAY_LACK = {"until"}
# Words that a clinic's name has in common with those of others.
_USUAL = {
    "clinic",
    "hospital",
    "centre",
    "center",
    "unit",
    "ward",
    "house",
    "general",
    "university",
}


def read_words(found: object) -> tuple[SiteWords, list[tuple[str, str]]]:
    """Read the table; gives what is wrong with it too, each fault with its key."""
    if not isinstance(found, dict):
        return SiteWords(), [("words", "write a table [words], or leave it out")]
    names = ", ".join(_KEYS)
    faults = [(f"words.{key}", f"unknown key; one of {names}") for key in found if key not in _KEYS]
    files = found.get("languages", {})
    plain = {key: found.get(key, "") for key in _KEYS[:3]}
    faults += [
        (f"words.{key}", fault)
        for key, value in plain.items()
        if (fault := _line_fault(value)) is not None
    ]
    if not isinstance(files, dict):
        faults.append(("words.languages", "write a table [words.languages], or leave it out"))
        files = {}
    for language, file in files.items():
        if not _LANGUAGE.fullmatch(language) or not isinstance(file, str) or not file:
            faults.append(
                (f"words.languages.{language}", 'write for instance fr = "words-fr.toml"')
            )
    if faults:
        return SiteWords(), faults
    words = SiteWords(**plain, files=files)
    return words, [("words.neutral_line", fault) for fault in _tells_who(words, words.neutral_line)]


def _line_fault(value: object) -> str | None:
    if not isinstance(value, str) or not (value == "" or value.isprintable()):
        return "write one line, or nothing"
    return f"write at most {_MOST} letters" if len(value) > _MOST else None


def _tells_who(words: SiteWords, text: str) -> Iterator[str]:
    """Say where a text for channels that are not private tells of which clinic it is."""
    said = {word.casefold() for word in re.findall(r"\w+", text)}
    own = {word.casefold() for word in re.findall(r"\w{4,}", words.clinic)} - _USUAL
    if own & said or (words.clinic and words.clinic.casefold() in text.casefold()):
        yield "it names the clinic; say nothing that tells where it comes from"
    number = re.sub(r"\D", "", words.telephone)
    if len(number) > 3 and number in re.sub(r"\D", "", text):
        yield "it holds the clinic's own telephone; give a line that answers without its name"


def with_languages(policy: Policy, folder: Path, name: str) -> Policy:
    """Read the files that a policy names for languages; raises PolicyError with every fault."""
    words, languages, faults, read = policy.words, dict[str, Translation](), list[str](), b""
    for language, file in words.files.items():
        path = folder / file
        try:
            content = read_regular(path)
            told = tomllib.loads(content.decode())
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, Refused) as fault:
            reason = fault.strerror if isinstance(fault, OSError) else str(fault)
            faults.append(f"{name}: words.languages.{language}: cannot read {path}: {reason}")
            continue
        read += content
        faults += [f"{path}: {fault}" for fault in _faults_of(words, told)]
        texts = told.pop("texts", {})
        languages[language] = Translation(said=told, texts=texts)
    if faults:
        raise PolicyError(faults)
    if not languages:
        return policy
    digest = hashlib.sha256(policy.digest.encode() + read).hexdigest()
    return replace(policy, words=replace(words, languages=languages), digest=digest)


def _faults_of(words: SiteWords, told: Mapping[str, Any]) -> Iterator[str]:
    texts = told.get("texts", {})
    if not isinstance(texts, dict) or not all(_is_said(text) for text in texts.values()):
        yield 'texts: write "English" = "the same in this language"'
    for key, said in told.items():
        if key == "texts":
            continue
        if key not in ENGLISH:
            yield f"{key}: unknown key; one of {', '.join([*ENGLISH, 'texts'])}"
        elif not _is_said(said):
            yield f"{key}: write one line"
        else:
            yield from (f"{key}: {fault}" for fault in _place_faults(key, said))
            yield from (f"{key}: {fault}" for fault in _tells_who(words, said))


def _is_said(text: object) -> bool:
    return isinstance(text, str) and text.strip() != "" and text.isprintable()


def _place_faults(key: str, said: str) -> Iterator[str]:
    wanted = places(ENGLISH[key])
    try:
        found = places(said)
    except ValueError as fault:
        yield str(fault)
        return
    for place in sorted(found - wanted):
        yield f"{{{place}}} has no place here"
    for place in sorted(wanted - found - _MAY_LACK):
        yield f"{{{place}}} is missing"
