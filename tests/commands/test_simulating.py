"""`protocol simulate`: a made-up patient's whole calendar, worked out as for anybody on record."""

from datetime import date, timedelta

import pytest

from monitor import protocols
from tests import example

NAMES = ["mitoxantrone-ms-eu", "mitoxantrone-ms-fr", "mitoxantrone-ms-us"]
OURS = "protocol simulate example --start 2025-01-10"
FOUR = f'{OURS} --infusions 4 --every "3 months"'


def dues(answer: dict, rule: str) -> list[str]:
    return [check["due"] for check in answer["checks"] if check["rule"] == rule]


@pytest.mark.parametrize("name", NAMES)
def test_everything_has_its_place_in_the_calendar(name, ask):
    code, answer = ask(
        f'protocol simulate {name} --start 2025-01-31 --infusions 4 --every "1 month" --years 8'
    )

    assert code == 0
    assert (answer["protocol"], answer["version"]) == (name, protocols.load(name).version)
    assert (answer["start"], answer["until"]) == ("2025-01-31", "2033-01-31")
    days = ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"]
    assert [infusion["on"] for infusion in answer["infusions"]] == days
    for check in answer["checks"]:
        assert check["opens"] <= check["due"] <= check["overdue_after"]
        assert check["due"] <= answer["until"]
    keys = [(c["rule"], c["occurrence"], c["counted_from"]) for c in answer["checks"]]
    assert len(set(keys)) == len(keys)
    assert answer["checks"] == sorted(
        answer["checks"], key=lambda c: (c["due"], c["rule"], c["occurrence"])
    )


def test_each_infusion_has_its_own_tests_before_and_its_count_after(ask):
    _, answer = ask(FOUR)

    days = ["2025-01-10", "2025-04-10", "2025-07-10", "2025-10-10"]
    for rule in ("lvef", "ecg", "neutrophils", "pregnancy-test", "next-infusion"):
        assert dues(answer, rule) == days
    assert dues(answer, "cbc-nadir") == ["2025-01-20", "2025-04-20", "2025-07-20", "2025-10-20"]


def test_follow_up_goes_on_from_the_last_infusion_for_as_long_as_the_protocol_says(ask):
    _, answer = ask(FOUR)

    after = [due for due in dues(answer, "cbc-follow-up") if due > "2025-10-10"]
    assert len(after) == 24  # every 3 months for 72 months
    assert (after[0], after[-1]) == ("2026-01-10", "2031-10-10")
    assert dues(answer, "lvef-follow-up") == [f"{year}-10-10" for year in range(2026, 2035)]


def test_windows_that_a_newer_infusion_opens_anew_go_on_without_a_gap(ask):
    _, answer = ask(f"{FOUR} --sex female")

    windows = [(w["rule"], w["since"], w["until"]) for w in answer["windows"]]
    assert ("leukaemia-watch", "2025-01-10", None) in windows
    assert ("contraception", "2025-01-10", "2026-02-10") in windows  # 4 months after the last
    assert [since for rule, since, _ in windows if rule == "infection-watch"] == [
        infusion["on"] for infusion in answer["infusions"]
    ]


@pytest.mark.parametrize(
    ("sex", "tested", "until"), [("female", 4, "2026-02-10"), ("male", 0, "2026-04-10")]
)
def test_sex_decides_what_is_asked_for(sex, tested, until, ask):
    _, answer = ask(f"{FOUR} --sex {sex}")

    assert len(dues(answer, "pregnancy-test")) == tested
    assert [w["until"] for w in answer["windows"] if w["rule"] == "contraception"] == [until]


def test_unrecorded_sex_counts_toward_watching(ask):
    _, answer = ask(FOUR)

    assert len(dues(answer, "pregnancy-test")) == 4
    assert "sex not recorded" in answer["assumed"][0]


@pytest.mark.parametrize(
    ("name", "given", "last"),
    [
        ("mitoxantrone-ms-us", 12, "8.00"),
        ("mitoxantrone-ms-eu", 6, "12.00"),
        ("mitoxantrone-ms-fr", 6, "11.43"),
    ],
)
def test_no_more_is_given_than_the_lifetime_dose_leaves(name, given, last, ask):
    _, answer = ask(
        f'protocol simulate {name} --start 2025-01-10 --infusions 14 --every "3 months" --years 5'
    )

    assert len(answer["infusions"]) == given
    assert answer["infusions"][-1]["mg_per_m2"] == last
    assert answer["assumed"][-1].startswith(f"{14 - given} of 14 infusions not given: ")


