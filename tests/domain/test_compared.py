"""A value that is compared: each edge, what is unknown, and what it means."""

from dataclasses import replace
from decimal import Decimal

import pytest

from monitor import protocols
from monitor.domain.facts import Event, Status
from monitor.domain.gate import gate
from monitor.domain.outcome import Outcome, Severity, State, Verdict
from monitor.domain.rules.against_baseline import AgainstBaseline
from monitor.domain.rules.beyond import Also, Beyond, Until
from monitor.domain.rules.compared import Compared
from monitor.domain.rules.question import Proposal
from tests.facts import DRUG, FIRST, after, infusion, result, started, step, timeline, view, woman

PROTOCOL = protocols.load("mitoxantrone-ms-us")
HOLD = Beyond(above=Decimal(90), outcome=Outcome.HOLD)
CAUTION = Beyond(above=Decimal(70), outcome=Outcome.CAUTION)


def asked(rows: tuple[Beyond, ...], *facts: Event, fresh: int | None = None, code="creatinine"):
    """Ask the gate of a protocol that has this rule alone."""
    rule = Compared(
        name="band", title="creatinine", cites=(), code=code, rows=rows, fresh_days=fresh
    )
    known = timeline(woman(), started(), *facts)
    protocol = replace(PROTOCOL, requirements=(rule,), dose_table=None)
    on = after(0)
    found = gate(protocol, known, on=on, today=on, proposal=Proposal(), standing=lambda *_: ())
    (requirement,) = found.requirements
    return requirement


def warned(rows: tuple[Beyond, ...], *facts: Event, code="creatinine"):
    """Find what the warning says."""
    rule = AgainstBaseline(
        name="band", title="t", cites=(), severity=Severity.INFO, message="Look.", code=code,
        beyond=rows,
    )  # fmt: skip
    return list(rule.find(view(woman(), *facts, on=after(60))))


@pytest.mark.parametrize(
    ("value", "state", "words"),
    [
        ("70", State.MET, "creatinine 70 umol/L on 2023-01-09"),
        ("70.1", State.CAUTION, "creatinine 70.1 umol/L on 2023-01-09, above 70 umol/L"),
        ("90", State.CAUTION, "creatinine 90 umol/L on 2023-01-09, above 70 umol/L"),
        ("90.1", State.NOT_MET, "creatinine 90.1 umol/L on 2023-01-09, above 90 umol/L"),
    ],
)
def test_the_first_row_that_fits_counts_and_its_edge_is_outside(value, state, words):
    found = asked((HOLD, CAUTION), result("creatinine", value, on=after(-1)))

    assert (found.state, found.message) == (state, words)


def test_nothing_on_record_is_unknown_and_so_is_a_sample_that_was_not_fit():
    unfit = result("creatinine", "70", on=after(-1), status=Status.UNSUITABLE)

    assert asked((HOLD,)).message == "no creatinine on record"
    assert asked((HOLD,)).state is State.UNKNOWN
    assert asked((HOLD,), unfit).state is State.UNKNOWN
    assert "the sample was not fit" in asked((HOLD,), unfit).message
    good = result("creatinine", "60", on=after(-3))
    assert asked((HOLD,), good, unfit).state is State.UNKNOWN


@pytest.mark.parametrize(("age", "state"), [(14, State.MET), (15, State.UNKNOWN)])
def test_a_value_grows_too_old(age, state):
    assert asked((HOLD,), result("creatinine", "60", on=after(-age)), fresh=14).state is state


def test_what_stops_cannot_be_waived():
    stop = Beyond(above=Decimal(90), outcome=Outcome.STOP)

    found = asked((stop,), result("creatinine", "100", on=after(-1)))

    assert (found.verdict, found.waivable) == (Verdict.STOP, False)


@pytest.mark.parametrize(
    ("value", "limit", "state"),
    [
        ("300", "100", State.MET),
        ("300.1", "100", State.NOT_MET),
        ("300.1", None, State.UNKNOWN),
    ],
)
def test_a_multiple_of_the_own_upper_limit_is_unknown_without_one(value, limit, state):
    row = Beyond(above_uln=Decimal(3), outcome=Outcome.HOLD)

    assert asked((row,), result("creatinine", value, on=after(-1), uln=limit)).state is state


@pytest.mark.parametrize(
    ("value", "limit", "state"),
    [("25", "50", State.MET), ("24.9", "50", State.NOT_MET), ("24.9", None, State.UNKNOWN)],
)
def test_a_part_of_the_own_lower_limit_too(value, limit, state):
    row = Beyond(below_lln=Decimal("0.5"), outcome=Outcome.HOLD)

    assert asked((row,), result("creatinine", value, on=after(-1), lln=limit)).state is state


