"""Numbers and words of the rules for daily drugs that must agree with each other."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from monitor.domain.catalogue import Catalogue, FactKind
from monitor.domain.dates import Span
from monitor.domain.rule import Regimen, Rule
from monitor.domain.rules.count_level import CountLevel, Normal, OwnNormal
from monitor.domain.rules.on_schedule import OnSchedule
from monitor.domain.rules.phased_count import PhasedCount
from monitor.protocols.strict_yaml import Document, Path, suggestion

Fault = tuple[Path, str]  # where in the rule, what is wrong and what would be right

_FEBRUARY = date(2001, 2, 1)  # spans from here on are as short as they get


def phased_count(rule: PhasedCount, catalogue: Catalogue) -> Iterator[Fault]:
    """Find phases that do not follow each other, and low counts that no row answers."""
    yield from _code(rule.code, catalogue)
    last = len(rule.phases) - 1
    ends = 0
    for number, phase in enumerate(rule.phases):
        path: Path = ("phases", number)
        if phase.opens_days >= _days(phase.every):
            words = f"'{phase.opens_days} days' before is longer than the time between"
            yield (*path, "opens"), f"{words}: write less than {_days(phase.every)} days"
        if (phase.until is None) != (number == last):
            words = "the last phase has no end, and every other one has: "
            yield path, words + ("leave `until` out" if number == last else "add `until: 6 months`")
        if phase.until is not None and _days(phase.until) <= ends:
            words = f"'{phase.until}' is not later than the phase before"
            yield (*path, "until"), f"{words}: write more than {ends} days, from the start"
        if number and _days(phase.every) < _days(rule.phases[number - 1].every):
            words = f"'{phase.every}' is more often than the phase before"
            yield (*path, "every"), f"{words}: phases grow longer"
        ends = _days(phase.until) if phase.until else ends
    yield from _normal(rule.normal, rule.own_normal, catalogue)
    yield from _rows("while_low", [row.below for row in rule.while_low], rule.normal.at_least)
    own = [row.below for row in rule.own_while_low]
    yield from _own_rows("own_while_low", own, rule.own_normal)
    recovery = rule.recovery
    if recovery.opens_days >= recovery.every_days:
        words = f"'{recovery.opens_days} days' before is longer than the time between"
        yield ("recovery", "opens"), f"{words}: write less than {recovery.every_days} days"


def count_level(rule: CountLevel, catalogue: Catalogue) -> Iterator[Fault]:
    """Find low counts that no level answers, and a patient's own range that cannot be."""
    yield from _code(rule.code, catalogue)
    yield from _normal(rule.normal, rule.own_normal, catalogue)
    yield from _rows("levels", [level.below for level in rule.levels], rule.normal.at_least)
    yield from _own_rows("own_levels", [level.below for level in rule.own_levels], rule.own_normal)


def check_acting(document: Document, rules: Sequence[Rule]) -> None:
    """Add every rule that could never act, by how the drug is given: it would be silence."""
    is_daily = document.content.get("given") == Regimen.DAILY
    for rule in rules:
        if not rule.acts(Regimen.DAILY if is_daily else Regimen.INFUSIONS):
            words = (
                f"'{rule.kind}' never acts where the drug is given as infusions: add `given: daily`"
            )
            if is_daily:
                words = (
                    f"'{rule.kind}' never acts where the drug is taken daily: leave the rule out"
                )
            document.complain((rule.section, rule.name), words)
    if is_daily:
        _inert(document, rules)


def check(document: Document, rules: Sequence[Rule]) -> None:
    """Add what the rules of a daily drug do not say alike."""
    counts = [rule for rule in rules if isinstance(rule, PhasedCount)]
    for rule in rules:
        if isinstance(rule, OnSchedule) and rule.check not in {count.name for count in counts}:
            words = (
                f"unknown check '{rule.check}': {suggestion(rule.check, [c.name for c in counts])}"
            )
            document.complain(("requirements", rule.name, "check"), words)
        if isinstance(rule, CountLevel):
            for count in counts:
                if rule.code == count.code and _said(rule) != _said(count):
                    document.complain(
                        ("requirements", rule.name),
                        f"`normal`, `own_normal` and `restart_after` differ from '{count.name}': "
                        "write the same in both",
                    )


def _inert(document: Document, rules: Sequence[Rule]) -> None:
    """Complain about what looks at infusions inside a rule that acts without them, or beside it."""
    if "dose_table" in document.content:
        words = "'dose_table' never acts where the drug is taken daily: leave it out"
        document.complain(("dose_table",), words)
    for rule in rules:
        section = rule.section
        for key in rule.of_infusions:
            if key in document.content[section][rule.name]:
                words = f"'{key}' never acts where the drug is taken daily: leave it out"
                document.complain((section, rule.name, key), words)


def _said(rule: CountLevel | PhasedCount) -> tuple[object, ...]:
    return rule.normal, rule.own_normal, rule.restart_after_days


def _code(name: str, catalogue: Catalogue) -> Iterator[Fault]:
    code = catalogue.results.get(name)
    if code is not None and not code.units:
        numbers = [other for other, found in catalogue.results.items() if found.units]
        yield ("code",), f"'{name}' is a word, not a number: {suggestion(name, numbers)}"


def _normal(normal: Normal, own: OwnNormal | None, catalogue: Catalogue) -> Iterator[Fault]:
    for path, baselines in (("normal", normal.baselines), ("own_normal", own and own.baselines)):
        if baselines == 0:
            yield (path, "baselines"), "'0' makes no sense here: write for instance 1"
    if own is None or (fact := catalogue.facts.get(own.fact)) is None:
        return
    words = ("yes", "no") if fact.kind is FactKind.YES_NO else fact.words
    if own.value not in words:
        hint = suggestion(own.value, words)
        yield ("own_normal", "value"), f"unknown answer '{own.value}': {hint}"


def _own_rows(key: str, below: Sequence[Decimal], own: OwnNormal | None) -> Iterator[Fault]:
    if own is not None:
        yield from _rows(key, below, own.at_least)
    elif below:
        yield (key,), f"'{key}' never acts without `own_normal`: add it, or leave this out"


def _rows(key: str, below: Sequence[Decimal], normal: Decimal) -> Iterator[Fault]:
    """Check that the rows fall from the normal range on, so that no low count is between."""
    if below and below[0] != normal:
        words = f"'{below[0]}' leaves a gap to `normal`"
        yield (key, 0, "below"), f"{words}: begin with {normal}"
    for number, (higher, lower) in enumerate(pairwise(below), start=1):
        if lower >= higher:
            words = f"'{lower}' is not below the row before"
            yield (key, number, "below"), f"{words}: write less than {higher}"


def _days(span: Span) -> int:
    """Give the fewest days that a span can have."""
    return (span.after(_FEBRUARY) - _FEBRUARY).days
