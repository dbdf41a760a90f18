"""Lines that stand in files only: what they are about they name by the id of another line."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict

from monitor.domain.facts import Kind
from monitor.domain.outcome import Role
from monitor.service.input import text_fields
from monitor.service.recording.lines.base import DatedOrToday, Identifier, Line, Text, Truth
from monitor.service.recording.lines.patient import Zone
from monitor.store.clinic import CLINIC

Whole = Annotated[str, BeforeValidator(text_fields.whole)]
RoleWord = Annotated[str, BeforeValidator(text_fields.one_of(*(word.value for word in Role)))]


class About(Line):
    """A line about what another line said; `of` is its id."""

    in_turn = True

    patient: Identifier = ""  # left out: whose that line is
    of: Text


class CorrectLine(About):
    """A fact is replaced by one with new values: all keys that its line may have; null: none."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind = Kind.RETRACTION  # until it is known what is corrected
    word = "correct"
    rank = 16
    may_warn = True

    reason: Text

    def new(self) -> dict[str, object]:
        """Give the values that are right."""
        return dict(self.model_extra or {})


class RetractLine(About, DatedOrToday):
    """A fact is taken back."""

    kind = Kind.RETRACTION
    word = "retract"
    rank = 16

    patient: Identifier = ""
    reason: Text


class WaiveLine(DatedOrToday):
    """A person decides not to ask for one occurrence."""

    kind = Kind.WAIVER
    word = "waive"
    says = ("on", "by")
    rank = 18

    rule: Text
    occurrence: Whole | None = None
    reason: Text
    of: Text | None = None  # the line that the occurrence counts from
    drug: Text | None = None


class AcknowledgeLine(About, DatedOrToday):
    """A person has seen a reminder or warning that counts from, or rests on, another line."""

    kind = Kind.ACKNOWLEDGEMENT
    word = "acknowledge"
    says = ("by",)
    rank = 18

    patient: Identifier = ""
    rule: Text | None = None
    occurrence: Whole | None = None
    drug: Text | None = None
    note: Text | None = None
    role: Literal["patient"] | None = None
    severity: Literal["urgent", "emergency"] | None = None


class OfContacts(DatedOrToday):
    """A line about who is told: about one patient, or by the clinic about everybody."""

    rank = 22
    in_turn = True

    patient: Identifier = ""
    clinic: Truth = "false"
    of: Text | None = None

    @property
    def who(self) -> str:
        """Say in whose chain of facts it stands."""
        return CLINIC if self.clinic == "true" else self.patient


class ContactLine(OfContacts):
    """Somebody is told; `of` is the id of the line of the contact that becomes this one."""

    kind = Kind.CONTACT

    role: RoleWord
    name: Text
    channel: Text
    private: Truth = "false"
    timezone: Zone | None = None
    number: Whole | None = None  # heeded by `import --as-recorded` alone


class ContactRemovedLine(OfContacts):
    """Somebody is told no more; `of` is the id of the contact's line."""

    kind = Kind.CONTACT_REMOVED

    of: Text
