"""Doses that were given and should be looked after at once: far too large, or the wrong way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from monitor.domain.exposure import shown
from monitor.domain.facts import Infusion
from monitor.domain.faults import nothing_wrong
from monitor.domain.rule import INFUSED, Rule
from monitor.domain.rules.dosing import BodySurface, DoseSize, Route
from monitor.domain.rules.question import AskedUnder, Demands
from monitor.domain.rules.warning import Alert, AskAt, RestsOn, WarningRule, waived_at
from monitor.domain.surface import surfaces
from monitor.domain.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class OverdoseOrWrongRoute(WarningRule):
    """A dose above a multiple of the largest one, or by a route not allowed; until waived."""

    kind = "overdose_or_wrong_route"
    acts_where = INFUSED
    rests_on = RestsOn.PROTOCOL
    ends_by_waiver = True

    faults = nothing_wrong

    def never_acts_beside(self, rules: Sequence[Rule]) -> str:
        """Say that none of them limits the way or the size of a dose."""
        if any(isinstance(rule, Route | DoseSize) for rule in rules):
            return ""
        return "nothing limits a dose: add a rule of kind `route` or `dose_size`"

    def find(self, _view: View) -> Iterator[Alert]:
        """Find nothing: it takes the requirements of a protocol to tell."""
        yield from ()

    def find_of_doses(
        self, view: View, protocol: AskedUnder, _ask_at: AskAt | None = None
    ) -> Iterator[Alert]:
        """Find such doses by the requirements of the protocol."""
        limits, demands = protocol.requirements, protocol.demands
        for number, infusion in enumerate(view.infusions, start=1):
            before = _shortly_before(view, number)
            too_much = [*_overdose(limits, demands, view, infusion, before)]
            if not too_much:
                before = _too_soon_before(view, number)
                too_much = [*_overdose(limits, demands, view, infusion, before, spaced=True)]
            told = [*_wrong_route(limits, infusion), *too_much]
            own = (infusion, *infusion.parts)
            facts = (*own, *before) if too_much else own
            seen = [part for given in facts for part in (given, *given.parts)]
            newest = max(own, key=lambda part: part.event)  # a newer part raises it again
            if told and not waived_at(self.name, view, number, newest, seen):
                yield Alert(
                    since=infusion.on,
                    until=None,
                    message=f"{self.message} {infusion} on {infusion.on}: {'; '.join(told)}.",
                    facts=facts,
                    anchor=newest,
                    occurrence=number,
                )


def _shortly_before(view: View, number: int) -> list[Infusion]:
    """List what was given before an infusion and with it: on its day, and on following days.

    Parts of one infusion may be of two days, and the body does not see how lines are linked. A
    drug that its protocol allows so soon again is given day by day; then each day is by itself.
    """
    reach = 1 if view.never_before_days > 1 else 0
    infusion = view.infusions[number - 1]
    found: list[Infusion] = []
    first = infusion.on
    for earlier in reversed(view.infusions[: number - 1]):
        given = earlier.until(infusion.on)
        if (first - max(part.on for part in (given, *given.parts))).days > reach:
            break
        found.insert(0, given)
        first = given.on
    return found


def _too_soon_before(view: View, number: int) -> list[Infusion]:
    """List what was given before an infusion, and forbade one on its day."""
    infusion = view.infusions[number - 1]
    given = (earlier.until(infusion.on) for earlier in view.infusions[: number - 1])
    return [
        one
        for one in given
        if (infusion.on - max(p.on for p in (one, *one.parts))).days < view.never_before_days
    ]


def _wrong_route(limits: Sequence[Rule], infusion: Infusion) -> Iterator[str]:
    allowed = {way for r in limits if isinstance(r, Route) for way in r.allowed}
    named = {infusion.route, *(part.route for part in infusion.parts)} - {None}
    for route in sorted(str(route) for route in named):  # not named: the protocol's own
        if allowed and route not in allowed:
            yield f"given {route}, allowed is only {', '.join(sorted(allowed))}"


def _overdose(
    limits: Sequence[Rule],
    demands: Demands,
    view: View,
    infusion: Infusion,
    before: Sequence[Infusion],
    *,
    spaced: bool = False,
) -> Iterator[str]:
    size = next((rule for rule in limits if isinstance(rule, DoseSize)), None)
    if size is None:
        return
    surface, times = _surface(limits, view, (infusion, *before)), demands.overdose_times
    largest = size.largest_mg(surface or Fraction(demands.largest_surface))
    mg = infusion.mg + sum((given.mg for given in before), Decimal(0))
    # On days apart each may be as large as the gate lets one pass: two of these are no overdose.
    percent = 100 + (Fraction(size.tolerance_percent) if spaced else 0)
    if largest is not None and mg * 100 > times * largest * percent:
        first = before[0].on if before else infusion.on
        since = "on that day" if first == infusion.on else f"from {first} on"
        also = f"{mg} mg {since}, " if before else ""
        whose = "" if surface is not None else ", whatever the body surface"
        yield f"{also}more than {times} times the largest dose, {shown(largest, 1)} mg{whose}"


def _surface(limits: Sequence[Rule], view: View, together: Sequence[Infusion]) -> Fraction | None:
    """Give the smallest body surface of what was given together, else the newest on record."""
    if known := surfaces(together):
        return min(known)
    found = next((rule.newest(view) for rule in limits if isinstance(rule, BodySurface)), None)
    return found.m2 if found else None
