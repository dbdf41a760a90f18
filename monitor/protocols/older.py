"""What an older text of a protocol takes from the one that ships: what acts on every course.

A course keeps the version it is pinned to (docs/decisions/0013). Rules that ship with
`every_version: true` act on it all the same: they take the place of the older rule of that name,
or come besides; so does the dose table. A released text is never edited: what nobody asked when it
was written is given here, as it was in force then.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from monitor.domain.protocol import Protocol
from monitor.domain.rule import Rule

R = TypeVar("R", bound=Rule)

# How far ahead people were told, by kind of rule, before every check said so itself.
LEADS = {
    "next_infusion": "7 days",
    "after_each_infusion": "2 days",
    "series": "14 days",
    "recurring": "14 days",
    "series_above": "14 days",
    "after_low_result": "14 days",
    "after_each_round": "14 days",
    "at_symptom": "0 days",
    "phased_count": "0 days",
    "at_fever": "0 days",
}


def brought_up(older: Protocol, now: Protocol) -> Protocol:
    """Add to an older text what the newer one asks for on every course."""
    return replace(
        older,
        sources={**now.sources, **older.sources},
        related_exposure=now.related_exposure or older.related_exposure,
        requirements=_merged(older.requirements, now.requirements),
        checks=_merged(older.checks, now.checks),
        warnings=_merged(older.warnings, now.warnings),
    )


def is_older(version: str, than: str) -> bool:
    """Compare two versions by their numbers."""
    first, second = (tuple(map(int, text.split("."))) for text in (version, than))
    return first < second


def _merged(older: Sequence[R], now: Sequence[R]) -> tuple[R, ...]:
    always = {rule.name: rule for rule in now if rule.every_version}
    kept = [always.pop(rule.name, rule) for rule in older]
    return (*kept, *always.values())
