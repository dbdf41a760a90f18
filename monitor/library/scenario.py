"""What is played through, which doses of a protocol and when, and what comes of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from monitor.domain.checks import Check
from monitor.domain.dates import Span, add_months
from monitor.domain.facts import DoseAction
from monitor.domain.protocol import Protocol
from monitor.domain.rule import Regimen
from monitor.domain.rules.warning import SafetyWarning
from monitor.errors import BadOption, NotOneOf, OutOfRange, Refused
from monitor.service.asking.documents import Document, document, peak_of, pick

_LONGEST_YEARS = 30
_MOST_INFUSIONS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class DoseStep:
    """What becomes of a daily drug on a day."""

    on: date
    action: DoseAction
    mg: Decimal | None = None  # a day

    def __str__(self) -> str:
        return f"{self.action} on {self.on}" + (f", {self.mg} mg a day" if self.mg else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """What is to be played through."""

    start: date  # of the first infusion, or the first day with a daily drug
    years: int  # of the calendar, from that day on
    sex: str | None = None  # None: not recorded
    infusions: int = 0
    every: Span = field(default_factory=Span)
    steps: tuple[DoseStep, ...] = ()  # of a daily drug

    @property
    def end(self) -> date:
        """Give the last day of the calendar."""
        return add_months(self.start, 12 * self.years)

    def days(self) -> list[date]:
        """List the days of the infusions, counted from the first."""
        return [self.every.times(number).after(self.start) for number in range(self.infusions)]


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenDose:
    """An infusion as it is shown, with the sum after it."""

    on: date
    mg: str
    mg_per_m2: str
    running_total: str | None  # None: none is added up


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulation:
    """A patient's whole calendar under a protocol."""

    protocol: Protocol
    scenario: Scenario
    doses: tuple[GivenDose, ...]
    checks: tuple[Check, ...]  # by due day
    windows: tuple[SafetyWarning, ...]  # by first day
    notes: tuple[str, ...]  # what was assumed, and what could not be given


def make_scenario(
    protocol: Protocol,
    *,
    start: date,
    years: int,
    sex: str | None = None,
    infusions: int | None = None,
    every: str | None = None,
    doses: Iterable[str] = (),
) -> Scenario:
    """Check what was asked for; raises Refused with the right form."""
    if not protocol.drug:
        raise Refused(f"{protocol.name} is about no drug: nothing to simulate")
    if not 1 <= years <= _LONGEST_YEARS:
        raise OutOfRange("--years", years, 1, _LONGEST_YEARS)
    if not 1980 <= start.year <= 2100:
        raise OutOfRange("--start", start, 1980, 2100)
    if sex not in (None, "female", "male"):
        raise NotOneOf("--sex", sex, ("female", "male"))
    scenario = Scenario(start=start, years=years, sex=sex)
    if protocol.given is Regimen.DAILY:
        if infusions not in (None, 1):
            raise BadOption("--infusions", f"{protocol.name} is taken daily: leave it out")
        return replace(scenario, steps=tuple(_steps(scenario, doses)))
    if list(doses):
        raise BadOption("--dose", f"{protocol.name} is given as infusions: leave it out")
    if infusions is None or every is None:
        missing = "--infusions" if infusions is None else "--every"
        raise BadOption(missing, "is missing; write for instance --infusions 4 --every '3 months'")
    return _with_infusions(scenario, infusions, every)


def _with_infusions(scenario: Scenario, infusions: int, every: str) -> Scenario:
    if not 1 <= infusions <= _MOST_INFUSIONS:
        raise OutOfRange("--infusions", infusions, 1, _MOST_INFUSIONS)
    try:
        span = Span.parse(every)
    except ValueError as fault:
        raise BadOption("--every", fault) from fault
    if span.months == span.days == 0:
        raise BadOption(
            "--every", f"'{every}' is not a length of time; write for instance '3 months'"
        )
    if span.months > 12 * _LONGEST_YEARS or span.days > 366 * _LONGEST_YEARS:
        raise BadOption("--every", f"'{every}' is longer than any calendar here; write '3 months'")
    whole = replace(scenario, infusions=infusions, every=span)
    if whole.days()[-1] > whole.end:
        raise BadOption(
            "--years",
            f"the last infusion would be on {whole.days()[-1]}, after the end of the "
            f"calendar on {whole.end}; give more years or fewer infusions",
        )
    return whole


def _steps(scenario: Scenario, doses: Iterable[str]) -> Iterator[DoseStep]:
    """Read steps such as 2025-03-01=300 or 2025-06-01=stop; the drug is begun on the first day."""
    typed = [_day_and_word(text) for text in doses]
    written = dict(typed)
    if len(written) < len(typed):
        raise BadOption("--dose", "the same day twice; keep one")
    written.setdefault(scenario.start, "start")
    before = DoseAction.STOP
    for on, word in sorted(written.items()):
        if not scenario.start <= on <= scenario.end:
            raise OutOfRange("--dose", on, scenario.start, scenario.end)
        with_a_dose, known = _NEXT[before]
        mg = _amount(word)
        if mg is None and word not in known:
            words = f"'{on}={word}' does not fit: write milligrams a day, {' or '.join(known)}"
            raise BadOption("--dose", words)
        action = with_a_dose if mg is not None else DoseAction(word)
        before = DoseAction.START if action in _TAKES else action
        yield DoseStep(on=on, action=action, mg=mg)


# While it is taken, rests or is stopped: what a dose means then, and the words that fit.
_NEXT = {
    DoseAction.START: (DoseAction.CHANGE, (DoseAction.INTERRUPT, DoseAction.STOP)),
    DoseAction.INTERRUPT: (DoseAction.RESUME, (DoseAction.RESUME, DoseAction.STOP)),
    DoseAction.STOP: (DoseAction.START, (DoseAction.START,)),
}
_TAKES = (DoseAction.START, DoseAction.CHANGE, DoseAction.RESUME)


def _day_and_word(text: str) -> tuple[date, str]:
    day, _, word = text.partition("=")
    try:
        return date.fromisoformat(day), word.strip()
    except ValueError as fault:
        words = f"'{text}' is not a day and a dose: write for instance 2025-03-01=300"
        raise BadOption("--dose", f"{words}, or 2025-06-01=stop") from fault


def _amount(word: str) -> Decimal | None:
    try:
        mg = Decimal(word)
    except InvalidOperation:
        return None
    return mg if mg.is_finite() and mg > 0 else None


@document.register
def _simulation(found: Simulation) -> Document:
    protocol, scenario = found.protocol, found.scenario
    return {
        "protocol": protocol.name,
        **pick(protocol, "version digest reviewed"),
        "start": document(scenario.start),
        "until": document(scenario.end),
        "assumed": document(found.notes),
        "infusions": [
            {"no": number, **pick(dose, "on mg mg_per_m2 running_total")}
            for number, dose in enumerate(found.doses, start=1)
        ],
        "checks": [
            {
                **pick(check, "rule occurrence title opens due overdue_after"),
                "counted_from": document(check.anchor.on),
                **pick(check, "audience cites"),
            }
            for check in found.checks
        ],
        "windows": [
            {
                **pick(window, "rule severity since until"),
                "peak": peak_of(window),
                **pick(window, "cites"),
            }
            for window in found.windows
        ],
    }
