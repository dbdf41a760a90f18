"""A protocol played through for a made-up patient: what comes due, and which windows open.

Nothing is done but the infusions: no test is recorded, no warning waived. The patient is not
stored. What comes due is worked out by the domain, as for anybody on record.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from monitor.domain.assessment import Treatment, evaluate
from monitor.domain.catalogue import Catalogue
from monitor.domain.checks import Check
from monitor.domain.dates import days
from monitor.domain.exposure import exposure, shown, shown_down
from monitor.domain.facts import (
    Answer,
    CourseEnded,
    CourseStarted,
    Dosing,
    Event,
    Infusion,
    InfusionPlanned,
    PatientDescribed,
)
from monitor.domain.protocol import Protocol
from monitor.domain.rule import Regimen
from monitor.domain.rules.question import Proposal
from monitor.domain.rules.warning import SafetyWarning
from monitor.domain.surface import Surface
from monitor.domain.timeline import Timeline
from monitor.library.scenario import GivenDose, Scenario, Simulation

SURFACE_M2 = Fraction(7, 4)  # 1.75 m2: 175 cm and 63 kg
_NO_AGE = "age not recorded"  # what depends on it is asked for
_WHO = "simulated"
_COURSE = 1  # the number of the event that starts the course


def simulate(protocol: Protocol, catalogue: Catalogue, scenario: Scenario) -> Simulation:
    """Give every infusion on its day, and look at each of these days and at the end."""
    if protocol.given is Regimen.DAILY:
        return _simulate_daily(protocol, catalogue, scenario)
    facts = _beginning(protocol, scenario)
    found: dict[tuple[str, int, int], Check] = {}
    windows: dict[tuple[str, int], SafetyWarning] = {}
    given: list[Infusion] = []
    notes = _assumptions(scenario)
    for number, on in enumerate(scenario.days()):
        booked = InfusionPlanned(event=0, on=on, recorded_on=on, drug=protocol.drug)
        before = _treatment(protocol, catalogue, [*facts, booked])
        mg, gate_says = _dose(before, protocol, on, still_to_come=scenario.infusions - number)
        if mg <= 0:
            left = scenario.infusions - number
            notes.append(f"{left} of {scenario.infusions} infusions not given: {gate_says}")
            break
        eve = max(on - days(1), facts[0].on)
        _collect_checks(found, evaluate(before, eve, until=on).checks, until=on)
        infusion = Infusion(
            event=10 + number,
            on=on,
            recorded_on=on,
            drug=protocol.drug,
            mg=mg,
            bsa=SURFACE_M2,
        )
        facts.append(infusion)
        given.append(infusion)
        after = _treatment(protocol, catalogue, facts)
        _collect_windows(windows, evaluate(after, on).warnings, on)
    ended = (given[-1].on if given else scenario.start) + days(1)
    facts.append(
        CourseEnded(
            event=5, on=ended, recorded_on=ended, course=_COURSE, reason="the last was given"
        )
    )
    after = _treatment(protocol, catalogue, facts)
    _collect_checks(found, evaluate(after, ended, until=scenario.end).checks, until=scenario.end)
    doses = _doses(after, protocol, scenario)
    return _simulation(protocol, scenario, found, windows, doses=doses, notes=notes)


def _simulate_daily(protocol: Protocol, catalogue: Catalogue, scenario: Scenario) -> Simulation:
    """Take every step on its day, and look at what time alone asks for until the next one."""
    facts = _beginning(protocol, scenario)
    found: dict[tuple[str, int, int], Check] = {}
    windows: dict[tuple[str, int], SafetyWarning] = {}
    for number, (step, following) in enumerate(pairwise([*scenario.steps, None])):
        assert step is not None  # only the last one has none after it
        facts.append(
            Dosing(
                event=10 + number,
                on=step.on,
                recorded_on=step.on,
                drug=protocol.drug,
                action=step.action,
                mg=step.mg,
            )
        )
        after = _treatment(protocol, catalogue, facts)
        until = scenario.end if following is None else following.on - days(1)
        assessment = evaluate(after, step.on, until=until)
        _collect_checks(found, assessment.checks, until=until)
        _collect_windows(windows, assessment.warnings, step.on)
    return _simulation(
        protocol,
        scenario,
        found,
        windows,
        notes=[f"taken daily; {_NO_AGE}; no test is done", *map(str, scenario.steps)],
    )


def _simulation(
    protocol: Protocol,
    scenario: Scenario,
    found: Mapping[tuple[str, int, int], Check],
    windows: Mapping[tuple[str, int], SafetyWarning],
    *,
    doses: Iterable[GivenDose] = (),
    notes: Iterable[str],
) -> Simulation:
    return Simulation(
        protocol=protocol,
        scenario=scenario,
        doses=tuple(doses),
        checks=tuple(sorted(found.values(), key=lambda c: (c.due, c.rule, c.occurrence))),
        windows=tuple(sorted(windows.values(), key=lambda w: (w.since, w.rule))),
        notes=tuple(notes),
    )


def _beginning(protocol: Protocol, scenario: Scenario) -> list[Event]:
    """Begin the course on the day on which the first of the tests opens."""
    rule = protocol.next_infusion
    fresh = [required.fresh_before_days for required in protocol.requirements]
    first = scenario.start - days(max([*fresh, rule.opens_ahead_days if rule else 0]))
    facts: list[Event] = [
        CourseStarted(
            event=_COURSE,
            on=first,
            recorded_on=first,
            protocol=protocol.name,
            version=protocol.version,
            digest=protocol.digest,
            drug=protocol.drug,
        ),
        PatientDescribed(event=2, on=first, recorded_on=first, sex=scenario.sex),
    ]
    for fact in _nothing_before(protocol):
        facts.append(Answer(event=3, on=first, recorded_on=first, fact=fact, value="0"))
    return facts


def _nothing_before(protocol: Protocol) -> list[str]:
    """List the questions that are answered with none, so that the lifetime dose is known."""
    related = protocol.related_exposure
    facts = [protocol.prior_exposure, related.converted if related else None]
    return [fact for fact in facts if fact is not None]


def _treatment(protocol: Protocol, catalogue: Catalogue, facts: Iterable[Event]) -> Treatment:
    # Only what time and doses bring about: with no test on record all else would warn each day.
    kept = tuple(rule for rule in protocol.warnings if rule.is_by_doses)
    timeline = Timeline(_WHO, facts, drug=protocol.drug, catalogue=catalogue)
    return Treatment(timeline=timeline, protocols={_COURSE: replace(protocol, warnings=kept)})


def _dose(
    treatment: Treatment, protocol: Protocol, on: date, *, still_to_come: int
) -> tuple[Decimal, str]:
    """Find the usual dose, or what the ceilings leave of it, and how that is said.

    Where the protocol names no size, what is left is shared out evenly.
    """
    surface = Surface(m2=SURFACE_M2, on=on, facts=())
    sizes = [rule.largest_mg(SURFACE_M2) for rule in protocol.requirements]
    limits = [size for size in sizes if size is not None]
    gate = treatment.ask(on=on, today=on, proposal=Proposal(surface=surface))
    if gate.remaining_mg is not None:
        limits.append(gate.remaining_mg if limits else gate.remaining_mg / still_to_come)
    mg = Decimal(shown_down(min(limits, default=Fraction(1)), 1))
    return mg, f"the lifetime dose leaves {mg} mg on {on}"


def _doses(treatment: Treatment, protocol: Protocol, scenario: Scenario) -> Iterator[GivenDose]:
    view = protocol.view(treatment.timeline, scenario.end)
    for dose in exposure(view, protocol.prior_exposure).doses():
        yield GivenDose(
            on=dose.infusion.on,
            mg=str(dose.infusion.mg),
            mg_per_m2=shown(dose.mg_per_m2 or Fraction(0)),
            running_total=None if dose.running_total is None else shown(dose.running_total),
        )


def _collect_checks(
    found: dict[tuple[str, int, int], Check], checks: Iterable[Check], *, until: date
) -> None:
    """Keep what is due by a day; what a newer infusion counts anew had not come due."""
    for check in checks:
        if check.due <= until:
            found[check.rule, check.occurrence, check.anchor.identity] = check


def _collect_windows(
    windows: dict[tuple[str, int], SafetyWarning], warnings: Iterable[SafetyWarning], on: date
) -> None:
    """Keep the windows; one that a newer infusion opened anew goes on from its first day."""
    standing = {(w.rule, w.anchor.identity): w for w in warnings}
    for key, old in list(windows.items()):
        if key in standing or (old.until is not None and old.until < on):
            continue
        del windows[key]
        for new_key, new in standing.items():
            if new.rule == old.rule:
                standing[new_key] = replace(new, since=old.since)
    for key, new in standing.items():
        windows.setdefault(key, new)


def _assumptions(scenario: Scenario) -> list[str]:
    return [
        f"sex {scenario.sex or 'not recorded'}; {_NO_AGE}; nothing given before; "
        "body surface 1.75 m2",
        "every infusion is given on its day and no test is done; the course ends the day after the "
        "last infusion, and follow-up continues",
    ]