def test_a_longer_calendar_only_adds_to_a_shorter_one(ask):
    _, short = ask(f"{FOUR} --years 3")
    _, long = ask(f"{FOUR} --years 9")

    assert [c for c in long["checks"] if c["due"] <= short["until"]] == short["checks"]
    assert long["infusions"] == short["infusions"]


def test_what_the_program_says_of_such_a_patient_is_what_was_simulated(ask, monitor, tmp_path):
    _, simulated = ask(f"{OURS} --infusions 1 --every '3 months' --sex female --years 1")
    monitor("patient add P-1 --sex female --born 1990-01-01")
    monitor("course start P-1 --protocol example --on 2024-11-29")
    monitor("fact set P-1 prior_mitoxantrone_mg_m2=0 --on 2024-11-29")
    monitor("infusion log P-1 --on 2025-01-10 --dose-mg 21 --bsa-m2 1.75")
    monitor("course end P-1 --reason done --on 2025-01-11")

    _, real = ask("upcoming P-1 --as-of 2025-01-11 --until 2026-01-10")

    def said(check: dict) -> tuple:
        return check["rule"], check["occurrence"], check["opens"], check["due"]

    after = {said(check) for check in simulated["checks"] if check["due"] > "2025-01-10"}
    assert {said(check) for check in real["checks"]} == after


def test_the_table_says_what_was_assumed_and_who_decides(monitor):
    version = example.protocol().version
    code, out, err = monitor(f'{OURS} --infusions 1 --every "3 months" --years 1')

    assert (code, err) == (0, "")
    assert out.startswith(
        f"example {version}, 2025-01-10 to 2026-01-10\n"
        "  draft protocol, not clinically reviewed\n"
        "  sex not recorded; age not recorded; nothing given before; body surface 1.75 m2\n"
    )
    for line in (
        "  1    2025-01-10  21.0  12.00  12.00\n",
        "\n  2025-01-20  cbc-nadir         1    2025-01-17  2025-01-24     2025-01-10  ",
        "\n  2025-01-10  2025-02-10   infection-watch  info      2025-01-17 to 2025-01-24\n",
        "\n  2025-01-10  without end  leukaemia-watch  info\n",
    ):
        assert line in out
    assert out.endswith("It is not a certified medical device.\n")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "--infusions 0 --every '3 months'",
            "--infusions: '0' must be between 1 and 100",
        ),
        ("--infusions 2 --every '3 moons'", "--every: '3 moons' is not a span: write for instance"),
        (
            "--infusions 2 --every '0 days'",
            "--every: '0 days' is not a length of time; write for instance",
        ),
        ("--infusions 2 --every '3 months' --years 0", "--years: '0' must be between 1 and 30"),
        ("--infusions 2 --every '3 months' --years 31", "--years: '31' must be between 1 and 30"),
        ("--infusions 2 --every '3 months' --sex x", "--sex: 'x' is not one of female, male"),
        (
            "--infusions 50 --every '3 months'",
            "--years: the last infusion would be on 2037-04-10, after the end of the calendar",
        ),
        ("--infusions 100 --every '9999 years'", "--every: "),
        ("--infusions 1 --every '99999 years'", "--every: "),
        ("--infusions x --every '3 months'", "invalid value for '--infusions': write a whole"),
        ("--every '3 months'", "--infusions: is missing; write for instance --inf"),
        ("--infusions 4", "--every: is missing; write for instance --infusions 4 --every '3"),
        ("--infusions 4 --every '3 months' --dose 2025-02-01=stop", "--dose: example is given as"),
    ],
)
def test_what_makes_no_calendar_is_refused_in_one_line(typed, said, monitor):
    code, out, err = monitor(f"{OURS} {typed}")

    assert (code, out) == (2, "")
    assert err.startswith(f"monitor: {said}")
    assert err.count("\n") == 1


@pytest.mark.parametrize("start", ["2025-1-10", "soon", "1900-01-01", "9999-01-01"])
def test_a_day_that_is_none_is_refused(start, monitor):
    typed = f"protocol simulate example --start {start} --infusions 1"

    code, out, err = monitor(f"{typed} --every '3 months'")

    assert (code, out) == (2, "")
    assert err.startswith(f"monitor: --start: '{start}' ")


def test_a_file_can_be_played_through(ask, tmp_path):
    text = example.FILE.read_text(encoding="utf-8").replace("due: 10 days", "due: 9 days")
    (tmp_path / "ours.yaml").write_text(text, encoding="utf-8")

    _, answer = ask(
        f"protocol simulate {tmp_path}/ours.yaml --start 2025-01-10 --infusions 1 --every '1 month'"
    )

    (due,) = dues(answer, "cbc-nadir")
    assert date.fromisoformat(due) == date(2025, 1, 10) + timedelta(days=9)
