"""What a recording command says is what stands today, whatever the day of the fact."""

from datetime import timedelta

import pytest

from monitor.commands import options


def day(ahead: int) -> str:
    return (options.now().date() + timedelta(days=ahead)).isoformat()


@pytest.fixture
def treated(clinic, monitor):
    """A man who was infused so many days ago, and has fever of today."""

    def treat(*, ago: int) -> None:
        monitor("patient add P-9 --sex male --born 1990-01-01")
        monitor(f"course start P-9 --protocol example --on {day(-120)}")
        monitor(f"infusion log P-9 --on {day(-ago)} --dose-mg 21 --bsa-m2 1.75 --confirm")

    return treat


def event_of(out: str) -> str:
    return out.partition("as event ")[2].split()[0]


def test_a_count_typed_late_says_the_emergency_that_it_makes_today(treated, monitor):
    treated(ago=40)
    monitor(f"symptom log P-9 fever 39 Cel --at {day(-1)}T00:30:00+00:00")

    _, out, _ = monitor(f"result log P-9 neutrophils 0.4 10*9/L --on {day(-3)}")

    assert "EMERGENCY  febrile-neutropenia: Emergency: admit now." in out


def test_a_critical_value_that_is_superseded_today_is_no_emergency(treated, monitor):
    treated(ago=40)
    monitor(f"result log P-9 platelets 200 10*9/L --on {day(-4)}")

    _, out, _ = monitor(f"result log P-9 platelets 12 10*9/L --on {day(-6)}")

    assert "EMERGENCY" not in out
    assert "critical-repeat" not in out


def test_an_infusion_typed_late_says_the_emergency_of_the_fever_after_it(treated, monitor):
    treated(ago=100)
    monitor(f"symptom log P-9 fever 39 Cel --at {day(-1)}T00:30:00+00:00")

    _, out, _ = monitor(f"infusion log P-9 --on {day(-12)} --dose-mg 21 --bsa-m2 1.75 --confirm")

    assert "EMERGENCY  febrile-neutropenia" in out


@pytest.mark.parametrize(
    "typed",
    ["retract {} --reason 'wrong patient'", "correct {} --reason typo --value 0.32 --confirm"],
)
def test_taking_the_normal_count_away_says_the_emergency(treated, monitor, typed):
    treated(ago=10)
    _, out, _ = monitor(f"result log P-9 neutrophils 3.2 10*9/L --on {day(-1)}")
    monitor(f"symptom log P-9 fever 39 Cel --at {day(0)}T00:00:00+00:00")

    _, said, _ = monitor(typed.format(event_of(out)))

    assert "EMERGENCY  febrile-neutropenia" in said


def test_reopening_says_the_emergency_that_waits(treated, monitor):
    treated(ago=10)
    monitor(f"patient close P-9 --reason transferred --by x --on {day(-1)}")
    monitor(f"symptom log P-9 fever 39 Cel --at {day(0)}T00:00:00+00:00")

    _, out, _ = monitor("patient reopen P-9 --by x")

    assert "EMERGENCY  febrile-neutropenia" in out


@pytest.mark.parametrize("more", ["--dose-mg 60", "--dose-mg 1 --route intrathecal"])
def test_a_part_says_the_emergency_that_it_makes(treated, monitor, more):
    treated(ago=40)
    _, out, _ = monitor(f"infusion log P-9 --on {day(-1)} --dose-mg 20 --bsa-m2 1.75 --confirm")

    _, said, _ = monitor(
        f"infusion log P-9 --on {day(0)} {more} --bsa-m2 1.75 --part-of {event_of(out)} --confirm"
    )

    assert "EMERGENCY  overdose-or-wrong-route" in said
