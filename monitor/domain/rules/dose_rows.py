"""What stands in the dose-adjustment table: grades of counts, and rows for spells of a cycle."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from monitor.domain.catalogue import Catalogue
from monitor.domain.faults import Fault

WORST_GRADE = 4


class Decision(StrEnum):
    """What the table says of the next dose; ordered from mildest to gravest."""

    CLINICIAN = "clinician"
    REDUCE = "reduce"
    STOP = "stop"


@dataclass(frozen=True, kw_only=True, slots=True)
class Grades:
    """The WHO scale of one count: grade n is from its own bound up to that of grade n - 1."""

    code: str
    from_value: tuple[Decimal, ...]  # lower bounds of grades 0, 1, 2, 3; below the last is 4

    def in_words(self, _name: str, _code: str | None, catalogue: Catalogue) -> str:
        """Write where each grade begins."""
        bounds = ", ".join(f"{grade} from {value}" for grade, value in enumerate(self.from_value))
        return f"WHO grades of {self.code}: {bounds} {catalogue.results[self.code].unit}"

    def grade(self, value: Decimal) -> int:
        """Grade a count."""
        return next((g for g, bound in enumerate(self.from_value) if value >= bound), 4)


@dataclass(frozen=True, kw_only=True, slots=True)
class DoseRow:
    """With infection and these grades: what the next dose is."""

    grades: tuple[int, ...]
    decision: Decision
    mg_per_m2: Decimal | None = None

    def in_words(self, *_: object) -> str:
        """Write what the next dose is."""
        grades = ", ".join(map(str, self.grades))
        less = f" to {self.mg_per_m2} mg/m2" if self.mg_per_m2 is not None else ""
        return f"grade {grades}: {self.decision}{less}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Spell:
    """One window of the table."""

    title: str
    within_days: int
    rows: tuple[DoseRow, ...]
    alone: tuple[int, ...]  # grades that call for a clinician without any infection

    def in_words(self, *_: object) -> str:
        """Write its rows, and which grades call for a clinician."""
        rows = "; ".join(row.in_words() for row in self.rows)
        alone = ", ".join(map(str, self.alone))
        return f"{self.within_days} days; with infection {rows}; alone, grade {alone}: clinician"

    def faults(self) -> Iterator[Fault]:
        """Find grades that are none, and those with two rows."""
        taken: set[int] = set()
        for number, row in enumerate(self.rows):
            path = ("rows", number)
            for grade in row.grades:
                if grade > WORST_GRADE:
                    yield (*path, "grades"), f"'{grade}' is not a WHO grade: write 0 to 4"
                if grade in taken:
                    yield (*path, "grades"), f"grade '{grade}' has a row already: keep one"
                taken.add(grade)
            if (row.decision is Decision.REDUCE) != (row.mg_per_m2 is not None):
                words = f"'{row.decision}' and `mg_per_m2` do not fit"
                yield path, f"{words}: only `decision: reduce` has one, such as 8 mg/m2"
        for grade in self.alone:
            if grade > WORST_GRADE:
                yield ("alone",), f"'{grade}' is not a WHO grade: write 0 to 4"


@dataclass(frozen=True, kw_only=True, slots=True)
class InfectionSigns:
    """What counts as an infection."""

    symptoms: str  # a symptom group
    answer: str  # a fact; yes lasts until a newer answer
    result: str  # a code
    value: str  # its word for infection
