"""Lifetime ceilings: what was given and what is proposed may not pass them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from monitor.domain.catalogue import Catalogue
from monitor.domain.exposure import amounts_above_0, shown, shown_down, unconverted
from monitor.domain.facts import Event, Infusion
from monitor.domain.faults import Fault, no_number_fact, not_positive
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome
from monitor.domain.rule import INFUSED
from monitor.domain.rules.measure import Measure
from monitor.domain.rules.question import Question
from monitor.domain.rules.requirement import RequirementRule, TotalLimit, never_turns
from monitor.domain.surface import per_m2
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Reduced:
    """A lower ceiling in mg/m2, unless each of some questions was answered with no.

    An infusion of one of the drugs on record, or an amount of one, contradicts any answer.
    """

    ceiling_mg_per_m2: Decimal
    facts: tuple[str, ...]
    drugs: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()

    def given(self, view: View) -> tuple[Event, ...]:
        """List the infusions and amounts on record that lower the ceiling, despite any answer."""
        others = view.timeline.of_other_drugs
        given = (i for i in others if i.drug in self.drugs and i.on <= view.day)
        return (*amounts_above_0(view, self.amounts), *given)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ceiling(TotalLimit):
    """A lifetime total that may not be passed; exactly reaching it is allowed."""

    kind = "ceiling"
    acts_where = INFUSED

    measure: Measure
    ceiling: Decimal
    reduced: Reduced | None = None

    def words(self, catalogue: Catalogue) -> dict[str, str]:
        """Write the ceiling with the unit of what it measures."""
        said = RequirementRule.words(self, catalogue)
        return {**said, "ceiling": f"{self.ceiling} {self.measure}"}

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find a ceiling of nothing, and a reduced one that is no lower."""
        yield from not_positive(("ceiling",), self.ceiling > 0, f"72 {self.measure}")
        if self.reduced is None:
            return
        for number, amount in enumerate(self.reduced.amounts):
            yield from no_number_fact(("reduced", "amounts", number), amount, catalogue)
        if not 0 < self.reduced.ceiling_mg_per_m2 < self.ceiling:
            words = f"'{self.reduced.ceiling_mg_per_m2}' is not below `ceiling`"
            yield ("reduced", "ceiling"), f"{words}: write less than {self.ceiling} mg/m2"

    def limits_dose(self, _question: Question) -> bool:
        """Say whether it limits amounts."""
        return self.measure is not Measure.INFUSIONS

    @property
    def is_lifetime(self) -> bool:
        """Say whether it adds up doses by body surface."""
        return self.measure is Measure.MG_PER_M2

    def in_force(self, view: View) -> Decimal:
        """Give the ceiling for a patient; what nobody has answered counts toward the lower one."""
        if self.reduced is None:
            return self.ceiling
        answers = [view.answer(fact) for fact in self.reduced.facts]  # "unknown" is no answer
        is_no = all(answer is not None and answer.value == "no" for answer in answers)
        if is_no and not self.reduced.given(view):
            return self.ceiling
        return min(self.ceiling, self.reduced.ceiling_mg_per_m2)

    turns = never_turns

    def judge(self, question: Question) -> Finding | None:
        """Add the proposed dose to what was given; with nothing left the answer is stop."""
        given = self.measure.given(question)
        known = self.measure.known(question)
        facts = self._facts(question)
        ceiling = Fraction(self.in_force(question.view))
        left = ceiling - known
        that_day = self.measure.of_the_day(question)
        if self._is_nothing(left - that_day, question):
            message = (
                f"{self.measure.shown(known + that_day)} given, nothing is left that can be given"
            )
            facts = (*facts, *question.left_out) if that_day else facts
            return self._finding(Outcome.STOP, message, facts, question)
        planned = self.measure.planned(question)
        if known + (planned or 0) > ceiling:
            return self._finding(Outcome.HOLD, self._too_much(question, left), facts, question)
        if planned is not None and known + that_day + planned > ceiling:
            message = f"with the {self.measure.shown(that_day)} on record on that day "
            message += self._too_much(question, max(left - that_day, Fraction(0)))
            return self._finding(Outcome.HOLD, message, (*facts, *question.left_out), question)
        unknown = self._without_surface(question)
        if given is None or (unknown and self.measure is Measure.MG_PER_M2):
            missing = "not every dose and earlier exposure is recorded per m2"
            if question.exposure.not_added:
                missing = unconverted(question.exposure)
            message = f"unknown: {missing}; at least {self.measure.shown(known)}"
            finding = self._finding(Outcome.UNKNOWN, message, facts, question)
            return replace(finding, waivable=self._is_bounded(question), against=unknown)
        if planned is None:
            if question.proposal.mg is not None and self.measure is Measure.MG_PER_M2:
                message = "unknown with this dose: no body surface to divide it by"
                return self._finding(Outcome.UNKNOWN, message, facts, question)
            message = f"{self.measure.shown(given)} given, {self.measure.shown_down(left)} left"
        else:
            message = f"{self.measure.shown(given + planned)} after this dose"
        if self.is_little(question):
            left = max(left - that_day, Fraction(0))
            message += f"; {self.measure.shown_down(left)} left is less than half a usual dose"
            return self._finding(Outcome.CAUTION, message, facts, question)
        return self._finding(Outcome.MET, message, facts, question)

    def is_little(self, question: Question) -> bool:
        """Say whether what is left is so little that nobody is called for it."""
        usual = question.protocol.usual_dose
        if usual is None or self.measure is Measure.INFUSIONS:
            return False
        surface = question.newest_m2
        most = None if usual.at_most_mg is None else Fraction(usual.at_most_mg)
        size: Fraction | None = Fraction(usual.size_mg_per_m2)
        if self.measure is Measure.MG:
            size = None if surface is None or size is None else size * surface
        elif most is not None:
            most = None if surface is None else most / surface
        sizes = [amount for amount in (size, most) if amount is not None]
        given = self.measure.known(question) + self.measure.of_the_day(question)
        left = Fraction(self.in_force(question.view)) - given
        little = Fraction(question.protocol.demands.little_left_percent) / 100
        return bool(sizes) and left < min(sizes) * little

    def _is_nothing(self, left: Fraction, question: Question) -> bool:
        demands = question.protocol.demands
        if self.measure is Measure.INFUSIONS:
            return left <= 0
        if self.measure is Measure.MG:
            return left < demands.nothing_left_amount_mg
        surface = question.newest_m2
        in_mg = None if surface is None else left * surface
        too_few_mg = in_mg is not None and in_mg < demands.nothing_left_amount_mg
        return left < demands.nothing_left_mg_per_m2 or too_few_mg

    def _without_surface(self, question: Question) -> tuple[Infusion, ...]:
        """List the doses of unknown size, those of the day itself too."""
        of_the_day = (i for i in question.of_the_day if i.mg_per_m2 is None)
        return (*question.exposure.without_surface, *of_the_day)

    def _is_bounded(self, question: Question) -> bool:
        """Say whether a lifetime dose stays below the ceiling, however large the unknown ones."""
        largest = question.protocol.largest_mg_per_m2
        amounts = question.exposure
        if not self.is_lifetime or largest is None or not amounts.is_prior_known:
            return False
        unknown = self._without_surface(question)
        usual_mg = Fraction(largest) * Fraction(question.protocol.demands.largest_surface)
        if any(given.mg > usual_mg for given in unknown):
            return False  # more than the largest dose, whoever it was given to
        worst = (
            amounts.at_least + self.measure.of_the_day(question) + len(unknown) * Fraction(largest)
        )
        planned = self.measure.planned(question) or Fraction(0)
        ceiling = Fraction(self.in_force(question.view))
        return worst < ceiling and worst + planned <= ceiling

    def left_mg(self, question: Question) -> Fraction | None:
        """Say how many mg this ceiling leaves; None where that is unknown."""
        surface = None if question.newest_surface is None else question.newest_surface.m2
        ceiling = Fraction(self.in_force(question.view))
        left = max(ceiling - self.measure.known(question), Fraction(0))
        if left == 0 or self.measure is Measure.MG:
            return left
        is_known = self.measure.given(question) is not None
        can_tell = is_known and self.measure is not Measure.INFUSIONS
        return left * surface if can_tell and surface is not None else None

    def _too_much(self, question: Question, left: Fraction) -> str:
        most = self.measure.shown_down(left)
        if self.measure is Measure.MG_PER_M2 and question.surface is not None:
            most = f"{shown_down(left * question.surface.m2, 1)} mg"
        return f"this dose would exceed the lifetime maximum; at most {most} remains"

    def _facts(self, question: Question) -> tuple[Event, ...]:
        amounts = question.exposure
        if self.measure is not Measure.MG_PER_M2:
            return tuple(amounts.given)
        surface = question.surface if question.proposal.mg is not None else None
        measured = () if surface is None else surface.facts
        reducing = self.reduced.facts if self.reduced is not None else ()
        answers = [a for fact in reducing if (a := question.view.answer(fact)) is not None]
        related = (*amounts.not_added, *amounts.none_given)
        others = self.reduced.given(question.view) if self.reduced is not None else ()
        return (*amounts.before, *amounts.given, *related, *answers, *others, *measured)

    def _finding(
        self, outcome: Outcome, message: str, facts: tuple[Event, ...], question: Question
    ) -> Finding:
        return Finding(
            outcome=outcome,
            message=f"{message} (ceiling {self.in_force(question.view)} {self.measure})",
            facts=facts,
            waivable=False,  # ceilings cannot be waived (docs/decisions/0006)
            arithmetic=lambda: self._arithmetic(question),
        )

    def _arithmetic(self, question: Question) -> list[str]:
        """Write the sum line by line."""
        amounts, mg, surface = question.exposure, question.proposal.mg, question.surface
        ceiling = f"ceiling: {self.in_force(question.view)} {self.measure}"
        if not self.is_lifetime:
            return [f"given: {self.measure.shown(self.measure.known(question))}", ceiling]
        titles = question.view.timeline.catalogue.facts
        lines = [f"{titles[one.fact].title}: {one.value} mg/m2" for one in amounts.before]
        lines += [unconverted(amounts)] if amounts.not_added else []
        for dose in amounts.doses():
            given, told = dose.infusion, "mg, BSA not recorded"
            if given.bsa is not None and dose.mg_per_m2 is not None:
                told = f"mg / {shown(given.bsa, 4)} m2 = {shown(dose.mg_per_m2)} mg/m2"
            lines.append(f"{given.on}: {given.mg} {told}")
        lines.append(f"sum of what is known: {shown(amounts.at_least)} mg/m2")
        if mg is not None and surface is not None:
            told = f"{shown(surface.m2, 4)} m2 = {shown(per_m2(mg, surface.m2))} mg/m2"
            lines.append(f"proposed: {mg} mg / {told}")
        return [*lines, ceiling]
