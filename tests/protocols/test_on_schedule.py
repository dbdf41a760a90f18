"""The gate asks that what a `schedule` from a start demands is there; each day by hand."""

import re
from dataclasses import replace

import pytest

from monitor import protocols
from monitor.domain.facts import Event
from monitor.errors import ProtocolError
from monitor.protocols.reader import read_protocol
from tests import exampline
from tests.exampline import CITES, day, head, taken
from tests.facts import answer, man, result

CHECK = """from: start, again_after: {dose: rise, then: back},
    phases: [{every: 10 days, until: 30 days}, {every: 20 days}],
    more_often: {code: alt, rows: [{above_uln: 2, every: 4 days, overdue: 1 day}]}"""


def written(check: str = CHECK, more: str = "") -> str:
    keys = re.findall(
        r"\b(from|again_after|phases|more_often|lasts|when|groups): ", f"{check}{more}"
    )
    return f"""{head()}requirements:
  recent: {{kind: on_schedule, title: recent, check: liver, late: unknown, {CITES}check, late]}}]}}
checks:
  liver: {{kind: schedule, title: liver, audience: [nurse], lead: 0 days,
    count: {{panels: [[alt, creatinine], [alt, platelets]]}}, {check}{more},
    opens: 3 days, overdue: 3 days,
    {CITES}lead, opens, overdue, {", ".join(dict.fromkeys(keys))}]}}]}}
"""


def needed_by(*facts: Event, on: int, check: str = CHECK, more: str = "") -> int | None:
    """Ask on which day after the start the next one is needed; None: nothing is asked."""
    text = written(check, more)
    protocol = replace(read_protocol("ours.yaml", text, protocols.catalogue()))
    treatment = exampline.treated(*facts)
    treatment = replace(treatment, protocols=dict.fromkeys(treatment.protocols, protocol))
    found = treatment.ask(on=day(on), today=day(on), proposal=exampline.Proposal())
    told = [r.message for r in found.requirements if r.rule == "recent"]
    return (exampline.date.fromisoformat(told[0][-10:]) - day(0)).days if told else None


def measured(on: int, value: str = "30", other: str = "platelets") -> list[Event]:
    return [
        result("alt", value, on=day(on), uln="40"),
        result(other, "100", on=day(on)),
    ]


BEGIN = taken("start", 0, "10")


@pytest.mark.parametrize(
    ("facts", "needed"),
    [
        ([], 13),  # the first check and 3 days
        (measured(6), 13),  # too early to do it
        (measured(7), 20),
        ([result("alt", "30", on=day(7))], 13),  # no panel
        (measured(8, other="creatinine"), 21),
        (measured(29), 42),
        (measured(30), 53),  # every 20 days
        ([*measured(8), *measured(12, "81")], 17),
        ([*measured(8), *measured(12, "81"), *measured(15)], 28),
        ([*measured(31), taken("change", 33, "15")], 46),  # every 10 days from the rise
        ([*measured(31), taken("change", 33, "15"), *measured(64)], 87),  # back to 20
        ([*measured(8), taken("stop", 9)], None),
    ],
)
def test_the_next_one_is_needed_as_the_phase_or_the_value_says(facts, needed):
    stopped = needed is None
    assert (
        needed_by(BEGIN, *facts, *(measured(9) if stopped else []), on=50 if needed == 46 else 70)
        == needed
    )


def test_before_a_start_nothing_is_asked():
    assert needed_by(on=0) is None


AT = "from: start, phases: [{at: [10 days, 30 days]}]"


@pytest.mark.parametrize(("on", "needed"), [(7, 33), (26, 33), (27, None)])
def test_on_days_of_their_own_the_next_one_that_has_not_opened_is_needed(on, needed):
    assert needed_by(BEGIN, *measured(on), on=50, check=AT) == needed


def test_what_has_ended_is_not_needed_any_more():
    assert needed_by(BEGIN, *measured(50), on=60, check=f"{CHECK}, lasts: 69 days") is None
    assert needed_by(BEGIN, *measured(29), on=60, check=f"{CHECK}, lasts: 69 days") == 42
    ended = "from: start, phases: [{every: 10 days, until: 30 days}]"
    assert needed_by(BEGIN, *measured(30), on=50, check=ended) is None


def test_it_is_not_asked_where_the_check_is_not():
    only = ", when: [{fact: hiv, is: 'yes'}]"

    assert needed_by(BEGIN, on=50, more=only) == 13
    assert needed_by(BEGIN, answer("hiv", "no", on=day(1)), on=50, more=only) is None


def test_it_is_not_asked_of_whom_the_check_is_not_for():
    women, old = ", applies_to: not_men", ", when: [{age: 65 years}]"

    assert needed_by(BEGIN, on=50, more=women) == 13
    assert needed_by(man(), BEGIN, on=50, more=women) is None
    assert needed_by(BEGIN, on=50, more=old) is None


def test_a_check_that_is_not_counted_from_the_start_is_refused():
    with pytest.raises(ProtocolError, match="unknown check 'liver'"):
        read_protocol(
            "ours.yaml",
            written("from: symptom, groups: [infection], phases: [{at: [0 days]}]"),
            protocols.catalogue(),
        )
