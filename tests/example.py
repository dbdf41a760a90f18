"""The invented drug of `tests/protocols/example.yaml`, under which machinery is tested."""

from functools import cache
from pathlib import Path

import pytest

from monitor import protocols
from monitor.domain.protocol import Protocol

NAME = "example"
DRUG = "exampline"
FILE = Path(__file__).parent / "protocols" / "example.yaml"


@cache
def protocol() -> Protocol:
    """Read the protocol."""
    return protocols.read_file(FILE)


def ship(patch: pytest.MonkeyPatch) -> None:
    """Let the program know the invented drug as one of those that ship."""
    names, text = protocols.shipped, protocols._text
    ours = FILE.read_text(encoding="utf-8")
    patch.setattr(protocols, "shipped", lambda: sorted([*names(), NAME]))
    patch.setattr(protocols, "_text", lambda name: ours if name == NAME else text(name))
