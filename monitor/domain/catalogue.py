"""What data may be called: result codes with their units, facts, symptoms.

The names themselves are data (`protocols/catalogue.yaml`); here is what they mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Worse(StrEnum):
    """Which of two values of one day is the worse one."""

    LOWER = "lower"
    HIGHER = "higher"
    BOTH = "both"  # the one further outside its limits


@dataclass(frozen=True, kw_only=True, slots=True)
class Plausible:
    """Limits of input, in the first unit: refused outside one pair, confirmed outside the other."""

    refuse_below: Decimal | None = None
    refuse_above: Decimal | None = None
    zero_allowed: bool = False  # zero is valid although small values are not
    confirm_below: Decimal | None = None
    confirm_above: Decimal | None = None
    confirm_change: Decimal | None = None  # from the result before
    # What laboratories print as their limits: confirmed outside.
    uln_from: Decimal | None = None
    uln_to: Decimal | None = None
    lln_from: Decimal | None = None
    lln_to: Decimal | None = None
    hint: str | None = None  # what an implausible value usually means

    def calms(self, uln: Decimal | None, lln: Decimal | None) -> bool:
        """Say whether one of a result's limits makes values look well, and none prints it."""
        is_high = uln is not None and self.uln_to is not None and uln > self.uln_to
        is_low = lln is not None and self.lln_from is not None and lln < self.lln_from
        return is_high or is_low


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultCode:
    """One kind of result: a number with a unit, or a word."""

    name: str
    title: str
    aliases: tuple[str, ...] = ()  # short forms; no other code has them
    units: Mapping[str, Decimal] = field(default_factory=dict)  # unit -> factor to the first one
    # unit -> what it shows at 0 and at 100 of the first one, where both begin elsewhere
    scales: Mapping[str, tuple[Decimal, ...]] = field(default_factory=dict)
    words: tuple[str, ...] = ()  # from best to worst
    worse: Worse = Worse.LOWER
    usual: tuple[Decimal, Decimal] | None = None  # limits where the laboratory gave none
    plausible: Plausible = Plausible()
    is_exact: bool = False  # sizes are computed from it: a value with a comparator is none
    method_matters: bool = False  # another method than last time must be confirmed
    at_most: str | None = None  # another code of the same day that this one cannot exceed

    @property
    def unit(self) -> str:
        """Give the unit in which values are compared."""
        return next(iter(self.units), "")

    @property
    def accepted(self) -> tuple[str, ...]:
        """List the units in which a value may come."""
        return (*self.units, *self.scales)

    def in_first_unit(self, number: Decimal, unit: str) -> Decimal:
        """Give the same amount in the unit in which values are compared."""
        if unit in self.scales:
            zero, hundred = self.scales[unit]
            return (number - zero) * 100 / (hundred - zero)
        return number * self.units[unit]

    def shown(self, value: str, unit: str) -> str:
        """Write a value as it was received; of another scale also what it is judged as."""
        if unit not in self.scales:
            return f"{value} {unit}"
        judged = round(self.in_first_unit(Decimal(value), unit), 2).normalize()
        return f"{value} {unit} ({judged:f} {self.unit})"


class FactKind(StrEnum):
    """What an answer may look like."""

    YES_NO = "yes_no"  # yes, no or unknown
    WORD = "word"
    TEXT = "text"
    NUMBER = "number"


@dataclass(frozen=True, kw_only=True, slots=True)
class Excuse:
    """An answer that makes low values ordinary."""

    value: str
    code: str
    below: Decimal  # in the first unit of the code


@dataclass(frozen=True, kw_only=True, slots=True)
class FactCode:
    """One question that is asked of a person."""

    name: str
    title: str
    kind: FactKind = FactKind.YES_NO
    words: tuple[str, ...] = ()
    worse: str = "yes"  # of two answers of one day this one counts
    lasts: bool = False  # what is worse does not pass: a calmer answer of a later day is named
    excuses: Excuse | None = None  # confirmed where such a value was known before it


@dataclass(frozen=True, kw_only=True, slots=True)
class SymptomCode:
    """One thing a patient may notice."""

    name: str
    title: str
    group: str  # infection, cardiac, bleeding, leukaemia, infusion_site
    measured_as: str | None = None  # the result code whose units a value may have
    from_value: Decimal | None = None  # a result of that code from here on is this symptom
    source: str = ""  # of the number above

    def is_seen_in(self, code: str, value: object) -> bool:
        """Say whether a result amounts to this symptom, as a temperature does to fever."""
        if code != self.measured_as or self.from_value is None:
            return False
        return isinstance(value, Decimal) and value >= self.from_value


@dataclass(frozen=True, kw_only=True, slots=True)
class PlausibleDose:
    """What of a dose must be confirmed: limits of input, in cm, kg, m2 and mg/m2."""

    height_from: Decimal
    height_to: Decimal
    weight_from: Decimal
    weight_to: Decimal
    surface_from: Decimal
    surface_to: Decimal
    # As many mg as the usual mg/m2, for a larger surface than this, are probably mg/m2.
    mistaken_above_m2: Decimal
    above_usual: Decimal  # times the usual dose for the body
    below_usual: Decimal
    above_last: Decimal  # times the patient's last dose
    below_last: Decimal
    weight_change: Decimal  # of the last weight, as a part of it
    height_change: Decimal  # in cm
    surface_change: Decimal  # of the last surface, as a part of it
    bmi_from: Decimal
    bmi_to: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalogue:
    """Every name that data may use."""

    results: Mapping[str, ResultCode]
    facts: Mapping[str, FactCode]
    symptoms: Mapping[str, SymptomCode]
    routes: tuple[str, ...]
    dose: PlausibleDose
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of a unit, by others
