"""The proposed dose of a question, from its options to the domain's value."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from monitor import protocols
from monitor.domain.facts import DoseAction
from monitor.domain.rules.question import Proposal
from monitor.domain.surface import FORMULAS, Surface
from monitor.errors import BadOption, NotOneOf, Refused, Unconfirmed
from monitor.service.asking.cases import Case
from monitor.service.input.sizes import (
    Body,
    DoseGiven,
    doubtful_body,
    doubtful_daily,
    last_daily,
    measured,
    unlikely_body,
)
from monitor.service.input.text_fields import number


def proposal(
    *,
    on: date,
    dose_mg: str | None,
    height_cm: str | None,
    weight_kg: str | None,
    bsa_m2: str | None,
    bsa_formula: str | None,
    route: str | None,
    confirm: bool = False,
) -> Proposal:
    """Check a proposed infusion; raises Refused with the right form.

    A body surface that can hardly be must be confirmed, as in a recording: too large a one lets
    too large a dose pass.
    """
    if route is not None and route not in protocols.catalogue().routes:
        raise NotOneOf("--route", route, protocols.catalogue().routes)
    mg, given = _positive("--dose-mg", dose_mg), _positive("--bsa-m2", bsa_m2)
    height, weight = _positive("--height-cm", height_cm), _positive("--weight-kg", weight_kg)
    if (height is None) != (weight is None):
        raise Refused("--height-cm and --weight-kg go together")
    if given is not None and height is not None:
        raise BadOption("--bsa-m2", "give height and weight, or the BSA, not both")
    formula = bsa_formula or "mosteller"
    if formula not in FORMULAS:
        raise NotOneOf("--bsa-formula", formula, FORMULAS)
    if bsa_formula is not None and height is None:
        raise BadOption("--bsa-formula", "only with --height-cm and --weight-kg")
    m2 = None if given is None else Fraction(given)
    if height is not None and weight is not None:
        m2 = FORMULAS[formula](height, weight)
    if not confirm:
        body = Body(on=on, height=height, weight=weight, surface=m2)
        _refuse(unlikely_body(body, protocols.catalogue().dose))
    surface = None if m2 is None else Surface(m2=m2, on=on, facts=())
    return Proposal(mg=mg, surface=surface, route=route)


def body_typed(
    on: date, height_cm: str | None, weight_kg: str | None, proposed: Proposal
) -> Body | None:
    """Give the body of a checked proposal; None where none was typed."""
    if proposed.surface is None:
        return None
    height, weight = (Decimal(text) if text else None for text in (height_cm, weight_kg))
    return Body(on=on, height=height, weight=weight, surface=proposed.surface.m2)


def refuse_other_body(case: Case, new: Body) -> None:
    """Raise Unconfirmed where the body differs too much from the one on record."""
    known = [body for fact in case.events if (body := measured(fact)) is not None]
    _refuse(doubtful_body(new, known, protocols.catalogue().dose))


def refuse_other_dose(case: Case, on: date, proposed: Proposal, named: str | None) -> None:
    """Raise Unconfirmed where a daily dose is a slip of ten from the last, as in a recording."""
    timeline = case.treatment(named).timeline
    taken = [step for step in timeline.dosing if step.on <= min(on, case.today)]
    if proposed.mg is None or not taken:
        return
    rests = taken[-1].action in (DoseAction.INTERRUPT, DoseAction.STOP)
    new = DoseGiven(on=on, mg=proposed.mg, may_be_less=rests)
    _refuse(doubtful_daily(new, last_daily(taken, timeline.drug, on)))


def _refuse(doubts: Iterable[str]) -> None:
    words = "; ".join(doubts)
    if words:
        raise Unconfirmed(f"{words}: if it is right, confirm with --confirm")


def _positive(option: str, text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        value = Decimal(number(text))
    except ValueError as fault:
        raise BadOption(option, fault) from fault
    if value <= 0:
        raise BadOption(option, f"{text} must be above 0")
    return value
