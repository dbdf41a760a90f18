"""The answers, typed: documents, tables and pages are made from these and from nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from monitor.domain.assessment import Treatment
from monitor.domain.checks import Check
from monitor.domain.exposure import Exposure, exposure, shown, shown_down
from monitor.domain.facts import Event
from monitor.domain.outcome import State, Verdict
from monitor.domain.protocol import Protocol
from monitor.domain.rules.answer import Gate, Requirement
from monitor.domain.rules.warning import SafetyWarning
from monitor.domain.surface import per_m2
from monitor.errors import Refused
from monitor.service.asking.cases import Case, day_meant
from monitor.service.asking.identity import Person, person_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """A patient of whom a question about everybody has no answer: silence would read as calm."""

    patient: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownDose:
    """A dose as it is shown."""

    mg: str
    bsa_m2: str | None
    mg_per_m2: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lifetime:
    """A lifetime dose in mg/m2 as it is shown: rounded here, and nowhere before."""

    given: str | None  # None: a part of it is unknown
    at_least: str
    after: str | None = None  # with the dose asked about
    ceiling: str
    remaining: str | None
    remaining_mg: str | None = None
    over_by: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class GateAnswer:
    """May the next infusion, or dose, go ahead."""

    person: Person
    protocol: Protocol
    gate: Gate

    @property
    def not_judged(self) -> str | None:
        """Say that a dose was not judged: `clear` would read as if it had been."""
        if self.gate.not_judged is None:
            return None
        name = self.protocol.name
        return f"not judged: {self.gate.not_judged} mg: no rule of {name} limits this dose"

    @property
    def is_held(self) -> bool:
        """Say whether the dose should not be given as things are."""
        return self.gate.verdict in (Verdict.HOLD, Verdict.STOP)

    def against(self) -> Iterator[tuple[str, str, str]]:
        """Go through what speaks against it, the gravest first: rule or nothing, word, sentence."""
        gate = self.gate
        left_out = [f"{fact} of that day left out" for fact in gate.left_out]
        yield from (("", note, note) for note in [*gate.notes, *left_out])
        for asked in sorted(gate.requirements, key=_gravest_first):
            if asked.verdict is not Verdict.CLEAR:
                state = asked.state.replace("_", " ")
                yield asked.rule, state, f"{asked.rule} {state}: {asked.message}"
        if gate.advice is not None:
            size = f" to {self.advised} mg/m2" if self.advised else ""
            words = f"dose advice: {gate.advice.decision}{size}"
            yield "", words, f"{words}; {gate.advice.message}"

    @property
    def advised(self) -> str | None:
        """Give the size in mg/m2 that the dose-adjustment table advises."""
        advice = self.gate.advice
        return None if advice is None or advice.mg_per_m2 is None else shown(advice.mg_per_m2)

    @property
    def dose(self) -> ShownDose | None:
        """Give the dose asked about."""
        mg, m2 = self.gate.proposal.mg, self.gate.surface.m2 if self.gate.surface else None
        return None if mg is None else _dose_shown(mg, m2, None if m2 is None else per_m2(mg, m2))

    @property
    def lifetime(self) -> Lifetime | None:
        """Give the lifetime dose; None where the protocol limits none."""
        gate = self.gate
        if gate.ceiling is None:
            return None
        left_mg = None if gate.remaining_mg is None else shown_down(gate.remaining_mg, 1)
        found = _lifetime(gate.exposure, gate.ceiling)
        return replace(found, after=_shown(gate.after), remaining_mg=left_mg)

    @property
    def left(self) -> str:
        """Say what could still be given; empty where nothing limits a lifetime's dose."""
        if self.lifetime is None:
            return ""
        known = self.lifetime.remaining_mg
        return f"{known} mg left" if known else "mg left unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class GatesAnswer:
    """The gates of everybody who is booked for a day."""

    on: date
    gates: tuple[GateAnswer, ...]
    unknown: tuple[Unknown, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedCheck:
    """A check, whose it is, and the day that it is for the patient."""

    person: Person
    check: Check
    today: date


@dataclass(frozen=True, kw_only=True, slots=True)
class ChecksAnswer:
    """What must be checked, and when."""

    person: Person | None  # None: everybody
    as_of: date
    until: date
    checks: tuple[ListedCheck, ...]
    unknown: tuple[Unknown, ...]
    has_course: bool = True  # else no drug asks for anything of the one patient


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedWarning:
    """A warning, and whose it is."""

    person: Person
    warning: SafetyWarning


@dataclass(frozen=True, kw_only=True, slots=True)
class WarningsAnswer:
    """What a person must look at now."""

    person: Person | None  # None: everybody
    as_of: date
    warnings: tuple[ListedWarning, ...]
    unknown: tuple[Unknown, ...]
    only: str = ""  # which were asked for, where not all: none of these is not none at all


@dataclass(frozen=True, kw_only=True, slots=True)
class ExposureAnswer:
    """The lifetime dose, dose by dose."""

    person: Person
    protocol: Protocol
    exposure: Exposure
    ceiling: Decimal

    @property
    def lifetime(self) -> Lifetime:
        """Give the sum."""
        return _lifetime(self.exposure, self.ceiling)

    def doses(self) -> Iterator[tuple[Event, ShownDose, str | None]]:
        """Go through the infusions: each, its size, and the sum after it."""
        for dose in self.exposure.doses():
            infusion = dose.infusion
            size = _dose_shown(infusion.mg, infusion.bsa, dose.mg_per_m2)
            yield infusion, size, _shown(dose.running_total)

    def prior(self) -> Iterator[tuple[Event, str | None]]:
        """Go through what was given before, in mg/m2; None: of a related drug, and not added."""
        yield from ((answer, shown(Fraction(answer.value))) for answer in self.exposure.before)
        yield from ((event, None) for event in self.exposure.not_added)


def _gravest_first(asked: Requirement) -> tuple[int, bool]:
    return -asked.verdict.rank, asked.state is not State.NOT_MET


def gate_answer(case: Case, treatment: Treatment, gate: Gate) -> GateAnswer:
    """Name the protocol by which a gate was answered."""
    day = min(day_meant(case, gate.on), case.today)
    return GateAnswer(person=person_of(case), protocol=treatment.protocol_at(day), gate=gate)


def _dose_shown(mg: Decimal, m2: Fraction | None, mg_per_m2: Fraction | None) -> ShownDose:
    return ShownDose(
        mg=str(mg), bsa_m2=None if m2 is None else shown(m2, 4), mg_per_m2=_shown(mg_per_m2)
    )


def _lifetime(exposure: Exposure, ceiling: Decimal) -> Lifetime:
    left = exposure.left_of(ceiling)
    return Lifetime(
        given=_shown(exposure.total),
        at_least=shown(exposure.at_least),
        ceiling=str(ceiling),
        remaining=None if left is None else shown_down(max(left, Fraction(0))),
        over_by=None if left is None else shown(max(-left, Fraction(0))),
    )


def _shown(value: Fraction | None) -> str | None:
    return None if value is None else shown(value)


def exposure_answer(case: Case, named: str | None = None) -> ExposureAnswer:
    """Sum what a patient was given of a drug, over all courses, beside the ceiling in force."""
    treatment = case.treatment(named)
    protocol, view = treatment.protocol_at(case.today), treatment.view(case.today)
    ceiling = protocol.lifetime_ceiling(view)
    if ceiling is None:
        raise Refused(f"{protocol.name} limits no lifetime dose, so no total is kept")
    total = exposure(view, protocol.prior_exposure)
    return ExposureAnswer(
        person=person_of(case), protocol=protocol, exposure=total, ceiling=ceiling
    )
