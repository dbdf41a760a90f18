"""What every gate asks for, read from `every-gate.yaml`, and what it adds to each protocol."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from monitor.domain.rule import Rule, Source
from monitor.domain.rules.kinds import OF_EVERY_GATE
from monitor.domain.rules.question import Demands
from monitor.domain.rules.requirement import RequirementRule
from monitor.domain.rules.warning import WarningRule
from monitor.errors import ProtocolError
from monitor.protocols import model
from monitor.protocols.strict_yaml import Document, parse

_FILE = Path(__file__).parent / "every-gate.yaml"


@dataclass(frozen=True, kw_only=True, slots=True)
class EveryGate:
    """The file: figures of the gate, and the rules that hold for every drug."""

    demands: Demands
    sources: Mapping[str, Source]
    requirements: tuple[RequirementRule, ...]
    warnings: tuple[WarningRule, ...]

    def warnings_beside(
        self, requirements: Sequence[RequirementRule], own: Sequence[WarningRule]
    ) -> list[WarningRule]:
        """List the warnings that a protocol need not name, where they could ever speak."""
        named = {(rule.name, rule.kind) for rule in own}
        known = (rule for rule in self.warnings if (rule.name, rule.kind) not in named)
        return [warning for warning in known if not warning.never_acts_beside(requirements)]


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
    rules = list(_rules(document))
    if document.faults or demands is None:
        raise ProtocolError(document.faults)
    return EveryGate(
        demands=demands,
        sources=sources,
        requirements=tuple(rule for rule in rules if isinstance(rule, RequirementRule)),
        warnings=tuple(rule for rule in rules if isinstance(rule, WarningRule)),
    )


def _rules(document: Document) -> Iterator[Rule]:
    for section, kinds in OF_EVERY_GATE.items():
        for name, value in document.content.get(section, {}).items():
            rest = {key: item for key, item in value.items() if key != "kind"}
            rule = model.read(kinds[value["kind"]], rest, document, (section, name), name=name)
            if rule is not None:
                yield rule
