"""Which results the next gate of a patient lacks: to be asked for one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from monitor import protocols
from monitor.domain.assessment import Treatment
from monitor.domain.checks import find_booking
from monitor.domain.facts import Result
from monitor.domain.outcome import State
from monitor.domain.rules.answer import Requirement
from monitor.domain.rules.question import Proposal
from monitor.errors import Refused
from monitor.service.asking import cases
from monitor.service.asking.cases import Case
from monitor.service.asking.identity import Person, person_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Lacking:
    """One requirement that is not met, and the results of which any panel answers it."""

    title: str
    why: str
    panels: tuple[dict[str, str], ...]  # each result with what is good, in words


@dataclass(frozen=True, kw_only=True, slots=True)
class NextGate:
    """The day of the next gate, and what it lacks."""

    person: Person
    on: date  # the booked day, else today
    lacking: tuple[Lacking, ...]


def next_gate(case: Case) -> NextGate:
    """Find what the gate of the next infusion lacks; raises Refused where no course runs."""
    found: list[Lacking] = []
    days = []
    for treatment in case.treatments:
        course = treatment.timeline.course_on(case.today)
        if course is None or not course.running(case.today):
            continue
        booked = find_booking(treatment.protocol_of(course), treatment.view(case.today))
        days.append(booked.on if booked is not None and booked.on > case.today else case.today)
        found += _lacking(case, treatment, days[-1])
    if not days:
        raise Refused(
            f"{case.patient} has no course that runs on {case.today}: no gate lacks anything; name "
            "the results, for instance neut=3.2 alt=28/40"
        )
    return NextGate(person=person_of(case), on=min(days), lacking=tuple(found))


def _lacking(case: Case, treatment: Treatment, on: date) -> Iterator[Lacking]:
    gate = cases.ask_for(case, treatment, on=on, proposal=Proposal())
    protocol = treatment.protocol_at(min(on, case.today))
    rules, known = {rule.name: rule for rule in protocol.requirements}, protocols.catalogue()
    for one in gate.requirements:
        if one.state is State.MET:
            continue
        rule = rules.get(one.rule)
        # A warning at the gate stands by the values that it names.
        panels = _named(one) if rule is None else rule.answered_by(known, protocol.checks)
        if panels:
            yield Lacking(title=one.title, why=one.message, panels=panels)


def _named(requirement: Requirement) -> tuple[dict[str, str], ...]:
    codes = [fact.code for fact in requirement.facts if isinstance(fact, Result)]
    return tuple({code: ""} for code in dict.fromkeys(codes))
