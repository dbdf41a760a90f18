"""Values that a laboratory telephones, under every protocol: a step below, at, and a step above.

The rows are those of `clinical/critical-values.md`, by hand. Nobody was given anything yet, so
that no low count is expected; each value has a patient of its own.
"""

import pytest

from monitor import protocols
from monitor.domain.facts import Result
from monitor.domain.outcome import Severity
from monitor.domain.rules.question import Proposal
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from tests.factories import clinic_in_memory, day, load_facts, moment

BEFORE, ON, NEXT = "2023-03-20", "2023-04-01", "2023-04-02"
CELLS = "10*9/L"
ROWS = (  # code, unit, the value before it and a symptom of its day; value: what it is
    ("neutrophils", CELLS, "", "", {"1.0": "", "0.99": "urgent", "0.5": "urgent"}),
    ("neutrophils", "/uL", "", "", {"1000": "", "990": "urgent"}),
    ("neutrophils", CELLS, "", "fever", {"0.5": "emergency"}),
    ("leucocytes", CELLS, "", "", {"1.0": "", "0.99": "urgent", "30": "", "30.1": "urgent"}),
    ("leucocytes", "/uL", "", "", {"1000": "", "990": "urgent", "30000": "", "30100": "urgent"}),
    ("leucocytes", CELLS, "", "fever", {"0.5": "urgent", "0.49": "emergency"}),
    ("platelets", CELLS, "", "", {"50": "", "49": "urgent", "20": "urgent", "19": "emergency"}),
    ("platelets", "/uL", "", "", {"50000": "", "49000": "urgent", "19000": "emergency"}),
    ("platelets", CELLS, "", "bruising", {"49": "emergency"}),
    ("haemoglobin", "g/L", "", "", {"80": "", "79": "urgent"}),
    ("haemoglobin", "g/dL", "", "", {"8.0": "", "7.9": "urgent"}),
    ("haemoglobin", "g/L", "120", "", {"101": "", "100": "urgent"}),
    ("haemoglobin", "g/L", "", "breathlessness", {"70": "urgent", "69": "emergency"}),
    ("bilirubin", "umol/L", "", "", {"171": "", "171.1": "urgent"}),
    ("bilirubin", "mg/dL", "", "", {"9.99": "", "10.0": "urgent"}),
    ("alt", "U/L", "", "", {"500": "", "501": "urgent"}),
    ("ast", "U/L", "", "", {"500": "", "501": "urgent"}),
    ("alt", "U/L up to 40", "", "", {"400": "", "401": "urgent"}),
    ("ast", "U/L up to 40", "", "", {"400": "", "401": "urgent"}),
    ("creatinine", "umol/L", "", "", {"354": "", "355": "urgent"}),
    ("creatinine", "mg/dL", "", "", {"4.00": "", "4.01": "urgent"}),  # 353.6 and 354.5 umol/L
    ("creatinine", "umol/L", "80", "", {"160": "", "161": "urgent"}),
    ("blasts", "", "", "", {"present": "urgent"}),
)
# Its own rule of platelets begins at 100, corrections.md
OTHERWISE = {("alemtuzumab-ms-us", "platelets", ""): "urgent"}
CASES = {
    f"P-{number}-{place}": (row, value)
    for number, row in enumerate(ROWS)
    for place, value in enumerate(row[-1])
}


@pytest.fixture(params=[*protocols.names(), "no course"])
def recorded(request):
    with clinic_in_memory() as connection:
        load_facts(connection, lines(request.param), known=NEXT)
        yield request.param, connection


def lines(protocol: str):
    for patient, ((code, unit, before, symptom, _), value) in CASES.items():
        yield {"kind": "patient", "id": patient, "sex": "male", "timezone": "UTC"}
        if protocol in protocols.names():
            yield {"kind": "course", "patient": patient, "protocol": protocol, "on": BEFORE}
        unit, _, uln = unit.partition(" up to ")
        of_it = {"unit": unit, "uln": uln}
        result = {"kind": "result", "patient": patient, "code": code}
        result |= {key: text for key, text in of_it.items() if text}
        yield {**result, "value": value, "on": ON}
        if before:
            yield {**result, "value": before, "on": BEFORE}
        if symptom:
            at = f"{ON}T08:00:00+00:00"
            yield {"kind": "symptom", "patient": patient, "code": symptom, "at": at}


def test_a_critical_value_is_said_and_holds_under_every_protocol(recorded):
    protocol, connection = recorded
    wrong = []
    for patient, ((code, *_, values), value) in CASES.items():
        expected = values[value] or OTHERWISE.get((protocol, code, values[value]), "")
        asked = Asked(now=moment(NEXT), as_of=day(ON))
        case = cases.get_case(connection, patient, asked)
        said = [
            warning.severity
            for warning in cases.warnings(case, least=Severity.URGENT)
            if any(isinstance(f, Result) and f.code == code for f in warning.facts)
        ]
        found = max(said, key=list(Severity).index).value if said else ""
        holds = ""
        if expected and protocol in protocols.names():
            gate = cases.ask_gate(case, on=day(ON), proposal=Proposal())
            holds = any(
                r.state.value == "not_met" and any(getattr(f, "code", "") == code for f in r.facts)
                for r in gate.requirements
            )
        if found != expected or holds is False:
            wrong.append((code, value, found, expected, holds))

    assert wrong == []
