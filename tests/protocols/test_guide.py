"""`docs/protocols.md` tells the truth: its example is read, its tables are the real keys."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest
import yaml

from monitor import protocols
from monitor.domain.keys import key
from monitor.domain.outcome import Outcome, Role, Severity
from monitor.domain.related import Related
from monitor.domain.rule import Cite, Rule, Source, SymptomAdvice, UsualDose
from monitor.domain.rules.bands import Band
from monitor.domain.rules.dose_adjustment import DoseTable
from monitor.domain.rules.expectations import CheckRule
from monitor.domain.rules.kinds import SECTIONS
from monitor.domain.rules.limits import Limit
from monitor.domain.rules.more_often import MoreOften
from monitor.domain.rules.warning import WarningRule
from monitor.domain.when import Condition
from monitor.protocols.citations import SEEN
from monitor.protocols.reader import _Header, read_protocol

GUIDE = (Path(__file__).parents[2] / "docs" / "protocols.md").read_text(encoding="utf-8")
KINDS = {kind: cls for kinds in SECTIONS.values() for kind, cls in kinds.items()}
ROW = re.compile(r"\| `(\w+)` \| [^|]+ \| (yes|no) \| ")


def documented(heading: str, number: int = 0) -> dict[str, bool]:
    """Give the keys of a table under a heading, and whether each is required."""
    _, _, after = GUIDE.partition(f"\n{heading}\n")
    assert after, heading
    part = re.split(r"\n##+ ", after)[0]
    table = re.split(r"\| key \|.*\n\|---.*\n", part)[1:][number]
    return {name: needed == "yes" for name, needed in ROW.findall(table.partition("\n\n")[0])}


def real(cls: type, *, without: type | None = None, besides: tuple[str, ...] = ()) -> dict:
    """Give the keys of a class, and whether each is required."""
    left_out = {field.name for field in fields(without)} if without else set()
    return {
        key(field.name): field.default is MISSING and field.default_factory is MISSING
        for field in fields(cls)
        if field.name not in left_out and field.name not in besides
    }


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", GUIDE, flags=re.DOTALL))
def test_the_example_is_a_protocol_without_a_mistake(example):
    protocol = read_protocol("example.yaml", example, protocols.catalogue())

    assert [rule.name for rule in protocol.rules()]


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_of_every_kind_is_documented_as_it_is(kind):
    common = next(base for base in (WarningRule, CheckRule, Rule) if issubclass(KINDS[kind], base))

    assert documented(f"### `{kind}`") == real(KINDS[kind], without=common)


def test_the_kinds_stand_under_their_sections():
    for section, kinds in SECTIONS.items():
        _, _, after = GUIDE.partition(f"\n## Kinds of rule under `{section}`\n")
        part = re.split(r"\n## ", after)[0]
        assert re.findall(r"\n### `(\w+)`\n", part) == list(kinds)


@pytest.mark.parametrize(
    ("heading", "cls"),
    [
        ("## The head of the file", _Header),
        ("### Related drugs", Related),
        ("### The usual dose", UsualDose),
        ("### Citations", Cite),
        ("### Conditions", Condition),
        ("### Limits", Limit),
        ("### Bands", Band),
        ("## `dose_table`", DoseTable),
        ("## `symptom_advice`", SymptomAdvice),
    ],
)
def test_every_other_table_is_documented_as_it_is(heading, cls):
    assert documented(heading) == real(cls)


def test_what_takes_a_schedule_over_is_documented_as_it_is():
    assert documented("### `schedule`", 1) == real(MoreOften)


def test_the_common_keys_are_documented_as_they_are():
    assert documented("### Sources") == real(Source, besides=("key",))
    assert documented("### Common keys") == {"kind": True} | real(Rule, besides=("name",))
    assert documented("### Common keys", 1) == real(CheckRule, without=Rule)
    assert documented("### Common keys", 2) == real(WarningRule, without=Rule)


def test_every_word_that_may_be_chosen_is_named():
    for word in (*Outcome, *Role, *Severity, *SEEN, "draft", "reviewed"):
        assert f"`{word}`" in GUIDE


def test_the_example_can_be_played_through(monitor, tmp_path):
    (example,) = re.findall(r"```yaml\n(.*?)```", GUIDE, flags=re.DOTALL)
    (tmp_path / "ours.yaml").write_text(example, encoding="utf-8")

    code, out, err = monitor(
        f"protocol simulate {tmp_path}/ours.yaml --start 2025-01-10 --infusions 4 --every '1 month'"
    )

    assert (code, err) == (0, "")
    assert "  4    2025-04-10  43.8  25.03  100.00\n" in out  # no size named: shared out evenly


def test_the_example_is_plain_yaml_for_other_readers():
    (example,) = re.findall(r"```yaml\n(.*?)```", GUIDE, flags=re.DOTALL)

    content = yaml.safe_load(example)

    assert content["requirements"]["heart-disease"]["asks"] == {
        "cardiac_disease": {"no": "met", "yes": "stop"}
    }
