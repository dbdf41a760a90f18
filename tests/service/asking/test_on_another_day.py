"""The same facts as of another day: nobody has moved by that."""

from datetime import UTC, date, datetime

from monitor.domain.rules.question import Proposal
from monitor.service.asking import cases
from monitor.service.asking.cases import Asked
from monitor.store import engine as database

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
BEFORE, BETWEEN, AFTER = date(2026, 11, 20), date(2026, 11, 24), date(2026, 11, 28)
LINES = (
    {"kind": "patient", "id": "P-1", "sex": "male", "born": "1993-04-02", "timezone": "UTC"},
    {"kind": "course", "patient": "P-1", "protocol": "example", "on": "2026-08-01"},
    {"kind": "result", "patient": "P-1", "code": "platelets", "value": "12", "unit": "10*9/L"}
    | {"on": AFTER.isoformat(), "confirm": True},
)


def test_a_gate_of_a_day_before_counts_nothing_of_later_days(clinic):
    clinic.load(*LINES, now=NOW)
    with database.reading(clinic.engine) as connection:
        earlier = cases.get_case(connection, "P-1", Asked(now=NOW, as_of=BEFORE))
        asked = cases.get_case(connection, "P-1", Asked(now=NOW, as_of=AFTER))

    gates = [
        cases.ask_gate(case, on=BETWEEN, proposal=Proposal())
        for case in (cases.on_day(earlier, AFTER), asked)
    ]

    told = [{r.rule: r.state for r in gate.requirements} for gate in gates]
    assert told[0] == told[1]
    assert "critical-result" not in told[0]
