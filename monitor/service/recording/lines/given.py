"""Lines about doses: booked, given as an infusion, or taken daily."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import BeforeValidator

from monitor.domain.corrections import Recorded
from monitor.domain.exposure import shown
from monitor.domain.facts import (
    Answer,
    BookingCancelled,
    DoseAction,
    Infusion,
    InfusionPlanned,
    Kind,
)
from monitor.domain.rule import UsualDose
from monitor.errors import NotOneOf, Refused
from monitor.service.input import plausibility, sizes, text_fields
from monitor.service.recording.known import Known
from monitor.service.recording.lines.answers import prior_facts
from monitor.service.recording.lines.base import Dated, DatedOrToday, Key, Line, Number, Text
from monitor.service.recording.lines.which_course import drug_given
from monitor.store.appender import Draft

Formula = Annotated[str, BeforeValidator(text_fields.one_of("mosteller", "dubois"))]
ActionWord = Annotated[
    str, BeforeValidator(text_fields.one_of(*(word.value for word in DoseAction)))
]


class _OfADrug(Line):
    """A line about one of the patient's drugs."""

    of_a_drug = True
    adds = ("drug",)
    is_daily: ClassVar[bool] = False

    protocol: Text | None = None  # where courses with two drugs run

    def body(self, known: Known) -> dict[str, str]:
        """Find the drug."""
        drug = drug_given(known, self.day(known), self.protocol, daily=self.is_daily)
        return {**super().body(known), "drug": drug}


class PlanLine(_OfADrug, Dated):
    """The next infusion is booked."""

    kind = Kind.PLAN
    rank = 14
    in_turn = True
    once = ("drug",)
    newest_counts = True
    another = ""


class CancelLine(_OfADrug, DatedOrToday):
    """The booking in force is given up."""

    kind = Kind.CANCEL
    says = ("on",)
    rank = 14
    in_turn = True
    instead = "retract it, or book again"
    is_repeatable = True
    once = ("drug",)

    @classmethod
    def key(cls, fact: Recorded | Draft) -> Key:
        """Give the key of the booking: it takes its place."""
        return Kind.PLAN, *super().key(fact)[1:]

    def doubts(self, draft: Draft, known: Known) -> Iterable[str]:
        """Refuse to give up what is not booked."""
        turns = [
            fact
            for fact in known.facts
            if isinstance(fact, InfusionPlanned | BookingCancelled)
            and fact.drug == draft.body["drug"]
        ]
        if not turns or isinstance(max(turns, key=lambda fact: fact.event), BookingCancelled):
            raise Refused(
                f"no infusion of {known.who} is booked; see: monitor upcoming {known.who}"
            )
        return ()


class InfusionLine(_OfADrug, Dated):
    """A dose was given."""

    kind = Kind.INFUSION
    another = ""
    may_warn = True
    rank = 12
    may_be_two = True
    of_one_day = True
    once = ("on", "drug", "part_of")

    dose_mg: Number
    height_cm: Number | None = None
    weight_kg: Number | None = None
    bsa_m2: Number | None = None
    bsa_formula: Formula | None = None
    route: Text | None = None
    despite: Text | None = None
    part_of: Text | None = None  # the event, or the sender's id, of the infusion it belongs to

    @classmethod
    def _beside(cls, other: Recorded) -> str:
        # Two of a day are one in two parts.
        return f"or add --part-of {other.event} where it is another part of the same infusion"

    def doubts(self, draft: Draft, known: Known) -> Iterator[str]:
        """Hold the dose against the body, the usual dose and the one before."""
        limits, drug = known.catalogue.dose, draft.body["drug"]
        if self.route is not None and self.route not in known.catalogue.routes:
            given = text_fields.printable(self.route)
            raise NotOneOf("route", given, known.catalogue.routes)
        usual = _usual(known, drug, draft.on)
        plausibility.refuse_impossible_dose(draft.body)
        new, mg = sizes.body_of(draft.on, draft.body), Decimal(self.dose_mg)
        yield from sizes.unlikely_body(new, limits)
        is_per_m2 = usual is not None and mg == usual.size_mg_per_m2
        if is_per_m2 and new.surface and new.surface > limits.mistaken_above_m2:
            yield f"{mg} mg for {shown(new.surface, 4)} m2 (mg, not mg/m2?)"
        yield from sizes.doubtful_body(new, known.bodies, limits)
        surface = new.surface or sizes.newest_surface(draft.on, known.bodies)
        dose, last = self._doses(draft, known)
        yield from sizes.doubtful_size(dose, surface, last, usual, limits)
        facts = prior_facts(drug, known)
        confirmed = {row.event for row in known.rows if row.body.get("confirm") == "true"}
        later = (fact for fact in known.facts if isinstance(fact, Answer) and draft.on < fact.on)
        for fact in later:
            is_amount = fact.fact in facts and text_fields.find_number(fact.value)
            if is_amount and fact.event not in confirmed:
                yield f"{fact.fact} was answered on {fact.on}, after this day (counted twice?)"

    def _doses(self, draft: Draft, known: Known) -> tuple[sizes.DoseGiven, sizes.DoseGiven | None]:
        """Give the dose, a part with the parts before it, and the last whole one before that."""
        drug = draft.body["drug"]
        wholes = known.timeline(drug).infusions
        named = None if self.part_of is None else known.infusion_named(self.part_of)
        first = next((whole for whole in wholes if whole.identity == named), None)
        earlier = [w for w in wholes if w.on <= draft.on and w.part_of is None and w is not first]
        last = max(earlier, key=lambda whole: (whole.on, whole.event), default=None)
        given = (dose for dose in known.given if isinstance(dose, Infusion) and dose.drug == drug)
        dose = sizes.DoseGiven(
            on=draft.on,
            mg=Decimal(self.dose_mg) + (first.mg if first is not None else 0),
            may_be_less=self.part_of is not None,
            may_be_rest=any(0 <= (draft.on - other.on).days <= 1 for other in given),
        )
        return dose, None if last is None else sizes.DoseGiven(on=last.on, mg=last.mg)


class DoseLine(_OfADrug, Dated):
    """A daily drug begins, changes, rests or ends."""

    kind = Kind.DOSE
    may_warn = True
    rank = 12
    is_daily = True
    may_be_two = True
    of_one_day = True
    once = ("on", "drug")

    action: ActionWord
    dose_mg: Number | None = None
    reason: Text | None = None

    def doubts(self, draft: Draft, known: Known) -> Iterator[str]:
        """Hold the dose against the one before: a slip of ten is asked about."""
        plausibility.refuse_impossible_step(draft.body)
        if self.dose_mg is None:
            return
        rested = self.action in (DoseAction.START, DoseAction.RESUME)
        new = sizes.DoseGiven(on=draft.on, mg=Decimal(self.dose_mg), may_be_less=rested)
        last = sizes.last_daily(known.given, draft.body["drug"], draft.on)
        yield from sizes.doubtful_daily(new, last)


def _usual(known: Known, drug: str, on: date) -> UsualDose | None:
    """Find the usual dose of the course that a day belongs to."""
    timeline = known.timeline(drug)
    course = timeline.course_on(on) or timeline.courses[0]
    protocol = known.protocol_of(course.pinned_by)
    return None if protocol is None else protocol.usual_dose
