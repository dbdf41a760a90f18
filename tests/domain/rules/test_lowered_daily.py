"""Fever under a daily drug that lowers counts: an unknown count is as bad as a low one.

While it is taken, and a month after: 1 March and a rest on 11 March make 11 April the last day.
"""

from dataclasses import replace

import pytest

from monitor import protocols
from monitor.domain.assessment import Watched, evaluate
from monitor.domain.facts import Event
from monitor.domain.outcome import Severity
from monitor.domain.timeline import Timeline
from monitor.domain.watch import Watch
from tests.exampline import PROTOCOL, begun, day, taken, treated
from tests.facts import ended, numbered, symptom, woman

TAKEN = [taken("start", 0, "5")]


def severities(*facts: Event, on: int, lowers: bool = True) -> list[Severity]:
    treatment = treated(*facts)
    pinned = {key: replace(PROTOCOL, lowers_counts=lowers) for key in treatment.protocols}
    known = numbered([woman(), begun(-30), *facts])
    watch = Watch(
        timeline=Timeline("P", known, drug="", catalogue=protocols.catalogue()),
        protocol=protocols.every_patient(),
        drugs=((treatment.timeline, pinned),),
    )
    followed = Watched(watch=watch, treatments=())
    return [w.severity for w in evaluate(followed, day(on)).warnings if w.since == day(on)]


@pytest.mark.parametrize(
    ("steps", "on", "lowers", "severity"),
    [
        (TAKEN, 200, True, Severity.EMERGENCY),
        (TAKEN, 200, False, Severity.URGENT),
        (TAKEN, -1, True, Severity.URGENT),
        ([*TAKEN, taken("interrupt", 10)], 41, True, Severity.EMERGENCY),
        ([*TAKEN, taken("stop", 10)], 42, True, Severity.URGENT),
        ([*TAKEN, ended(on=day(10))], 41, True, Severity.EMERGENCY),
        ([*TAKEN, ended(on=day(10))], 42, True, Severity.URGENT),
    ],
)
def test_fever_while_it_is_taken_and_a_month_after_with_no_count_is_an_emergency(
    steps, on, lowers, severity
):
    assert severities(*steps, symptom("fever", on=day(on)), on=on, lowers=lowers) == [severity]


def test_a_view_of_the_drug_itself_knows_it_too():
    treatment = treated(*TAKEN)
    span = protocols.every_patient().named["febrile-neutropenia"].unknown_after

    for lowers in (True, False):
        view = replace(PROTOCOL, lowers_counts=lowers).view(treatment.timeline, day(9))
        assert view.is_lowered(day(9), span) is lowers
        assert view.until(day(5)).is_lowered(day(5), span) is lowers
