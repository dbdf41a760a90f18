"""What a person must look at: the shape of a warning, and of a rule that warns."""

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from monitor.domain.dates import Span
from monitor.domain.facts import Dosing, Event, Infusion, Result
from monitor.domain.finding import Finding
from monitor.domain.outcome import URGENCIES, Outcome, Severity
from monitor.domain.rule import Cite, Rule
from monitor.domain.rules.answer import Gate
from monitor.domain.rules.question import AskedUnder
from monitor.domain.view import View

_WEIGHED = {Severity.URGENT: Outcome.CAUTION, Severity.EMERGENCY: Outcome.HOLD}


AskAt = Callable[[Infusion | Dosing], Gate]  # what the gate said of a dose on record


class RestsOn(StrEnum):
    """What a warning rests on."""

    FACTS = "facts"  # on record
    LAST_DOSE = "last_dose"  # by the protocol of the last dose, whatever course runs now
    PROTOCOL = "protocol"  # and on what it allows of doses
    GATE = "gate"  # and on what it said of doses


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """What a warning rule found: when it stands, why, and the fact it counts from."""

    since: date
    until: date | None  # the last day inside; None where only a person, or a newer fact, ends it
    message: str
    facts: tuple[Event, ...]
    anchor: Event
    peak: tuple[date, date] | None = None
    occurrence: int = 1
    severity: Severity | None = None  # None: the rule's
    patient_message: str | None = None  # None: the rule's


@dataclass(frozen=True, kw_only=True, slots=True)
class SafetyWarning:
    """Something a person must look at now."""

    key: str
    rule: str
    occurrence: int
    severity: Severity
    since: date
    until: date | None
    message: str
    patient_message: str
    facts: tuple[Event, ...]
    cites: tuple[Cite, ...]
    peak: tuple[date, date] | None
    anchor: Event
    repeats: bool = True  # False: it stands, and is not told again as time passes

    @property
    def events(self) -> set[int]:
        """Give the numbers of the facts that it rests on."""
        return {fact.event for fact in (self.anchor, *self.facts)}


@dataclass(frozen=True, kw_only=True, slots=True)
class WarningRule(Rule):
    """What a person must look at: how grave it is, and the words."""

    section = "warnings"

    rests_on: ClassVar[RestsOn] = RestsOn.FACTS
    is_by_doses: ClassVar[bool] = False  # time and doses alone bring it about
    ends_by_waiver: ClassVar[bool] = False  # else it ends by itself, or by a newer result
    leads_gate: ClassVar[bool] = False  # listed first: what rests on the same facts it says
    is_caution: ClassVar[bool] = False  # at the gate, also where it is not urgent
    awaits_final: ClassVar[bool] = False  # what would hold if it were final, or fit, is unknown
    if_never_final: ClassVar[Outcome] = Outcome.CAUTION  # what a missing final report means

    severity: Severity
    message: str  # to staff
    patient_message: str = ""

    @abstractmethod
    def find(self, view: View) -> Iterator[Alert]:
        """Find what stands on the day of the view, by its facts."""

    def find_of_doses(
        self, view: View, _protocol: AskedUnder, _ask_at: AskAt | None = None
    ) -> Iterator[Alert]:
        """Find what stands, also by what the protocol and the gate say of doses."""
        return self.find(view)

    def warnings(self, alerts: Iterable[Alert], view: View) -> Iterator[SafetyWarning]:
        """Make warnings of what it found; none where it is not for the patient."""
        for alert in alerts if self.is_for(view) else ():
            told = alert.patient_message
            yield SafetyWarning(
                key=f"{view.timeline.patient}:{self.name}:{alert.anchor.event}",
                rule=self.name,
                occurrence=alert.occurrence,
                severity=alert.severity or self.severity,
                since=alert.since,
                until=alert.until,
                message=alert.message,
                patient_message=self.patient_message if told is None else told,
                facts=alert.facts,
                cites=self.cites,
                peak=alert.peak,
                anchor=alert.anchor,
                repeats=self.repeats(view),
            )

    def requirement(self, view: View, said: Collection[Event]) -> tuple[Rule, Finding] | None:
        """List it at the gate while it stands; of `said` a requirement speaks already."""
        return listed(self, self.find(view), said, cautions=self.is_caution)

    @property
    def may_be_grave(self) -> bool:
        """Say whether it may speak at the gate."""
        return self.severity in URGENCIES

    @property
    def judged_codes(self) -> frozenset[str]:
        """Name the codes whose value alone it judges."""
        return frozenset()

    @property
    def symptoms(self) -> str | None:
        """Name the group of symptoms that it warns of, and of nothing else."""
        return None

    @property
    def after_stop(self) -> Span | None:
        """Say how long it watches after a daily drug was stopped."""
        return None

    @property
    def symptoms_last_days(self) -> int:
        """Give the days for which it warns of a symptom."""
        return 0

    def is_judged_by(self, _table: Collection[str]) -> bool:
        """Say whether a drug's own table of some codes says it instead."""
        return False

    def gives_way(self, _warning: SafetyWarning, _found: Sequence[SafetyWarning]) -> bool:
        """Say whether another warning speaks instead of one of this rule."""
        return False

    def is_said_by(self, _warning: SafetyWarning, _other: SafetyWarning) -> bool:
        """Say whether one of another rule says all that one of this rule does."""
        return False

    def repeats(self, _view: View) -> bool:
        """Say whether it is told again as time passes."""
        return True

    def reads(self, _view: View) -> list[str]:
        """Name the codes of which every report must be known."""
        return []

    def stands_by_itself(self, _view: View, _result: Result) -> bool:
        """Say whether one value alone would stand until a person waives it."""
        return False


def waived(rule: str, view: View, facts: Sequence[Event]) -> bool:
    """Say whether a person has waived a warning, having been able to see all its facts."""
    return any(waiver.covers(facts) for waiver in view.waivers(rule))


def waived_at(
    rule: str, view: View, occurrence: int, anchor: Event, facts: Sequence[Event]
) -> bool:
    """Say whether a person has waived one occurrence of a warning, having seen all its facts."""
    return any(waiver.covers(facts) for waiver in view.waivers(rule, (occurrence, anchor)))


def listed(
    rule: WarningRule, alerts: Iterable[Alert], said: Collection[Event], *, cautions: bool = False
) -> tuple[Rule, Finding] | None:
    """List warnings as one requirement: an emergency holds, an urgent one is a caution.

    One that holds is always listed, another where nothing was said of its facts. Those that
    are a caution themselves are listed where `cautions` says so.
    """
    kept = []
    for alert in alerts:
        outcome = _WEIGHED.get(alert.severity or rule.severity)
        if outcome is None and cautions:
            outcome = Outcome.CAUTION
        if outcome is Outcome.HOLD or (outcome and not any(fact in said for fact in alert.facts)):
            kept.append((outcome, alert))
    if not kept:
        return None
    return rule, Finding(
        outcome=max((outcome for outcome, _ in kept), key=lambda outcome: outcome.rank),
        message=" ".join(alert.message for _, alert in kept),
        facts=tuple(dict.fromkeys(fact for _, alert in kept for fact in alert.facts)),
        waivable=False,
    )
