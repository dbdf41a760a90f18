"""What is played through, how many infusions of a protocol and when, and what comes of it."""

from dataclasses import dataclass
from datetime import date

from monitor.domain.checks import Check
from monitor.domain.dates import Span, add_months
from monitor.domain.protocol import Protocol
from monitor.domain.rules.warning import SafetyWarning
from monitor.errors import BadOption, NotOneOf, OutOfRange
from monitor.service.asking.documents import Document, document, peak_of, pick

_LONGEST_YEARS = 30
_MOST_INFUSIONS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """What is to be played through."""

    start: date  # of the first infusion
    infusions: int
    every: Span
    years: int  # of the calendar, from the first infusion on
    sex: str | None = None  # None: not recorded

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
    *, start: date, infusions: int, every: str, years: int, sex: str | None = None
) -> Scenario:
    """Check what was asked for; raises Refused with the right form."""
    if not 1 <= infusions <= _MOST_INFUSIONS:
        raise OutOfRange("--infusions", infusions, 1, _MOST_INFUSIONS)
    if not 1 <= years <= _LONGEST_YEARS:
        raise OutOfRange("--years", years, 1, _LONGEST_YEARS)
    if not 1980 <= start.year <= 2100:
        raise OutOfRange("--start", start, 1980, 2100)
    if sex not in (None, "female", "male"):
        raise NotOneOf("--sex", sex, ("female", "male"))
    try:
        span = Span.parse(every)
    except ValueError as fault:
        raise BadOption("--every", fault) from fault
    scenario = Scenario(start=start, infusions=infusions, every=span, years=years, sex=sex)
    if span.months == span.days == 0:
        raise BadOption(
            "--every", f"'{every}' is not a length of time; write for instance '3 months'"
        )
    if span.months > 12 * _LONGEST_YEARS or span.days > 366 * _LONGEST_YEARS:
        raise BadOption("--every", f"'{every}' is longer than any calendar here; write '3 months'")
    if scenario.days()[-1] > scenario.end:
        raise BadOption(
            "--years",
            f"the last infusion would be on {scenario.days()[-1]}, after the end of the "
            f"calendar on {scenario.end}; give more years or fewer infusions",
        )
    return scenario


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
