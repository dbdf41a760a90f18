"""What was given, summed from infusion to infusion, and whole infusions of their parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from monitor.domain.facts import Infusion


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What had been given with one infusion and those before it."""

    mg: Decimal
    known: Fraction  # mg/m2, of the infusions whose body surface is recorded
    is_complete: bool  # all of them are

    def plus(self, infusion: Infusion) -> "Given":
        """Add one infusion."""
        amount = infusion.mg_per_m2
        return Given(
            mg=self.mg + infusion.mg,
            known=self.known + (amount or 0),
            is_complete=self.is_complete and amount is not None,
        )


def whole_infusions(given: Sequence[Infusion]) -> list[Infusion]:
    """Make one infusion of each first part and what was recorded as a part of it."""
    firsts = {i.identity: i for i in given if i.part_of is None}
    parts: dict[int, list[Infusion]] = {}
    whole = []
    for infusion in given:
        first = None if infusion.part_of is None else firsts.get(infusion.part_of)
        if first is not None and 0 <= (infusion.on - first.on).days <= 1:
            parts.setdefault(first.identity, []).append(infusion)
        else:
            whole.append(infusion)  # also a part of what was taken back, or is of another time
    return [i.with_parts(parts[i.identity]) if i.identity in parts else i for i in whole]
