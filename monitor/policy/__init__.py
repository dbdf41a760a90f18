"""The site's policy file: the default that ships, and reading one with every fault named."""

import hashlib
import re
import tomllib
from dataclasses import fields
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from monitor.domain.outcome import Severity
from monitor.domain.reminders.policy import (
    Backup,
    Policy,
    SiteWords,
    Stage,
    Telling,
    WarningTelling,
)
from monitor.errors import PolicyError, Refused
from monitor.policy.words import read_words
from monitor.policy.words import with_languages as with_languages
from monitor.regular_file import read_regular

_DEFAULT = Path(__file__).parent / "default.toml"
_TOLD = (Stage.AHEAD, Stage.DUE, Stage.OVERDUE, Stage.ESCALATED)
_LED = ("next_infusion", "after_each_infusion", "series", "at_symptom")
_RULE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MINUTES, _MOST_MINUTES = 10, 60
_MOST_DAYS = 366  # more would be never; a check that is told of once a year is looked at by nobody


def text(path: Path | None) -> str:
    """Read a policy's text: the file's, else the default that ships; raises Refused."""
    if path is None:
        return _DEFAULT.read_text(encoding="utf-8")
    try:
        return read_regular(path).decode()
    except (OSError, UnicodeDecodeError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else "not UTF-8"
        raise Refused(f"cannot read the policy {path}: {reason}") from fault


def load(path: Path | None) -> Policy:
    """Read the site's policy; raises PolicyError with every fault."""
    name = str(path or "the policy that ships")
    return with_languages(parse(text(path), name), (path or _DEFAULT).parent, name)


@cache
def parse(content: str, name: str) -> Policy:
    """Turn TOML into a policy; raises PolicyError with every fault, each with its key."""
    try:
        told = tomllib.loads(content)
    except tomllib.TOMLDecodeError as fault:
        raise PolicyError([f"{name}: {fault}"]) from fault
    reading = _Reading(told)
    hours = reading.table("hours", {"send_at", "quiet_from"})
    stages = reading.table("stages", set(_TOLD))
    severities = reading.table("warnings", set(Severity))
    service = reading.table("service", {"ping_url", "undelivered_after_minutes"})
    backup = reading.table("backup", {field.name for field in fields(Backup)})
    reading.only(
        {"hours", "stages", "warnings", "lead_days", "relays", "service", "backup", "words"}
    )
    send_at, quiet_from = reading.clock(hours, "send_at"), reading.clock(hours, "quiet_from")
    if send_at >= quiet_from:
        reading.fault("hours.quiet_from", f"must be later than send_at, {send_at:%H:%M}")
    escalated = stages.get("escalated")
    after = escalated.pop("after_days", None) if isinstance(escalated, dict) else None
    policy = {
        "lead_days": reading.leads("lead_days"),
        "escalate_after_days": reading.number(
            {"after_days": after}, "stages.escalated", "after_days"
        ),
        "stages": {stage: reading.value(stages, "stages", stage, Telling) for stage in _TOLD},
        "warnings": {
            severity: reading.value(severities, "warnings", severity, WarningTelling)
            for severity in Severity
        },
        "backup": reading.value({"backup": backup}, "", "backup", Backup),
        "undelivered_after_minutes": reading.minutes(service, "undelivered_after_minutes"),
        "ping_url": reading.address(service, "ping_url"),
        "relays": reading.relays("relays"),
        "words": reading.words(),
    }
    if reading.faults:
        raise PolicyError([f"{name}: {fault}" for fault in reading.faults])
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Policy(send_at=send_at, quiet_from=quiet_from, digest=digest, **policy)


class _Reading:
    """Reads table by table and collects what is wrong, so that all of it is said at once."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told
        self.faults: list[str] = []

    def fault(self, key: str, words: str) -> None:
        self.faults.append(f"{key}: {words}")

    def only(self, known: set[str]) -> None:
        for key in set(self._told) - known:
            self.fault(key, f"unknown table; one of {', '.join(sorted(known))}")

    def table(self, name: str, known: set[Any]) -> dict[str, Any]:
        found = self._told.get(name)
        if not isinstance(found, dict):
            self.fault(name, f"the table [{name}] is missing")
            return {}
        for key in set(found) - {str(one) for one in known}:
            names = ", ".join(sorted(str(one) for one in known))
            self.fault(f"{name}.{key}", f"unknown key; one of {names}")
        return dict(found)

    def clock(self, table: dict[str, Any], key: str) -> time:
        value = table.get(key)
        try:
            return time.fromisoformat(value if isinstance(value, str) else str(value))
        except ValueError:
            self.fault(f"hours.{key}", 'write a local time such as "09:00"')
            return time(9) if key == "send_at" else time(20)

    def number(self, table: dict[str, Any], where: str, key: str) -> int:
        value = table.get(key)
        if type(value) is not int or not 0 <= value <= _MOST_DAYS:
            self.fault(f"{where}.{key}", f"write whole days, 0 to {_MOST_DAYS}")
            return 0
        return value

    def leads(self, name: str) -> dict[str, int]:
        """Read what differs from the rules' own leads, by rule or by kind."""
        found = self._told.get(name, {})
        if not isinstance(found, dict):
            self.fault(name, f"write a table [{name}], or leave it out")
            return {}
        for key in found:
            if key not in _LED and not _RULE.fullmatch(key):
                words = f"write the name of a check, or one of {', '.join(_LED)}"
                self.fault(f"{name}.{key}", words)
        return {key: self.number(found, name, key) for key in found}

    def relays(self, name: str) -> dict[str, str]:
        """Read the ways out that contacts may name; none of them holds a password itself."""
        found = self._told.get(name, {})
        if not isinstance(found, dict):
            self.fault(name, f"write a table [{name}], or leave it out")
            return {}
        for key, url in found.items():
            words = _relay_fault(key, url)
            if words is not None:
                self.fault(f"{name}.{key}", words)
        return found

    def words(self) -> SiteWords:
        """Read what the site adds to messages; an older file says nothing of it."""
        words, faults = read_words(self._told.get("words", {}))
        for key, fault in faults:
            self.fault(key, fault)
        return words

    def minutes(self, table: dict[str, Any], key: str) -> int:
        """Read how long an urgent message may wait; an older file says nothing of it."""
        value = table.get(key, _MINUTES)
        if type(value) is not int or not 1 <= value <= _MOST_MINUTES:
            self.fault(f"service.{key}", f"write whole minutes, 1 to {_MOST_MINUTES}")
            return 1
        return value

    def address(self, table: dict[str, Any], key: str) -> str:
        value = table.get(key, "")
        if not isinstance(value, str) or not (value == "" or _is_page(value)):
            self.fault(f"service.{key}", "write an http:// or https:// address, or nothing")
            return ""
        return value

    def value(self, table: dict[str, Any], where: str, key: str, kind: type) -> Any:
        """Read one of the domain's values, strictly: no key more, none less."""
        path = f"{where}.{key}" if where else key
        given = table.get(key)
        if not isinstance(given, dict):
            self.fault(path, f"the table [{path}] is missing")
            return None
        names = {field.name for field in fields(kind)}
        for name in set(given) - names:
            self.fault(f"{path}.{name}", f"unknown key; one of {', '.join(sorted(names))}")
        for name, number in given.items():
            if name.endswith(("_days", "_hours", "keep")) and (
                type(number) is not int or not _least(name) <= number <= 24 * _MOST_DAYS
            ):
                self.fault(f"{path}.{name}", f"write a whole number from {_least(name)} on")
                return None
        try:
            return TypeAdapter(kind).validate_python({k: v for k, v in given.items() if k in names})
        except ValidationError as error:
            for fault in error.errors():
                inside = ".".join(str(part) for part in fault["loc"])
                self.fault(f"{path}.{inside}", fault["msg"][:1].lower() + fault["msg"][1:])
            return None


def _relay_fault(name: str, url: object) -> str | None:
    """Say what is wrong with a relay, without a word of its URL: it may hold a secret."""
    if not _RULE.fullmatch(name):
        return "a relay is named in small letters, digits and hyphens"
    if not isinstance(url, str) or not (url.isascii() and url.isprintable()) or " " in url:
        return "write a URL as in monitor contact add, with {to} where the address stands"
    if "{to}" not in url:
        return "write {to} where the address stands"
    plain = re.sub(r"\{(to|env:[^{}]+|file:/[^{}]+)\}", "", url)
    if "{" in plain or "}" in plain:
        return "in braces stands to, env:NAME or file:/WHOLE/PATH, nothing else"
    try:
        has_password = bool(urlsplit(plain).password)
    except ValueError:
        return "this is not a URL"
    return "write the password as {file:PATH} or {env:NAME}" if has_password else None


def _is_page(url: str) -> bool:
    """Say whether something can be called under an address: a host, a port, nothing invisible."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    written = url.isascii() and url.isprintable() and " " not in url
    return named and written and parts.scheme in ("http", "https")


def _least(name: str) -> int:
    return 1 if name in ("repeat_days", "keep") else 0
