"""A kind of rule says everything about itself: one that leaves something out does not load."""

from dataclasses import dataclass

import pytest

from monitor.domain.faults import nothing_wrong
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome
from monitor.domain.rule import ALWAYS, AppliesTo, Rule
from monitor.domain.rules.asked import Age
from monitor.domain.rules.kinds import SECTIONS, registered
from monitor.domain.rules.limits import Limit
from monitor.domain.rules.requirement import RequirementRule, never_turns
from monitor.protocols import catalogue
from tests.facts import man, view, woman


@dataclass(frozen=True, kw_only=True, slots=True)
class Silent(RequirementRule):
    """A kind that does not judge."""

    kind = "silent"
    acts_where = ALWAYS


@dataclass(frozen=True, kw_only=True, slots=True)
class Nowhere(RequirementRule):
    """A kind that does not say what it is called, nor where it acts."""

    faults, turns = nothing_wrong, never_turns

    def judge(self, _question: object) -> Finding | None:
        """Find nothing."""
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Older(Nowhere):
    """A kind with the word of another."""

    kind = "age"
    acts_where = ALWAYS


@pytest.mark.parametrize(
    ("kinds", "lacking"),
    [
        ([Silent], "Silent does not say: faults, judge, turns"),
        ([Nowhere], "Nowhere does not say: kind, acts_where"),
        ([Age, Older], "Older: 'age' is taken"),
    ],
)
def test_a_kind_that_leaves_something_out_does_not_load(kinds: list[type[Rule]], lacking: str):
    with pytest.raises(TypeError, match=lacking):
        registered(kinds)


def test_every_kind_stands_in_the_section_of_its_base():
    for section, kinds in SECTIONS.items():
        assert {cls.section for cls in kinds.values()} == {section}


def test_a_limit_of_words_says_nothing_of_a_number():
    limit = Limit(words={"low": Outcome.HOLD})

    ((path, words),) = limit.faults(("limits", "neutrophils"), "neutrophils", catalogue())

    assert path == ("limits", "neutrophils")
    assert words.startswith("'neutrophils' is a number, not a word: write for instance `at_least")


@pytest.mark.parametrize(("patient", "is_listed"), [(woman(), True), (man(), False)])
def test_a_requirement_that_speaks_of_no_record_is_for_whom_it_says(patient, is_listed: bool):
    rule = Age(
        name="age", title="age", cites=(), minimum_years=18, below=Outcome.HOLD,
        applies_to=AppliesTo.NOT_MEN,
    )  # fmt: skip

    assert rule.concerns(view(patient)) is is_listed
