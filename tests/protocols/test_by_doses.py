"""Warnings on doses say nothing without the protocol and the gate; all others need neither."""

import pytest

from monitor import protocols
from monitor.domain.rules.warning import RestsOn
from tests.facts import after, infusion, result, started, view, woman

PROTOCOL = protocols.load("mitoxantrone-ms-us")
FACTS = (woman(), started(), infusion("500", on=after(0)), result("hcg", "positive", on=after(1)))


@pytest.mark.parametrize("rule", PROTOCOL.warnings, ids=lambda rule: rule.name)
def test_what_rests_on_doses_is_found_only_with_them(rule):
    seen = view(*FACTS, on=after(2))

    if rule.rests_on in (RestsOn.PROTOCOL, RestsOn.GATE):
        assert list(rule.find(seen)) == []
    else:
        assert list(rule.find_of_doses(seen, PROTOCOL)) == list(rule.find(seen))
