"""Builders of what tests need: a clinic in memory, and the clinical cases of `tests/cases`."""

import json
import random
import re
from collections.abc import Iterable
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from monitor.service.recording import imports
from monitor.store import engine as database
from monitor.store.tables import metadata
from tests import example

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CASES = Path(__file__).parent / "cases"
PATIENT = {"sex": "female", "born": "1993-04-02", "can_conceive": True, "timezone": "UTC"}


@contextmanager
def clinic_in_memory():
    """Give a connection to an empty database; what is written to it is rolled back."""
    with _engine().connect().execution_options(writes=True) as connection:
        yield connection
        connection.rollback()


@cache
def _engine():
    engine = database.open_engine(database.parse_url("sqlite://"))
    with database.writing(engine) as connection:
        metadata.create_all(connection)
    return engine


def load_facts(
    connection,
    lines: Iterable[dict[str, Any]],
    *,
    shuffled: str | None = None,
    known: str | None = None,
) -> None:
    """Import facts, in a shuffled order where a seed is given, on the day they became known.

    All are confirmed: what is asked about has tests of its own, and rules must judge it too.
    """
    texts = [json.dumps({"confirm": True, **line}) for line in lines]
    if shuffled is not None:
        random.Random(shuffled).shuffle(texts)
    imports.import_lines(connection, "facts", texts, now=NOW if known is None else moment(known))


def moment(day: str) -> datetime:
    """Give noon of a day."""
    return datetime.combine(date.fromisoformat(day), time(12), UTC)


class _CaseLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Only true, false, null and whole numbers are not text: `on` and `no` are words."""


_CaseLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"^(true|false)$", "tf"),
    ("tag:yaml.org,2002:null", r"^(null|~)$", "n~"),
    ("tag:yaml.org,2002:int", r"^[0-9]+$", "0123456789"),
):
    _CaseLoader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


def case_files() -> list[Path]:
    """List the files of clinical cases."""
    return sorted(path for path in CASES.glob("*.yaml") if path.name != "shared.yaml")


@cache
def read_cases(path: Path) -> list[dict[str, Any]]:
    """Read the cases of a file."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_CaseLoader)


@cache
def shared_facts() -> dict[str, list[dict[str, Any]]]:
    """Read the named lists of facts that cases include."""
    return yaml.load((CASES / "shared.yaml").read_text(encoding="utf-8"), Loader=_CaseLoader)


def case_lines(case: dict[str, Any], profile: str) -> list[dict[str, Any]]:
    """Write a case's facts as import lines for one profile."""
    lines = [{"kind": "patient", "id": "P", **case.get("patient", PATIENT)}]
    for fact in [*_included(case, profile), *case.get("facts", [])]:
        ((kind, content),) = fact.items()
        line = {"kind": kind, "patient": "P", **content}
        if kind == "course":
            named = profile if profile == example.NAME else f"mitoxantrone-ms-{profile}"
            line.setdefault("protocol", named)
        lines.append(line)
    return lines


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _included(case: dict[str, Any], profile: str) -> list[dict[str, Any]]:
    names = case.get("include", [])
    if isinstance(names, dict):
        names = names.get(profile, [])
    shared = shared_facts()
    return [fact for name in names for fact in shared[name]]
