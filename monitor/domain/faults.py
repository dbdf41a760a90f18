"""What can be wrong with a rule: the faults that several kinds share, and their words."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from monitor.domain.catalogue import Catalogue, FactCode, FactKind, ResultCode
from monitor.domain.dates import Span

Path = tuple[str | int, ...]
Fault = tuple[Path, str]  # where in the rule; what is wrong, and what is right
Needs = Mapping[str, tuple[str, ...]]  # a field that acts only beside one of others


def suggestion(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant, or which there are."""
    words = [str(each) for each in known]
    if not words:
        return "there is none"
    close = nearest(word, words)
    return f"did you mean '{close}'?" if close else f"known are {', '.join(words)}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Find the known word that was probably meant."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), None)


def unknown(path: Path, word: str, known: Iterable[str], what: str) -> Iterator[Fault]:
    """Refuse a word that is none of those known."""
    if word not in known:
        yield path, f"unknown {what} '{word}': {suggestion(word, known)}"


def nothing_wrong(rule: object, catalogue: Catalogue) -> Iterator[Fault]:
    """Find nothing: whatever can be read of such a rule makes sense by itself."""
    yield from ()


def not_numbers(path: Path, codes: Iterable[str], catalogue: Catalogue) -> Iterator[Fault]:
    """Refuse codes of words where a number is compared."""
    numbers = [name for name, code in catalogue.results.items() if code.units]
    for code in codes:
        if code in catalogue.results and code not in numbers:
            yield path, f"'{code}' is a word, not a number: {suggestion(code, numbers)}"


def no_number_fact(path: Path, name: str, catalogue: Catalogue) -> Iterator[Fault]:
    """Refuse a question that is not answered with a number."""
    code = catalogue.facts.get(name)
    if code is not None and code.kind is not FactKind.NUMBER:
        yield path, f"'{name}' is not a number: write for instance {number_facts(catalogue)[0]}"


def number_facts(catalogue: Catalogue) -> list[str]:
    """List the questions that are answered with a number."""
    return [name for name, code in catalogue.facts.items() if code.kind is FactKind.NUMBER]


def answers_of(fact: FactCode) -> tuple[str, ...]:
    """Give the answers that a question may have."""
    return ("yes", "no") if fact.kind is FactKind.YES_NO else fact.words


def no_answer_of(path: Path, name: str, value: str, catalogue: Catalogue) -> Iterator[Fault]:
    """Refuse a word that does not answer a question."""
    fact = catalogue.facts.get(name)
    if fact is not None and not answers_of(fact):
        yield path, f"'{name}' is not answered with a word: name another question"
    elif fact is not None:
        yield from unknown(path, value, answers_of(fact), "answer")


def no_word_of(path: Path, code: ResultCode | None, word: str) -> Iterator[Fault]:
    """Refuse a word that a result cannot be."""
    if code is not None and word not in code.words:
        yield path, f"'{word}' is not a word of {code.name}: {suggestion(word, code.words)}"


def no_warning_of(key: str, name: str, known: Iterable[str]) -> Iterator[Fault]:
    """Refuse the name of a warning that is not one of those known."""
    if name not in known:
        yield (key,), f"no warning '{name}' of that kind: {suggestion(name, known)}"


def not_positive(path: Path, is_positive: bool, example: str) -> Iterator[Fault]:
    """Refuse nothing where there must be something."""
    if not is_positive:
        yield path, f"'0' makes no sense here: write for instance {example}"


def not_ordered(first: str, earlier: int, second: str, later: int) -> Iterator[Fault]:
    """Refuse days of which the first come after the second."""
    if earlier > later:
        words = f"'{earlier} days' is later than `{second}`, {later} days"
        yield (first,), f"{words}: write at most {later} days"


def opens_too_early(
    opens: int, every: Span, about: Path, path: Path = ("opens",)
) -> Iterator[Fault]:
    """Refuse a check that opens before the one before it is due."""
    if every.least_days <= 0:
        yield about, f"'{every}' makes no sense here: write for instance 3 months"
    elif opens >= every.least_days:
        words = f"'{opens} days' before is longer than the time between"
        yield path, f"{words}: write less than {every.least_days} days"


def ends_too_early(key: str, last: Span | None, every: Span | None) -> Iterator[Fault]:
    """Refuse an end before the first check is due."""
    if last is not None and every is not None and last.least_days < every.least_days:
        words = f"'{last}' ends before the first check is due"
        yield (key,), f"{words}: write at least {every}"


def rows_with_gaps(key: str, below: Sequence[Decimal], normal: Decimal) -> Iterator[Fault]:
    """Refuse rows that leave a low count out: they fall, from the normal range on."""
    if below and below[0] != normal:
        words = f"'{below[0]}' leaves a gap to `normal`"
        yield (key, 0, "below"), f"{words}: begin with {normal}"
    for number, (higher, lower) in enumerate(pairwise(below), start=1):
        if lower >= higher:
            words = f"'{lower}' is not below the row before"
            yield (key, number, "below"), f"{words}: write less than {higher}"
