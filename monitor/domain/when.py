"""Conditions on a rule: when it is for a patient. What nobody knows counts as if it held."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import Span, add_months
from monitor.domain.faults import Fault, answers_of, no_answer_of, no_word_of, not_numbers
from monitor.domain.keys import parameters
from monitor.domain.view import View

_A_LIFE = 120  # years; nobody is older


@dataclass(frozen=True, kw_only=True, slots=True)
class Single:
    """One thing that must be so: an answer, a value, the time on the drug, or the age."""

    fact: str | None = None
    code: str | None = None
    is_: str | None = None  # the answer, or the word
    below: Decimal | None = None
    above: Decimal | None = None
    on_drug: Span | None = None  # since the first dose
    age_years: int | None = None

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find what could never hold, or always would."""
        subjects = (self.fact, self.code, self.on_drug, self.age_years)
        compares = self.below is not None or self.above is not None
        if sum(subject is not None for subject in subjects) != 1:
            yield (), "write one of `fact`, `code`, `on_drug` and `age` under each `-`"
        elif (self.age_years or 0) > _A_LIFE or (
            self.on_drug is not None and self.on_drug.least_days > 365 * _A_LIFE
        ):
            yield (), "longer than a life: it never holds"
        elif self.fact is None and self.code is None:
            if compares or self.is_ is not None:
                yield (), "only `fact` and `code` are compared: leave the rest out"
        elif compares == (self.is_ is not None) or (compares and self.fact is not None):
            yield (
                (),
                "add what it is, a word `is` of either, or a number `below` or `above` of `code`",
            )
        elif self.fact is not None:
            yield from no_answer_of(("is",), self.fact, self.is_ or "", catalogue)
        elif self.is_ is not None:
            yield from no_word_of(("is",), catalogue.results.get(self.code or ""), self.is_)
        else:
            yield from not_numbers(("code",), [self.code or ""], catalogue)

    def excludes(self, other: "Single") -> bool:
        """Say whether the two can hold together only while nobody knows."""
        same = (self.fact, self.code) == (other.fact, other.code)
        return same and None not in (self.is_, other.is_) and self.is_ != other.is_

    def since(self, view: View) -> date | None:
        """Find since when it holds, perhaps from a day to come; None: it does not."""
        if self.fact is not None:
            answers = view.answers(self.fact)
            return _since((a.on, a.value in (self.is_, "unknown")) for a in answers)
        if self.code is not None:
            return _since((r.on, self.is_so(r.value)) for r in view.series(self.code))
        if self.on_drug is not None:
            given = [*view.infusions[:1], *view.begun[:1]]
            return self.on_drug.after(given[0].on) if given else None
        born, years = view.patient.born, self.age_years or 0
        return date.min if born is None else add_months(born, 12 * years)

    def is_so(self, value: Decimal | str | None) -> bool:
        """Say whether a value is the word, or beyond one of the figures."""
        if self.is_ is not None or not isinstance(value, Decimal):
            return value == self.is_ or self.is_ is None
        is_low = self.below is not None and value < self.below
        return is_low or (self.above is not None and value > self.above)


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition(Single):
    """One thing that must be so, or any one of several."""

    any: tuple[Single, ...] = ()  # instead of all else

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find what could never hold, or always would."""
        if not self.any:
            yield from Single.faults(self, catalogue)
            return
        if self != Condition(any=self.any):
            yield (), "`any` says it all: leave the rest out"
        for number, one in enumerate(self.any):
            for inside, words in one.faults(catalogue):
                yield ("any", number, *inside), words
        fact = catalogue.facts.get(self.any[0].fact or "")
        if len(set(self.any)) == 1:
            yield ("any",), "it is one thing: write it without `any`"
        elif fact and {(one.fact, one.is_) for one in self.any} >= {
            (fact.name, word) for word in answers_of(fact)
        }:
            yield ("any",), "one of them always holds: leave it out"

    def excludes(self, other: Single) -> bool:
        """Say whether no one of several can hold together with another condition."""
        mine = self.any or (self,)
        theirs = other.any if isinstance(other, Condition) and other.any else (other,)
        return all(Single.excludes(one, each) for one in mine for each in theirs)

    def since(self, view: View) -> date | None:
        """Find since when one of several holds, perhaps from a day to come; None: none does."""
        if not self.any:
            return Single.since(self, view)
        found = (one.since(view) for one in self.any)
        return min((day for day in found if day is not None), default=None)

    def in_words(self, _name: str, _code: str | None, catalogue: Catalogue) -> str:
        """Write what must be so."""
        return " or ".join(_words(parameters(one, catalogue)) for one in self.any or (self,))

    def said(self, view: View) -> str:
        """Say what must be so, and since when it is."""
        words = self.in_words("when", None, view.timeline.catalogue)
        since = self.since(view)
        if since is None:
            return f"only when {words}: not so"
        if since == date.min:
            return f"only when {words}: so, or nobody knows"
        return f"only when {words}: so from {since} on"


def _words(said: Mapping[str, str]) -> str:
    """Write one thing; a number is so on either side."""
    sides = " or ".join(f"{key} {said[key]}" for key in ("below", "above") if key in said)
    rest = [f"{k.replace('_', ' ')} {v}" for k, v in said.items() if k not in ("below", "above")]
    return ", ".join([*rest, sides] if sides else rest)


def begins(conditions: Iterable[Condition], view: View) -> date | None:
    """Find since when all hold, perhaps from a day to come; None: one does not."""
    begun = date.min
    for condition in conditions:
        since = condition.since(view)
        if since is None:
            return None
        begun = max(begun, since)
    return begun


def _since(seen: Iterable[tuple[date, bool]]) -> date | None:
    """Find since when the newest hold; before the first, nobody knew."""
    since: date | None = date.min
    for on, holds in seen:
        since = (on if since is None else since) if holds else None
    return since
