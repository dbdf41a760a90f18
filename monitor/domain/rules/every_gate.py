"""What every gate asks for, whatever the protocol and its version (`every-gate.yaml`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from monitor.domain.rule import Cite


@dataclass(frozen=True, kw_only=True, slots=True)
class Demands:
    """The figures of the gate that no protocol may set otherwise."""

    counts: tuple[str, ...]  # the codes of counts that a drug may lower
    parts_of: Mapping[str, str]  # code -> the code of which it is a part, and never more
    counts_from_days: int  # after the infusion before; an earlier one was taken before recovery
    nothing_left_mg_per_m2: Decimal  # of a ceiling: less than this is nothing
    nothing_left_amount_mg: Decimal
    little_left_percent: Decimal  # of the usual dose: less than this is no dose to be called for
    stop_answers: Mapping[str, str]  # fact -> the answer that stops, and cannot be waived
    never_waived_below: Mapping[str, Decimal]  # code -> a newest value so low cannot be waived
    never_waived_outside: tuple[str, ...]  # codes whose newest value out of limits is never waived
    overdose_times: int  # so many times the largest dose, when it was given
    largest_surface: Decimal  # m2: a dose is held against it where no body surface is known
    cites: tuple[Cite, ...]
