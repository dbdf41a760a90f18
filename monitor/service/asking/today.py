"""The clinic's day as an answer: groups of patients, each patient one entry of a group."""

from dataclasses import dataclass, field
from datetime import date

from monitor.domain.outcome import Severity
from monitor.service.asking.answers import Unknown
from monitor.service.asking.documents import Document, document, pick
from monitor.service.asking.identity import Person


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Something that is wrong with the service itself."""

    name: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why a patient is listed: a sentence, and the rule and the word that a short line says."""

    rule: str  # empty: no rule says it
    state: str
    words: str
    on: date
    is_for: str = ""  # the rule of the infusion that it is needed for


@dataclass(frozen=True, kw_only=True, slots=True)
class DayEntry:
    """One patient in one group."""

    person: Person
    today: date  # where the patient lives
    state: str
    reasons: tuple[Reason, ...]
    severity: Severity | None = None
    due: date | None = None
    remaining_mg: str | None = None
    left: str = ""  # the same in words, unknown too; empty: there is no ceiling
    is_draft: bool = False  # no clinician has signed the protocol by which it was judged

    @property
    def rules(self) -> list[str]:
        """Name the rules, each once."""
        return list(dict.fromkeys(reason.rule for reason in self.reasons if reason.rule))

    @property
    def words(self) -> list[str]:
        """Give the sentences."""
        return [reason.words for reason in self.reasons]


@dataclass(kw_only=True, slots=True)
class TodayAnswer:
    """The clinic's day; how many patients have nothing in it is said, never left to be guessed."""

    on: date
    service: tuple[Notice, ...]
    unknown: tuple[Unknown, ...] = ()
    now: list[DayEntry] = field(default_factory=list)
    planned: list[DayEntry] = field(default_factory=list)
    overdue: list[DayEntry] = field(default_factory=list)
    due: list[DayEntry] = field(default_factory=list)
    unread: list[DayEntry] = field(default_factory=list)  # until results can wait to be read
    undated: list[DayEntry] = field(default_factory=list)
    quiet: int = 0  # patients of whom nothing is listed
    closed: int = 0
    cautions: int = 0  # patients with a warning that is not urgent

    def groups(self) -> dict[str, list[DayEntry]]:
        """Give the groups of patients, in their order."""
        names = ("now", "planned", "overdue", "due", "unread", "undated")
        return {name: getattr(self, name) for name in names}


@document.register
def _entry_document(entry: DayEntry) -> Document:
    who = entry.person
    return {
        "patient": who.id,
        **pick(who, "name born"),
        **pick(entry, "rules words state severity due remaining_mg"),
    }


@document.register
def _today_document(answer: TodayAnswer) -> Document:
    left_out = {"unknown": document(answer.unknown)} if answer.unknown else {}
    groups = {name: document(entries) for name, entries in answer.groups().items()}
    return {**pick(answer, "on service"), **groups, **left_out}