def test_a_fall_since_the_value_before_the_first_dose_holds_and_names_both():
    row = Beyond(fallen_below_percent=Decimal(70), outcome=Outcome.HOLD)
    facts = [result("creatinine", v, on=after(-n)) for n, v in ((40, "100"), (2, "69.9"))]

    found = asked((row,), *facts, infusion("20", on=after(-30)))

    assert (found.state, [fact.on for fact in found.facts]) == (
        State.NOT_MET,
        [after(-2), after(-40)],
    )
    assert asked((row,), *facts).state is State.UNKNOWN  # nothing was given yet


def test_so_many_values_in_a_row():
    row = Beyond(above=Decimal(90), times=2, outcome=Outcome.HOLD)
    high = [result("creatinine", "100", on=after(-day)) for day in (9, 1)]

    assert asked((row,), high[0]).state is State.MET
    assert asked((row,), *high).state is State.NOT_MET
    assert len(asked((row,), *high).facts) == 2
    assert asked((row,), high[0], result("creatinine", "80", on=after(-1))).state is State.MET


@pytest.mark.parametrize(
    ("other", "days", "state"),
    [
        ("140", 7, State.NOT_MET),
        ("140", 8, State.UNKNOWN),  # none of these days
        ("90", 7, State.MET),
    ],
)
def test_another_code_of_these_days_must_be_so_too(other, days, state):
    also = Also(code="platelets", within_days=7, above=Decimal(100))
    row = Beyond(above=Decimal(90), also=also, outcome=Outcome.HOLD)
    facts = [
        result("creatinine", "100", on=after(-1)),
        result("platelets", other, on=after(-1 - days)),
    ]

    found = asked((row,), *facts)

    assert found.state is state
    assert len(found.facts) == (2 if state is State.NOT_MET else 1)


@pytest.mark.parametrize(
    ("value", "grave"),
    [("60", None), ("50", Severity.CAUTION), ("49", Severity.URGENT), ("56", None)],
)
def test_points_and_percent_since_the_value_before_the_first_dose(value, grave):
    rows = (
        Beyond(fallen_by_points=Decimal(10), severity=Severity.CAUTION),
        Beyond(fallen_by_points=Decimal(10), below=Decimal(50), severity=Severity.URGENT),
    )
    facts = [result("lvef", "60", on=after(-1)), infusion("20", on=FIRST)]

    found = warned(rows, *facts, result("lvef", value, on=after(30)), code="lvef")

    assert [alert.severity for alert in found] == ([] if grave is None else [grave])


def test_without_a_baseline_only_a_fixed_figure_warns():
    alone = Beyond(risen_above_percent=Decimal(150), severity=Severity.CAUTION)
    beside = replace(alone, above=Decimal(90))
    facts = [infusion("20", on=FIRST), result("creatinine", "100", on=after(30))]

    assert warned((alone,), *facts) == []
    (alert,) = warned((beside,), *facts)
    assert alert.message == (
        "Look. creatinine 100 umol/L on 2023-02-09; "
        "no value from before the first infusion to compare with."
    )
    assert "before any infusion" in warned((beside,), facts[1])[0].message


def test_the_baseline_of_a_daily_drug_is_from_before_it_was_begun():
    row = Beyond(risen_above_percent=Decimal(150), severity=Severity.CAUTION)
    facts = [
        result("creatinine", "60", on=after(-1)),
        step("start", on=FIRST, drug=DRUG),
        result("creatinine", "90.1", on=after(30)),
    ]

    (alert,) = warned((row,), *facts)

    assert "before the first dose creatinine 60 umol/L on 2023-01-09." in alert.message


def test_a_row_without_baseline_names_none():
    row = Beyond(above=Decimal(90), severity=Severity.URGENT)
    values = [result("creatinine", v, on=after(n)) for n, v in enumerate(("80", "91", "95"), 1)]

    (alert,) = warned((row,), *values)

    assert alert.message == "Look. creatinine 95 umol/L on 2023-01-13."
    assert alert.since == after(2)
    assert warned((row,)) == []


def test_the_baseline_is_not_held_against_itself():
    row = Beyond(risen_above_percent=Decimal(50), severity=Severity.CAUTION)

    assert warned((row,), result("creatinine", "60", on=after(-1)), infusion("20", on=FIRST)) == []


def test_a_row_says_that_all_of_it_must_hold_of_what_and_what_follows():
    row = Beyond(
        below=Decimal(90),
        fallen_below_percent=Decimal(70),
        outcome=Outcome.HOLD,
        until=Until.NORMAL,
    )
    alone = replace(row, below=None, until=None)

    def said(row: Beyond) -> str:
        return row.in_words("rows", "creatinine", protocols.catalogue())

    fallen = "fallen below 70 % of the baseline"
    assert said(row) == f"below 90 umol/L and {fallen}: hold, until normal"
    assert said(alone) == f"{fallen}: hold"
