"""Requirements that a person answers: asked before the first infusion, listed at every gate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

from monitor.domain.catalogue import Catalogue
from monitor.domain.course import Course
from monitor.domain.exposure import amounts_above_0
from monitor.domain.facts import Answer, Event, Infusion
from monitor.domain.faults import (
    Fault,
    answers_of,
    no_number_fact,
    number_facts,
    suggestion,
    unknown,
)
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome
from monitor.domain.rule import ALWAYS
from monitor.domain.rules.question import Question
from monitor.domain.rules.requirement import RequirementRule, never_turns
from monitor.domain.view import View

OTHERWISE = "otherwise"  # in a table of answers: every answer that is not listed


def never_recorded(question: Question, finding: Finding) -> Finding:
    """Soften what was never asked once infusions have been given.

    Before the first infusion unknown holds; at later ones a caution (docs/decisions/0006).
    """
    if finding.outcome is not Outcome.UNKNOWN or question.first:
        return finding
    return Finding(
        outcome=Outcome.CAUTION,
        message=f"never recorded: {finding.message}",
        facts=finding.facts,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionsAsked(RequirementRule):
    """One or more questions; each answer has its outcome, the gravest counts."""

    kind = "asked"
    acts_where = ALWAYS
    means: ClassVar = {
        "unrecorded": "when nobody recorded an answer",
        "yes_by_infusions": "infusions of these drugs on record count as yes",
        "yes_by_amounts": "an amount above 0 on record counts as yes",
    }

    asks: Mapping[str, Mapping[str, Outcome]]  # fact -> answer -> outcome
    unrecorded: Outcome = Outcome.UNKNOWN
    yes_by_infusions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # fact -> drugs
    yes_by_amounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # fact -> numbers

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find unknown questions and answers, answers left out, and a yes nobody can give."""
        for fact, outcomes in self.asks.items():
            yield from _unlisted(("asks", fact), fact, outcomes, catalogue)
        for key in ("yes_by_infusions", "yes_by_amounts"):
            for fact, named in getattr(self, key).items():
                if "yes" not in self.asks.get(fact, {}):
                    known = [asked for asked, outcomes in self.asks.items() if "yes" in outcomes]
                    hint = suggestion(fact, known)
                    yield (key, fact), f"'{fact}' is not asked here with the answer yes: {hint}"
                for number, amount in enumerate(named if key == "yes_by_amounts" else ()):
                    yield from no_number_fact((key, fact, number), amount, catalogue)

    def never_acts(self, _catalogue: Catalogue) -> Iterator[Fault]:
        """Find that every answer is met, or the only one that its conditions leave."""
        said = {outcome for outcomes in self.asks.values() for outcome in outcomes.values()}
        if said | {self.unrecorded} == {Outcome.MET}:
            yield ("asks",), "every answer is met, and none too: it never speaks"
        for number, condition in enumerate(self.when):
            if self.asks.get(condition.fact or "", {}).get(condition.is_ or "") is Outcome.MET:
                words = f"where {condition.fact} is {condition.is_} it is met: leave this out"
                yield ("when", number), words

    def speaks_against(self, view: View) -> bool:
        """Say whether an answer on record holds or stops."""
        return any(
            (known := view.known_answer(fact)) is not None
            and self._said(outcomes, known).rank >= Outcome.HOLD.rank
            for fact, outcomes in self.asks.items()
        )

    turns = never_turns

    def judge(self, question: Question) -> Finding | None:
        """Look up the newest answer to each question."""
        stops, waivable = question.protocol.demands.stop_answers, True
        worst, facts, messages = Outcome.MET, list[Event](), list[tuple[Outcome, str]]()
        for fact, outcomes in self.asks.items():
            title = question.view.timeline.catalogue.facts[fact].title
            answer = question.view.answer(fact)
            known = answer
            if known is not None and known.value == "unknown":
                known = question.view.known_answer(fact)
            outcome = self.unrecorded
            told = "not recorded" if answer is None else "answered 'unknown'"
            if known is not None:
                said = self._said(outcomes, known)
                if stops.get(fact) == known.value:
                    said, waivable = Outcome.STOP, False
                # A later "unknown" does not take back what spoke against.
                if known is answer or said.rank > outcome.rank:
                    answer, outcome = known, said
                    told = f"{known.value} on {known.on}"
            if answer is not None:
                facts.append(answer)
            known_otherwise = self._known_otherwise(question.view, fact)
            if known_otherwise:
                is_other = answer is not None and answer.value != "yes"
                against = f", although the answer is {told}" if is_other else ""
                told = f"{_said_so(known_otherwise[-1])}{against}"
                outcome = outcomes["yes"]
                facts += known_otherwise
            messages.append((outcome, f"{title}: {told}"))
            worst = max(worst, outcome, key=lambda o: o.rank)
        reasons = "; ".join(text for outcome, text in messages if outcome is worst)
        finding = Finding(outcome=worst, message=reasons, facts=tuple(facts), waivable=waivable)
        return never_recorded(question, finding)

    def _said(self, outcomes: Mapping[str, Outcome], answer: Answer) -> Outcome:
        return outcomes.get(answer.value, outcomes.get(OTHERWISE, Outcome.UNKNOWN))

    def _known_otherwise(self, view: View, fact: str) -> list[Infusion | Answer]:
        """List what says yes to a question under another name: amounts, then infusions."""
        drugs = self.yes_by_infusions.get(fact, ())
        given = [i for i in view.timeline.of_other_drugs if i.drug in drugs and i.on <= view.day]
        return [*amounts_above_0(view, self.yes_by_amounts.get(fact, ())), *given]


