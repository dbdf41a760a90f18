"""Lines about what was found: results, symptoms, and answers of people."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from monitor import protocols
from monitor.domain.catalogue import FactKind, ResultCode
from monitor.domain.corrections import Recorded
from monitor.domain.facts import COUNTING, Answer, Kind, Status
from monitor.errors import BadOption
from monitor.service.input import names, plausibility, text_fields
from monitor.service.input.sizes import Body, doubtful_body
from monitor.service.recording.known import Known
from monitor.service.recording.lines.base import (
    Dated,
    Identifier,
    Key,
    Line,
    Measured,
    Moment,
    Number,
    Text,
)
from monitor.store.appender import Draft

Unit = Annotated[Text, AfterValidator(names.unit)]
StatusWord = Annotated[str, BeforeValidator(text_fields.one_of(*(word.value for word in Status)))]
_MEASURED = ("height", "weight")


class ResultLine(Dated):
    """A test showed something."""

    kind = Kind.RESULT
    may_warn = True
    rank = 8
    may_be_two = True
    of_one_day = True

    code: Annotated[Text, AfterValidator(names.result)]
    value: Measured | None = None  # only of a sample that was not fit
    unit: Unit | None = None
    uln: Number | None = None
    lln: Number | None = None
    method: Text | None = None
    status: StatusWord | None = None

    @property
    def repeats(self) -> bool:
        """Say whether it comes after another of its day."""
        return super().repeats or self.status == Status.CORRECTED

    @classmethod
    def key(cls, fact: Recorded | Draft) -> Key:
        """Take what counts for one: a final result contradicts no preliminary one of its day."""
        status = fact.body.get("status", Status.FINAL.value)
        return fact.kind, fact.on, fact.body["code"], Status.FINAL if status in COUNTING else status

    def doubts(self, draft: Draft, known: Known) -> Iterator[str]:
        """Hold the value, and the laboratory's limits, against what is usual and was before."""
        if self.code not in known.catalogue.results:
            raise BadOption("code", _unknown("result code", self.code, known.catalogue.results))
        code = known.catalogue.results[self.code]
        value = self._value(code)
        if isinstance(value, Decimal):
            shown = f"{self.value} {self.unit}"
            plausibility.refuse_impossible(code, value, shown)
            # A corrected value replaces those of its own day.
            until = draft.on - date.resolution if self.status == Status.CORRECTED else draft.on
            before = known.last_result(code.name, until)
            yield from plausibility.doubtful(code, value, shown, self.method, before)
            if code.name in _MEASURED:
                height, weight = (value if code.name == name else None for name in _MEASURED)
                body = Body(on=draft.on, height=height, weight=weight)
                yield from doubtful_body(body, known.bodies, known.catalogue.dose)
        for key, limit in (("uln", self.uln), ("lln", self.lln)):
            if limit is not None:
                yield from self._doubtful_limit(code, key, limit)
        if self.uln and self.lln and Decimal(self.lln) >= Decimal(self.uln):
            raise BadOption("lln", "must be below uln")

    def _value(self, code: ResultCode) -> Decimal | str:
        """Read the value; a sample that was not fit may be without, or say why: ''."""
        if self.value is not None:
            if self.status == Status.UNSUITABLE and text_fields.is_word(self.value):
                plausibility.refuse_unit(code, self.unit)
                return ""
            return plausibility.parse_value(code, self.value, self.unit)
        if self.status != Status.UNSUITABLE:
            raise BadOption("value", "missing; only an unsuitable sample may have none")
        beside = next((key for key in ("unit", "uln", "lln") if getattr(self, key)), None)
        if beside is not None:
            raise BadOption(beside, "a result without a value has none; leave it out")
        return ""

    def _doubtful_limit(self, code: ResultCode, key: str, limit: str) -> list[str]:
        if not code.units:
            raise BadOption(key, f"{code.name} has no limits; leave it out")
        bound = plausibility.parse_number(code, limit, self.unit, key)
        shown = f"{limit} {self.unit}"
        unusual = plausibility.doubtful_limit(code, key, bound, f"{key} {shown}")
        if bound:
            plausibility.refuse_impossible(code, bound, shown, key)
        return unusual


