"""Lines about the patient: registered, changed, closed, reopened."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from monitor.domain.corrections import Recorded
from monitor.domain.facts import Kind
from monitor.errors import BadOption, Refused
from monitor.service.input import text_fields
from monitor.service.recording.known import Known
from monitor.service.recording.lines.base import (
    Dated,
    DatedOrToday,
    Day,
    Identifier,
    Line,
    Text,
    Truth,
)
from monitor.store.appender import Draft

EARLIEST_BIRTH = date(1880, 1, 1)
OLD_BIRTH = date(1905, 1, 1)  # nobody alive is likely to be born before it

Language = Annotated[str, BeforeValidator(text_fields.language)]
Zone = Annotated[str, BeforeValidator(text_fields.zone)]
_SEXES = ("female", "male", "other", "unknown")
_REASONS = ("died", "transferred", "withdrew-consent")
Sex = Annotated[str, BeforeValidator(text_fields.one_of(*_SEXES))]
Reason = Annotated[str, BeforeValidator(text_fields.one_of(*_REASONS))]


class Describing(Line):
    """A line that says what is known of a patient."""

    sex: Sex | None = None
    born: Day | None = None
    timezone: Zone | None = None
    language: Language | None = None
    can_conceive: Truth | None = None
    name: Text | None = None

    def doubts(self, draft: Draft, known: Known) -> Iterator[str]:
        """Ask about a birth long ago, and about who may be the same patient."""
        if self.born is not None:
            yield from self._doubtful_birth(date.fromisoformat(self.born), known)
        if known.namesakes is not None:
            yield from known.namesakes.doubts(known.who, self.name, self.born)

    def _doubtful_birth(self, born: date, known: Known) -> Iterator[str]:
        zone = ZoneInfo(self.timezone) if self.timezone else known.zone
        today, earliest = known.now.astimezone(zone).date(), known.earliest_on
        if not EARLIEST_BIRTH <= born <= today:
            raise BadOption("born", f"{born} cannot be; it lies in the future or before 1880")
        if earliest is not None and earliest < born:
            raise BadOption("born", f"{born} is later than a fact on record, of {earliest}")
        if born < OLD_BIRTH:
            yield f"born {born}, {(today - born).days * 4 // 1461} years ago"


class PatientLine(Describing):
    """A patient is registered; `id` is the patient's own."""

    kind = Kind.PATIENT
    rank: ClassVar[int | None] = 0
    is_single = True
    once = ()
    another = ""
    day_key = None
    instead = "type: monitor patient change {who} --on DATE …"

    id: Identifier

    @property
    def who(self) -> str:
        """Say who is registered."""
        return self.id

    @classmethod
    def otherwise(cls, other: Recorded, differing: str) -> str:
        """Say that the patient is registered already."""
        return (
            f"{other.patient} is already registered with other values ({differing}); type: "
            f"monitor patient change {other.patient} --on DATE …"
        )

    def draft(self, known: Known) -> Draft:
        """Make the fact; the identifier is the patient's, and no sender's."""
        return Draft(kind=self.kind, on=self.day(known), body=self.body(known), by=self.by)


class PatientChangeLine(Describing, Dated):
    """What is known of a patient changes from a day on."""

    kind = Kind.PATIENT_CHANGE
    word = "change"
    rank = 1
    once = None
    instead = "retract it and type: monitor patient change {who} --on DATE …"


class _ClosingLine(DatedOrToday):
    """A patient is closed, or a closing is taken back."""

    is_repeatable = True
    rank = 20
    says = ("on", "by")

    def doubts(self, draft: Draft, known: Known) -> Iterable[str]:
        """Refuse what changes nothing, and a day before the last change."""
        closed = known.closings.closed(draft.on)
        if closed is not None and self.kind is Kind.CLOSE:
            raise Refused(f"the patient is closed already, since {closed.on}")
        if closed is None and self.kind is Kind.REOPEN:
            raise Refused("the patient is not closed")
        last = max((closing.on for closing in known.closings.closings), default=date.min)
        if draft.on < last:
            raise Refused(
                f"the patient was closed or reopened on {last}; write that day or a later one"
            )
        return ()


class CloseLine(_ClosingLine):
    """A patient is closed."""

    kind = Kind.CLOSE

    reason: Reason


class ReopenLine(_ClosingLine):
    """A closing is taken back."""

    kind = Kind.REOPEN
