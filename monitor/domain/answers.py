"""Requirements that a person answers: asked before the first infusion, listed at every gate."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from monitor.domain.clause import Finding, Rule
from monitor.domain.dates import add_months
from monitor.domain.events import Event
from monitor.domain.outcome import Outcome
from monitor.domain.question import Question

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
class Asked(Rule):
    """One or more questions; each answer has its outcome, the gravest counts."""

    asks: Mapping[str, Mapping[str, Outcome]]  # fact -> answer -> outcome
    unrecorded: Outcome = Outcome.UNKNOWN

    def judge(self, question: Question) -> Finding | None:
        """Look up the newest answer to each question."""
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
                said = outcomes.get(known.value, outcomes.get(OTHERWISE, Outcome.UNKNOWN))
                # A later "unknown" does not take back what spoke against.
                if known is answer or said.rank > outcome.rank:
                    answer, outcome = known, said
                    told = f"{known.value} on {known.on}"
            messages.append((outcome, f"{title}: {told}"))
            if answer is not None:
                facts.append(answer)
            worst = max(worst, outcome, key=lambda o: o.rank)
        reasons = "; ".join(text for outcome, text in messages if outcome is worst)
        finding = Finding(outcome=worst, message=reasons, facts=tuple(facts))
        return never_recorded(question, finding)


@dataclass(frozen=True, kw_only=True, slots=True)
class PriorExposure(Rule):
    """An earlier exposure to the drug: counted, or a reason not to begin again."""

    asks: str  # the fact that holds the earlier amount, in mg/m2
    earlier: Outcome  # what an earlier exposure means
    earlier_courses_count: bool = False  # infusions of earlier courses on this record too

    def judge(self, question: Question) -> Finding | None:
        """Look for an amount on record, and for infusions of an earlier course."""
        view = question.view
        title = view.timeline.catalogue.facts[self.asks].title
        if self.earlier_courses_count and view.course is not None:
            start = view.course.start
            before = tuple(
                infusion
                for infusion in view.infusions
                if (course := view.timeline.course_of(infusion)) is not None
                and course.start.identity != start.identity
            )
            if before:
                message = f"given in an earlier course, last on {before[-1].on}"
                return Finding(outcome=self.earlier, message=message, facts=before)
        answer = view.answer(self.asks)
        if answer is None:
            unknown = Finding(outcome=Outcome.UNKNOWN, message=f"{title}: not recorded")
            return never_recorded(question, unknown)
        outcome = self.earlier if Decimal(answer.value) > 0 else Outcome.MET
        message = f"{title}: {answer.value} mg/m2, recorded for {answer.on}"
        return Finding(outcome=outcome, message=message, facts=(answer,))


@dataclass(frozen=True, kw_only=True, slots=True)
class Age(Rule):
    """The patient is old enough."""

    minimum_years: int
    below: Outcome

    def judge(self, question: Question) -> Finding | None:
        """Compare the birthday with the day of the infusion."""
        born = question.view.patient.born
        if born is None:
            unknown = Finding(outcome=Outcome.UNKNOWN, message="date of birth: not recorded")
            return never_recorded(question, unknown)
        of_age = add_months(born, 12 * self.minimum_years)
        if question.on < of_age:
            return Finding(
                outcome=self.below, message=f"born {born}: {self.minimum_years} only on {of_age}"
            )
        return Finding(outcome=Outcome.MET, message=f"born {born}, at least {self.minimum_years}")
