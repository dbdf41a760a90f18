"""Leave a share of many alike examples to the slow campaigns, which ask them all."""

import os
from collections.abc import Sequence
from typing import Any

import pytest


def one_of(share: int, examples: Sequence[Any]) -> list[Any]:
    """Mark all but one of so many examples as those of a campaign."""
    return [
        one if number % share == 0 else _of_campaign(one) for number, one in enumerate(examples)
    ]


def so_many(examples: int) -> int:
    """Give an eighth of so many random examples, all of them in the campaign (MONITOR_EXAMPLES)."""
    return examples if os.environ.get("MONITOR_EXAMPLES") == "all" else examples // 8


def _of_campaign(one: Any) -> Any:
    """Mark an example, which may be a value or a set of them with a name."""
    if not isinstance(one, type(pytest.param())):
        return pytest.param(one, marks=pytest.mark.faults)
    return pytest.param(*one.values, id=one.id, marks=[*one.marks, pytest.mark.faults])
