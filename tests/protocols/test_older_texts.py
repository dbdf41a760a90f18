"""Texts that courses are pinned to are read for ever, also where newer files must say more."""

import re
from decimal import Decimal

import pytest

from monitor import protocols
from monitor.protocols.reader import read_protocol

FIRST_EDITION = {
    name: re.sub(
        r"^(lowers_counts|own_table):.*\n|^usual_dose:\n(  .*\n)+",
        "",
        protocols.text(name),
        flags=re.MULTILINE,
    )
    for name in protocols.names()
}


@pytest.mark.parametrize("name", protocols.names())
def test_an_older_text_of_a_protocol_that_ships_takes_the_missing_keys_from_it(name):
    now, then = protocols.load(name), protocols.pinned(f"{name}.yaml", FIRST_EDITION[name])

    assert "lowers_counts" not in FIRST_EDITION[name]
    assert (then.lowers_counts, then.own_table) == (now.lowers_counts, now.own_table)
    assert then.usual_dose == now.usual_dose
    assert then.digest != now.digest


def test_an_older_text_takes_the_rules_that_act_on_every_version_and_no_others():
    text = protocols.text("mitoxantrone-ms-eu").replace("version: 2.0.0", "version: 1.0.0")
    recovery = text[text.index("  recovery-count:") : text.index("  cbc-follow-up:")]
    text = text.replace(recovery, "").replace(", beyond: hold}", "}")
    text = text.replace("    every_version: true\n", "").replace("fresh: 28 days", "fresh: 27 days")

    then = {rule.name: rule for rule in protocols.pinned("older.yaml", text).rules()}
    now = {rule.name: rule for rule in protocols.load("mitoxantrone-ms-eu").rules()}

    assert then["recovery-count"] == now["recovery-count"]
    assert then["lvef"] == now["lvef"]  # a fall of more than 10 points holds
    assert "overdose-or-wrong-route" in then
    assert then["liver-tests"].fresh_days == 27


def test_which_drugs_lower_counts_and_how_large_a_dose_usually_is():
    lowering = {n for n in protocols.names() if protocols.load(n).lowers_counts}
    usual = {
        n: (dose.size_mg_per_m2, dose.at_most_mg)
        for n in protocols.names()
        if (dose := protocols.load(n).usual_dose) and protocols.load(n).drug == "mitoxantrone"
    }

    assert lowering >= {"mitoxantrone-ms-us", "mitoxantrone-ms-eu", "mitoxantrone-ms-fr"}
    assert lowering >= {"doxorubicin-us", "cladribine-ms-us"}
    assert not lowering & {"alemtuzumab-ms-us", "clozapine-us"}
    assert usual == {
        "mitoxantrone-ms-us": (Decimal(12), None),
        "mitoxantrone-ms-eu": (Decimal(12), None),
        "mitoxantrone-ms-fr": (Decimal(12), Decimal(20)),
    }
    assert protocols.load("clozapine-us").own_table == ("neutrophils",)


def test_an_older_text_of_an_unknown_protocol_takes_the_cautious_value():
    text = FIRST_EDITION["alemtuzumab-ms-us"].replace("alemtuzumab-ms-us", "ours")

    found = protocols.pinned("ours.yaml", text)

    assert found.lowers_counts
    assert found.usual_dose is None
    strict = read_protocol("ours.yaml", f"{text}lowers_counts: true\n", protocols.catalogue())
    assert strict.lowers_counts
