"""Bookings and infusions whose day is odd are recorded, and not in silence."""

import pytest


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "infusion plan P-1 --on 2023-05-02",
            "the booked day 2023-05-02 has passed already",
        ),
        (
            "infusion plan P-1 --on 2023-01-12",
            "the infusion of 2023-01-10 has used this booking up",
        ),
        (
            "infusion plan P-1 --on 2022-12-30",
            "no course runs on 2022-12-30: for this booking nothing is asked",
        ),
        (
            "infusion log P-1 --on 2022-12-30 --dose-mg 21 --bsa-m2 1.75",
            "no course ran on 2022-12-30; it counts to the one begun on 2023-01-03; if that day "
            "was entered wrongly: monitor correct 2 --on DATE --reason WHY",
        ),
    ],
)
def test_an_odd_day_is_remarked_on(typed, said, clinic, monitor):
    code, _, err = monitor(typed)

    assert code == 0
    assert f"monitor: {said}\n" in err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("plan P-1 --on 2030-01-01", "no course runs on 2030-01-01: for this booking nothing"),
        (
            "log P-1 --on 2023-07-01 --dose-mg 21 --bsa-m2 1.75 --json",
            "no course ran on 2023-07-01; it counts to the one that ended on 2023-06-01",
        ),
    ],
)
def test_so_is_what_comes_after_the_end_of_the_course(typed, said, clinic, monitor):
    monitor("course end P-1 --on 2023-06-01 --reason 'another drug'")

    code, _, err = monitor(f"infusion {typed}")

    assert code == 0
    assert said in err


@pytest.mark.parametrize(
    "typed",
    ["plan P-1 --on 2030-01-01", "log P-1 --on 2023-04-10 --dose-mg 21 --bsa-m2 1.75"],
)
def test_nothing_is_said_of_an_ordinary_day(typed, clinic, monitor):
    code, _, err = monitor(f"infusion {typed}")

    assert (code, err) == (0, "")
