"""The next drug is a file: no drug's name stands in the code."""

from pathlib import Path

import pytest

from monitor import protocols

CODE = sorted((Path(__file__).parents[2] / "monitor").rglob("*.py"))


@pytest.mark.parametrize("name", protocols.names())
def test_no_drug_is_named_in_the_code(name):
    protocol = protocols.load(name)
    words = [word.casefold() for word in (protocol.drug, name, *protocol.brands)]

    named = [
        f"{path.name}: {word}"
        for path in CODE
        for word in words
        if word in path.read_text(encoding="utf-8").casefold()
    ]

    assert CODE
    assert named == []
