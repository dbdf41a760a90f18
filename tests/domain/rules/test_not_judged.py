"""Whether any rule of a protocol limits the dose that is asked about."""

from dataclasses import replace
from decimal import Decimal

import pytest

from monitor import protocols
from monitor.domain.gate import gate
from monitor.domain.rules.ceiling import Ceiling
from monitor.domain.rules.dosing import DoseSize
from monitor.domain.rules.measure import Measure
from monitor.domain.rules.question import Proposal
from monitor.domain.rules.requirement import RequirementRule
from tests.facts import FIRST, ready, treatment

FRANCE = protocols.load("mitoxantrone-ms-fr")
SIZE = [rule for rule in FRANCE.requirements if isinstance(rule, DoseSize)]
CEILINGS = [rule for rule in FRANCE.requirements if isinstance(rule, Ceiling)]
OTHERS = [rule for rule in FRANCE.requirements if rule not in (*SIZE, *CEILINGS)]


def by(measure: Measure) -> list[Ceiling]:
    return [rule for rule in CEILINGS if rule.measure is measure]


@pytest.mark.parametrize(
    ("rules", "is_judged"),
    [
        (SIZE, True),
        (by(Measure.MG), True),
        (by(Measure.MG_PER_M2), True),
        (by(Measure.INFUSIONS), False),  # however large it is, it is one infusion
        (OTHERS, False),
    ],
    ids=["size", "total mg", "total mg/m2", "number", "none"],
)
def test_a_dose_is_judged_by_a_limit_of_its_size_or_of_a_total(
    rules: list[RequirementRule], is_judged
):
    invented = replace(FRANCE, requirements=tuple(rules))
    timeline = treatment(*ready()).timeline

    def ask(mg: Decimal | None) -> Decimal | None:
        found = gate(
            invented,
            timeline,
            on=FIRST,
            today=FIRST,
            proposal=Proposal(mg=mg),
            standing=lambda *_: (),
        )
        return found.not_judged

    assert ask(Decimal(5000)) == (None if is_judged else Decimal(5000))
    assert ask(None) is None
