"""Read the dose-adjustment table: infection and count in one window say how much less.

A table may be silent; then a clinician decides, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from monitor.domain.catalogue import Catalogue
from monitor.domain.dates import days
from monitor.domain.facts import Event, Result, Status
from monitor.domain.faults import Fault, no_word_of, not_numbers
from monitor.domain.outcome import Verdict
from monitor.domain.rule import Cite
from monitor.domain.rules.dose_rows import (
    WORST_GRADE,
    Decision,
    Grades,
    InfectionSigns,
    Spell,
)
from monitor.domain.rules.symptom_findings import signs
from monitor.domain.waiting import if_final, of_its_time

if TYPE_CHECKING:
    from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """What to do with the next dose, and why."""

    decision: Decision
    mg_per_m2: Decimal | None
    message: str
    facts: tuple[Event, ...]
    cites: tuple[Cite, ...]
    is_open: bool = False  # a count that is not final would say more

    def verdict(self, *, dose_given: bool) -> Verdict:
        """Give what the advice contributes to the gate."""
        if self.decision is Decision.STOP:
            return Verdict.STOP
        if self.decision is Decision.REDUCE and dose_given and not self.is_open:
            return Verdict.CLEAR  # the requirement of its size compares the dose with the advice
        return Verdict.CAUTION


@dataclass(frozen=True, kw_only=True, slots=True)
class DoseTable:
    """The table as a whole, for the time since the last infusion."""

    cites: tuple[Cite, ...]
    counts: tuple[Grades, ...]  # the worst of all in a window is used
    infection: InfectionSigns
    after: Spell  # counted from the last infusion
    before: Spell  # counted back from the next one
    taken_again_days: int = 2  # so soon after a sample that was not fit another one answers it
    not_encoded: tuple[str, ...] = ()  # rows of the source for which no fact can be recorded

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find grades that do not fall, or that two rows answer."""
        for number, scale in enumerate(self.counts):
            yield from not_numbers(("counts", number), [scale.code], catalogue)
            bounds = scale.from_value
            falling = all(above > below for above, below in pairwise(bounds))
            if len(bounds) != WORST_GRADE or not falling:
                words = "write 4 falling numbers: where grades 0, 1, 2 and 3 begin"
                yield ("counts", number, "from_value"), words
        found = self.infection
        result = catalogue.results.get(found.result)
        yield from no_word_of(("infection", "value"), result, found.value)
        for name, spell in (("after", self.after), ("before", self.before)):
            for inside, words in spell.faults():
                yield (name, *inside), words

    def advise(self, view: View, on: date) -> Advice | None:
        """Read the table for an infusion on a day; None where it has nothing to say.

        What is not final, or was taken back, is answered by a report of its own day alone: a
        better one of later says nothing of the lowest. A sample that was not fit is so by one of
        the days after it too. What was taken back says what it said.
        """
        found = self._advise(view, on)
        if not view.timeline.waiting:  # of most patients
            return found
        as_kept = view.if_all_kept(self.taken_again_days)
        as_final = view.if_all_final(self.taken_again_days)
        kept = self._advise(as_kept, on)
        if kept is not None and _gravity(kept) > _gravity(found):
            message = of_its_time(as_kept.among_added(kept.facts), kept.message)
            found = replace(kept, message=message)
        final = self._advise(as_final, on)
        if final is None or _gravity(final) <= _gravity(found):
            return found
        reports = as_final.among_added(final.facts)
        message = if_final(reports, final.message)
        if found is None or found.decision is Decision.CLINICIAN:
            found = self._clinician(message, final.facts)
            unfit = [r for r in reports if r.status is Status.UNSUITABLE]
            message = of_its_time(unfit, found.message) if unfit else found.message
        else:
            message = f"{found.message}; {message}"
        return replace(found, message=message, is_open=True)

    def _advise(self, view: View, on: date) -> Advice | None:
        last = view.last_infusion
        if last is None:
            return None
        since = last.on + days(1)  # a result of that day was taken before the infusion
        after_until = last.on + days(self.after.within_days)
        before_from = max(since, on - days(self.before.within_days))
        found = [
            *self._in_spell(view, self.after, since, min(after_until, on)),
            *self._in_spell(view, self.before, before_from, on),
            *self._outside(view, after_until + days(1), before_from - days(1)),
        ]
        if not found:
            return None
        return max(found, key=_gravity)

    def turns(self, view: View) -> Iterator[date]:
        """Go through the days on which a fact leaves a window."""
        last = view.last_infusion
        if last is None:
            return
        yield last.on + days(self.after.within_days + 1)
        for fact in self._facts_since(view, last.on):
            yield fact.on + days(self.before.within_days + 1)
            yield fact.on + days(1)
        for answer in view.timeline.answers.get(self.infection.answer, ()):
            yield answer.on + days(self.before.within_days)  # an infection that it ended leaves

    def _facts_since(self, view: View, day: date) -> list[Event]:
        """List the facts since a day that the table may look at."""
        found = self._infection(view, day, view.day)
        for scale in self.counts:
            found += view.between(scale.code, day, view.day)
        reports = chain.from_iterable(view.timeline.waiting.values())
        return [*found, *(r for r in reports if day <= r.on <= view.day)]

    def _in_spell(self, view: View, spell: Spell, first: date, last: date) -> list[Advice]:
        infection = self._infection(view, first, last)
        graded = self._worst_count(view, first, last)
        if infection and graded is None:
            return [
                self._clinician(f"infection {spell.title}, but no final blood count", infection)
            ]
        if graded is None:
            return []
        grade, count = graded
        told = f"{count} (WHO grade {grade}) on {count.on}, {spell.title}"
        if not infection:
            if grade in spell.alone:
                return [self._clinician(f"{told}, but no infection", [count])]
            return []
        for row in spell.rows:
            if grade in row.grades:
                dose = f"next dose {row.mg_per_m2} mg/m2" if row.mg_per_m2 else "stop therapy"
                return [
                    Advice(
                        decision=row.decision,
                        mg_per_m2=row.mg_per_m2,
                        message=f"infection and {told}: {dose}",
                        facts=(*infection, count),
                        cites=self.cites,
                    )
                ]
        return []

    def _outside(self, view: View, first: date, last: date) -> list[Advice]:
        if first > last:
            return []
        infection = self._infection(view, first, last)
        if not infection:
            return []
        graded = self._worst_count(view, first, last)
        if graded is not None and graded[0] >= 1:
            message = "infection and a low count, both outside the windows of the table"
            return [self._clinician(message, [*infection, graded[1]])]
        since = view.last_infusion.on + days(1) if view.last_infusion else first
        if self._worst_count(view, since, view.day) is None:
            return [
                self._clinician("infection, but no final blood count since the infusion", infection)
            ]
        return []

    def _clinician(self, message: str, facts: Sequence[Event]) -> Advice:
        return Advice(
            decision=Decision.CLINICIAN,
            mg_per_m2=None,
            message=f"{message}: the source is silent, a clinician decides",
            facts=tuple(facts),
            cites=self.cites,
        )

    def _infection(self, view: View, first: date, last: date) -> list[Event]:
        if first > last:
            return []
        found = signs(view, self.infection.symptoms, first, last)
        found += [
            result
            for result in view.between(self.infection.result, first, last)
            if result.value == self.infection.value
        ]
        answers = view.known_answers(self.infection.answer)
        for number, answer in enumerate(answers):
            ends = answers[number + 1].on if number + 1 < len(answers) else None
            if answer.value == "yes" and answer.on <= last and (ends is None or ends > first):
                found.append(answer)
        return found

    def _worst_count(self, view: View, first: date, last: date) -> tuple[int, Result] | None:
        if first > last:
            return None
        graded = [
            (scale.grade(result.value), result)
            for scale in self.counts
            for result in view.between(scale.code, first, last)
            if isinstance(result.value, Decimal)
        ]
        return max(graded, key=lambda found: (found[0], found[1].on), default=None)


def _gravity(advice: Advice | None) -> tuple[int, Decimal]:
    if advice is None:
        return -1, Decimal(0)
    return list(Decision).index(advice.decision), -(advice.mg_per_m2 or Decimal(0))
