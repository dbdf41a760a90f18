"""What every gate asks for, read from `every-gate.yaml`, and what it adds to each protocol."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from monitor.domain.rule import Source
from monitor.domain.rules.overdose import OverdoseOrWrongRoute
from monitor.domain.rules.question import Demands
from monitor.domain.rules.recorded_against import RecordedAgainst
from monitor.errors import ProtocolError
from monitor.protocols import model
from monitor.protocols.strict_yaml import parse

_FILE = Path(__file__).parent / "every-gate.yaml"


@dataclass(frozen=True, kw_only=True, slots=True)
class EveryGate:
    """The file: figures of the gate, and the warnings that hold for every drug."""

    demands: Demands
    sources: Mapping[str, Source]
    requirement: RecordedAgainst
    warnings: tuple[OverdoseOrWrongRoute, ...]


@cache
def every_gate() -> EveryGate:
    """Read the file; raises ProtocolError with every fault."""
    document = parse(_FILE.name, _FILE.read_text(encoding="utf-8"))
    content = document.content
    demands = model.read(Demands, content["demands"], document, ("demands",))
    sources = {
        key: source
        for key, value in content["sources"].items()
        if (source := model.read(Source, value, document, ("sources", key), key=key))
    }
    name, rows = next(iter(content["requirements"].items()))
    requirement = model.read(RecordedAgainst, rows, document, ("requirements", name), name=name)
    warnings = [
        model.read(
            OverdoseOrWrongRoute,
            {key: item for key, item in value.items() if key != "kind"},
            document,
            ("warnings", name),
            name=name,
        )
        for name, value in content["warnings"].items()
    ]
    if document.faults or demands is None or requirement is None:
        raise ProtocolError(document.faults)
    found = tuple(warning for warning in warnings if warning is not None)
    return EveryGate(demands=demands, sources=sources, requirement=requirement, warnings=found)
