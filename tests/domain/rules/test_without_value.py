"""A report that says only that a sample was not fit is as one with a value that never counted."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import protocols
from monitor.domain.assessment import evaluate
from monitor.domain.facts import Event, Result, Status
from monitor.domain.rules.question import Proposal
from tests.facts import (
    TESTS,
    all_tests,
    answer,
    asked,
    result,
    started,
    step,
    treatment,
    watched,
    woman,
)
from tests.other_drugs import OTHERS

CATALOGUE = protocols.catalogue()
ON = TESTS + timedelta(1)
HISTORIES = {
    **{p: [woman(), started(p), *asked(p), *all_tests()] for p in ("us", "eu", "fr")},
    **{name: [*o.beginning(), *o.all_results(TESTS)] for name, o in OTHERS.items()},
    "clozapine-us": [
        woman(),
        started("clozapine-us", on=TESTS),
        answer("hypersensitivity", "no", on=TESTS),
        result("neutrophils", "4.6", on=TESTS),
        step("start", on=TESTS, mg="12.5"),
    ],
}


def unfit(code: str) -> Result:
    found = CATALOGUE.results[code]
    return result(code, found.words[0] if found.words else "50", on=ON, status=Status.UNSUITABLE)


def answered(history: list[Event], report: Result) -> tuple[list, list, list]:
    known, on = treatment(*history, report), ON + timedelta(1)
    gate = known.ask(on=on, today=on, proposal=Proposal())
    both = evaluate(known, on), evaluate(watched(*history, report), on)
    return (
        [(r.rule, r.state, r.waivable) for r in gate.requirements],
        [(c.rule, c.occurrence, c.state) for seen in both for c in seen.checks],
        [(w.rule, w.severity) for seen in both for w in seen.warnings],
    )


@pytest.mark.parametrize("profile", HISTORIES)
def test_an_unfit_sample_without_a_value_is_as_one_with_any(profile):
    for code in CATALOGUE.results:
        report = unfit(code)
        without = replace(report, value="", shown="")
        assert answered(HISTORIES[profile], without) == answered(HISTORIES[profile], report), code
        assert str(without) == f"{code} (unsuitable)"
