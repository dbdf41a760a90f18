"""Builders of facts in the domain's own words: no database, no clock."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from monitor import protocols
from monitor.domain.assessment import Treatment, Watched, evaluate
from monitor.domain.checks import Check
from monitor.domain.facts import (
    Answer,
    CourseEnded,
    CoursePaused,
    CourseResumed,
    CourseStarted,
    DoseAction,
    Dosing,
    Event,
    Infusion,
    InfusionPlanned,
    PatientClosed,
    PatientDescribed,
    PatientReopened,
    Result,
    Status,
    Symptom,
    Waiver,
)
from monitor.domain.protocol import Protocol
from monitor.domain.rules.answer import Gate, Requirement
from monitor.domain.rules.question import Proposal
from monitor.domain.rules.warning import SafetyWarning
from monitor.domain.timeline import Timeline
from monitor.domain.view import View
from monitor.domain.watch import Watch
from tests import example

FIRST = date(2023, 1, 10)  # the day of the first infusion
START = date(2023, 1, 3)  # of the course
TESTS = date(2023, 1, 5)  # the day of all tests before it
DRUG = example.DRUG
INDICATION = {
    "us": "secondary_progressive",
    "eu": "highly_active_relapsing",
    "fr": "secondary_progressive",
}
HARMLESS = {
    "alternatives": "relapses on two other drugs",
    "treatment_agreement": "yes",
    "prior_mitoxantrone_mg_m2": "0",
    "cardiac_disease": "no",
    "prior_anthracycline": "no",
    "mediastinal_radiotherapy": "no",
    "cardiotoxic_drug": "no",
    "hypersensitivity": "no",
    "breast_feeding": "no",
    "hepatic_impairment": "no",
}
NORMAL = {
    "lvef": "62",
    "ecg": "normal",
    "cardiac_exam": "normal",
    "neutrophils": "3.2",
    "lymphocytes": "1.8",
    "platelets": "240",
    "liver_tests": "normal",
    "hcg": "negative",
    "urinalysis": "normal",
}


def after(days: int) -> date:
    """Give the day so many days after the first infusion's day."""
    return FIRST + timedelta(days=days)


def woman(*, on: date = date.min, **known: Any) -> PatientDescribed:
    """Describe a woman of thirty who can conceive."""
    described = {"sex": "female", "born": date(1993, 4, 2), "can_conceive": True, **known}
    return PatientDescribed(event=0, on=on, recorded_on=FIRST, **described)


def man(**known: Any) -> PatientDescribed:
    """Describe a man of thirty."""
    return woman(sex="male", can_conceive=None, **known)


def protocol_of(profile: str) -> Protocol:
    """Read a protocol by its name, or by the profile of mitoxantrone."""
    if profile == example.NAME:
        return example.protocol()
    return protocols.load(f"mitoxantrone-ms-{profile}" if profile in INDICATION else profile)


def started(profile: str = example.NAME, *, on: date = START) -> CourseStarted:
    """Start a course: of the invented drug, or under the protocol or profile of that name."""
    protocol = protocol_of(profile)
    return CourseStarted(
        event=0,
        on=on,
        recorded_on=on,
        protocol=protocol.name,
        version=protocol.version,
        digest=protocol.digest,
        drug=protocol.drug,
    )


def paused(*, on: date) -> CoursePaused:
    """Pause the course that was started last."""
    return CoursePaused(event=0, on=on, recorded_on=on, course=0)


def resumed(*, on: date) -> CourseResumed:
    """Resume the course that was started last."""
    return CourseResumed(event=0, on=on, recorded_on=on, course=0)


def ended(*, on: date) -> CourseEnded:
    """End the course that was started last."""
    return CourseEnded(event=0, on=on, recorded_on=on, course=0, reason="no further effect")


def closed(*, on: date) -> PatientClosed:
    """Close the patient."""
    return PatientClosed(event=0, on=on, recorded_on=on, reason="transferred")


def reopened(*, on: date) -> PatientReopened:
    """Reopen the patient."""
    return PatientReopened(event=0, on=on, recorded_on=on)


def answer(fact: str, value: str, *, on: date = START) -> Answer:
    """Answer a question."""
    return Answer(event=0, on=on, recorded_on=on, fact=fact, value=value)


def result(
    code: str,
    value: str,
    *,
    on: date,
    status: str = "final",
    uln: str | None = None,
    lln: str | None = None,
) -> Result:
    """Record a result, a number in the code's first unit."""
    unit = protocols.catalogue().results[code].unit
    return Result(
        event=0,
        on=on,
        recorded_on=on,
        code=code,
        value=Decimal(value) if unit else value,
        shown=f"{value} {unit}".rstrip(),
        uln=None if uln is None else Decimal(uln),
        lln=None if lln is None else Decimal(lln),
        status=Status(status),
    )


def symptom(code: str, *, on: date, value: str | None = None) -> Symptom:
    """Report a symptom at noon."""
    at = datetime.combine(on, time(12), UTC)
    measured = None if value is None else Decimal(value)
    return Symptom(event=0, on=on, recorded_on=on, code=code, at=at, value=measured)


def planned(*, on: date, drug: str = DRUG) -> InfusionPlanned:
    """Book the next infusion."""
    return InfusionPlanned(event=0, on=on, recorded_on=FIRST, drug=drug)


def infusion(
    mg: str = "18.0", *, on: date = FIRST, bsa: str | None = "1.5", drug: str = DRUG, **given: Any
) -> Infusion:
    """Give a dose: unless told otherwise, 12 mg/m2."""
    surface = None if bsa is None else Fraction(bsa)
    values = {"recorded_on": on, **given}
    return Infusion(event=0, on=on, drug=drug, mg=Decimal(mg), bsa=surface, **values)


