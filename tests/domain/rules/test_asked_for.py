"""Which results answer a requirement, and what is good, in words."""

import pytest

from monitor import protocols

CATALOGUE = protocols.catalogue()


def answering(protocol: str, rule: str) -> tuple[dict[str, str], ...]:
    loaded = protocols.load(protocol)
    rules = {one.name: one for one in loaded.requirements}
    return rules[rule].answered_by(CATALOGUE, loaded.checks)


def test_a_requirement_names_the_result_that_answers_it_with_its_limit(exampline):
    assert answering("example", "neutrophils") == (
        {"neutrophils": "at least 1.5 10*9/L; below: hold"},
    )


def test_any_panel_answers_it(exampline):
    assert [list(panel) for panel in answering("example", "liver-tests")] == [
        ["liver_tests"],
        ["alt", "ast", "bilirubin"],
    ]


@pytest.mark.parametrize("rule", ["lifetime-dose", "age"])
def test_what_no_result_answers_names_none(rule, exampline):
    assert answering("example", rule) == ()


def test_a_count_that_is_judged_by_its_level_names_every_level():
    [panel] = answering("clozapine-us", "neutrophils")

    assert list(panel) == ["neutrophils"]
    assert [word.split()[0] for word in panel["neutrophils"].split("; ")] == ["below"] * 3


def test_a_count_that_must_be_on_schedule_is_that_of_its_check():
    assert answering("clozapine-us", "count-schedule") == ({"neutrophils": ""},)
