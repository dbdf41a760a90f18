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

OLDER = "1.0.0"


def older_text(name: str) -> str:
    """Give the text of a protocol that ships as if it were one of an older version."""
    shipped = protocols.load(name).version
    return protocols.text(name).replace(f"version: {shipped}", f"version: {OLDER}")


@pytest.mark.parametrize("name", protocols.names())
def test_an_older_text_of_a_protocol_that_ships_takes_the_missing_keys_from_it(name):
    now, then = protocols.load(name), protocols.pinned(f"{name}.yaml", FIRST_EDITION[name])

    assert "lowers_counts" not in FIRST_EDITION[name]
    assert (then.lowers_counts, then.own_table) == (now.lowers_counts, now.own_table)
    assert then.usual_dose == now.usual_dose
    assert then.digest != now.digest


def test_an_older_text_takes_the_rules_that_act_on_every_version_and_no_others():
    text = older_text("mitoxantrone-ms-eu")
    recovery = text[text.index("  recovery-count:") : text.index("  cbc-follow-up:")]
    text = text.replace(recovery, "").replace(", beyond: hold}", "}")
    text = text.replace("    every_version: true\n", "").replace("fresh: 28 days", "fresh: 27 days")

    then = {rule.name: rule for rule in protocols.pinned("older.yaml", text).rules()}
    now = {rule.name: rule for rule in protocols.load("mitoxantrone-ms-eu").rules()}

    assert then["recovery-count"] == now["recovery-count"]
    assert then["lvef"] == now["lvef"]  # a fall of more than 10 points holds
    assert "overdose-or-wrong-route" in then
    assert then["liver-tests"].fresh_days == 27


def test_a_text_without_a_route_takes_the_one_that_stops_every_other():
    text = older_text("cladribine-ms-us")
    route = text[text.index("  route:") : text.index("checks:")]

    then = {r.name: r for r in protocols.pinned("older.yaml", text.replace(route, "")).rules()}

    assert then["route"].allowed == ("oral",)


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


@pytest.mark.parametrize(
    ("name", "rule", "now", "then"),
    [
        ("alemtuzumab-ms-us", "immune-thrombocytopenia", "below: 100 10*9/L", "below: 50 10*9/L"),
        ("alemtuzumab-ms-us", "rounds", "days_of_round: [5, 3]", "days_of_round: [9, 8]"),
        ("cladribine-ms-us", "rounds", "cycle: {times: 2, ", "cycle: {"),
        ("mitoxantrone-ms-fr", "cardiac-risk", "[prior_doxorubicin_mg_m2, ", "["),
        ("mitoxantrone-ms-eu", "cardiac-risk", "[prior_doxorubicin_mg_m2, ", "["),
        ("mitoxantrone-ms-us", "cardiac-risk", "[prior_doxorubicin_mg_m2, ", "["),
        ("doxorubicin-us", "cardiac-risk", "[prior_mitoxantrone_mg_m2, ", "["),
        ("doxorubicin-us", "lifetime-dose", "amounts: [prior_mitoxantrone_mg_m2, ", "amounts: ["),
        ("cladribine-ms-us", "malignancy", '"yes": stop}', '"yes": met}'),
        ("cladribine-ms-us", "dose-size", "per_infusion: 20 mg", "per_infusion: 200 mg"),
        ("doxorubicin-us", "neutrophils", "at_least: 1.0 10*9/L", "at_least: 0.1 10*9/L"),
        ("clozapine-us", "restart-dose", "most: 12.5 mg", "most: 500 mg"),
        ("clozapine-us", "myocarditis", "within: 8 weeks", "within: 1 week"),
    ],
)
def test_what_the_corrections_ask_for_acts_on_courses_pinned_to_an_older_version(
    name, rule, now, then
):
    before, _, after = older_text(name).partition(f"\n  {rule}:\n")
    older = f"{before}\n  {rule}:\n{after.replace(now, then, 1)}".replace("every_version: true", "")

    found = protocols.pinned(f"{name}.yaml", older)
    meant = {each.name: each for each in protocols.load(name).rules()}

    assert found.version == OLDER
    assert {each.name: each for each in found.rules()}[rule] == meant[rule]


def test_an_older_text_takes_the_related_drugs_of_the_one_that_ships():
    now = protocols.load("doxorubicin-us").related_exposure
    text = older_text("doxorubicin-us")
    needs = text[text.index("  yes_needs_amount:") : text.index("lowers_counts:")]

    without = protocols.pinned("doxorubicin-us.yaml", text.replace(needs, ""))

    assert now is not None
    assert without.version == OLDER
    assert now.yes_needs_amount["prior_anthracycline"][0] == "prior_doxorubicin_mg_m2"
    assert without.related_exposure == now
