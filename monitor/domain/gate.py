"""May the next infusion go ahead, and if not, why: requirement by requirement."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from fractions import Fraction
from functools import partial

from monitor.domain.checks import checks_of
from monitor.domain.dates import days
from monitor.domain.exposure import exposure
from monitor.domain.facts import Dosing, Event, Infusion
from monitor.domain.finding import Finding
from monitor.domain.outcome import CheckState, Verdict
from monitor.domain.protocol import Protocol
from monitor.domain.rule import Rule
from monitor.domain.rules.answer import NO_COURSE, Gate, Requirement
from monitor.domain.rules.question import Proposal, Question
from monitor.domain.surface import Surface, surfaces
from monitor.domain.timeline import Timeline
from monitor.domain.unconfirmed import weighed
from monitor.domain.view import View
from monitor.domain.waived import requirement_of

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
    return judge_all(
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
        return judge_all(
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
    return judge_all(
        protocol,
        view,
        on=infusion.on,
        proposal=proposal,
        standing=standing,
        dose=infusion,
    )


def judge_all(
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
        requirement = requirement_of(rule, finding, question)
        requirements.append(requirement)
        if requirement.verdict.rank > calm.rank:
            said.update(requirement.facts, requirement.against)

    concerned = [rule for rule in protocol.requirements if rule.concerns(view)]
    for rule in concerned:
        is_weighed = rule.is_weighed and view.timeline.waiting  # of few patients
        finding = weighed(rule, question) if is_weighed else rule.judge(question)
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
    is_limited = any(rule.limits_dose(question) for rule in concerned)
    return Gate(
        on=on,
        occurrence=question.occurrence,
        verdict=max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.CLEAR),
        requirements=tuple(requirements),
        proposal=proposal,
        surface=surface,
        advice=advice,
        exposure=question.exposure,
        ceiling=protocol.lifetime_ceiling(view),
        remaining_mg=_left_mg(protocol, question),
        notes=notes,
        left_out=(*left_out, *taken_up),
        little_left=any(rule.is_little(question) for rule in protocol.ceilings),
        not_judged=None if is_limited else proposal.mg,
    )


def _waived_check(protocol: Protocol, view: View, on: date, name: str) -> int | None:
    opened = [c for c in checks_of(protocol, name, view, until=on) if c.opens <= on]
    is_waived = bool(opened) and opened[-1].state is CheckState.WAIVED
    return opened[-1].occurrence if is_waived else None


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


def _left_mg(protocol: Protocol, question: Question) -> Fraction | None:
    """Say how many mg all ceilings leave; where the lifetime dose is unknown, only that none is."""
    amounts = [rule.left_mg(question) for rule in protocol.ceilings]
    least = min((amount for amount in amounts if amount is not None), default=None)
    is_told = protocol.lifetime is None or protocol.lifetime.left_mg(question) is not None
    return least if is_told or least == 0 else None
