"""Signs of a group: symptoms, and results that amount to one (a temperature that is fever)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from monitor.domain.catalogue import Catalogue
from monitor.domain.facts import Event, Result
from monitor.domain.faults import Fault, suggestion
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome
from monitor.domain.view import View


def reports(view: View, symptom: str, from_value: Decimal | None = None) -> list[Event]:
    """List the reports of a symptom, and the results that amount to it (a temperature to fever).

    With a figure only those so high, and those without a figure.
    """
    code = view.timeline.catalogue.symptoms[symptom]
    found: list[Event] = []
    for sign in signs(view, code.group, date.min, view.day):
        if isinstance(sign, Result):
            is_one = sign.code == code.measured_as
        else:
            is_one = getattr(sign, "code", None) == symptom
        value = getattr(sign, "value", None)
        is_low = from_value is not None and isinstance(value, Decimal) and value < from_value
        if is_one and not is_low:
            found.append(sign)
    return found


def signs(view: View, group: str, first: date, last: date) -> list[Event]:
    """List the signs of a group within two days: symptoms, and results that amount to one."""
    codes = view.timeline.catalogue
    found: list[Event] = list(view.symptoms(group, first, last))
    for symptom in codes.symptoms.values():
        if symptom.group == group and symptom.measured_as:
            results = view.between(symptom.measured_as, first, last)
            found.extend(one for one in results if symptom.is_seen_in(one.code, one.value))
    return sorted(found, key=lambda event: (event.on, event.event))


def early_signs(view: View, group: str, said: Sequence[Event]) -> list[Event]:
    """List the signs of a group that are not final, and of which nothing is said already."""
    if not view.timeline.waiting:  # of most patients
        return []
    known, codes = {event.event for event in said}, view.timeline.catalogue.symptoms.values()
    return [
        result
        for symptom in codes
        if symptom.group == group and symptom.measured_as
        for result in view.early(symptom.measured_as)
        if symptom.is_seen_in(result.code, result.value) and result.event not in known
    ]


def numbered(events: Sequence[Event]) -> Iterator[tuple[int, date, list[Event]]]:
    """Go through the days of signs, in order, each with a number: in that of their becoming known.

    So one that is told late, of an older day, gives no other day another number.
    """
    by_day: dict[date, list[Event]] = {}
    for event in events:
        by_day.setdefault(event.on, []).append(event)
    began = {day: min(event.known_since for event in found) for day, found in by_day.items()}
    known = sorted(began.values())
    for day, found in by_day.items():
        yield known.index(began[day]) + 1, day, found


@dataclass(frozen=True, kw_only=True, slots=True)
class AfterFever:
    """What a fever so high means until a value of its day or later."""

    fever: str  # the symptom that is fever
    from_value_cel: Decimal
    outcome: Outcome

    def never_acts(self, catalogue: Catalogue) -> Iterator[Fault]:
        """Find a symptom without a temperature: every one would hold, whatever the figure."""
        warm = [code.name for code in catalogue.results.values() if code.unit == "Cel"]
        known = [s.name for s in catalogue.symptoms.values() if s.measured_as in warm]
        if self.fever not in known:
            yield ("fever",), f"'{self.fever}' has no temperature: {suggestion(self.fever, known)}"

    def judge(self, view: View, newest: Result, title: str) -> Finding | None:
        """Find a fever that no value has answered; one without a figure counts as high."""
        found = reports(view, self.fever, self.from_value_cel)
        unanswered = tuple(fever for fever in found if fever.on > newest.on)
        if not unanswered:
            return None
        last = unanswered[-1]
        message = f"{last} on {last.on}, and no {title} of that day or later"
        facts = (last, newest)
        return Finding(outcome=self.outcome, message=message, facts=facts, against=unanswered)
