"""A naive second implementation of the mitoxantrone rules, as a test oracle (contract.md, clinical/mitoxantrone.md)."""
from . import alerts, checks, exposure, gate
from .facts import Facts, View
from .nums import day


class Oracle:
    def __init__(self, profile, lines, *, recorded_on, events_extra=()):
        self.facts = Facts(profile, lines, day(recorded_on), events_extra)

    def gate(self, on, as_of, *, dose_mg=None, height_cm=None, weight_kg=None, bsa_m2=None, route="iv"):
        return gate.evaluate(self.facts, day(on), day(as_of), dose_mg=dose_mg, height_cm=height_cm,
                             weight_kg=weight_kg, bsa_m2=bsa_m2, route=route)

    def upcoming(self, as_of, until=None, states=None):
        return checks.upcoming(self.facts, day(as_of), day(until) if until else None, states)

    def warnings(self, as_of):
        return alerts.warnings(self.facts, day(as_of))

    def exposure(self, as_of):
        return exposure.exposure(View(self.facts, day(as_of)))