class SymptomLine(Line):
    """A patient noticed something."""

    kind = Kind.SYMPTOM
    day_key = "at"
    may_warn = True
    rank = 10
    may_be_two = True

    patient: Identifier
    code: Annotated[Text, AfterValidator(names.symptom)]
    at: Moment
    value: Number | None = None
    unit: Unit | None = None

    @classmethod
    def key(cls, fact: Recorded | Draft) -> Key:
        """Give the moment too, whatever its offset."""
        return fact.kind, datetime.fromisoformat(fact.body["at"]), fact.body["code"]

    def day(self, known: Known) -> date:
        """Give the day of its moment, where the patient lives."""
        return known.day_of(datetime.fromisoformat(self.at))

    def doubts(self, draft: Draft, known: Known) -> Iterator[str]:
        """Hold a measured value against what is usual."""
        symptoms = known.catalogue.symptoms
        if self.code not in symptoms:
            raise BadOption("code", _unknown("symptom", self.code, symptoms))
        if datetime.fromisoformat(self.at) > known.now:
            raise BadOption("at", f"{self.at} is in the future")
        if (self.value is None) != (self.unit is None):
            missing = "unit" if self.unit is None else "value"
            raise BadOption(missing, "missing; a value and its unit go together")
        if self.value is None:
            return
        measured_as = symptoms[self.code].measured_as
        if measured_as is None:
            raise BadOption("value", f"{self.code} has none")
        code = known.catalogue.results[measured_as]
        number = plausibility.parse_number(code, self.value, self.unit)
        shown = f"{self.value} {self.unit}"
        plausibility.refuse_impossible(code, number, shown)
        yield from plausibility.doubtful_number(code, number, f"{self.code} {shown}")


class FactLine(Dated):
    """A person answers a question."""

    kind = Kind.FACT
    keeps_confirm = True
    may_warn = True
    rank = 6
    may_be_two = True
    of_one_day = True
    once = ("on", "fact")

    fact: Text
    value: Text

    def doubts(self, draft: Draft, known: Known) -> Iterator[str]:
        """Hold an answer against what is on record: low counts, and amounts given before."""
        self._refuse_other_words(known)
        is_amount = known.catalogue.facts[self.fact].kind is FactKind.NUMBER
        number = text_fields.find_number(self.value) if is_amount else None
        if not number:  # of nothing nothing is counted twice
            yield from self._too_late(known)
            return
        yield from self._lowered(number, draft.on, known)
        older = [
            dose
            for dose in known.given
            if dose.mg is not None
            and dose.on < draft.on
            and self.fact in prior_facts(dose.drug, known)
        ]
        if older:
            yield (
                f"{self.fact} {self.value}, and {len(older)} infusions from before "
                f"{draft.on} are on record (counted twice?)"
            )

    def _refuse_other_words(self, known: Known) -> None:
        if self.fact not in known.catalogue.facts:
            raise BadOption("fact", _unknown("fact", self.fact, known.catalogue.facts))
        question = known.catalogue.facts[self.fact]
        match question.kind:
            case FactKind.YES_NO:
                allowed: tuple[str, ...] = ("yes", "no", "unknown")
            case FactKind.WORD:
                allowed = question.words
            case FactKind.NUMBER:
                try:
                    text_fields.number(self.value)
                except ValueError as fault:
                    raise BadOption("value", f"{self.fact}: {fault}") from fault
                return
            case FactKind.TEXT:
                return
        if self.value not in allowed:
            given = text_fields.printable(self.value)
            raise BadOption("value", f"{self.fact} is {', '.join(allowed)}, not '{given}'")

    def _too_late(self, known: Known) -> Iterator[str]:
        """Ask about an answer that makes low counts ordinary, after one was recorded."""
        excuse = known.catalogue.facts[self.fact].excuses
        if excuse is None or self.value != excuse.value:
            return
        low = [
            count
            for count in known.counted(excuse.code)
            if isinstance(count.value, Decimal) and count.value < excuse.below
        ]
        if low:
            last = max(low, key=lambda count: (count.on, count.event))
            was = f"{last} on {last.on} was recorded before this answer"
            yield f"{was}, which does not change it"

    def _lowered(self, number: Decimal, on: date, known: Known) -> Iterator[str]:
        """Ask about an amount that is answered, or corrected, to less than it was."""
        said = [
            fact
            for fact in (*known.facts, *known.replaced)
            if isinstance(fact, Answer) and fact.fact == self.fact and fact.on <= on
        ]
        last = max(said, key=lambda answer: (answer.on, answer.event), default=None)
        if last is not None and number < Decimal(last.value):
            told = f"{self.value} after {last.value} on {last.on}"
            yield f"{self.fact} {told} (the amount given cannot become less)"


def prior_facts(drug: str, known: Known) -> frozenset[str]:
    """Name the facts that hold how much of a drug was given before this record."""
    pins = [course.start for course in known.courses if course.start.drug == drug]
    found = [pinned.prior_exposure for pin in pins if (pinned := known.protocol_of(pin))]
    return _shipped_prior_facts(drug) | frozenset(fact for fact in found if fact)


@cache
def _shipped_prior_facts(drug: str) -> frozenset[str]:
    shipped = (protocols.load(name) for name in protocols.shipped())
    found = (one.prior_exposure for one in shipped if one.drug == drug)
    return frozenset(fact for fact in found if fact)


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    shown = text_fields.printable(name)
    return f"no {what} '{shown}'; {text_fields.suggestion(shown, known)}"
