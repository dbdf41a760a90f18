"""The page of a protocol: each rule says its own numbers in words, under the keys of YAML."""

import pytest

from monitor import protocols
from monitor.domain.keys import keys, parameters
from monitor.domain.rules.kinds import SECTIONS

KINDS = {word: kind for kinds in SECTIONS.values() for word, kind in kinds.items()}
PROTOCOLS = [*map(protocols.load, protocols.names()), protocols.every_patient()]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
def test_every_rule_says_what_it_has(protocol):
    for rule in protocol.rules():
        said = rule.words(protocols.catalogue())
        assert set(said) <= set(keys(type(rule)))
        assert all(said.values()), rule.name


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_explained_is_a_key(kind):
    assert set(KINDS[kind].means) <= set(keys(KINDS[kind]))
    assert KINDS[kind].meaning("every_version") == "acts on courses pinned to an older version too"


def test_a_dose_table_says_its_grades():
    table = next(p.dose_table for p in PROTOCOLS if p.dose_table is not None)

    said = parameters(table, protocols.catalogue())

    assert "; with infection grade " in said["after"]
    assert said["counts"].startswith("WHO grades of ")


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
def test_a_head_says_its_citations_its_usual_dose_and_related_drugs(protocol):
    for cite in (cite for rule in protocol.rules() for cite in rule.cites):
        assert str(cite).startswith(f"[{cite.kind}] {cite.source}: {cite.where}")
    if protocol.usual_dose is not None:
        assert str(protocol.usual_dose.size_mg_per_m2) in str(protocol.usual_dose)
    related = protocol.related_exposure
    assert related is None or related.converted in str(related)
