"""Lines about what was found: results and symptoms."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from monitor.domain.catalogue import ResultCode
from monitor.domain.comparators import Comparator
from monitor.domain.corrections import Recorded
from monitor.domain.facts import COUNTING, Kind, Status
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
ComparatorWord = Annotated[str, BeforeValidator(text_fields.one_of(*(c.value for c in Comparator)))]
_MEASURED = ("height", "weight")


class ResultLine(Dated):
    """A test showed something."""

    kind = Kind.RESULT
    may_warn = True
    rank = 8
    may_be_two = True
    of_one_day = True

    code: Annotated[Text, AfterValidator(names.result)]
    value: Measured | None = None  # none only of a sample that was not fit; <0.1 is read as both
    comparator: ComparatorWord | None = None
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
            raise BadOption(
                "code", text_fields.unknown("result code", self.code, known.catalogue.results)
            )
        code = known.catalogue.results[self.code]
        value = self._value(code)
        if isinstance(value, Decimal):
            plausibility.refuse_impossible(code, value, f"{self._number} {self.unit}")
            shown = f"{self._comparator or ''}{self._number} {self.unit}"
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

    def body(self, known: Known) -> dict[str, str]:
        """Write the comparator apart from its number, however it came."""
        found = super().body(known)
        if self.value is not None:
            found["value"] = self._number
        return found if self._comparator is None else {**found, "comparator": self._comparator}

    @property
    def _comparator(self) -> str | None:
        return text_fields.split_comparator(self.value or "")[0] or self.comparator

    @property
    def _number(self) -> str:
        return text_fields.split_comparator(self.value or "")[1]

    def _refuse_comparator(self, code: ResultCode) -> None:
        """Refuse one that stands twice, or where there is none."""
        if self._comparator is None:
            return
        if self.comparator not in (None, self._comparator):
            raise BadOption("comparator", f"'{self.comparator}' beside '{self.value}'; keep one")
        if code.words or code.is_exact or not self.value or text_fields.is_word(self.value):
            what = "takes the number itself" if code.is_exact else "takes one only before a number"
            raise BadOption("comparator", f"{code.name} {what}; leave '{self._comparator}' out")

    def _value(self, code: ResultCode) -> Decimal | str:
        """Read number or word; a sample that was not fit may be without, or say why: ''."""
        self._refuse_comparator(code)
        if self.value is not None:
            if self.status == Status.UNSUITABLE and text_fields.is_word(self.value):
                plausibility.refuse_unit(code, self.unit)
                return ""
            return plausibility.parse_value(code, self._number, self.unit)
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
            raise BadOption("code", text_fields.unknown("symptom", self.code, symptoms))
        if datetime.fromisoformat(self.at) > known.now:
            raise BadOption("at", f"{self.at} is in the future")
        if self.value is None:
            if self.unit is not None:
                raise BadOption("value", "missing; a value and its unit go together")
            return
        measured_as = symptoms[self.code].measured_as
        if measured_as is None:
            raise BadOption("value", f"{self.code} has none")
        code = known.catalogue.results[measured_as]
        number = plausibility.parse_number(code, self.value, self.unit)
        shown = f"{self.value} {self.unit}"
        plausibility.refuse_impossible(code, number, shown)
        yield from plausibility.doubtful_number(code, number, f"{self.code} {shown}")
