"""May the next infusion go ahead, and if not, why: requirement by requirement."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial

from monitor.domain.checks import checks_of
from monitor.domain.dates import days
from monitor.domain.exposure import (
    Surface,
    exposure,
    per_m2,
    surfaces,
)
from monitor.domain.facts import Dosing, Event, Infusion, Result, Waiver, is_for_the_next
from monitor.domain.finding import Finding
from monitor.domain.outcome import CheckState, Outcome, Verdict
from monitor.domain.protocol import Protocol
from monitor.domain.rule import Rule
from monitor.domain.rules.answer import NO_COURSE, Gate, Requirement
from monitor.domain.rules.dose_adjustment import Advice
from monitor.domain.rules.question import Proposal, Question
from monitor.domain.rules.requirement import RequirementRule
from monitor.domain.timeline import Timeline
from monitor.domain.unconfirmed import weighed
from monitor.domain.view import View

# Goes through the warnings that the gate lists as requirements while they stand. It is given the
# view, and the facts of which a requirement that is not clear speaks already.
Standing = Callable[[View, Collection[Event]], Iterable[tuple[Rule, Finding]]]


def gate(
    protocol: Protocol,
    timeline: Timeline,
    *,
    on: date,
    today: date,
    proposal: Proposal,
    standing: Standing,
    taken_up: Sequence[Dosing] = (),
) -> Gate:
    """Answer for a day: facts up to the earlier of that day and today count.

    An infusion recorded on the day itself is left out, and named. `taken_up` are the steps of the
    day by which a daily drug begins: named too, and left out of the timeline already.
    """
    known_until = min(on, today)
    before = min(known_until, on - days(1))
    given = [i.until(before) for i in timeline.infusions if i.on <= before]
    then = [i.until(known_until) for i in timeline.infusions]
    left_out = [part for i in then for part in (i, *i.parts) if part.on == on <= known_until]
    view = protocol.view(timeline, known_until, infusions=given)
    return judge(
        protocol,
        view,
        on=on,
        proposal=proposal,
        standing=standing,
        left_out=tuple(left_out),
        taken_up=tuple(taken_up),
    )


def gate_at(
    protocol: Protocol,
    timeline: Timeline,
    given_then: Infusion | Dosing,
    *,
    standing: Standing,
) -> Gate:
    """Answer as of the moment a dose was given, with the dose that was given."""
    if isinstance(given_then, Dosing):
        steps = timeline.before(given_then)
        view = protocol.view(timeline, given_then.on, dosing=steps)
        amounts = (step.mg for step in (given_then, *timeline.with_it(given_then)))
        proposal = Proposal(mg=max((mg for mg in amounts if mg is not None), default=None))
        return judge(
            protocol,
            view,
            on=view.day,
            proposal=proposal,
            standing=standing,
            dose=given_then,
        )
    infusion = given_then
    # By its number: a view may have left out parts of it that came later.
    place = next(n for n, i in enumerate(timeline.infusions) if i.event == infusion.event)
    given = timeline.infusions[:place]
    surface = None
    if infusion.bsa is not None:
        surface = Surface(m2=min(surfaces([infusion])), on=infusion.on, facts=(infusion,))
    proposal = Proposal(mg=infusion.mg, surface=surface, route=infusion.route)
    view = protocol.view(timeline, infusion.on, infusions=given)
    return judge(
        protocol,
        view,
        on=infusion.on,
        proposal=proposal,
        standing=standing,
        dose=infusion,
    )


def judge(
    protocol: Protocol,
    view: View,
    *,
    on: date,
    proposal: Proposal,
    standing: Standing,
    left_out: tuple[Infusion, ...] = (),
    taken_up: tuple[Dosing, ...] = (),
    dose: Infusion | Dosing | None = None,
) -> Gate:
    """Judge every requirement of a protocol for an infusion on a day.

    Of that day a pause or a closing counts that was recorded before `dose`, which is on record.
    """
    advice = protocol.dose_table.advise(view, on) if protocol.dose_table else None
    surface = proposal.surface
    if surface is None and proposal.mg is not None:
        surface = protocol.measured(view, on)
    question = Question(
        protocol=protocol,
        view=view,
        on=on,
        proposal=proposal,
        exposure=exposure(view, protocol.prior_exposure),
        advice=advice,
        surface=surface,
        newest_surface=surface or protocol.newest(view),
        left_out=left_out,
        taken_up=taken_up,
        dose=dose,
        waived_check=partial(_waived_check, protocol, view, on),
        is_past=dose is not None,
    )
    requirements: list[Requirement] = []
    said: set[Event] = set()  # of what speaks against the dose already

    def add(rule: Rule, finding: Finding, *, calm: Verdict = Verdict.CLEAR) -> None:
        requirement = _requirement(rule, finding, question)
        requirements.append(requirement)
        if requirement.verdict.rank > calm.rank:
            said.update(requirement.facts, requirement.against)

    concerned = [rule for rule in protocol.requirements if rule.concerns(view)]
    for rule in concerned:
        finding = weighed(rule, question) if rule.is_weighed else rule.judge(question)
        if finding is not None:
            # Of what nobody asked for a warning says what is to be done.
            add(rule, finding, calm=Verdict.CAUTION if rule.is_unasked else Verdict.CLEAR)
    for rule_beside, stands in standing(view, said):
        add(rule_beside, stands)
    verdicts, notes = _circumstances(view, on, dose)
    verdicts += [requirement.verdict for requirement in requirements]
    if left_out or taken_up:
        verdicts.append(Verdict.CAUTION)
    if advice is not None:
        verdicts.append(advice.verdict(dose_given=proposal.mg is not None))
    return _with_amounts(
        protocol,
        question,
        verdict=max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.CLEAR),
        requirements=tuple(requirements),
        notes=notes,
        advice=advice,
        is_limited=any(rule.limits_dose(question) for rule in concerned),
    )


def _waived_check(protocol: Protocol, view: View, on: date, name: str) -> int | None:
    opened = [c for c in checks_of(protocol, name, view, until=on) if c.opens <= on]
    is_waived = bool(opened) and opened[-1].state is CheckState.WAIVED
    return opened[-1].occurrence if is_waived else None


def _requirement(rule: Rule, finding: Finding, question: Question) -> Requirement:
    if _is_never_waived(rule, finding, question):
        finding = replace(finding, waivable=False)
    waiver = find_waiver(rule.name, finding, question)
    if finding.is_argument:
        if waiver is not None:
            message = f"{finding.message}; the waiver of {waiver.on} by {waiver.by} has no effect"
            finding = replace(finding, message=f"{message} on what is asked about")
    elif waiver is not None and finding.waivable:
        message = f"waived by {waiver.by} on {waiver.on} ({waiver.reason}): {finding.message}"
        facts = (*finding.facts, waiver)
        finding = replace(finding, outcome=Outcome.CAUTION, message=message, facts=facts)
    return Requirement(
        rule=rule.name,
        title=rule.title,
        state=finding.outcome.state,
        verdict=finding.outcome.verdict,
        message=finding.message,
        facts=finding.facts,
        cites=rule.cites,
        waivable=finding.waivable,
        against=finding.facts if finding.against is None else finding.against,
        arithmetic=finding.arithmetic,
        begun_by=finding.begun_by,
    )


def find_waiver(rule: str, finding: Finding, question: Question) -> Waiver | None:
    """Find the waiver in force: same occurrence and anchor, and no fact newer than itself."""
    if finding.outcome in (Outcome.MET, Outcome.CAUTION):
        return None
    anchor = question.view.anchor
    for waiver in reversed(question.view.waivers(rule)):
        if (
            waiver.occurrence == question.occurrence
            and anchor is not None
            and waiver.anchor == anchor.identity
            and is_for_the_next(waiver, anchor)
            and waiver.covers(finding.facts if finding.against is None else finding.against)
        ):
            return waiver
    return None


def _is_never_waived(rule: Rule, finding: Finding, question: Question) -> bool:
    """Say whether it rests on a newest value that is too bad for any waiver."""
    demands, view = question.protocol.demands, question.view
    outside = demands.never_waived_outside
    if isinstance(rule, RequirementRule) and rule.is_never_waived(view, outside):
        return True
    limits = demands.never_waived_below
    return any(
        isinstance(fact, Result)
        and isinstance(fact.value, Decimal)
        and fact.code in limits
        and fact.value < limits[fact.code]
        and (fact is view.newest(fact.code) or fact in view.waiting(fact.code))
        for fact in (*finding.facts, *(finding.against or ()))
    )


def _circumstances(
    view: View, on: date, dose: Event | None
) -> tuple[list[Verdict], tuple[str, ...]]:
    verdicts, notes = [], []

    def came_later(event: Event) -> bool:
        return dose is not None and event.on == view.day and event.event > dose.event

    pause = view.course.paused(view.day) if view.course else None
    if pause is not None and not came_later(pause):
        verdicts.append(Verdict.HOLD)
        notes.append(f"the course is paused since {pause.on}")
    if view.course is not None and (end := view.course.ended(view.day)) and end.on < on:
        verdicts.append(Verdict.HOLD)
        notes.append(f"the course ended on {end.on}")
    if view.course is None:
        verdicts.append(Verdict.HOLD)
        notes.append(NO_COURSE)
    closed = view.timeline.closed(view.day)
    if closed is not None and not came_later(closed):
        verdicts.append(Verdict.HOLD)
        notes.append(f"the patient is closed since {closed.on} ({closed.reason})")
    return verdicts, tuple(notes)


def _with_amounts(
    protocol: Protocol,
    question: Question,
    *,
    verdict: Verdict,
    requirements: tuple[Requirement, ...],
    notes: tuple[str, ...],
    advice: Advice | None,
    is_limited: bool,  # the dose that is asked about, by some rule
) -> Gate:
    view, proposal, given = question.view, question.proposal, question.exposure
    lifetime = protocol.lifetime
    ceiling = protocol.lifetime_ceiling(view)
    after = None
    if proposal.mg is not None and question.surface is not None and given.total is not None:
        after = given.total + per_m2(proposal.mg, question.surface.m2)
    left = [rule.left_mg(question) for rule in protocol.requirements]
    known = [amount for amount in left if amount is not None]
    is_told = lifetime is None or lifetime.left_mg(question) is not None
    left_mg = min(known) if known and (is_told or min(known) == 0) else None
    remaining = over = None
    if given.total is not None and ceiling is not None:
        remaining = max(Fraction(ceiling) - given.total, Fraction(0))
        over = max(given.total - Fraction(ceiling), Fraction(0))
    return Gate(
        on=question.on,
        occurrence=question.occurrence,
        verdict=verdict,
        requirements=requirements,
        proposal=proposal,
        surface=question.surface,
        advice=advice,
        exposure=given,
        after=after,
        ceiling=ceiling,
        remaining=remaining,
        remaining_mg=left_mg,
        over_by=over,
        notes=notes,
        left_out=(*question.left_out, *question.taken_up),
        little_left=any(rule.is_little(question) for rule in protocol.requirements),
        not_judged=None if is_limited else proposal.mg,
    )
