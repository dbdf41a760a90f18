"""How much was given: exact sums, and their rounding when shown.

Sums are exact fractions, so that no rounding can move a total across a ceiling; only what is
shown is rounded (docs/decisions/0007).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from itertools import takewhile

from monitor.domain.facts import Answer, Event, Infusion
from monitor.domain.view import View

_SHOWING = Context(prec=60)


def _rounded(value: Fraction | Decimal, places: int, rounding: str) -> str:
    exact = Fraction(value)
    quotient = _SHOWING.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    return str(quotient.quantize(Decimal(1).scaleb(-places), rounding=rounding))


def shown(value: Fraction | Decimal, places: int = 2) -> str:
    """Show an amount given: half-up."""
    return _rounded(value, places, ROUND_HALF_UP)


def shown_down(value: Fraction | Decimal, places: int = 2) -> str:
    """Show an amount that may still be given: never more than there is."""
    return _rounded(value, places, ROUND_DOWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dose:
    """One infusion's part in the lifetime total."""

    infusion: Infusion
    mg_per_m2: Fraction | None  # None where the BSA is not recorded
    running_total: Fraction | None  # mg/m2 after it, prior exposure included


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposure:
    """The lifetime exposure to a drug, over all courses."""

    given: Sequence[Infusion]
    prior: Answer | None  # mg/m2 given before this record began
    at_least: Fraction  # the known part, mg/m2
    total: Fraction | None  # mg/m2; None where any part is unknown
    mg: Decimal
    converted: Answer | None = None  # related drugs, in mg/m2 of this one, as a person has it
    not_added: tuple[Event, ...] = ()  # related drugs that nobody has converted
    none_given: tuple[Answer, ...] = ()  # answers that there was none of a related drug
    is_prior_known: bool = True  # what was given before, and of related drugs

    @property
    def before(self) -> tuple[Answer, ...]:
        """List the answers that are added to what was given."""
        return tuple(answer for answer in (self.prior, self.converted) if answer is not None)

    @property
    def without_surface(self) -> tuple[Infusion, ...]:
        """List the infusions whose BSA nobody recorded."""
        return tuple(infusion for infusion in self.given if infusion.bsa is None)

    def left_of(self, ceiling: Decimal) -> Fraction | None:
        """Say what a ceiling leaves; below 0: by how much it was passed."""
        return None if self.total is None else Fraction(ceiling) - self.total

    def doses(self) -> Iterator[Dose]:
        """Go through the infusions with the running total, prior exposure included."""
        running = None
        if self.is_prior_known:
            running = sum((Fraction(answer.value) for answer in self.before), Fraction(0))
        for infusion in self.given:
            amount = infusion.mg_per_m2
            running = None if running is None or amount is None else running + amount
            yield Dose(infusion=infusion, mg_per_m2=amount, running_total=running)


def exposure(view: View, prior_fact: str | None) -> Exposure:
    """Sum what was given before a view's day: infusions plus the recorded prior exposure."""
    prior = None if prior_fact is None else view.answer(prior_fact)
    converted, not_added, is_known = _related(view)
    related = view.related.facts if view.related is not None else ()
    answers = [answer for fact in related if (answer := view.answer(fact)) is not None]
    given, is_known = view.given, is_known and prior is not None
    known = given.known
    for answer in (prior, converted):
        if answer is not None:
            known += Fraction(answer.value)
    return Exposure(
        given=view.infusions,
        prior=prior,
        at_least=known,
        total=known if is_known and given.is_complete else None,
        mg=given.mg,
        converted=converted,
        not_added=not_added,
        none_given=tuple(answer for answer in answers if Decimal(answer.value) == 0),
        is_prior_known=is_known,
    )


def reached(view: View, amounts: Exposure, mg_per_m2: Decimal, *, exactly: bool) -> Event | None:
    """Find the fact with which the known total got above an amount, or to it, and stayed there.

    An earlier amount that is answered again takes the place of the answer before.
    """
    facts = {answer.fact for answer in amounts.before}
    answered = [a for f in facts for a in view.answers(f)]
    total, since = Fraction(0), None
    said: dict[str, Fraction] = {}
    events: list[Infusion | Answer] = [*amounts.given, *answered]
    for event in sorted(events, key=lambda e: (e.on, e.event)):
        if isinstance(event, Answer):
            total += Fraction(event.value) - said.get(event.fact, Fraction(0))
            said[event.fact] = Fraction(event.value)
        else:
            total += event.mg_per_m2 or Fraction(0)
        is_there = total > mg_per_m2 or (exactly and total == mg_per_m2)
        since = (since or event) if is_there else None
    return since


def unconverted(amounts: Exposure) -> str:
    """Say what of related drugs is not in the total: there are no factors to add it by."""
    if not amounts.not_added:
        return "related drugs not recorded"
    told = [_unadded(event) for event in amounts.not_added]
    return f"related drugs that cannot be added: {'; '.join(told)}"


def _unadded(event: Event) -> str:
    said = f"{event} on {event.on}"
    if isinstance(event, Infusion):
        return f"{event.drug}, {said}"
    if isinstance(event, Answer) and event.value == "yes":
        return f"{said}, and no amount above 0 is recorded"
    return said


def _related(view: View) -> tuple[Answer | None, tuple[Event, ...], bool]:
    """Find a person's conversion of related drugs, what it leaves out, and whether that is all.

    It covers what happened until its day and was on record by then. Without one, related drugs
    are known only where each was answered with none and none was given on this record.
    """
    related = view.related
    if related is None:
        return None, (), True
    answers = [view.answer(fact) for fact in related.facts]
    unsized = tuple(_without_amount(view, related.yes_needs_amount))
    given: list[Event] = [a for a in answers if a is not None and Decimal(a.value) > 0]
    given += [i for i in view.timeline.of_other_drugs
              if i.drug in related.drugs and i.on <= view.day]  # fmt: skip
    converted = view.answer(related.converted)
    if converted is not None:
        since = tuple(e for e in given if e.on > converted.on or e.came_after(converted))
        return converted, (*since, *unsized), not (since or unsized)
    return None, (*given, *unsized), not (given or unsized) and None not in answers


def amounts_above_0(view: View, facts: Iterable[str]) -> list[Answer]:
    """List the newest answers that are amounts above 0, oldest first."""
    answers = (view.answer(fact) for fact in facts)
    found = [a for a in answers if a is not None and Decimal(a.value) > 0]
    return sorted(found, key=lambda answer: (answer.on, answer.event))


def _without_amount(view: View, questions: Mapping[str, Sequence[str]]) -> Iterator[Answer]:
    """Find the questions answered with yes of which no amount, and no infusion before, tells."""
    for question, amounts in questions.items():
        answers = view.known_answers(question)  # a later "unknown" takes nothing back
        said = list(takewhile(lambda answer: answer.value == "yes", reversed(answers)))
        if not said:
            continue
        # Said again after an infusion it means what it meant before.
        is_given = any(infusion.on < said[-1].on for infusion in view.infusions)
        if not is_given and not amounts_above_0(view, amounts):
            yield said[0]
