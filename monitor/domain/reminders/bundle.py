"""Checks of several drugs that one test does: the same codes, in windows that overlap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from monitor.domain.checks import Check
from monitor.domain.outcome import CheckState


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """The test that a check asks for, and the days on which it would do."""

    patient: str
    drug: str
    rule: str
    codes: frozenset[str]  # empty: no test, such as the next infusion itself
    first: date
    last: date  # what is overdue can be done as long as it is
    about: str = ""  # as of the check


def wanted_by(patient: str, check: Check, today: date) -> Wanted:
    """Say which test a check asks for."""
    is_overdue = check.state is CheckState.OVERDUE
    return Wanted(
        patient=patient,
        drug=check.drug,
        rule=check.rule,
        codes=check.codes,
        first=check.opens,
        last=max(check.overdue_after, today) if is_overdue else check.overdue_after,
        about=check.about,
    )


def bundle(wanted: Sequence[Wanted]) -> list[list[int]]:
    """Group the positions of what one test on one day does, across drugs.

    The codes of one contain those of the other, there is a day on which all would do, and no
    rule stands in a group twice, because one result does at most one occurrence. Within a drug
    nothing is grouped: there a protocol says itself what is done at once.
    """
    groups: list[list[int]] = []
    for position in sorted(range(len(wanted)), key=lambda n: -len(wanted[n].codes)):
        one = wanted[position]
        for group in groups:
            if _fits(one, [wanted[n] for n in group]):
                group.append(position)
                break
        else:
            groups.append([position])
    return sorted(sorted(group) for group in groups)


def _fits(one: Wanted, group: Sequence[Wanted]) -> bool:
    widest = group[0]  # they come with the most codes first
    return (
        bool(one.codes)
        and one.codes <= widest.codes
        and one.patient == widest.patient
        and one.drug != widest.drug
        and all((one.drug, one.rule) != (other.drug, other.rule) for other in group)
        and max(one.first, *(other.first for other in group))
        <= min(one.last, *(other.last for other in group))
    )
