"""No key of a `schedule` is swallowed, whatever it counts from: it acts, or is refused."""

from contextlib import suppress
from datetime import timedelta

import pytest

from monitor.domain.rules.runs import From
from monitor.errors import ProtocolError
from tests.facts import answer, ended, infusion, result, symptom
from tests.protocols.test_schedule import FAR, OF_DAILY, START, of_protocol, read, taken

KEYS = {
    "groups": "groups: [bleeding]",
    "symptom": "symptom: fever",
    "after_stop": "after_stop: 5 days",
    "lasts": "lasts: 20 days",
    "times": "times: 1",
    "on_treatment_only": "on_treatment_only: true",
    "again_after dose": "again_after: {dose: rise}",
    "again_after rest": "again_after: {rest: 9 days}",
    "again_after then": "again_after: {dose: any, then: back}",
    "more_often": "more_often: {code: platelets, "
    "rows: [{below: 50 10*9/L, every: 1 day, overdue: 0 days}]}",
    "if_low": "if_low: {lines: [{code: platelets, below: 50 10*9/L}], from: 1 day, until: 30 days}",
    "if_above": "if_above: {prior: prior_mitoxantrone_mg_m2, mg_per_m2: 25 mg/m2}",
    "when": "when: [{on_drug: 70 days}]",
}  # fmt: skip
ENDED = {From.SYMPTOM, From.EACH_INFUSION, From.EACH_ROUND, From.COURSE_END}


def rule(counted: From, key: str = "") -> str:
    """Write a schedule from a fact, with a key beside what it cannot be without."""
    asked = ["groups: [infection]"] if counted is From.SYMPTOM and "groups" not in key else []
    asked = [] if key.startswith("symptom") else asked
    phases = "phases: [{every: 10 days, until: 20 days}, {every: 20 days}]"
    if (counted in ENDED or "if_low" in key) and "lasts" not in key:
        phases = phases.replace("{every: 20 days}", "{every: 20 days, until: 60 days}")
    return ", ".join([f"from: {counted}", *asked, phases, *([key] if key else [])])


def told(text: str, regimen: str):
    """Tell a story in which every key has something to say."""
    signs = [(6, "fever"), (7, "cough"), (60, "fever"), (61, "bleeding")]
    facts = [
        answer("prior_mitoxantrone_mg_m2", "0", on=START),
        result("platelets", "30", on=START + timedelta(12)),
        result("platelets", "90", on=START + timedelta(14)),
        *(symptom(name, on=START + timedelta(n)) for n, name in signs),
    ]
    if regimen == "daily":
        steps = [("start", 0, "10"), ("change", 25, "20"), ("interrupt", 30, None),
                 ("resume", 40, None), ("stop", 50, None)]  # fmt: skip
        facts += [taken(action, START + timedelta(n), mg) for action, n, mg in steps]
    else:
        facts += [
            infusion("20", on=START + timedelta(n), drug="exampline", bsa="2") for n in (0, 11)
        ]
        facts.append(ended(on=START + timedelta(20)))
    found = of_protocol(read(text, regimen), *facts, on=START + timedelta(62), until=FAR)
    return [(check.occurrence, check.opens, check.due) for check in found]


def tried(text: str, regimen: str):
    """Tell it, or give None where it is refused because it never acts."""
    with suppress(ProtocolError):
        return told(text, regimen)
    with pytest.raises(ProtocolError, match="never acts"):
        read(text, regimen)
    return None


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("counted", From)
def test_every_key_acts_or_is_refused_whatever_it_counts_from(counted, key):
    regimens = ["daily"] if counted in OF_DAILY else ["infusions"]
    for regimen in ["daily", "infusions"] if counted is From.SYMPTOM else regimens:
        assert tried(rule(counted, KEYS[key]), regimen) != told(rule(counted), regimen)