def _unlisted(
    path: tuple[str, str], name: str, outcomes: Mapping[str, Outcome], catalogue: Catalogue
) -> Iterator[Fault]:
    """Refuse a question that is none, and answers that are none or are left out."""
    fact = catalogue.facts.get(name)
    if fact is None:
        yield from unknown(path, name, catalogue.facts, "fact")
        return
    words = answers_of(fact)
    for answer in outcomes:
        if answer != OTHERWISE:
            yield from unknown((*path, answer), answer, words, "answer")
    if OTHERWISE not in outcomes and (missing := sorted(set(words) - set(outcomes))):
        yield path, f"no outcome for {', '.join(missing)}: list it, or add 'otherwise'"


def _said_so(event: Infusion | Answer) -> str:
    if isinstance(event, Infusion):
        return f"{event.drug} was given on {event.on}"
    return f"{event.fact} is {event.value} mg/m2, recorded for {event.on}"


@dataclass(frozen=True, kw_only=True, slots=True)
class PriorExposure(RequirementRule):
    """An earlier exposure to the drug: counted, or a reason not to begin again."""

    kind = "prior_exposure"
    acts_where = ALWAYS
    of_infusions = ("earlier_courses_count", "before_course")
    means: ClassVar = {
        "earlier": "what an earlier exposure means",
        "before_course": "infusions on record so long before it are earlier treatment",
    }

    needs: ClassVar = {"before_course_days": ("earlier_courses_count",)}

    asks: str  # the fact that holds the earlier amount, in mg/m2
    earlier: Outcome  # what an earlier exposure means
    earlier_courses_count: bool = False  # infusions of earlier courses on this record too
    before_course_days: int | None = None  # so many before the first course are of an earlier one

    def faults(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find a question that no amount answers."""
        numbers = number_facts(catalogue)
        if self.asks not in catalogue.facts:
            yield from unknown(("asks",), self.asks, numbers, "fact")
        yield from no_number_fact(("asks",), self.asks, catalogue)

    turns = never_turns

    def judge(self, question: Question) -> Finding | None:
        """Look for an amount on record, and for infusions of an earlier course."""
        view = question.view
        title = view.timeline.catalogue.facts[self.asks].title
        if self.earlier_courses_count and view.course is not None:
            before = tuple(i for i in view.infusions if self._is_earlier(i, view, view.course))
            if before:
                message = f"given in an earlier course, last on {before[-1].on}"
                if view.timeline.course_on(before[-1].on) is None:
                    start = view.course.start
                    message = (
                        f"given before this course began on {start.on}, last on {before[-1].on}; "
                        f"if that day was entered wrongly: monitor correct {start.event}"
                    )
                return self._found(self.earlier, message, before)
        answer = view.answer(self.asks)
        if answer is None:
            unknown = Finding(outcome=Outcome.UNKNOWN, message=f"{title}: not recorded")
            return never_recorded(question, unknown)
        outcome = self.earlier if Decimal(answer.value) > 0 else Outcome.MET
        message = f"{title}: {answer.value} mg/m2, recorded for {answer.on}"
        return self._found(outcome, message, (answer,))

    def _is_earlier(self, infusion: Infusion, view: View, now: Course) -> bool:
        course = view.timeline.course_of(infusion)
        if course is not None and course.start.identity != now.start.identity:
            return True
        if self.before_course_days is None or view.timeline.course_on(infusion.on) is not None:
            return False
        return (now.start.on - infusion.on).days > self.before_course_days

    def _found(self, outcome: Outcome, message: str, facts: tuple[Event, ...]) -> Finding:
        waivable = outcome is not Outcome.STOP  # docs/decisions/0006, "what cannot be waived"
        return Finding(outcome=outcome, message=message, facts=facts, waivable=waivable)
