"""Signs of a group: symptoms, and results that amount to one (a temperature that is fever)."""

from datetime import date
from decimal import Decimal

from monitor.domain.events import Event
from monitor.domain.view import View


def signs(view: View, group: str, first: date, last: date) -> list[Event]:
    """List the signs of a group within two days: symptoms, and results that amount to one."""
    codes = view.timeline.catalogue
    found: list[Event] = list(view.symptoms(group, first, last))
    for symptom in codes.symptoms.values():
        if symptom.group == group and symptom.measured_as and symptom.from_value is not None:
            found.extend(
                result
                for result in view.between(symptom.measured_as, first, last)
                if isinstance(result.value, Decimal) and result.value >= symptom.from_value
            )
    return sorted(found, key=lambda event: (event.on, event.event))
