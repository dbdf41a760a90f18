"""Old records: all occurrences of a rule before a day are waived at once, and never more."""

import pytest

WAIVE = "waive P-4 --all-of {} --before {} --reason 'paper record' --by 'Dr A'"


@pytest.fixture
def old(clinic, monitor):
    """A patient whose follow-up was due each three months from the 10th of June 2022 on."""
    monitor("patient add P-4 --born 1990-01-01")
    monitor("course start P-4 --protocol example --on 2022-01-01")
    monitor("infusion log P-4 --on 2022-03-10 --dose-mg 20 --bsa-unknown")


def states(ask, rule: str, as_of: str) -> dict[str, str]:
    words = " ".join(f"--state {word}" for word in ("overdue", "waived", "open", "missed"))
    found = ask(f"upcoming P-4 {words} --as-of {as_of}")[1]["checks"]
    return {one["due"]: one["state"] for one in found if one["rule"] == rule}


def test_each_one_due_before_the_day_is_waived_and_named(old, monitor, ask, count):
    before = count()

    code, out, _ = monitor(WAIVE.format("cbc-follow-up", "2022-12-10") + " --on 2023-01-05")

    assert code == 0
    assert (
        "waived 2 cbc-follow-up of before 2022-12-10 (1 of 2022-06-10, 2 of 2022-09-10) "
        "on 2023-01-05 for P-4 (born 1990-01-01), as events " in out
    )
    assert count() == before + 2
    assert states(ask, "cbc-follow-up", "2023-01-05") == {
        "2022-06-10": "waived",
        "2022-09-10": "waived",
        "2022-12-10": "overdue",
    }
    assert states(ask, "cbc-nadir", "2023-01-05") == {"2022-03-20": "overdue"}


def test_a_program_is_told_which(old, ask):
    code, told = ask(WAIVE.format("cbc-follow-up", "2022-12-10") + " --on 2023-01-05")

    assert code == 0
    assert told["event"] == told["events"][0]
    assert told["waived"] == [
        {"occurrence": 1, "due": "2022-06-10"},
        {"occurrence": 2, "due": "2022-09-10"},
    ]


def test_warnings_that_wait_for_a_person_are_waived_by_the_day_they_began(old, monitor, ask):
    monitor("result log P-4 lvef 47 % --on 2022-05-01")
    for on in ("2022-06-20", "2022-09-20"):
        monitor(f"infusion log P-4 --on {on} --dose-mg 20 --bsa-m2 1.75 --confirm")

    code, out, _ = monitor(WAIVE.format("given-against-gate", "2022-09-01"))

    assert code == 0
    assert "waived 1 given-against-gate of before 2022-09-01 (" in out
    left = ask("warnings P-4 --rule given-against-gate")[1]["warnings"]
    assert [one["since"] for one in left] == ["2022-09-20"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (WAIVE.format("low-lvef", "2023-01-01"), "it cannot be waived"),
        (WAIVE.format("lvef", "2023-01-01"), "is waived for the coming infusion only"),
        (WAIVE.format("cbc-follow-up", "2022-06-10"), "P-4 has no cbc-follow-up of before 2022-06"),
        (WAIVE.format("cbc-follow", "2023-01-01"), "has no rule 'cbc-follow'; there is cbc-follow"),
        (WAIVE.format("cbc-nadir", "2023-01-01") + " --on 2022-05-01", "--before: 2023-01-01 lies"),
        (WAIVE.format("cbc-nadir", "2023-01-01") + " --occurrence 1", "no --occurrence"),
        ("waive P-4 --all-of cbc-nadir --reason a --by b", "takes --before DATE"),
        ("waive P-4 lvef --before 2023-01-01 --reason a --by b", "takes --before DATE"),
        ("waive P-4 lvef --all-of lvef --before 2023-01-01 --reason a --by b", "one RULE to waive"),
        ("waive P-4 --reason a --by b", "name one RULE to waive, or"),
        ("waive P-4 lvef --by b", "missing option '--reason'"),
    ],
)
def test_anything_else_is_refused_and_nothing_stored(old, monitor, count, typed, said):
    before = count()

    code, _, err = monitor(typed)

    assert (code, count()) == (2, before)
    assert said in err
