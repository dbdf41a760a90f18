"""Every part of a protocol that cites must cite a source that exists."""

import pytest

from monitor import protocols
from monitor.errors import ProtocolError
from monitor.protocols.reader import read_protocol


def faults_of(text: str) -> list[str]:
    with pytest.raises(ProtocolError) as caught:
        read_protocol("broken.yaml", text, protocols.catalogue())
    return caught.value.faults


@pytest.mark.parametrize("section", ["requirements", "checks", "warnings", "symptom_advice"])
@pytest.mark.parametrize("name", protocols.names())
def test_an_unknown_source_is_refused_in_every_section(name, section):
    before, start, after = protocols.text(name).partition(f"\n{section}:\n")

    (fault,) = faults_of(before + start + after.replace("source: ", "source: NO-SUCH-", 1))

    line = int(fault.split(":")[1])
    assert before.count("\n") < line
    assert f": {section}." in fault
    assert "source: unknown source 'NO-SUCH-" in fault


def test_advice_on_a_symptom_without_a_citation_is_refused():
    before, start, after = protocols.text(protocols.names()[0]).partition("\nsymptom_advice:\n")
    head, _, rest = after.partition("    cites:")

    faults = faults_of(before + start + head + "    cites: []\n    was:" + rest)

    assert any("symptom_advice.0: no citation: add `cites`" in fault for fault in faults)
