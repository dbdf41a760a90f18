"""What all lines have in common: which texts may stand in them, and what each kind must say."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

from monitor.domain.corrections import Recorded
from monitor.domain.facts import Kind
from monitor.service.input import text_fields
from monitor.service.recording.known import Known
from monitor.store.appender import Draft

Number = Annotated[str, BeforeValidator(text_fields.number)]
Measured = Annotated[str, BeforeValidator(text_fields.measured)]
Day = Annotated[str, BeforeValidator(text_fields.day)]
Moment = Annotated[str, BeforeValidator(text_fields.moment)]
Text = Annotated[str, BeforeValidator(text_fields.clean)]
Identifier = Annotated[str, BeforeValidator(text_fields.identifier)]
Truth = Annotated[str, BeforeValidator(text_fields.truth)]

Key = tuple[object, ...]
# What stands in columns of its own, or is turned into something else before it is stored.
_NOT_IN_BODY = {"id", "patient", "on", "by", "confirm", "protocol", "facts"}
_NOT_IN_BODY |= {"clinic", "of", "course", "version", "digest", "recorded_at", "recorded_as"}


class RecordedAs(BaseModel):
    """What else was stored with a fact, where nothing of it follows from what a line says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on: Day | None = None  # the day, where the line does not name one
    clock: Moment | None = None  # what the clock said, where that was not the moment stored
    login: Text | None = None  # who was logged in


class Line(BaseModel):
    """What every line may have; and what a kind of line says about itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ClassVar[Kind]
    word: ClassVar[str] = ""  # what it is called in a file, where not as its kind
    rank: ClassVar[int | None] = None  # its place among the lines of a file; None: in no file
    says: ClassVar[tuple[str, ...]] = ()  # what must be said in a file, beside what is needed
    in_turn: ClassVar[bool] = False  # within its rank the file's order counts, and not its day
    is_repeatable: ClassVar[bool] = False  # equal words may be said again: they mean another turn
    is_single: ClassVar[bool] = False  # there is one; `second` does not make another
    may_be_two: ClassVar[bool] = False  # of one day, by a person's word
    of_one_day: ClassVar[bool] = False  # which day is meant is asked about after a move west
    adds: ClassVar[tuple[str, ...]] = ()  # what `body` adds to what was said
    once: ClassVar[tuple[str, ...] | None] = None  # by what it may be on record once; None: by all
    newest_counts: ClassVar[bool] = False  # of those, the one recorded last, whatever others say
    another: ClassVar[str] = "; to record a second one add --second"
    of_a_drug: ClassVar[bool] = False
    day_key: ClassVar[str | None] = "on"  # where its day is written; None: it may be any
    keeps_confirm: ClassVar[bool] = False  # that it was confirmed is kept, doubtful or not
    may_warn: ClassVar[bool] = False  # urgent warnings may rest on it
    instead: ClassVar[str | None] = None  # what to do in place of correcting it; None: correct it

    id: Text | None = None  # the sender's identifier
    by: Text | None = None
    confirm: Truth = "false"
    second: Truth = "false"
    recorded_at: Moment | None = None  # both are heeded by `import --as-recorded` alone
    recorded_as: RecordedAs | None = None

    @classmethod
    def called(cls) -> str:
        """Give the word by which a file calls it."""
        return cls.word or cls.kind.value

    @property
    def who(self) -> str:
        """Say whom the line is about."""
        return str(getattr(self, "patient", ""))

    @property
    def repeats(self) -> bool:
        """Say whether it comes after another of its kind: a second one, or a corrected one."""
        return self.second == "true"

    @classmethod
    def key(cls, fact: Recorded | Draft) -> Key:
        """Give what may be on record once: two facts with one key contradict each other."""
        said: dict[str, object] = {**fact.body, "on": fact.on}
        if cls.once is None:
            return fact.kind, *sorted(said.items(), key=lambda item: item[0])
        return fact.kind, *(said.get(name) for name in cls.once)

    @classmethod
    def stored(cls) -> dict[str, bool]:
        """Name the keys of its body; whether each is always there."""
        said = {
            name: field.is_required() or field.default is not None
            for name, field in cls.model_fields.items()
            if name not in _NOT_IN_BODY | {"second"}
        }
        return {**said, **dict.fromkeys(cls.adds, True)}

    def day(self, known: Known) -> date:
        """Give the day that the fact is of."""
        return known.today

    def body(self, known: Known) -> dict[str, str]:
        """Write what the line says as texts; what depends on the record is added."""
        fields: dict[str, object] = self.model_dump(exclude_none=True, exclude=_NOT_IN_BODY)
        if fields.get("second") == "false":
            del fields["second"]
        return {key: str(value) for key, value in fields.items()}

    def draft(self, known: Known) -> Draft:
        """Make the fact that the line stands for."""
        return Draft(
            kind=self.kind,
            on=self.day(known),
            body=self.body(known),
            by=self.by,
            sender_id=self.id,
        )

    def doubts(self, draft: Draft, known: Known) -> Iterable[str]:
        """Say what must be confirmed; raises Refused for what cannot be."""
        return ()

    @classmethod
    def otherwise(cls, other: Recorded, differing: str) -> str:
        """Say that the record has other values, and what to do."""
        return (
            f"event {other.event} has other values for that day ({differing}); correct it "
            f"(monitor correct {other.event} --reason WHY …), {cls._beside(other)}"
        )

    @classmethod
    def _beside(cls, other: Recorded) -> str:
        return 'or add --second (in a file "second":true) if both are true'

    def besides(self) -> "list[Line]":
        """List the lines that stand in this one."""
        return []


class DatedOrToday(Line):
    """A line about a patient, on a day; today where none is said."""

    patient: Identifier
    on: Day | None = None

    def day(self, known: Known) -> date:
        """Give the day that the line says."""
        return known.today if self.on is None else date.fromisoformat(self.on)


class Dated(DatedOrToday):
    """A line about a patient, on a day."""

    on: Day
