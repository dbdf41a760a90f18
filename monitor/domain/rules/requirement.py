"""Rules of the gate: what is asked for before a dose, and what a rule says of doses beside that."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from monitor.domain.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from decimal import Decimal
    from fractions import Fraction

    from monitor.domain.catalogue import Catalogue
    from monitor.domain.facts import Result
    from monitor.domain.finding import Finding
    from monitor.domain.parting import Parting
    from monitor.domain.rules.expectations import Asked, Expectation
    from monitor.domain.rules.question import AskedUnder, Question
    from monitor.domain.surface import Surface
    from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class RequirementRule(Rule):
    """What the gate asks for before a dose."""

    section = "requirements"

    is_weighed: ClassVar[bool] = True  # also as if what does not count did
    is_unasked: ClassVar[bool] = False  # no protocol asks for it: in few words beside a warning

    # What it says beside its judgement, of doses and of the calendar; most kinds say nothing.

    @property
    def parting(self) -> Parting | None:
        """Say how infusions are parted into rounds."""
        return None

    @property
    def shortest_days(self) -> int:
        """Give the days after an infusion in which the next one is never given."""
        return 0

    @property
    def fresh_before_days(self) -> int:
        """Give the days before an infusion in which what it asks for may be done."""
        return 0

    @property
    def largest_mg_per_m2(self) -> Decimal | None:
        """Give the largest dose by body surface."""
        return None

    def largest_mg(self, _surface: Fraction | None) -> Fraction | None:
        """Give the largest dose; None also where it goes by a body surface that is not known."""
        return None

    def measured(self, _view: View, _on: date) -> Surface | None:
        """Work out the body surface that a dose is divided by, from what is new enough on a day."""
        return None

    def newest(self, _view: View) -> Surface | None:
        """Find the newest body surface on record, however old."""
        return None

    def beside(self, _rules: Iterable[Rule]) -> RequirementRule:
        """Leave out what the rules of a protocol ask for themselves."""
        return self

    def asked_before(
        self, _infusion: Expectation, _view: View, _protocol: AskedUnder
    ) -> Asked | None:
        """Expect what an infusion needs, with the facts that may do it; None: it needs nothing."""
        return None

    @abstractmethod
    def judge(self, question: Question) -> Finding | None:
        """Find how it stands; None where it is not asked for."""

    @abstractmethod
    def turns(self, view: View) -> Iterator[date]:
        """Go through the days on which time alone changes what the calendar asks for it."""

    @property
    def answers_symptoms(self) -> str | None:
        """Name the group of symptoms after which it asks for a new result."""
        return None

    def answered_by(
        self, _catalogue: Catalogue, _checks: Sequence[Rule]
    ) -> tuple[dict[str, str], ...]:
        """Give the panels of which any answers it: each result with what is good, in words."""
        return ()

    def never_final(self, _view: View) -> Finding | None:
        """Find reports that would stand until a person waives them, were they final."""
        return None

    def finds_good(self, reports: Sequence[Result]) -> bool:
        """Say whether reports that do not count change nothing for the worse."""
        return not reports

    def speaks_against(self, _view: View) -> bool:
        """Say whether the record speaks against a dose, whomever the rule is for."""
        return False

    def concerns(self, view: View) -> bool:
        """Say whether it is listed: it is for the patient, or the record speaks against."""
        return self.is_for(view) or (self.speaks_against(view) and self.holds(view))

    def is_never_waived(self, _view: View, _codes: Iterable[str]) -> bool:
        """Say whether it rests on a newest value of these codes that is out of its limits."""
        return False

    def limits_dose(self, _question: Question) -> bool:
        """Say whether it limits the dose that is asked about."""
        return False


@dataclass(frozen=True, kw_only=True, slots=True)
class TotalLimit(RequirementRule):
    """A requirement that says how much may be given, ever."""

    @property
    @abstractmethod
    def is_lifetime(self) -> bool:
        """Say whether it limits the lifetime dose by body surface."""

    @abstractmethod
    def in_force(self, view: View) -> Decimal:
        """Give the total that a patient may not pass."""

    @abstractmethod
    def left_mg(self, question: Question) -> Fraction | None:
        """Say how many mg may still be given; None where that is unknown."""

    @abstractmethod
    def is_little(self, question: Question) -> bool:
        """Say whether what may still be given is so little that nobody is called for it."""


def never_turns(rule: object, view: View) -> Iterator[date]:
    """Go through no day: the calendar asks nothing for such a requirement."""
    yield from ()