def step(
    action: str, *, on: date, drug: str = "clozapine", mg: str | None = None, **given: Any
) -> Dosing:
    """Start, change, interrupt, resume or stop a daily drug."""
    return Dosing(
        event=0,
        on=on,
        recorded_on=on,
        drug=drug,
        action=DoseAction(action),
        mg=None if mg is None else Decimal(mg),
        **given,
    )


def waiver(rule: str, *, on: date, occurrence: int = 1, anchor: int) -> Waiver:
    """Waive one occurrence of a rule."""
    return Waiver(
        event=0,
        on=on,
        recorded_on=on,
        by="Dr A",
        rule=rule,
        drug=DRUG,
        occurrence=occurrence,
        anchor=anchor,
        reason="decided",
    )


def answers_of(profile: str) -> dict[str, str]:
    """List the harmless answer to every question."""
    return {"ms_type": INDICATION[profile], **HARMLESS} if profile in INDICATION else HARMLESS


def asked(profile: str = example.NAME, *, on: date = START) -> list[Event]:
    """Answer every question harmlessly."""
    return [answer(fact, value, on=on) for fact, value in answers_of(profile).items()]


def all_tests(*, on: date = TESTS, **other: str | None) -> list[Event]:
    """Do every test, normal unless told otherwise; None leaves one out."""
    return [result(code, value, on=on) for code, value in {**NORMAL, **other}.items() if value]


def numbered(facts: Iterable[Event]) -> list[Event]:
    """Give every fact its number in the record, in the order of arrival.

    What changes a course belongs to the only one there is, or to the newest before it; a dose
    of which no drug is told is of the first course's.
    """
    numbers = [replace(fact, event=n) for n, fact in enumerate(facts, start=1)]
    starts = [fact for fact in numbers if isinstance(fact, CourseStarted)]
    usual = starts[0].drug if starts else DRUG
    found: list[Event] = []
    for fact in numbers:
        if isinstance(fact, CoursePaused | CourseResumed | CourseEnded) and fact.course == 0:
            before = [start for start in starts if start.event < fact.event] or starts
            fact = replace(fact, course=before[-1].event)
        elif isinstance(fact, Infusion | InfusionPlanned | Waiver) and fact.drug == DRUG:
            fact = replace(fact, drug=usual)
        found.append(fact)
    return found


def timeline(*facts: Event) -> Timeline:
    """Fold facts in the order of their arrival, about the drug of the course."""
    drug = next((fact.drug for fact in facts if isinstance(fact, CourseStarted)), DRUG)
    return Timeline("P", numbered(facts), drug=drug, catalogue=protocols.catalogue())


def view(*facts: Event, on: date = FIRST) -> View:
    """Look at facts on a day."""
    return View(timeline(*facts), on)


def treatment(*facts: Event) -> Treatment:
    """Treat a patient: the facts, and each course's protocol."""
    folded = timeline(*facts)
    pinned = {c.start.identity: protocol_of(c.start.protocol) for c in folded.courses}
    return Treatment(timeline=folded, protocols=pinned, watch=watch(*facts))


def watch(*facts: Event) -> Watch:
    """Watch a patient: all facts, whatever the drug."""
    known = numbered(facts)
    starts = [fact for fact in known if isinstance(fact, CourseStarted)]
    folded = timeline(*facts)
    return Watch(
        timeline=Timeline("P", known, drug="", catalogue=protocols.catalogue()),
        protocol=protocols.every_patient(),
        drugs=((folded, {s.identity: protocol_of(s.protocol) for s in starts}),),
    )


def watched(*facts: Event) -> Watched:
    """Follow a patient whatever the drug, beside the treatment with the one there is."""
    has_course = any(isinstance(fact, CourseStarted) for fact in facts)
    return Watched(watch=watch(*facts), treatments=(treatment(*facts),) if has_course else ())


def gate(
    *facts: Event,
    on: date = FIRST,
    mg: str | None = None,
    proposal: Proposal | None = None,
) -> Gate:
    """Ask, on the day itself, whether the infusion may go ahead."""
    if proposal is None:
        proposal = Proposal(mg=None if mg is None else Decimal(mg))
    return treatment(*facts).ask(on=on, today=on, proposal=proposal)


def requirement_of(answered: Gate, rule: str) -> Requirement:
    """Find a requirement, which is listed once."""
    (one,) = [r for r in answered.requirements if r.rule == rule]
    return one


def found(answered: Gate, rule: str) -> tuple[str, str, str]:
    """Find how a requirement stands: its state, its verdict and its words."""
    one = requirement_of(answered, rule)
    return one.state.value, one.verdict.value, one.message


def checks(*facts: Event, on: date, until: date | None = None) -> list[Check]:
    """List every check as it stands on a day."""
    both = treatment(*facts), watched(*facts)
    return [check for f in both for check in evaluate(f, on, until=until).checks]


def warnings(*facts: Event, on: date) -> list[SafetyWarning]:
    """List every warning that stands on a day."""
    both = treatment(*facts), watched(*facts)
    found = [warning for f in both for warning in evaluate(f, on).warnings]
    return sorted(found, key=lambda w: (-w.severity.rank, w.since, w.rule))


def ready(profile: str = example.NAME) -> list[Event]:
    """Begin a course with everything asked and every test done."""
    return [woman(), started(profile), *asked(profile), *all_tests()]
