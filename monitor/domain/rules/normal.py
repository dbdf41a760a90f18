"""From where on a count is normal for a patient; for checks and for requirements."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from monitor.domain.catalogue import Catalogue
from monitor.domain.faults import Fault, no_answer_of, rows_with_gaps
from monitor.domain.recorded import RecordedAnswer


@dataclass(frozen=True, kw_only=True, slots=True)
class Normal:
    """From where on a count is normal, and how many such counts a start needs."""

    at_least: Decimal
    baselines: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnNormal(RecordedAnswer):
    """Another normal range, where somebody recorded by name that the patient has one."""

    at_least: Decimal
    baselines: int = 1


def not_normal(normal: Normal, own: OwnNormal | None, catalogue: Catalogue) -> Iterator[Fault]:
    """Refuse a range without a baseline, and one of the patient's own that nobody can record."""
    for path, baselines in (("normal", normal.baselines), ("own_normal", own and own.baselines)):
        if baselines == 0:
            yield (path, "baselines"), "'0' makes no sense here: write for instance 1"
    if own is not None:
        yield from no_answer_of(("own_normal", "value"), own.fact, own.value, catalogue)


def own_rows_with_gaps(
    key: str, below: Sequence[Decimal], own: OwnNormal | None
) -> Iterator[Fault]:
    """Refuse rows of the patient's own range that leave a low count out, or that never act."""
    if own is not None:
        yield from rows_with_gaps(key, below, own.at_least)
    elif below:
        yield (key,), f"'{key}' never acts without `own_normal`: add it, or leave this out"
