"""Related drugs, whose doses count toward a lifetime dose."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Related:
    """Related drugs that count toward the lifetime dose and cannot be added without factors.

    No factor ships. A person may convert what was given, and answers with the sum in mg/m2 of
    this drug; it covers what was known of related drugs on its day.
    """

    facts: tuple[str, ...]  # amounts of related drugs before this record, each in its own mg/m2
    drugs: tuple[str, ...] = ()  # whose infusions on this record count too
    converted: str  # the fact that holds a person's conversion, in mg/m2 of this drug
    # A question -> the amounts, one of which must be above 0 where it was answered with yes.
    yes_needs_amount: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __str__(self) -> str:
        drugs = f"; infusions of {', '.join(self.drugs)}" if self.drugs else ""
        needs = "".join(
            f"; {fact} yes needs an amount above 0 of {', '.join(amounts)}"
            for fact, amounts in self.yes_needs_amount.items()
        )
        return f"{', '.join(self.facts)}{drugs}; added only as {self.converted}{needs}"
