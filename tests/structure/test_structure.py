"""The scripts of this folder measure what they say."""

from pathlib import Path

from tests.structure.same_answers import blank
from tests.structure.source import Source

ONE = """
class Rule: ...
class Late(Rule): ...
class Later(Late):
    kind = "later"
"""
TWO = """
from monitor.domain.late import Late, Later
if rule.kind == "plan" or row.kind in ("close", "plan"):
    raise Refused("sent")
isinstance(rule, Late | Later)
Cited(kind="stated")
"""
KINDS = """
class Kind(StrEnum):
    PLAN = "plan"
    CLOSE = "close"
"""


def test_sentences_are_left_out_and_nothing_else():
    document = '{"rule": "a", "message": "1 \\" b", "because": ["x]", "y"], "facts": [1]}'

    assert blank(document) == '{"rule": "a", "message": …, "because": …, "facts": [1]}'


def test_what_is_counted(tmp_path):
    files = {"domain/late.py": ONE, "service/late.py": TWO, "domain/facts/__init__.py": KINDS}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    source = Source(tmp_path)

    assert source.lines() == 15
    assert source.same_module_names() == {"late": ["domain/late.py", "service/late.py"]}
    assert source.below(("Rule",)) == {"Late", "Later"}
    assert source.rules_named_outside() == {"service/late.py": 1}
    assert (source.message_states(), source.fact_kinds()) == ((1, 1), (3, 1))
    assert source.raised("Refused") == 1


def test_the_program_is_measured():
    assert Source(Path("monitor")).lines() > 1000
