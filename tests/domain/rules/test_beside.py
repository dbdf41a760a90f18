"""What a gate lists beside a protocol's own requirements."""

from dataclasses import replace
from decimal import Decimal

from monitor import protocols
from monitor.domain.beside import standing
from monitor.domain.rule import AppliesTo
from monitor.domain.rules.found_in_facts import SymptomReported
from monitor.domain.rules.limits import Limit
from monitor.protocols.every_gate import every_gate
from tests.facts import after, man, ready, symptom, treatment


def test_a_warning_that_is_not_for_this_patient_is_no_requirement():
    facts = (*ready(), man(), symptom("palpitations", on=after(1)))
    case = treatment(*facts)
    (protocol,) = case.protocols.values()
    reported = next(w for w in protocol.warnings if isinstance(w, SymptomReported))
    view = protocol.view(case.timeline, after(1))

    def is_listed(scope: AppliesTo) -> bool:
        only = replace(protocol, requirements=(), warnings=(replace(reported, applies_to=scope),))
        return bool([*standing(only, case.timeline, None, view, ())])

    assert is_listed(AppliesTo.EVERYONE)
    assert not is_listed(AppliesTo.NOT_MEN)


def test_what_a_protocol_asks_for_itself_is_not_listed_a_second_time():
    (whole,) = every_gate().requirements
    mitoxantrone, clozapine, doxorubicin = (
        [r for r in protocols.load(name).requirements if r.name != whole.name]
        for name in ("mitoxantrone-ms-us", "clozapine-us", "doxorubicin-us")
    )

    def left(rules) -> set[str | None]:
        return {row.fact or row.code for row in whole.beside(rules).rows}

    asked = {"hcg", "breast_feeding", "active_infection", "urinalysis", "liver_tests", "ecg"}
    asked |= {"cardiac_exam", "hepatic_impairment", "cardiac_disease"}
    nobodys = {"pregnancy", "malignancy", "hiv", "tuberculosis", "hepatitis_b", "hepatitis_c"}
    nobodys |= {"thyroid_tests", "skin_exam", "hpv_screen", "urine_cells"}
    assert left(mitoxantrone) == nobodys
    assert left(doxorubicin) == asked | nobodys
    assert left(clozapine) == asked | nobodys | {"lvef"}


def test_a_limit_limits_nothing_without_a_figure():
    assert Limit(any_value=True).limits_nothing
    assert not Limit(at_least=Decimal(1)).limits_nothing
