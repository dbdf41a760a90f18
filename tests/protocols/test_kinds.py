"""A kind of rule says everything about itself: one that leaves something out does not load."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import pytest

from monitor.domain.faults import nothing_wrong
from monitor.domain.finding import Finding
from monitor.domain.outcome import Outcome
from monitor.domain.rule import ALWAYS, AppliesTo, Rule, SymptomAdvice
from monitor.domain.rules.age import Age
from monitor.domain.rules.dose_adjustment import DoseTable
from monitor.domain.rules.kinds import OF_EVERY_GATE, SECTIONS, registered
from monitor.domain.rules.limits import Limit
from monitor.domain.rules.requirement import RequirementRule, never_turns
from monitor.errors import ProtocolError
from monitor.protocols import catalogue, references
from monitor.protocols.reader import read_protocol
from tests.facts import man, view, woman
from tests.protocols.test_given import INFUSIONS, RULES, written


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
class Unnamed(Nowhere):
    """A kind with an empty word."""

    kind = ""
    acts_where = ALWAYS


@dataclass(frozen=True, kw_only=True, slots=True)
class Idle(Nowhere):
    """A kind that acts nowhere."""

    kind = "idle"
    acts_where = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Worded(Nowhere):
    """A kind that says where it acts by a word."""

    kind = "worded"
    acts_where = "daily"


@dataclass(frozen=True, kw_only=True, slots=True)
class Talkative(Nowhere):
    """A kind that explains a key, and lists one, that it does not have."""

    kind = "talkative"
    acts_where = ALWAYS
    means: ClassVar = {"every": "so often", "title": "what it is called"}
    of_infusions = ("rounds",)


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
        ([Unnamed], "Unnamed does not say: kind"),
        ([Idle], "Idle: write in `acts_where` ALWAYS, INFUSED or DAILY"),
        ([Worded], "Worded: write in `acts_where` ALWAYS, INFUSED or DAILY"),
        ([Talkative], "Talkative: it has no key every, rounds"),
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Floor:
    """A part of a rule with numbers."""

    floor: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Below:
    """A part of a rule with a number of a code."""

    below: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A part of a rule with a name under a new key."""

    blood_test: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Groups:
    """A part of a rule with names as keys, where names are looked for only as words."""

    groups: Mapping[str, bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """A part of a rule with a number whose unit nobody reads."""

    within_hours: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Whole:
    """A rule that holds a part."""

    code: str
    parts: tuple[Floor, ...] | None = None


@pytest.mark.parametrize(
    ("cls", "words"),
    [
        (Floor, "Floor.floor: end its name in its unit, or say in _QUANTITIES whose unit it has"),
        (Whole, "Floor.floor: end its name in its unit, or say in _QUANTITIES whose unit it has"),
        (Below, "Below.below: end its name in its unit, or say in _QUANTITIES whose unit it has"),
        (
            Named,
            "Named.blood_test: say in _NAMED or _BY_NAME of what it is a name, or below",
        ),
        (Groups, "Groups.groups: say in _NAMED or _BY_NAME of what it is a name"),
        (Hours, "Hours.within_hours: end its name in its unit, or say in _COUNTS that it has none"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_key_that_nobody_checks_does_not_load(cls: type[object], words: str):
    with pytest.raises(TypeError, match=re.escape(words)):
        references.declared(cls)


@pytest.mark.parametrize(
    "cls",
    [DoseTable, SymptomAdvice]
    + [cls for kinds in (*SECTIONS.values(), *OF_EVERY_GATE.values()) for cls in kinds.values()],
)
def test_every_key_of_every_rule_is_checked(cls: type[object]):
    references.declared(cls)


def test_a_kind_is_looked_at_when_a_rule_of_it_is_read(monkeypatch):
    monkeypatch.setitem(SECTIONS["requirements"], "asked", Floor)

    with pytest.raises(TypeError, match=r"Floor\.floor: end its name in its unit"):
        read_protocol("ours.yaml", written("asked", INFUSIONS), catalogue())


def test_a_limit_under_which_a_graver_rule_speaks_is_written_in_the_unit_of_the_code(monkeypatch):
    monkeypatch.setitem(RULES, "low_result", f"{RULES['low_result']}, lowest: 0.5 g/L")

    with pytest.raises(ProtocolError, match=r"neutrophils is compared in 10\*9/L"):
        read_protocol("ours.yaml", written("low_result", INFUSIONS), catalogue())
